"""The store a case starts from: a small sample retailer, built once, kept, and copied for each case."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from analytics.policy import Policy, default_policy
from db.engine import open_engine
from db.migrate import migrate
from db.tables import promo_catalog
from evals.store_diff import Snapshot, snapshot
from sample_data.generate import generate
from tools.approvals import decide, request_approval
from tools.deps import MOST_ANSWERS, ForecasterCache, Workspace
from tools.imports import import_segments, import_targets
from tools.ingest import ingest_workbooks
from tools.memory import Memory
from tools.scenarios import DepthChange, create_scenario, propose_scenarios
from tools.uplift import fit_uplift
from tools.validation import validate_scenario

if TYPE_CHECKING:
    from collections.abc import Callable

SEED, ROWS = 7, 20_000
DEPARTMENTS = ("ACCESSORIES", "AUDIO", "COMPUTERS", "GAMING", "TELEPHONY", "TV")
"""The departments that are kept: a forecast costs time for each of them."""

FIRST_DAY = dt.date(2024, 7, 1)
_SOURCES = ("analytics", "db", "sample_data", "tools")


@dataclass(frozen=True)
class Fixture:
    """A store in a file, and the day it is on; all copies share the fitted forecast models."""

    name: str
    store: Path
    today: dt.date
    data_dir: Path
    forecasters: ForecasterCache

    def copy_to(self, folder: Path) -> str:
        """Copy the store into a folder and return the copy's URL."""
        file = folder / "store.duckdb"
        shutil.copyfile(self.store, file)
        return f"duckdb:///{file}"

    def workspace(self, engine: sa.Engine, actor: str, today: dt.date | None = None) -> Workspace:
        """Return a workspace on a copy."""
        return Workspace(
            engine=engine,
            today=today or self.today,
            policy=_policy(),
            geo="IT",
            country="IT",
            actor=actor,
            data_dir=self.data_dir,
            forecasters=self.forecasters,
            memory=_memory(),
        )


@cache
def fixture(name: str) -> Fixture:
    """Return a fixture by name, building it when this version of the program has not yet.

    `shop`: the loaded retailer with coefficients in force. `empty`: a store without sales.
    `planned`: the shop with three validated scenarios for TV and GAMING and one blocked scenario.

    Raises:
        KeyError: there is no such fixture.
    """
    build = _BUILDERS[name]
    folder = cache_folder() / f"{name}-{_version()}"
    if not (folder / "meta.json").is_file():
        _build(folder, build)
    meta = json.loads((folder / "meta.json").read_text())
    return Fixture(
        name=name,
        store=folder / "store.duckdb",
        today=dt.date.fromisoformat(meta["today"]),
        data_dir=folder / "sample" if (folder / "sample").is_dir() else folder,
        forecasters=_forecasters(),
    )


@cache
def untouched(name: str) -> Snapshot:
    """Return what stands in a fixture before any case; read once per process.

    Raises:
        KeyError: there is no such fixture.
    """
    engine = open_engine(f"duckdb:///{fixture(name).store}?access_mode=read_only")
    try:
        with engine.connect() as conn:
            return snapshot(conn)
    finally:
        engine.dispose()


def cache_folder() -> Path:
    """Return where fixtures are kept: the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "promoloop" / "evals"


@cache
def _forecasters() -> ForecasterCache:
    return ForecasterCache("IT")


@cache
def _policy() -> Policy:
    return default_policy()


@cache
def _memory() -> Memory:
    return Memory(MOST_ANSWERS)


@cache
def _version() -> str:
    """Hash what a fixture is made by: another version of the program builds its own."""
    digest = hashlib.sha256(f"{SEED} {ROWS} {DEPARTMENTS} {FIRST_DAY}".encode())
    root = Path(__file__).parent.parent
    files = [f for package in _SOURCES for f in (root / package).rglob("*") if f.is_file()]
    for file in [Path(__file__), *sorted(files)]:
        if file.suffix in {".py", ".sql", ".yaml"}:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _build(folder: Path, build: Callable[[Path], dt.date]) -> None:
    """Build aside and move into place: two processes that build at once do not meet."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=folder.parent))
    today = build(aside)
    (aside / "meta.json").write_text(json.dumps({"today": today.isoformat()}))
    try:
        aside.rename(folder)
    except OSError:
        shutil.rmtree(aside)


