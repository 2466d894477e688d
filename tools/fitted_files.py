"""Fitted forecasts kept in files, so that each command need not fit anew.

A file holds the arrays of the backtest and LightGBM's own text of the trees: numbers and text, never
code that loading would run. It is named by all that the fit depends on, its content has a checksum,
and a file that cannot be used is fitted anew and said.
"""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

import analytics
from analytics.forecast import Kept
from analytics.forecast_errors import PastErrors
from analytics.types import Cell

_MOST_FILES = 24


@dataclass(frozen=True)
class FittedFiles:
    """A folder of kept fits, the 24 last used; `tell` hears in a sentence what went wrong."""

    folder: Path
    tell: Callable[[str], None] = field(default=lambda _: None)

    def path(self, *parts: object) -> Path:
        """Return the file of a fit: its name is a digest of the parts and of the program."""
        digest = hashlib.sha256(repr((*parts, _program())).encode()).hexdigest()
        return self.folder / f"{digest[:40]}.npz"

    def load(self, file: Path) -> Kept | None:
        """Return what a file keeps; None when there is no such file or it is damaged."""
        try:
            kept = _read(file)
            file.touch()
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            self.tell(f"the kept forecast {file} cannot be used ({error}): it is fitted anew")
            return None
        return kept

    def save(self, file: Path, kept: Kept) -> None:
        """Write a file whole or not at all, and remove those that were not used for longest."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".part", delete=False) as out:
                _write(Path(out.name), kept)
            Path(out.name).replace(file)
            files = sorted(self.folder.glob("*.npz"), key=lambda f: f.stat().st_mtime)
            for old in files[:-_MOST_FILES]:
                old.unlink(missing_ok=True)
        except OSError as error:
            self.tell(f"the fitted forecast cannot be kept in {self.folder} ({error.strerror})")


def _write(file: Path, kept: Kept) -> None:
    errors = kept.errors
    text = json.dumps(
        {
            "cells": [list(cell) for cell in errors.cells],
            "cutoffs": [day.isoformat() for day in errors.cutoffs],
            "trees": kept.trees,
        }
    )
    arrays: dict[str, npt.NDArray[Any]] = {
        "text": np.frombuffer(text.encode(), dtype=np.uint8),
        "actual": errors.actual,
        "forecast": errors.forecast,
    }
    checksum = np.frombuffer(_checksum(arrays), dtype=np.uint8)
    with file.open("wb") as out:
        np.savez_compressed(out, allow_pickle=False, checksum=checksum, **arrays)


def _read(file: Path) -> Kept:
    with file.open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in ("text", "actual", "forecast")}
        if stored["checksum"].tobytes() != _checksum(arrays):
            message = "its checksum is wrong"
            raise ValueError(message)
    data = json.loads(arrays["text"].tobytes())
    errors = PastErrors(
        cells=tuple(Cell(*pair) for pair in data["cells"]),
        cutoffs=pd.DatetimeIndex(data["cutoffs"]),
        actual=arrays["actual"],
        forecast=arrays["forecast"],
    )
    return Kept(errors, data["trees"])


def _checksum(arrays: dict[str, npt.NDArray[Any]]) -> bytes:
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.digest()


@cache
def _program() -> str:
    """Return a digest of the maths and of the libraries that fit: either may change a forecast."""
    digest = hashlib.sha256()
    for file in sorted(Path(analytics.__path__[0]).glob("*.py")):
        digest.update(file.name.encode() + file.read_bytes())
    for name in ("lightgbm", "mlforecast", "numpy", "pandas", "holidays", "statsmodels"):
        digest.update(f"{name} {version(name)}".encode())
    return digest.hexdigest()
