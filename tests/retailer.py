"""A small sample retailer in a store, made once and copied for each test."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analytics.policy import default_policy
from db.engine import open_engine
from db.migrate import migrate
from sample_data.generate import Manifest, generate
from tools.approvals import decide, request_approval
from tools.deps import ForecasterCache, Workspace
from tools.imports import import_segments, import_targets
from tools.ingest import ingest_workbooks
from tools.uplift import fit_uplift

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa

ROWS = 20_000
THREAD = "test"


@dataclass(frozen=True)
class Retailer:
    """The workbooks and a loaded store; the fitted models are shared by all its copies."""

    manifest: Manifest
    store: Path
    forecasters: ForecasterCache

    def workspace(self, engine: sa.Engine) -> Workspace:
        """Return a workspace on an engine, on the story's day."""
        return Workspace(
            engine=engine,
            today=self.manifest.today,
            policy=default_policy(),
            geo="IT",
            country="IT",
            actor="tester",
            data_dir=self.manifest.targets.parent,
            forecasters=self.forecasters,
        )

    def copy_to(self, file: Path) -> str:
        """Copy the loaded store and return the copy's URL."""
        shutil.copyfile(self.store, file)
        return f"duckdb:///{file}"


def make_retailer(folder: Path, rows: int = ROWS) -> Retailer:
    """Write the sample workbooks and load them into a DuckDB file."""
    manifest = generate(folder / "sample", seed=7, rows=rows)
    store = folder / "retailer.duckdb"
    retailer = Retailer(manifest, store, ForecasterCache("IT"))
    engine = open_engine(f"duckdb:///{store}")
    migrate(engine)
    load(retailer.workspace(engine), manifest)
    engine.dispose()
    return retailer


def load(workspace: Workspace, manifest: Manifest) -> None:
    """Load everything the sample holds, and put coefficients in force."""
    ingest_workbooks(workspace.engine, manifest.workbooks, today=workspace.today)
    with workspace.open("load") as deps:
        import_targets(deps, manifest.targets)
        import_segments(deps, manifest.segments)
        version = fit_uplift(deps).model_version
        request = request_approval(deps, "coefficients", version)
        decide(deps, request.approval_id, decision="approve", by="tester", reason="")
