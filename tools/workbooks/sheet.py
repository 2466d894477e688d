"""Sheets of an Excel workbook through calamine (fastexcel): the top rows, and the needed columns.

Types are asked for, never inferred. A column with a cell of another type (text among numbers, a
date written as text, a formula error) is fetched again as text, so that nothing turns into null
without a trace; formula errors come back as the text a person sees (#N/A).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import fastexcel
import polars as pl

from tools.errors import UnreadableWorkbook
from tools.workbooks.container import plain
from tools.workbooks.excerpt import excerpt

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tools.workbooks.container import Container, Sheet
    from tools.workbooks.header import Header

_FORMULA_ERRORS = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
    "GettingData": "#GETTING_DATA",
}


class Workbook:
    """An open Excel workbook."""

    def __init__(self, container: Container) -> None:
        """Open the workbook of a checked container.

        Raises:
            UnreadableWorkbook: the library cannot open it.
        """
        self._container = container
        try:
            self._reader = fastexcel.read_excel(container.path)
        except fastexcel.FastExcelError as error:
            raise self._unreadable(error) from error

    def top(self, sheet: Sheet, rows: int) -> list[list[str | None]]:
        """Return the first rows of a sheet as text; none for a sheet that holds no cells."""
        if sheet.name not in self._reader.sheet_names:
            return []
        shorter = excerpt(self._container, sheet)
        sources: list[bytes | Path] = [self._container.path]
        if shorter is not None:
            sources.insert(0, shorter)
        for source in sources:
            try:
                loaded = fastexcel.read_excel(source).load_sheet(
                    sheet.name, header_row=None, skip_rows=0, n_rows=rows, dtypes="string"
                )
                batch, _ = loaded.to_arrow_with_errors()
            except fastexcel.FastExcelError:  # a chart sheet, or an empty one: no header there
                continue
            frame = pl.DataFrame(pl.from_arrow(batch))
            if frame.height:
                return [list(row) for row in frame.iter_rows()]
        return []

    def lines(
        self, sheet: Sheet, header_index: int, header: Header, wanted: Mapping[str, pl.DataType]
    ) -> pl.DataFrame:
        """Return RAW LINES: every row below the header, `wanted` columns, absent ones null.

        Args:
            sheet: the sheet that has the header.
            header_index: 0-based row of the header.
            header: which position holds which of our columns.
            wanted: our columns and their types.
        """
        positions = {name: header.columns[name] for name in wanted if name in header.columns}
        types = {name: self._fast_type(wanted[name]) for name in positions}
        frame, errors = self._columns(sheet, header_index, positions, types)
        mixed = {name: at for name, at in positions.items() if name in errors}
        if mixed:
            as_text = dict.fromkeys(mixed, "string")
            texts, errors = self._columns(sheet, header_index, mixed, as_text)
            frame = frame.with_columns(
                _with_formula_errors(texts[name], errors.get(name, {})) for name in mixed
            )
        absent = [pl.lit(None, dtype=t).alias(n) for n, t in wanted.items() if n not in positions]
        first = header_index + 2  # the row after the header, as a person counts
        return frame.with_columns(*absent, row=pl.int_range(first, first + frame.height))

    def _columns(
        self,
        sheet: Sheet,
        header_index: int,
        positions: Mapping[str, int],
        types: Mapping[str, str],
    ) -> tuple[pl.DataFrame, dict[str, dict[int, str]]]:
        """Load columns; errors are, per column, the 0-based line and what the cell holds."""
        library_names = {name: f"__UNNAMED__{at}" for name, at in positions.items()}
        try:
            loaded = self._load(
                sheet,
                skip_rows=header_index + 1,
                use_columns=list(library_names.values()),
                dtypes={library_names[name]: kind for name, kind in types.items()},
            )
            batch, cell_errors = loaded.to_arrow_with_errors()
        except fastexcel.FastExcelError as error:
            raise self._unreadable(error) from error
        frame = pl.DataFrame(pl.from_arrow(batch))
        frame = frame.select(pl.col(library_names[name]).alias(name) for name in positions)
        errors: dict[str, dict[int, str]] = {}
        names = {at: name for name, at in positions.items()}
        for cell in cell_errors.errors if cell_errors else []:
            line, at = cell.offset_position
            errors.setdefault(names[at], {})[line] = cell.detail
        return frame, errors

    def _load(self, sheet: Sheet, **options: Any) -> Any:  # noqa: ANN401  fastexcel ships no types
        return self._reader.load_sheet(sheet.name, header_row=None, **options)

    def _fast_type(self, dtype: pl.DataType) -> str:
        if dtype == pl.Date and not self._container.date1904:
            return "date"
        # Serials without a date format are taken for the 1900 system by every library, so a
        # workbook that counts from 1904 gives its dates as text: formatted ones as real dates,
        # the others as serials, which the cleaning reads with the right start.
        return "float" if dtype == pl.Float64 else "string"

    def _unreadable(self, error: Exception) -> UnreadableWorkbook:
        problem = f"cannot be read ({plain(error)}): open it in Excel and save it again"
        return UnreadableWorkbook(self._container.path, problem)


def _with_formula_errors(texts: pl.Series, errors: Mapping[int, str]) -> pl.Series:
    if not errors:
        return texts
    shown = {line: _shown(detail) for line, detail in errors.items()}
    return texts.scatter(list(shown.keys()), list(shown.values()))


def _shown(detail: str) -> str:
    error = re.search(r"Error\((\w+)\)", detail)
    return _FORMULA_ERRORS.get(error.group(1), detail) if error else detail
