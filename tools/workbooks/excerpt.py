"""The beginning of a large sheet as a workbook of its own.

Spreadsheet libraries parse a whole sheet even if only its first rows are asked for. To find the
header of a large sheet, its part is cut off after some complete rows; the other parts stay.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from tools.workbooks.records import length_of_complete

if TYPE_CHECKING:
    from tools.workbooks.container import Container, Sheet

_KEPT = 256 * 1024
_SMALL = 2 * 1024**2
_MOST_OF_OTHER_PARTS = 64 * 1024**2
_END_OF_BINARY_SHEET = b"\x92\x01\x00\x82\x01\x00"  # BrtEndSheetData, BrtEndSheet
_END_OF_XML_SHEET = b"</sheetData></worksheet>"


def excerpt(container: Container, sheet: Sheet) -> bytes | None:
    """Return the workbook with only the first rows of `sheet`, and no other sheet's rows.

    Returns:
        None where it is not worth it (a small sheet), or cannot be cut safely.
    """
    with zipfile.ZipFile(container.path) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
        if sizes[sheet.part] <= _SMALL:
            return None
        sheets = {other.part for other in container.sheets}
        if sum(size for name, size in sizes.items() if name not in sheets) > _MOST_OF_OTHER_PARTS:
            return None
        with archive.open(sheet.part) as part:
            start = _closed(part.read(_KEPT), binary=container.kind == "xlsb")
        if start is None:
            return None
        copy = io.BytesIO()
        with zipfile.ZipFile(copy, "w") as shorter:
            for name in sizes:
                if name not in sheets:
                    shorter.writestr(name, archive.read(name))
            for name in sheets:  # every sheet that is listed must be there
                shorter.writestr(name, start)
    return copy.getvalue()


def _closed(start: bytes, *, binary: bool) -> bytes | None:
    """Cut after the last complete row or record, and close what is open."""
    if binary:
        return start[: length_of_complete(start)] + _END_OF_BINARY_SHEET
    end = start.rfind(b"</row>")
    return None if end < 0 else start[: end + len(b"</row>")] + _END_OF_XML_SHEET
