"""What a file is before anything of it is parsed: kind, sheets, date system, honest sizes."""

from __future__ import annotations

import html
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

from tools.errors import Refusal, UnreadableWorkbook
from tools.workbooks.records import walk_records

if TYPE_CHECKING:
    from pathlib import Path

Kind = Literal["xlsb", "xlsx", "csv"]
KINDS: tuple[Kind, ...] = ("xlsb", "xlsx", "csv")

_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_ZIP = b"PK\x03\x04"
_PIECE = 64 * 1024  # larger ones cost a new page of memory each time
_MOST_PARTS = 5_000
_LARGEST_PART = 2 * 1024**3
_LARGEST_TOTAL = 3 * 1024**3
_LARGEST_STRINGS = 512 * 1024**2
_LARGEST_INDEX = 8 * 1024**2
_HIGHEST_RATIO = 200
_RATIO_MATTERS_FROM = 16 * 1024**2
_BRT_WORKBOOK_PROPERTIES = 153
_BRT_BUNDLE_SHEET = 156


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook: its name, whether a person sees it, the part that holds it."""

    name: str
    visible: bool
    part: str


@dataclass(frozen=True)
class Container:
    """A checked file. `sheets` is empty for CSV."""

    path: Path
    kind: Kind
    sheets: tuple[Sheet, ...] = ()
    date1904: bool = False


def precheck(path: Path) -> Kind:
    """Check what can be seen without opening the file: it exists, its extension, it is not empty.

    Raises:
        Refusal: naming the file and the repair.
    """
    if not path.is_file():
        message = f"there is no file {path.name}: check the path {path}"
        raise Refusal(message)
    kind = path.suffix.lower().removeprefix(".")
    for known in KINDS:
        if kind == known:
            break
    else:
        message = (
            f"{path.name} is no .xlsb, .xlsx or .csv file: save it as one of these and try again"
        )
        raise Refusal(message)
    if path.stat().st_size == 0:
        message = f"{path.name} is empty (0 bytes): export or copy it again"
        raise Refusal(message)
    return known


def open_container(path: Path) -> Container:
    """Check magic, declared sizes and the kind of workbook; list the sheets.

    Raises:
        Refusal: as `precheck`.
        UnreadableWorkbook: not what its extension says, protected, broken or suspiciously packed.
    """
    kind = precheck(path)
    with path.open("rb") as file:
        magic = file.read(8)
    if kind == "csv":
        if magic.startswith((_ZIP, _OLE)):
            problem = "is a workbook named .csv: rename it to .xlsb or .xlsx"
            raise UnreadableWorkbook(path, problem)
        return Container(path, kind)
    if magic == _OLE:
        raise UnreadableWorkbook(path, _ole_problem(path))
    if not magic.startswith(_ZIP):
        problem = f"is not a workbook (its first bytes are {magic[:4]!r}): export it again"
        raise UnreadableWorkbook(path, problem)
    try:
        with zipfile.ZipFile(path) as archive:
            return _inside(path, kind, archive)
    except (zipfile.BadZipFile, struct.error, NotImplementedError, EOFError, OSError) as error:
        problem = f"is damaged or cut off ({plain(error)}): export or copy it again"
        raise UnreadableWorkbook(path, problem) from error


def check_bytes(path: Path) -> None:
    """Unpack every part once and compare its CRC (no spreadsheet library does).

    Raises:
        UnreadableWorkbook: some part is not what was written.
    """
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            try:
                with archive.open(name) as part:
                    while part.read(_PIECE):  # the last piece compares the checksum
                        pass
            except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
                problem = f"is damaged (the checksum of {plain(name)} is wrong): copy it again"
                raise UnreadableWorkbook(path, problem) from error


def plain(said: object) -> str:
    """Return the first line of what a library says, without what is no readable character."""
    line = next(iter(str(said).splitlines()), "")
    return "".join(c if c.isprintable() else "?" for c in line)[:200]


def _ole_problem(path: Path) -> str:
    if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
        return "is password-protected: remove the password in Excel and save it again"
    return "is an old .xls workbook: save it as .xlsb or .xlsx in Excel"


def _inside(path: Path, kind: Kind, archive: zipfile.ZipFile) -> Container:
    _check_sizes(path, archive.infolist())
    names = set(archive.namelist())
    actual: Kind | None = None
    if "xl/workbook.bin" in names:
        actual = "xlsb"
    elif "xl/workbook.xml" in names:
        actual = "xlsx"
    if actual is None:
        problem = "is a zip archive, but no Excel workbook is in it: export it again"
        raise UnreadableWorkbook(path, problem)
    if actual != kind:
        problem = f"is an .{actual} workbook named .{kind}: rename it to .{actual}"
        raise UnreadableWorkbook(path, problem)
    if actual == "xlsb":
        date1904, sheets = _binary_index(archive.read("xl/workbook.bin"))
    else:
        date1904, sheets = _xml_index(archive.read("xl/workbook.xml").decode("utf-8", "replace"))
    targets = _targets(archive, f"xl/_rels/workbook.{'bin' if kind == 'xlsb' else 'xml'}.rels")
    found = tuple(Sheet(n, v, targets[rel]) for n, v, rel in sheets if targets.get(rel) in names)
    if not found:
        problem = "has no sheet that can be found: open it in Excel and save it again"
        raise UnreadableWorkbook(path, problem)
    return Container(path, kind, found, date1904)


def _check_sizes(path: Path, parts: list[zipfile.ZipInfo]) -> None:
    problem = None
    if len(parts) > _MOST_PARTS or len({part.filename for part in parts}) != len(parts):
        problem = f"has {len(parts)} parts, too many or with the same name twice"
    elif sum(part.file_size for part in parts) > _LARGEST_TOTAL:
        problem = "unpacks to more than 3 GiB"
    for part in parts:
        if part.flag_bits & 1:
            problem = f"is encrypted ({part.filename})"
        elif part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            problem = f"is packed in a way that Excel never uses ({part.filename})"
        elif part.file_size > _LARGEST_PART or _is_bomb(part):
            problem = f"unpacks from {part.compress_size} to {part.file_size} bytes"
        elif part.filename.startswith("xl/sharedStrings") and part.file_size > _LARGEST_STRINGS:
            problem = f"holds {part.file_size} bytes of text"
        elif part.filename.startswith("xl/workbook.") and part.file_size > _LARGEST_INDEX:
            problem = f"has a list of sheets of {part.file_size} bytes"
    if problem is not None:
        repair = f"{problem}, which no export does: save it again in Excel, split by month if large"
        raise UnreadableWorkbook(path, repair)


def _is_bomb(part: zipfile.ZipInfo) -> bool:
    large = part.file_size > _RATIO_MATTERS_FROM
    return large and part.file_size > _HIGHEST_RATIO * max(part.compress_size, 1)


def _binary_index(data: bytes) -> tuple[bool, list[tuple[str, bool, str]]]:
    date1904, sheets = False, []
    for kind, body in walk_records(data):
        if kind == _BRT_WORKBOOK_PROPERTIES:
            date1904 = bool(body[0] & 1)
        elif kind == _BRT_BUNDLE_SHEET:
            (state,) = struct.unpack_from("<I", body)
            relation, after = _wide_string(body, 8)
            name, _ = _wide_string(body, after)
            sheets.append((name, state == 0, relation))
    return date1904, sheets


def _wide_string(data: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<I", data, at)
    end = at + 4 + 2 * length
    return data[at + 4 : end].decode("utf-16-le", "replace"), end


def _xml_index(text: str) -> tuple[bool, list[tuple[str, bool, str]]]:
    date1904 = re.search(r"<(?:\w+:)?workbookPr\b[^>]*\bdate1904=[\"'](?:1|true)[\"']", text)
    sheets = []
    for tag in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", text):
        marks = dict(re.findall(r"([\w:]+)=[\"']([^\"']*)[\"']", tag))
        relation = next((value for key, value in marks.items() if key.endswith(":id")), "")
        visible = marks.get("state", "visible") == "visible"
        sheets.append((html.unescape(marks.get("name", "")), visible, relation))
    return date1904 is not None, sheets


def _targets(archive: zipfile.ZipFile, part: str) -> dict[str, str]:
    """Map relation ids to part names (targets are relative to `xl/`, or absolute with a slash)."""
    if part not in archive.namelist():
        return {}
    text = archive.read(part).decode("utf-8", "replace")
    targets = {}
    for tag in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", text):
        marks = dict(re.findall(r"(\w+)=[\"']([^\"']*)[\"']", tag))
        target = html.unescape(marks.get("Target", ""))
        name = target[1:] if target.startswith("/") else str(PurePosixPath("xl") / target)
        targets[marks.get("Id", "")] = name
    return targets
