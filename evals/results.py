"""A run on disk: what it was made with, one row per case and repeat, and how long each took.

`run.json` (cases, model, hashes, versions), `results.jsonl` (verdicts; equal bytes for two runs of a
deterministic model), `trajectories.jsonl` (what happened), `timings.jsonl`, `errors.jsonl`.
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from agents.team import TEAM
from analytics.types import Record
from evals.cases import CATEGORIES, Case, Category, Language
from evals.scorers import Check, Score
from evals.trajectory import Trajectory
from tools.catalogue import TOOLS
from tools.schema import arguments_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_LIBRARIES = ("promoloop", "langchain", "langgraph", "langchain-openai", "pydantic", "duckdb")


class RunError(ValueError):
    """A run cannot be read or continued; the message says the repair."""


class RunInfo(Record):
    """What a run was made with."""

    model: str
    repeats: int
    cases: int
    seeds: int
    cases_sha256: str
    prompts_sha256: str
    tools_sha256: dict[str, str]
    versions: dict[str, str]


class Row(Record):
    """The verdict on one run of one case."""

    case: str
    seed: str
    category: Category
    language: Language
    offline: str
    repeat: int
    passed: bool
    cause: str | None
    checks: tuple[Check, ...]
    model_calls: int
    tool_calls: int
    input_tokens: int
    output_tokens: int


def run_info(model: str, repeats: int, cases: Sequence[Case]) -> RunInfo:
    """Describe a run that is about to be made."""
    content = "\n".join(case.model_dump_json() for case in cases)
    return RunInfo(
        model=model,
        repeats=repeats,
        cases=len(cases),
        seeds=len({case.seed for case in cases}),
        cases_sha256=_sha(content),
        prompts_sha256=_sha(
            "".join(
                file.read_text(encoding="utf-8")
                for file in sorted(files("prompts").iterdir(), key=lambda file: file.name)
                if file.name.endswith(".md")
            )
        ),
        tools_sha256={agent: tools_sha256(agent) for agent in TEAM},
        versions={name: version(name) for name in _LIBRARIES},
    )


def tools_sha256(agent: str) -> str:
    """Hash what an agent's model is told of its tools; the router has none."""
    tools = [
        TOOLS[name] for member in TEAM.values() if member.name == agent for name in member.tools
    ]
    return _sha(
        json.dumps(
            [
                [
                    tool.name,
                    tool.function.__doc__,
                    arguments_model(tool.function).model_json_schema(),
                ]
                for tool in tools
            ],
            sort_keys=True,
        )
    )


def row(case: Case, repeat: int, run: Trajectory, verdict: Score) -> Row:
    """Return the verdict on a run as it is kept."""
    return Row(
        case=case.id,
        seed=case.seed,
        category=case.category,
        language=case.language,
        offline=case.offline,
        repeat=repeat,
        passed=verdict.passed,
        cause=verdict.cause,
        checks=verdict.checks,
        model_calls=sum(turn.model_calls for turn in run.turns),
        tool_calls=sum(len(turn.calls) for turn in run.turns),
        input_tokens=sum(turn.input_tokens for turn in run.turns),
        output_tokens=sum(turn.output_tokens for turn in run.turns),
    )


class RunFolder:
    """The files of one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, info: RunInfo) -> None:
        """Start a run, or continue the one that is there.

        Raises:
            RunError: what is there was made with something else.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "run.json"
        if file.is_file() and self.info() != info:
            changed = [
                name
                for name in RunInfo.model_fields
                if getattr(self.info(), name) != getattr(info, name)
            ]
            message = (
                f"the run in {self.folder} was made with other {', '.join(changed)}: name another "
                "folder with --out, or delete it"
            )
            raise RunError(message)
        file.write_text(info.model_dump_json(indent=1) + "\n", encoding="utf-8")
        for name in ("results", "trajectories", "timings"):
            self._file(name).touch()
            self._keep_whole_lines(self._file(name))
        self._file("errors").unlink(missing_ok=True)

    def info(self) -> RunInfo:
        """Return what the run was made with.

        Raises:
            RunError: there is no run in the folder.
        """
        file = self.folder / "run.json"
        if not file.is_file():
            message = f"there is no run in {self.folder}: make one with promoloop eval run"
            raise RunError(message)
        return RunInfo.model_validate_json(file.read_text(encoding="utf-8"))

    def rows(self) -> list[Row]:
        """Return the verdicts so far."""
        return [Row.model_validate_json(line) for line in self._lines("results")]

    def trajectories(self) -> dict[tuple[str, int], Trajectory]:
        """Return what happened, by case and repeat."""
        return {
            (entry["case"], entry["repeat"]): Trajectory.model_validate(entry["run"])
            for entry in map(json.loads, self._lines("trajectories"))
        }

    def seconds(self) -> list[float]:
        """Return how long each run took."""
        return [float(json.loads(line)["seconds"]) for line in self._lines("timings")]

    def errors(self) -> list[str]:
        """Return the runs that could not be made."""
        return [str(json.loads(line)["error"]) for line in self._lines("errors")]

    def add(self, row: Row, run: Trajectory) -> None:
        """Keep one verdict; the row comes last, so that what is counted as done is whole."""
        key = {"case": row.case, "repeat": row.repeat}
        self._append("timings", key | {"seconds": run.seconds})
        kept = run.model_copy(update={"seconds": 0.0}).model_dump(mode="json")
        self._append("trajectories", key | {"run": kept})
        self._append("results", row.model_dump(mode="json"))

    def add_error(self, case: str, repeat: int, error: str) -> None:
        """Keep a run that could not be made; it is tried again when the run is continued."""
        self._append("errors", {"case": case, "repeat": repeat, "error": error})

    def finish(self) -> None:
        """Put the rows in order of case and repeat, each once: equal runs get equal files."""
        for name in ("results", "trajectories", "timings"):
            entries = {(e["case"], e["repeat"]): e for e in map(json.loads, self._lines(name))}
            lines = (_json(entries[key]) + "\n" for key in sorted(entries))
            self._file(name).write_text("".join(lines), encoding="utf-8")

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.jsonl"

    def _lines(self, name: str) -> Iterable[str]:
        """Return the whole lines of a file: while a run goes on the last one may be half of one."""
        file = self._file(name)
        if not file.is_file():
            return []
        text = file.read_text(encoding="utf-8")
        return text[: text.rfind("\n") + 1].split("\n")[:-1]

    def _append(self, name: str, entry: dict[str, Any]) -> None:
        with self._file(name).open("a", encoding="utf-8") as out:
            out.write(_json(entry) + "\n")

    @staticmethod
    def _keep_whole_lines(file: Path) -> None:
        """Drop half a line that a killed run left at the end."""
        content = file.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            file.write_bytes(content[:whole])


def categories_of(rows: Iterable[Row]) -> list[Category]:
    """Return the categories that rows cover, in order."""
    found = {entry.category for entry in rows}
    return [name for name in CATEGORIES if name in found]


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
