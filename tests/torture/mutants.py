"""Broken copies of sound workbooks: bytes flipped, cut, doubled, parts and records changed."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

from tools.workbooks.records import walk_records

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    Mutation = Callable[[bytes, random.Random], bytes]

_ODD_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 2**20, 2**20 + 1, 2**31 - 1, 2**31, 2**32 - 1)


def mutate(workbook: bytes, rng: random.Random) -> bytes:
    """Break a workbook in one way: its bytes, or one of its parts with every checksum right."""
    if rng.random() < 0.3:
        return rng.choice(_BYTES)(workbook, rng)
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice([part for part in parts if part.endswith((".bin", ".xml", ".rels"))])
    if rng.random() < 0.05:
        del parts[name]
    else:
        ways = (*_BYTES, *(_RECORDS if name.endswith(".bin") else _TEXTS))
        parts[name] = rng.choice(ways)(parts[name], rng)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return made.getvalue()


def _flip(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _hole(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + data[at + rng.choice((1, 2, 4, 100, 5000)) :]


def _double(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + data[at : at + rng.choice((1, 4, 100, 5000))] * 2 + data[at:]


def _number(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(max(len(data) - 4, 1))
    return data[:at] + struct.pack("<I", rng.choice(_ODD_NUMBERS)) + data[at + 4 :]


def _record(data: bytes, rng: random.Random) -> bytes:
    """Change the body, the order or the number of one record."""
    records = list(walk_records(data))
    if not records:
        return _flip(data, rng)
    at = rng.randrange(len(records))
    kind, body = records[at]
    way = rng.randrange(5)
    if way == 0:
        records[at] = (kind, _number(body, rng))
    elif way == 1:
        records[at] = (rng.randrange(1024), body)
    elif way == 2:
        del records[at]
    elif way == 3:
        records[at:at] = [records[at]] * rng.choice((1, 10, 1000))
    else:
        other = rng.randrange(len(records))
        records[at], records[other] = records[other], records[at]
    return b"".join(_encoded(kind, body) for kind, body in records)


def _encoded(kind: int, body: bytes) -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = len(body), bytearray()
    while True:
        length.append(size & 0x7F | (0x80 if size > 0x7F else 0))
        size >>= 7
        if not size:
            return head + bytes(length) + body


def _digits(data: bytes, rng: random.Random) -> bytes:
    """Change one number in an XML part."""
    places = [at for at, byte in enumerate(data) if chr(byte).isdigit()]
    if not places:
        return _flip(data, rng)
    at = rng.choice(places)
    return data[:at] + str(rng.choice(_ODD_NUMBERS)).encode() + data[at + 1 :]


def _tag(data: bytes, rng: random.Random) -> bytes:
    """Take away, or repeat, one tag of an XML part."""
    starts = [at for at, byte in enumerate(data) if byte == ord("<")]
    if not starts:
        return _flip(data, rng)
    at = rng.choice(starts)
    end = data.find(b">", at) + 1
    return data[:at] + data[at:end] * rng.choice((0, 2, 500)) + data[end:]


_BYTES: tuple[Mutation, ...] = (_flip, _cut, _hole, _double, _number)
_RECORDS: tuple[Mutation, ...] = (_record,) * 6
_TEXTS: tuple[Mutation, ...] = (_digits, _tag) * 3
