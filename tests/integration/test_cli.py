"""The command line: exit codes, one sentence for a person's mistake, and an unchanged store."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest
import sqlalchemy as sa

from app.cli import main
from db.engine import open_engine
from db.tables import metadata
from tests.retailer import Retailer, make_retailer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BRIEF = "Plan something for TV from 22 to 27 October, at most 15 % off"


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Run = "Callable[..., Ran]"


@pytest.fixture(scope="module")
def retailer(tmp_path_factory: pytest.TempPathFactory) -> Retailer:
    return make_retailer(tmp_path_factory.mktemp("cli"))


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Ran]:
    """Run `promoloop` in an empty folder, on a store that does not exist yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("PROMOLOOP_MODEL", "PROMOLOOP_POLICY", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PROMOLOOP_DATABASE_URL", f"duckdb:///{tmp_path}/shop.duckdb")

    def run_it(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["promoloop", *arguments])
        code = 0
        try:
            main()
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 0
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run_it


@pytest.fixture
def loaded(run: Callable[..., Ran], retailer: Retailer, tmp_path: Path) -> Callable[..., Ran]:
    """Run `promoloop` on a copy of the loaded store."""
    retailer.copy_to(tmp_path / "shop.duckdb")
    return run


def counts(file: Path) -> dict[str, int]:
    engine = open_engine(f"duckdb:///{file}")
    with engine.connect() as conn:
        found = {
            table.name: conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
            # A file that could not be read leaves its failed job, which says so.
            if table.name != "data_processing_jobs"
        }
    engine.dispose()
    return found


def refused(ran: Ran, *words: str, code: int = 1) -> None:
    """Say that a command was refused in one line of words that name the repair."""
    assert ran.code == code, ran
    lines = [line for line in ran.err.splitlines() if line.startswith("promoloop: ")]
    assert len(lines) == 1, ran.err
    assert "Traceback" not in ran.err + ran.out
    for word in words:
        assert word in lines[0], lines[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ingest", "missing.xlsb"), ("missing.xlsb",)),
        (("ingest", "notes.txt"), ("notes.txt", ".xlsb")),
        (("ingest", "Web_October_FY26.xlsb"), ("Web_October_FY26.xlsb",)),
        (("forecast", "--start", "2025-10-27", "--end", "2025-10-22"), ("swap the dates",)),
        (
            (
                "forecast",
                "--start",
                "2025-10-22",
                "--end",
                "2025-10-27",
                "--department",
                "Toasters",
            ),
            ("Toasters", "AUDIO"),
        ),
        (
            ("forecast", "--start", "2025-10-22", "--end", "2025-10-27", "--department", "Gamming"),
            ("did you mean GAMING?",),
        ),
        (("gap", "--month", "2031-01"), ("no target is stored for 2031-01",)),
        (("gap", "--month", "2025-10", "--geo", "FR"), ("FR", "targets import")),
        (("validate", "no-such-id"), ("no-such-id", "promoloop plan")),
        (("compare", "no-such-id"), ("no-such-id",)),
        (("approve", "no-such-id"), ("no-such-id",)),
        (("creative", "no-such-id"), ("no-such-id",)),
        (("export", "no-such-id"), ("no-such-id",)),
        (("postmortem", "no-such-id"), ("no-such-id",)),
        (("uplift", "promote", "1999-01-01.1"), ("1999-01-01.1", "stored:")),
        (("targets", "import", "missing.csv"), ("missing.csv",)),
        (("targets", "import", "targets.csv"), ("row 2", "month")),
        (("segments", "import", "targets.csv"), ("not known",)),
        (
            ("frontier", "--start", "2025-10-22", "--end", "2025-10-27", "--margin-floor", "60"),
            ("no plan meets",),
        ),
    ],
)
def test_a_mistake_gets_one_sentence_and_changes_nothing(
    loaded: Callable[..., Ran], tmp_path: Path, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "Web_October_FY26.xlsb").write_bytes(b"PK\x03\x04 not really")
    (tmp_path / "targets.csv").write_text(
        "month,geo,sales_value_target,margin_pct_target\n2025-13,IT,1,1\n"
    )
    before = counts(tmp_path / "shop.duckdb")
    refused(loaded(*arguments), *words)
    assert counts(tmp_path / "shop.duckdb") == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("gap",),
        ("gap", "--month", "October"),
        ("forecast", "--start", "22.10.2025", "--end", "2025-10-27"),
        ("forecast", "--start", "2025-10-22", "--end", "2025-10-27", "--channel", "mail"),
        ("whatif", "x", "--set", "nonsense"),
        ("flap",),
    ],
)
def test_wrong_usage_exits_2(run: Callable[..., Ran], arguments: tuple[str, ...]) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert "Traceback" not in ran.err


