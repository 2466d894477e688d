"""Fitted forecasts in files: the same forecast again, damage said, never more than a few files."""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analytics.forecast import Kept, fit_forecaster
from analytics.forecast_errors import PastErrors
from tests.unit.sales_cases import TV, business, day
from tools.fitted_files import FittedFiles

if TYPE_CHECKING:
    from pathlib import Path

WINDOW = day(200), day(229)


def _kept() -> Kept:
    errors = PastErrors(
        (TV,), pd.DatetimeIndex(["2024-01-01"]), np.ones((1, 2, 1)), np.ones((1, 2, 1))
    )
    return Kept(errors, None)


def test_a_kept_forecaster_forecasts_what_the_fitted_one_does(tmp_path: Path) -> None:
    history = business(days=200)
    fitted = fit_forecaster(history)
    files = FittedFiles(tmp_path / "cache")
    file = files.path("v1", WINDOW[0], "IT")
    assert files.load(file) is None
    files.save(file, fitted.kept)
    kept = files.load(file)
    assert kept is not None
    assert kept.trees
    again = fit_forecaster(history, kept=kept)
    pd.testing.assert_frame_equal(again.baseline(*WINDOW), fitted.baseline(*WINDOW))
    one, two = (f.error_draws(*WINDOW, 50, 0).factors for f in (fitted, again))
    np.testing.assert_array_equal(one, two)
    pd.testing.assert_frame_equal(again.backtest, fitted.backtest)


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "pickle"])
def test_a_damaged_file_is_said_and_not_used(tmp_path: Path, damage: str) -> None:
    said: list[str] = []
    files = FittedFiles(tmp_path, said.append)
    file = files.path("v1")
    files.save(file, _kept())
    whole = file.read_bytes()
    if damage == "pickle":
        none = np.array([None])
        np.savez(file, checksum=none, text=none, actual=none, forecast=none)
    elif damage == "flipped":
        with zipfile.ZipFile(file) as stored:
            parts = {name: bytearray(stored.read(name)) for name in stored.namelist()}
        parts["actual.npy"][-1] ^= 1
        with zipfile.ZipFile(file, "w") as changed:
            for name, content in parts.items():
                changed.writestr(name, bytes(content))
    else:
        file.write_bytes(b"" if damage == "empty" else whole[: len(whole) // 2])
    assert files.load(file) is None
    assert len(said) == 1
    assert "fitted anew" in said[0]
    files.save(file, _kept())
    assert files.load(file) is not None


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    files = FittedFiles(tmp_path)
    made = [files.path(number) for number in range(26)]
    for age, file in enumerate(made):
        files.save(file, _kept())
        os.utime(file, (1_000_000 + age, 1_000_000 + age))
    assert [file.exists() for file in made] == [False] * 2 + [True] * 24


def test_a_file_depends_on_data_day_and_country(tmp_path: Path) -> None:
    files = FittedFiles(tmp_path)
    keys = [("v1", day(1), "IT"), ("v2", day(1), "IT"), ("v1", day(2), "IT"), ("v1", day(1), "DE")]
    assert len({files.path(*key) for key in keys}) == 4


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    said: list[str] = []
    FittedFiles(tmp_path / "file", said.append).save(tmp_path / "file" / "x.npz", _kept())
    assert "cannot be kept" in said[0]