def _empty(folder: Path) -> dt.date:
    engine = open_engine(f"duckdb:///{folder / 'store.duckdb'}")
    migrate(engine)
    engine.dispose()
    return dt.date(2025, 10, 15)


def _shop(folder: Path) -> dt.date:
    manifest = generate(folder / "sample", seed=SEED, rows=ROWS)
    engine = open_engine(f"duckdb:///{folder / 'store.duckdb'}")
    migrate(engine)
    ingest_workbooks(engine, manifest.workbooks, today=manifest.today)
    with engine.begin() as conn:
        _narrow(conn)
    shop = _workspace(engine, manifest.today, folder)
    with shop.open("fixture") as deps:
        import_targets(deps, manifest.targets)
        import_segments(deps, manifest.segments)
        version = fit_uplift(deps).model_version
        request = request_approval(deps, "coefficients", version)
        decide(deps, request.approval_id, decision="approve", by="setup", reason="")
    with engine.begin() as conn:
        # Targets are those of the whole chain; here it has six departments.
        conn.execute(
            sa.text("UPDATE targets SET sales_value_target = round(sales_value_target * 0.7, 0)")
        )
    _close(engine)
    for file in manifest.workbooks[1:]:
        file.unlink()  # one is enough for what agents may look into
    return manifest.today


def _planned(folder: Path) -> dt.date:
    shop = fixture("shop")
    shutil.copyfile(shop.store, folder / "store.duckdb")
    engine = open_engine(f"duckdb:///{folder / 'store.duckdb'}")
    start, end = dt.date(2025, 10, 22), dt.date(2025, 10, 27)
    with _workspace(engine, shop.today, folder).open("fixture/planned") as deps:
        made = propose_scenarios(deps, start, end, ("TV", "GAMING"), max_discount_pct=20).scenarios
        deep = create_scenario(
            deps,
            "Audio far too deep",
            start,
            end,
            (DepthChange(department="AUDIO", discount_pct=70),),
        ).scenarios
        for scenario in (*made, *deep):
            validate_scenario(deps, scenario.id)
    _close(engine)
    return shop.today


_BUILDERS: dict[str, Callable[[Path], dt.date]] = {
    "shop": _shop,
    "empty": _empty,
    "planned": _planned,
}


def _workspace(engine: sa.Engine, today: dt.date, folder: Path) -> Workspace:
    return Fixture("", folder, today, folder, _forecasters()).workspace(engine, "setup")


def _close(engine: sa.Engine) -> None:
    """Bring everything into the one file that is copied."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql("CHECKPOINT")
    engine.dispose()


def _narrow(conn: sa.Connection) -> None:
    """Keep six departments and fifteen months."""
    names = ", ".join(f"'{name}'" for name in DEPARTMENTS)
    for table in ("sales_aggregated", "source_days"):
        conn.execute(
            sa.text(
                f"DELETE FROM {table} WHERE department NOT IN ({names}) OR date < '{FIRST_DAY}'"  # noqa: S608  names of our own
            )
        )
    for row in conn.execute(sa.select(promo_catalog)).mappings().all():
        _narrow_campaign(conn, dict(row))


def _narrow_campaign(conn: sa.Connection, row: dict[str, Any]) -> None:
    this = promo_catalog.c.id == row["id"]
    kept = [name for name in row["departments"] or () if name in DEPARTMENTS]
    if not kept or row["date_end"] < FIRST_DAY:
        conn.execute(sa.delete(promo_catalog).where(this))
        return
    mechanics = [entry for entry in row["mechanics"] or () if entry["department"] in DEPARTMENTS]
    conn.execute(sa.update(promo_catalog).where(this).values(departments=kept, mechanics=mechanics))