def test_a_store_that_does_not_exist_is_not_made_by_asking(
    run: Callable[..., Ran], tmp_path: Path
) -> None:
    for command in (
        ("forecast", "--start", "2025-10-22", "--end", "2025-10-27"),
        ("gap", "--month", "2025-10"),
        ("plan", BRIEF),
    ):
        refused(run(*command), "shop.duckdb does not exist yet", "promoloop ingest")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_store_says_what_to_do(run: Callable[..., Ran]) -> None:
    assert run("db", "migrate").code == 0
    refused(run("forecast", "--start", "2025-10-22", "--end", "2025-10-27"), "promoloop ingest")
    ran = run("plan", BRIEF)
    assert ran.code == 1
    assert "promoloop ingest" in " ".join(ran.out.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("frontier", "--start", "2025-10-22", "--end", "2025-10-27", "--max-discount", "150"),
        ("frontier", "--start", "2025-10-22", "--end", "2025-10-27", "--budget", "-1"),
        ("forecast", "--start", "2020-01-01", "--end", "2020-01-02"),
        ("forecast", "--start", "2025-10-22", "--end", "2026-10-27"),
    ],
)
def test_an_argument_out_of_range_is_one_sentence(
    loaded: Callable[..., Ran], arguments: tuple[str, ...]
) -> None:
    refused(loaded(*arguments))


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("PROMOLOOP_MODEL", "gpt-nonsense", ("OPENAI_API_KEY", "PROMOLOOP_MODEL=offline")),
        ("PROMOLOOP_POLICY", "missing.yaml", ("missing.yaml", "PROMOLOOP_POLICY")),
        ("PROMOLOOP_POLICY", "wrong.yaml", ("max_campain_days", "max_campaign_days")),
        ("PROMOLOOP_DATABASE_URL", "mysql://x", ("PROMOLOOP_DATABASE_URL",)),
        ("PROMOLOOP_COUNTRY", "Italy", ("PROMOLOOP_COUNTRY",)),
    ],
)
def test_a_wrong_setting_is_named(
    loaded: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variable: str,
    value: str,
    words: tuple[str, ...],
) -> None:
    (tmp_path / "wrong.yaml").write_text("max_campain_days: 3\n")
    monkeypatch.setenv(variable, value)
    refused(loaded("plan", BRIEF), *words)


def test_a_model_that_cannot_be_reached_is_one_sentence(
    loaded: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMOLOOP_MODEL", "local")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    refused(loaded("plan", BRIEF), "OPENAI_BASE_URL")


def test_doctor_finds_what_is_missing_and_what_is_there(
    run: Callable[..., Ran], retailer: Retailer, tmp_path: Path
) -> None:
    empty = run("doctor")
    assert empty.code == 0
    assert "missing store" in " ".join(empty.out.split())
    retailer.copy_to(tmp_path / "shop.duckdb")
    full = json.loads(run("doctor", "--json").out)
    assert {finding["state"] for finding in full["findings"]} == {"ok"}


def test_doctor_exits_1_when_something_is_broken(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMOLOOP_POLICY", "missing.yaml")
    ran = run("doctor", "--json")
    assert ran.code == 1
    states = {f["what"]: f["state"] for f in json.loads(ran.out)["findings"]}
    assert states["policy"] == "broken"


def test_the_store_is_planned_on_its_own_last_day_and_says_so(loaded: Callable[..., Ran]) -> None:
    ran = loaded("gap", "--month", "2025-10", "--json")
    assert "as of 2025-10-15" in ran.err
    assert json.loads(ran.out)["sold_until"] == "2025-10-14"


def test_from_brief_to_hand_over(loaded: Callable[..., Ran], tmp_path: Path) -> None:
    planned = loaded("plan", BRIEF, "--json")
    assert planned.code == 0
    first = json.loads(planned.out)["scenarios"][0]["id"]

    changed = loaded("whatif", first[:8], "--set", "TV/online=12", "--json")
    assert [len(s["mechanics"]) > 0 for s in json.loads(changed.out)["scenarios"]] == [True, True]
    refused(loaded("creative", first), "not approved")
    assert loaded("approve", first, "--reason", "fits").code == 0
    briefed = loaded("creative", first)
    assert briefed.code == 3, briefed
    brief_id = briefed.err.rpartition("promoloop approve ")[2].split()[0]
    assert loaded("approve", brief_id).code == 0

    assert loaded("export", first, "--out", "plan.xlsx").code == 0
    assert (tmp_path / "plan.xlsx").read_bytes()[:2] == b"PK"
    assert loaded("export", first, "--format", "md", "--out", "plan.md").code == 0
    text = (tmp_path / "plan.md").read_text()
    assert "approved" in text
    assert "not approved" not in text
