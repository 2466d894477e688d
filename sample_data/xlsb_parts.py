"""The parts of an XLSB package around its sheets: content types, relationships, book, styles."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from sample_data.xlsb_records import Brt, record, wide_string

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GENERAL, DATE = 0, 1
"""Cell styles: indices into the cell formats that `styles()` writes."""

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_EXCEL = "application/vnd.ms-excel"

_GENERAL_FORMAT, _DATE_FORMAT = 0, 14  # built-in number formats; 14 is the locale's short date


def content_types(sheets: int) -> str:
    """Name the type of every part."""
    parts = [(f"worksheets/sheet{number}.bin", "worksheet") for number in range(1, sheets + 1)]
    parts += [("styles.bin", "styles"), ("sharedStrings.bin", "sharedStrings")]
    defaults = {
        "bin": f"{_EXCEL}.sheet.binary.macroEnabled.main",
        "rels": "application/vnd.openxmlformats-package.relationships+xml",
        "xml": "application/xml",
    }
    return (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        + "".join(
            f'<Default Extension="{extension}" ContentType="{kind}"/>'
            for extension, kind in defaults.items()
        )
        + "".join(
            f'<Override PartName="/xl/{name}" ContentType="{_EXCEL}.{kind}"/>'
            for name, kind in parts
        )
        + "</Types>"
    )


def _relationships(targets: Iterable[tuple[str, str]]) -> str:
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'


def package_relationships() -> str:
    """Point from the package to the book."""
    return _relationships([("officeDocument", "xl/workbook.bin")])


def book_relationships(sheets: int) -> str:
    """Point from the book to its sheets, styles and strings."""
    targets = [("worksheet", f"worksheets/sheet{number}.bin") for number in range(1, sheets + 1)]
    return _relationships(
        [*targets, ("styles", "styles.bin"), ("sharedStrings", "sharedStrings.bin")]
    )


def book(sheets: Sequence[tuple[str, bool]], *, date1904: bool) -> bytes:
    """Encode the workbook part from its sheets' names and hidden flags."""
    version = bytes(16) + b"".join(wide_string(text) for text in ("xl", "7", "4", "24326"))
    flags = 0x10020 | date1904
    return b"".join(
        [
            record(Brt.BEGIN_BOOK),
            record(Brt.FILE_VERSION, version),
            record(Brt.WB_PROP, struct.pack("<III", flags, 0, 0)),
            record(Brt.BEGIN_BUNDLE_SHEETS),
            *(
                record(
                    Brt.BUNDLE_SHEET,
                    struct.pack("<II", hidden, number)
                    + wide_string(f"rId{number}")
                    + wide_string(name),
                )
                for number, (name, hidden) in enumerate(sheets, start=1)
            ),
            record(Brt.END_BUNDLE_SHEETS),
            record(Brt.END_BOOK),
        ]
    )


def styles() -> bytes:
    """Encode one font, the two fills Excel insists on, and the GENERAL and DATE cell formats."""
    return b"".join(
        [
            record(Brt.BEGIN_STYLE_SHEET),
            _list(Brt.BEGIN_FONTS, Brt.END_FONTS, Brt.FONT, [_calibri()]),
            _list(Brt.BEGIN_FILLS, Brt.END_FILLS, Brt.FILL, [_fill(0), _fill(0x11)]),
            _list(Brt.BEGIN_BORDERS, Brt.END_BORDERS, Brt.BORDER, [_no_border()]),
            _list(
                Brt.BEGIN_CELL_STYLE_XFS,
                Brt.END_CELL_STYLE_XFS,
                Brt.XF,
                [_cell_format(_GENERAL_FORMAT, parent=0xFFFF)],
            ),
            _list(
                Brt.BEGIN_CELL_XFS,
                Brt.END_CELL_XFS,
                Brt.XF,
                [
                    _cell_format(_GENERAL_FORMAT, parent=0, changed=0),
                    _cell_format(_DATE_FORMAT, parent=0, changed=1),
                ],
            ),
            _list(
                Brt.BEGIN_STYLES,
                Brt.END_STYLES,
                Brt.STYLE,
                [struct.pack("<II", 0, 1) + wide_string("Normal")],
            ),
            record(Brt.BEGIN_DXFS, struct.pack("<I", 0)) + record(Brt.END_DXFS),
            record(
                Brt.BEGIN_TABLE_STYLES,
                struct.pack("<I", 0)
                + wide_string("TableStyleMedium2")
                + wide_string("PivotStyleLight16"),
            )
            + record(Brt.END_TABLE_STYLES),
            record(Brt.END_STYLE_SHEET),
        ]
    )


def _list(begin: Brt, end: Brt, kind: Brt, items: Sequence[bytes]) -> bytes:
    counted = record(begin, struct.pack("<I", len(items)))
    return counted + b"".join(record(kind, item) for item in items) + record(end)


def _calibri() -> bytes:
    height_twips, weight, family_swiss, minor_scheme = 220, 400, 2, 2
    shape = struct.pack("<HHHHBBBB", height_twips, 0, weight, 0, 0, family_swiss, 0, 0)
    text_colour = bytes.fromhex("07010000000000ff")
    return shape + text_colour + bytes([minor_scheme]) + wide_string("Calibri")


def _fill(pattern: int) -> bytes:
    colours = bytes.fromhex("03400000000000ff03410000ffffffff")
    return struct.pack("<I", pattern) + colours + bytes(48)


def _no_border() -> bytes:
    line = b"\0\0" + b"\x01" + bytes(7)
    return b"\0" + line * 5


def _cell_format(number_format: int, *, parent: int, changed: int = 0xFFFF) -> bytes:
    return struct.pack("<HHHHHBBBBH", parent, number_format, 0, 0, 0, 0, 0, 0x10, 0x10, changed)
