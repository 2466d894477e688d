"""Writes the sample: workbooks, targets, segments, and the truth they were made from."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sample_data.books import Books
from sample_data.catalogue import build_catalogue
from sample_data.oddities import EXTRA_SHARE
from sample_data.parts import build_parts
from sample_data.segments import segment_table
from sample_data.targets import monthly_targets
from sample_data.truth import world_truth
from sample_data.world import build_world

if TYPE_CHECKING:
    from pathlib import Path

    from sample_data.books import Progress

FEWEST_ROWS, MOST_ROWS = 20_000, 5_000_000
TRUTH_FILE = "truth.json"

_FEWEST_SKUS, _MOST_SKUS = 6_000, 55_000
_SAMPLE = "promoloop"
_ASSORTMENT = 4  # stream of random numbers under the seed


@dataclass(frozen=True)
class Manifest:
    """What `generate` wrote; `rows` counts the rows of all workbooks, `today` is the day after."""

    workbooks: list[Path]
    targets: Path
    segments: Path
    truth: Path
    today: dt.date
    rows: int


def generate(
    out: Path,
    *,
    seed: int = 7,
    rows: int = 120_000,
    effects: bool = True,
    on_progress: Progress | None = None,
) -> Manifest:
    """Write the sample retailer to a folder; the same arguments give the same bytes.

    Args:
        out: folder, made if missing; an earlier sample in it is overwritten.
        seed: of all that is random.
        rows: about how many rows the Web and Stores workbooks have together.
        effects: False for the null world, in which promotions change nothing.
        on_progress: called with a file's name, the number of files done and of all.

    Raises:
        ValueError: `rows` lies outside 20,000 to 5,000,000.
        FileExistsError: the folder holds something else than an earlier sample.
    """
    if not FEWEST_ROWS <= rows <= MOST_ROWS:
        message = f"rows must lie between {FEWEST_ROWS} and {MOST_ROWS}, not {rows}"
        raise ValueError(message)
    _require_free(out)
    out.mkdir(parents=True, exist_ok=True)
    world = build_world(seed, effects=effects)
    sales = world.simulate(world.first_day, world.last_day, world.campaigns, seed)
    parts = build_parts(world, sales, round(rows / (1 + EXTRA_SHARE)))
    size = round(np.interp(rows, (FEWEST_ROWS, MOST_ROWS), (_FEWEST_SKUS, _MOST_SKUS)))
    catalogue = build_catalogue(np.random.default_rng([seed, _ASSORTMENT]), size)
    books = Books(out, world, catalogue, parts, on_progress)
    books.write_all()

    targets, segments, truth = out / "targets.csv", out / "segments.csv", out / TRUTH_FILE
    monthly_targets(world, sales).to_csv(targets, index=False, lineterminator="\n")
    segment_table().to_csv(segments, index=False, lineterminator="\n")
    today = world.last_day + dt.timedelta(days=1)
    head = {"sample": _SAMPLE, "seed": seed, "rows": rows, "effects": effects, "today": str(today)}
    content = head | world_truth(world) | books.truth()
    truth.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")
    return Manifest(books.paths, targets, segments, truth, today, books.rows)


def _require_free(out: Path) -> None:
    """Refuse a folder with files of somebody else: the workbooks' names are those of real ones."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    truth = out / TRUTH_FILE
    if not truth.is_file() or f'"sample":"{_SAMPLE}"' not in truth.read_text("utf-8")[:100]:
        message = f"{out} is not empty and not an earlier sample: choose another folder"
        raise FileExistsError(message)
