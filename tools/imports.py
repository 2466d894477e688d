"""Targets and segments from a small table in a file: every row is checked, all are stored or none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
from fastexcel import FastExcelError
from pydantic import ValidationError

from analytics.types import Record, Segment, Target
from db import segments, targets
from tools.deps import Deps
from tools.errors import Refusal

MAX_ROWS = 100_000
Row = TypeVar("Row", bound=Record)


class Imported(Record):
    """What an import stored."""

    file: str
    rows: int


def import_targets(deps: Deps, path: Path) -> Imported:
    """Store the monthly targets of a .csv or .xlsx file; a month that is there is overwritten.

    Columns: month (YYYY-MM), geo, sales_value_target, margin_pct_target, units_target (may be
    empty). Refuses the whole file, naming the row, when one value is wrong.
    """
    records = _records(path, Target, lambda row: row)
    _refuse_repeats(path, [(target.month, target.geo) for target in records])
    targets.save_many(deps.conn, records)
    return Imported(file=str(path), rows=len(records))


def import_segments(deps: Deps, path: Path) -> Imported:
    """Store the customer segments of a .csv or .xlsx file; one that is there is overwritten.

    Columns as in table segments; several fav_categories are separated by `|`. Shares run from 0
    to 1. Refuses the whole file, naming the row, when one value is wrong or the shares of revenue
    add up to more than 1.
    """
    records = _records(path, Segment, _split_categories)
    _refuse_repeats(path, [(segment.segment_id,) for segment in records])
    total = sum(segment.share_of_revenue for segment in records)
    if total > 1.0001:  # noqa: PLR2004  room for shares rounded to four places
        message = (
            f"{path.name}: the shares of revenue add up to {total:.4f}, more than 1: correct them"
        )
        raise Refusal(message)
    segments.save_many(deps.conn, records)
    return Imported(file=str(path), rows=len(records))


def _split_categories(row: dict[str, Any]) -> dict[str, Any]:
    listed = row.pop("fav_categories", None) or ""
    return row | {
        "fav_categories": tuple(part.strip() for part in str(listed).split("|") if part.strip())
    }


def _records(
    path: Path, kind: type[Row], prepare: Callable[[dict[str, Any]], dict[str, Any]]
) -> list[Row]:
    frame = _read(path)
    known = set(kind.model_fields)
    if unknown := sorted(set(frame.columns) - known):
        message = f"{path.name}: the columns {', '.join(unknown)} are not known; known are {', '.join(sorted(known))}"
        raise Refusal(message)
    required = {name for name, field in kind.model_fields.items() if field.is_required()}
    if lacking := sorted(required - set(frame.columns)):
        message = f"{path.name}: the columns {', '.join(lacking)} are missing; it has {', '.join(frame.columns)}"
        raise Refusal(message)
    if frame.is_empty():
        message = f"{path.name} has a header but no rows"
        raise Refusal(message)
    return [
        _record(path, kind, number, prepare(row)) for number, row in enumerate(frame.to_dicts(), 2)
    ]


def _record(path: Path, kind: type[Row], number: int, row: dict[str, Any]) -> Row:
    try:
        return kind.model_validate({k: v for k, v in row.items() if v is not None})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        column = ".".join(map(str, first["loc"]))
        message = (
            f"{path.name}, row {number}, column {column}: {first['msg']} (it is {first['input']!r})"
        )
        raise Refusal(message) from error


def _read(path: Path) -> pl.DataFrame:
    """Read every cell as text; numbers and dates are judged by the record's own types."""
    if not path.is_file():
        message = f"there is no file {path}"
        raise Refusal(message)
    try:
        match path.suffix.lower():
            case ".csv":
                frame = pl.read_csv(path, infer_schema=False, n_rows=MAX_ROWS)
            case ".xlsx":
                frame = pl.read_excel(path, engine="calamine", infer_schema_length=0)
            case other:
                message = f"{path.name}: a {other or 'file without ending'} cannot be read here: give .csv or .xlsx"
                raise Refusal(message)
        frame = frame.rename(
            {name: name.strip().lower().replace(" ", "_") for name in frame.columns}
        )
    except (pl.exceptions.PolarsError, FastExcelError, OSError, ValueError) as error:
        message = f"{path.name} cannot be read as a table: {' '.join(str(error).split())[:200]}"
        raise Refusal(message) from error
    return frame.select(pl.all().cast(pl.String).str.strip_chars().replace("", None))


def _refuse_repeats(path: Path, keys: list[tuple[str, ...]]) -> None:
    seen: set[tuple[str, ...]] = set()
    for number, key in enumerate(keys, 2):
        if key in seen:
            message = f"{path.name}, row {number}: {' '.join(key)} stands there twice: keep one row"
            raise Refusal(message)
        seen.add(key)
