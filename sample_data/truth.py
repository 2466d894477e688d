"""The truth beside the sample: what an estimate, a reader or a post-mortem should find."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sample_data.effects import DIP_DAYS
from sample_data.oddities import Dirt
from sample_data.season import day_range
from sample_data.world import AUTOCORRELATION, COMMON_SD, MIX_SD

if TYPE_CHECKING:
    from analytics.types import Cell
    from sample_data.oddities import DirtyLines
    from sample_data.parameters import CellTruth
    from sample_data.promotions import Promotion
    from sample_data.world import World

LAST_BASELINE_DAY = dt.date(2025, 12, 31)
DEPTHS_PCT = tuple(range(5, 50, 5))
_MEASURES = ("sales_value", "margin_value", "units")
_HEADER_ROWS = 1


def world_truth(world: World) -> dict[str, Any]:
    """Return the true process: noise, cells, cross effects, campaigns, baseline by cell and day."""
    baseline = world.baseline(world.first_day, LAST_BASELINE_DAY)
    return {
        "noise": {
            "common_day_sd_log": COMMON_SD,
            "autocorrelation": AUTOCORRELATION,
            "price_mix_sd_log": MIX_SD,
        },
        "cells": [_cell_truth(world, truth) for truth in world.truths],
        "cross_effects": [
            {
                "source_channel": effect.source.channel,
                "source_department": effect.source.department,
                "channel": effect.target.channel,
                "department": effect.target.department,
                "effect_pct": effect.effect_pct,
            }
            for effect in world.cross_effects
        ],
        "campaigns": [_campaign_truth(world, campaign, baseline) for campaign in world.campaigns],
        "baseline": _baseline(world, baseline),
    }


def _cell_truth(world: World, truth: CellTruth) -> dict[str, Any]:
    cell = truth.cell
    return {
        "channel": cell.channel,
        "department": cell.department,
        "promo_share": truth.promo_share,
        "dip_share": round(truth.dip_share, 6),
        "dip_days": DIP_DAYS,
        "noise_sd_log": round(truth.noise_sd, 6),
        "uplift_units_pct": {
            str(depth): round(truth.units_uplift_pct(depth), 4) for depth in DEPTHS_PCT
        },
        "uplift_sales_pct": {
            str(depth): round(world.sales_uplift_pct(cell, depth), 4) for depth in DEPTHS_PCT
        },
    }


def _campaign_truth(world: World, campaign: Promotion, baseline: pd.DataFrame) -> dict[str, Any]:
    """Return a campaign and what it changed, had it run alone."""
    return {
        "code": campaign.code,
        "text": campaign.text,
        "type": campaign.kind,
        "date_start": campaign.date_start.isoformat(),
        "date_end": campaign.date_end.isoformat(),
        "channels": list(campaign.channels),
        "depths": {name: round(depth, 4) for name, depth in campaign.depths},
        **_incremental(world, campaign, baseline),
    }


def _incremental(
    world: World, campaign: Promotion, baseline: pd.DataFrame
) -> dict[str, dict[str, float]]:
    """Return the change against baseline: promoted cells, other cells, and the days after."""
    after = campaign.date_end + dt.timedelta(days=DIP_DAYS)
    expected = world.expected(campaign.date_start, after, [campaign])
    window = baseline["date"].between(pd.Timestamp(campaign.date_start), pd.Timestamp(after))
    usual = baseline.loc[window, list(_MEASURES)].reset_index(drop=True)
    change = expected[list(_MEASURES)] - usual
    cells = list(zip(expected["channel"], expected["department"], strict=True))
    promoted = np.array([cell in campaign.cells for cell in cells])
    during = (expected["date"].dt.date <= campaign.date_end).to_numpy()
    parts = {"own": promoted & during, "cross": ~promoted & during, "dip": ~during}
    return {name: _rounded(change[rows]) for name, rows in parts.items()}


def _rounded(change: pd.DataFrame) -> dict[str, float]:
    return {name: round(float(change[name].sum()), 2) + 0.0 for name in _MEASURES}


def _baseline(world: World, frame: pd.DataFrame) -> dict[str, Any]:
    """Return the expected day totals without promotion as arrays by cell, 0 on closed days."""
    days = day_range(world.first_day, LAST_BASELINE_DAY)
    position = (frame["date"].to_numpy().astype("datetime64[D]") - days[0]).astype(np.int64)
    arrays: dict[str, Any] = {"first_day": str(days[0]), "days": len(days)}
    for measure in _MEASURES:
        arrays[measure] = {}
        for cell in world.cells:
            rows = (frame["channel"] == cell.channel) & (frame["department"] == cell.department)
            values = np.zeros(len(days))
            values[position[rows]] = frame.loc[rows, measure]
            arrays[measure][_key(cell)] = values.round(2).tolist()
    return arrays


def _key(cell: Cell) -> str:
    return f"{cell.channel}|{cell.department}"


def file_truth(
    name: str, channel: str | None, shown: DirtyLines, *, date_style: bool
) -> dict[str, Any]:
    """Return what a reader should find in a file; sums are of the rows to be accepted."""
    clean = shown.clean
    return {
        "file": name,
        "channel": channel,
        "date_style": date_style,
        "rows": len(shown.dirt),
        "clean_rows": len(clean),
        "sales_value": int(clean.sales_cents.sum()) / 100,
        "margin_value": int(clean.margin_cents.sum()) / 100,
        "units": int(clean.units.sum()),
        "first_date": str(np.datetime64(int(clean.day.min()), "D")),
        "last_date": str(np.datetime64(int(clean.day.max()), "D")),
    }


def dirty_rows(name: str, shown: DirtyLines) -> list[dict[str, Any]]:
    """Return the rows to be rejected, by their number in the sheet (the header is row 1)."""
    return [
        {
            "file": name,
            "row": int(index) + 1 + _HEADER_ROWS,
            "reason": Dirt(int(shown.dirt[index])).reason,
        }
        for index in np.flatnonzero(shown.dirt)
    ]
