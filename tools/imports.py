"""Targets and segments from a small table in a file: every row is checked, all are stored or none."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
from pydantic import ValidationError

from analytics.cell_text import parse_numbers
from analytics.types import Record, Segment, Target
from db import segments, targets
from tools.deps import Deps
from tools.errors import Refusal
from tools.workbooks.table import read_table

Row = TypeVar("Row", bound=Record)
Cells = dict[str, str | None]

_SHARES_IN_ALL = 1.0001  # room for shares that were rounded to four places
_NO_NUMBERS = {
    *("month", "geo", "segment_id", "name", "fav_categories", "discount_sensitivity"),
    *("found", "department"),
}
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")


class Imported(Record):
    """What an import stored."""

    file: str
    rows: int
    removed: tuple[str, ...] = ()


def import_targets(deps: Deps, path: Path) -> Imported:
    """Store the monthly targets of a .csv, .xlsx or .xlsb file; a month that is there is overwritten.

    Columns: month (YYYY-MM), geo, sales_value_target, margin_pct_target, units_target (may be
    empty). Refuses the whole file, naming the row, when one value is wrong.
    """
    records = _records(path, Target, _month)
    _refuse_repeats(path, [(target.month, target.geo) for target in records])
    targets.save_many(deps.conn, records)
    return Imported(file=str(path), rows=len(records))


def import_segments(deps: Deps, path: Path, *, replace: bool = False) -> Imported:
    """Store the customer segments of a .csv, .xlsx or .xlsb file; one that is there is overwritten.

    Columns as in table segments; several fav_categories are separated by `|`. Shares run from 0
    to 1, or in per cent with a % sign. With `replace`, segments that the file does not name are
    removed. Refuses the whole file, naming the row, when one value is wrong or the shares of all
    segments that the store would then hold add up to more than 1.
    """
    records = _records(path, Segment, _split_categories)
    _refuse_repeats(path, [(segment.segment_id,) for segment in records])
    named = {segment.segment_id for segment in records}
    others = [s for s in segments.list_segments(deps.conn) if s.segment_id not in named]
    _refuse_too_much(path, records, [] if replace else others)
    if replace:
        segments.remove(deps.conn, [other.segment_id for other in others])
    segments.save_many(deps.conn, records)
    removed = tuple(other.segment_id for other in others) if replace else ()
    return Imported(file=str(path), rows=len(records), removed=removed)


def read_records(path: Path, kind: type[Row], *, key: Sequence[str]) -> list[Row]:
    """Return the rows of a small table as records, text columns only, each key once.

    Raises:
        Refusal: a column is missing or unknown, a value is wrong, or a key comes twice.
    """
    records = _records(path, kind, dict)
    _refuse_repeats(path, [tuple(str(getattr(one, name)) for name in key) for one in records])
    return records


def _refuse_too_much(path: Path, new: Sequence[Segment], others: Sequence[Segment]) -> None:
    """Refuse segments that together, those that stay included, are more than everybody."""
    for what, own in _shares(new).items():
        if own > _SHARES_IN_ALL:
            message = (
                f"{path.name}: the shares of {what} add up to {own:.4f}, more than 1: correct them"
            )
            raise Refusal(message)
    for what, kept in _shares(others).items():
        own = _shares(new)[what]
        if own + kept > _SHARES_IN_ALL:
            names = ", ".join(segment.segment_id for segment in others)
            message = (
                f"{path.name}: its shares of {what} ({own:.4f}) and those of the stored segments it "
                f"does not name ({names}: {kept:.4f}) add up to more than 1: give all segments in "
                "one file, with --replace if the others are gone"
            )
            raise Refusal(message)


def _shares(of: Sequence[Segment]) -> dict[str, float]:
    return {
        "revenue": sum(segment.share_of_revenue for segment in of),
        "customers": sum(segment.share_of_customers for segment in of),
    }


def _split_categories(row: dict[str, Any]) -> dict[str, Any]:
    listed = row.pop("fav_categories", None) or ""
    parts = (part.strip() for part in str(listed).split("|"))
    return row | {"fav_categories": tuple(part for part in parts if part)}


def _month(row: dict[str, Any]) -> dict[str, Any]:
    """Read a month that a spreadsheet has turned into a date (2025-10-01, 10/2025)."""
    text = str(row.get("month") or "")
    if first := re.fullmatch(r"(\d{4}-\d{2})-01(?: 00:00:00)?", text):
        return row | {"month": first[1]}
    if turned := re.fullmatch(r"(\d{2})/(\d{4})", text):
        return row | {"month": f"{turned[2]}-{turned[1]}"}
    return row


def _records(
    path: Path, kind: type[Row], prepare: Callable[[dict[str, Any]], dict[str, Any]]
) -> list[Row]:
    rows = _read(path)
    _check_columns(path, kind, list(rows[0]) if rows else [])
    numbers = _numbers(path, rows)
    return [
        _record(path, kind, at, prepare({**row, **numbers[at - 2]}))
        for at, row in enumerate(rows, 2)
    ]


def _check_columns(path: Path, kind: type[Record], columns: Sequence[str]) -> None:
    known = set(kind.model_fields)
    if unknown := sorted(set(columns) - known):
        message = f"{path.name}: the columns {', '.join(unknown)} are not known; known are {', '.join(sorted(known))}"
        raise Refusal(message)
    required = {name for name, field in kind.model_fields.items() if field.is_required()}
    if lacking := sorted(required - set(columns)):
        message = f"{path.name}: the columns {', '.join(lacking)} are missing; it has {', '.join(columns)}"
        raise Refusal(message)


def _record(path: Path, kind: type[Row], number: int, row: Mapping[str, Any]) -> Row:
    try:
        return kind.model_validate({k: v for k, v in row.items() if v is not None})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        column = ".".join(map(str, first["loc"]))
        message = (
            f"{path.name}, row {number}, column {column}: {first['msg']} (it is {first['input']!r})"
        )
        raise Refusal(message) from error


def _numbers(path: Path, rows: Sequence[Cells]) -> list[dict[str, float | str]]:
    """Read the numbers of all columns by one rule: one Italian cell says how the others are meant.

    What is no number stays text, which the record refuses by name.
    """
    cells = [(at, name) for at, row in enumerate(rows) for name in row if name not in _NO_NUMBERS]
    texts = pl.Series([rows[at][name] for at, name in cells], dtype=pl.String)
    bare = texts.str.strip_suffix("%").str.strip_chars()
    values = parse_numbers(bare).to_list()
    found: list[dict[str, float | str]] = [{} for _ in rows]
    for (at, name), text, value in zip(cells, texts, values, strict=True):
        if text is None:
            continue
        if value is None:
            found[at][name] = text
            continue
        if path.suffix.lower() == ".csv" and _EITHER.fullmatch(text) and value != _grouped(text):
            message = (
                f"{path.name}, row {at + 2}, column {name}: {text} may be {value:g} or "
                f"{_grouped(text):g}: write it without a point, or with more or fewer decimals"
            )
            raise Refusal(message)
        is_share = name.startswith("share_of_") and text.endswith("%")
        found[at][name] = value / 100 if is_share else value
    return found


def _grouped(text: str) -> float:
    return float(text.replace(".", ""))


def _read(path: Path) -> list[Cells]:
    """Read every cell as text, by the header's names; empty cells are None."""
    rows = read_table(path)
    if len(rows) <= 1:
        what = "has a header but no rows" if rows else "is empty"
        message = f"{path.name} {what}: fill it"
        raise Refusal(message)
    names = ["_".join((cell or "").lower().split()) for cell in rows[0]]
    while names and not names[-1]:  # a spreadsheet's empty columns at the right
        names.pop()
    if twice := sorted({name for name in names if names.count(name) > 1}):
        message = f"{path.name} has the column {twice[0] or '(no name)'} twice: delete one of them"
        raise Refusal(message)
    found = []
    for number, row in enumerate(rows[1:], 2):
        cells = [(cell or "").strip() or None for cell in row]
        if any(cells[len(names) :]):
            message = f"{path.name}, row {number} has more cells than the header: correct it"
            raise Refusal(message)
        padded = [*cells, *[None] * len(names)][: len(names)]
        found.append(dict(zip(names, padded, strict=True)))
    return found


def _refuse_repeats(path: Path, keys: Iterable[tuple[str, ...]]) -> None:
    seen: set[tuple[str, ...]] = set()
    for number, key in enumerate(keys, 2):
        if key in seen:
            message = f"{path.name}, row {number}: {' '.join(key)} stands there twice: keep one row"
            raise Refusal(message)
        seen.add(key)
