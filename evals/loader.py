"""Reads cases from YAML and expands families; every fault is one sentence that names its place."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from evals.cases import Case, CaseFile, Family, Phrasing, Seed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SCHEMA_FILE = "schema.json"


class CaseError(ValueError):
    """A file of cases is wrong; the message names the file, the place and the repair."""


class _Loader(yaml.CSafeLoader):
    """YAML without dates: 2025-10-22 stays the text that tools are given."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def own_cases() -> Path:
    """Return the folder of the cases that are shipped."""
    return Path(str(files("evals") / "cases"))


def load_cases(folders: Sequence[Path] = ()) -> list[Case]:
    """Read every case of the folders (or files), in a fixed order; the shipped ones if none is named.

    Raises:
        CaseError: a file cannot be read, is not of the form, or two cases share an id.
    """
    cases = [
        case
        for folder in folders or (own_cases(),)
        for file in _files(folder)
        for case in read_file(file)
    ]
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            message = f"two cases have the id {case.id!r}: rename one of them"
            raise CaseError(message)
        seen.add(case.id)
    return cases


def read_file(file: Path) -> list[Case]:
    """Read one YAML file.

    Raises:
        CaseError: it is not of the form.
    """
    try:
        raw = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  a safe loader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        message = f"{file.name} cannot be read as YAML: {reason}"
        raise CaseError(message) from error
    try:
        content = CaseFile.model_validate(raw or {})
        return [*content.cases, *(case for family in content.families for case in expand(family))]
    except ValidationError as error:
        raise CaseError(_sentence(file, error)) from error
    except KeyError as error:
        message = f"{file.name}: {error.args[0]}"
        raise CaseError(message) from error


def expand(family: Family) -> Iterator[Case]:
    """Yield the cases of a family: each seed in each phrasing.

    Raises:
        KeyError: a text uses a variable that nobody sets.
        ValidationError: a filled-in case is not of the form.
    """
    for seed in family.seeds:
        spoken = [p for p in family.phrasings if not p.seeds or seed.id in p.seeds]
        for index, phrasing in enumerate(spoken, start=1):
            yield _case(family, seed, phrasing, index)


def _case(family: Family, seed: Seed, phrasing: Phrasing, index: int) -> Case:
    given = family.set | seed.set | phrasing.set | {"language": phrasing.language}
    values = {
        name: value[phrasing.language]
        if isinstance(value, dict) and {"en", "it", "de"} >= value.keys() >= {phrasing.language}
        else value
        for name, value in given.items()
    }
    cluster = f"{family.family}.{seed.id}"
    said = iter(phrasing.say)
    turns = [
        turn if "user" in turn or "decide" in turn else {**turn, "user": next(said, None)}
        for turn in family.turns
    ]
    body = {
        "turns": turns,
        "store": family.store,
        "milestones": family.milestones,
        "minefields": family.minefields,
        "canaries": family.canaries,
    }
    return Case.model_validate(
        {
            "id": f"{cluster}.{phrasing.language}{index}",
            "seed": cluster,
            "category": family.category,
            "language": phrasing.language,
            "agents": family.agents,
            "fixture": family.fixture,
            "offline": phrasing.offline or family.offline,
            "tags": phrasing.tags,
            "notes": family.notes,
            **_filled(_filled(body, values, cluster), values, cluster),
        }
    )


def _filled(value: Any, values: dict[str, Any], where: str) -> Any:  # noqa: ANN401  any YAML value
    """Fill `${name}` in everywhere; twice, so that a value may use another."""
    match value:
        case str():
            return _filled_text(value, values, where)
        case dict():
            return {key: _filled(part, values, where) for key, part in value.items()}
        case list() | tuple():
            return [_filled(part, values, where) for part in value]
        case _:
            return value


def _filled_text(text: str, values: dict[str, Any], where: str) -> Any:  # noqa: ANN401  any YAML value
    if text.startswith("${") and text.endswith("}") and text.count("${") == 1:
        return _value(text[2:-1], values, where)
    out, rest = "", text
    while "${" in rest:
        before, _, rest = rest.partition("${")
        name, _, rest = rest.partition("}")
        out += before + str(_value(name, values, where))
    return out + rest


def _value(name: str, values: dict[str, Any], where: str) -> Any:  # noqa: ANN401  any YAML value
    if name not in values:
        message = f"{where} uses ${{{name}}}, which nobody sets: there are {sorted(values)}"
        raise KeyError(message)
    return values[name]


def _files(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    found = sorted([*folder.glob("**/*.yaml"), *folder.glob("**/*.yml")])
    if not found:
        message = f"there are no cases in {folder}: put YAML files there"
        raise CaseError(message)
    return found


def _sentence(file: Path, error: ValidationError) -> str:
    """Say the first fault of the deepest place: a union reports one per member."""
    problems = error.errors(include_url=False, include_context=False)
    first = max(problems, key=lambda problem: len(problem["loc"]))
    place = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    return f"{file.name}: {place or 'the file'}: {message} (it is {first['input']!r:.80})"


def json_schema() -> str:
    """Return the JSON Schema of a file of cases, for editors."""
    schema = CaseFile.model_json_schema()
    schema["title"] = "promoloop evaluation cases"
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
