"""The file tools of agents reach files below the data folder, and nothing else."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from analytics.policy import default_policy
from db import jobs
from tests.integration.workbook_cases import sale, write_csv
from tools.deps import Deps, ForecasterCache, Workspace
from tools.errors import Refusal
from tools.workbook_files import ingest_workbooks, inspect_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import sqlalchemy as sa

pytestmark = pytest.mark.parametrize("engine_name", ["duckdb"], indirect=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with one workbook, beside one that is nobody's business."""
    data = tmp_path / "data"
    (data / "2024").mkdir(parents=True)
    write_csv(data / "2024" / "Web_in.csv", [sale(dt.date(2024, 10, 1))])
    write_csv(tmp_path / "Web_out.csv", [sale(dt.date(2024, 10, 1))])
    (data / "Web_link.csv").symlink_to(tmp_path / "Web_out.csv")
    (data / "up").symlink_to(tmp_path)
    return data


@pytest.fixture
def deps(engine: sa.Engine, folder: Path) -> Iterator[Deps]:
    shop = Workspace(
        engine=engine,
        today=dt.date(2025, 10, 15),
        policy=default_policy(),
        geo="IT",
        country="IT",
        actor="test",
        data_dir=folder.resolve(),
        forecasters=ForecasterCache("IT"),
    )
    with shop.open("test") as opened:
        yield opened


@pytest.mark.parametrize(
    "file",
    [
        "../Web_out.csv",
        "2024/../../Web_out.csv",
        "Web_link.csv",
        "up/Web_out.csv",
        "/etc/passwd",
        "{outside}",
    ],
)
def test_nothing_outside_the_data_folder_is_touched(deps: Deps, folder: Path, file: str) -> None:
    name = file.format(outside=folder.parent / "Web_out.csv")
    with pytest.raises(Refusal, match="lies outside the data folder"):
        inspect_workbook(deps, name)
    with pytest.raises(Refusal, match="lies outside the data folder"):
        ingest_workbooks(deps, ("2024/Web_in.csv", name))
    assert jobs.list_jobs(deps.conn) == []


@pytest.mark.parametrize("file", ["none.csv", "2024", "", "."])
def test_what_is_no_file_is_said(deps: Deps, file: str) -> None:
    with pytest.raises(Refusal, match="there is no file"):
        inspect_workbook(deps, file)


def test_a_file_below_the_data_folder_is_looked_at(deps: Deps, folder: Path) -> None:
    info = inspect_workbook(deps, "2024/Web_in.csv")
    assert (info.channel, info.rows_usable) == ("online", 1)
    assert inspect_workbook(deps, str(folder.resolve() / "2024" / "Web_in.csv")) == info
