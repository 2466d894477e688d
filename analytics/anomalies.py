"""Sales that are there but look wrong: jumps of level and single days far off.

What all cells of a channel do at the same time is the calendar: each cell is compared with the
median of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from analytics.quality_issue import QualityIssue, day_of, issue
from analytics.remarks import remark

if TYPE_CHECKING:
    from analytics.types import Channel

_WINDOW_DAYS = 28
_LEAST_WINDOW_DAYS = 10
_MAD_TO_SD = 1.4826  # of a normal distribution (Rousseeuw & Croux 1993)
_SHIFT_SCALES, _SHIFT_FACTOR, _SHIFT_FLOOR = 5.0, 1.75, 0.05
_OUTLIER_SCALES, _OUTLIER_FACTOR, _OUTLIER_FLOOR = 6.0, 2.5, 0.1
_NEIGHBOUR_WEEKS = 9  # the same weekday, four weeks before and after
_FEWEST_CELLS = 3  # fewer have no common movement


def level_shifts(own: pd.DataFrame, channel: Channel) -> list[QualityIssue]:
    """Find cells that jump to another level while the other cells of the channel do not.

    Means of the days without a promotion in two neighbouring windows of 28 days, as log ratio,
    less the median ratio of all cells (the season), against the median absolute deviation.
    """
    quiet = own[~own["promo"] & (own["sales_value"] > 0)]
    if quiet.empty:
        return []
    dates = pd.date_range(own["date"].min(), own["date"].max())
    means = _by_cell(quiet, dates).rolling(_WINDOW_DAYS, min_periods=_LEAST_WINDOW_DAYS).mean()
    ratio = _log(means.shift(-_WINDOW_DAYS) / means)
    excess = _less_common(ratio)
    scale = max(_MAD_TO_SD * _median(excess.abs()), _SHIFT_FLOOR)
    limit = max(_SHIFT_SCALES * scale, float(np.log(_SHIFT_FACTOR)))
    issues = []
    for cell in excess.columns:
        size = excess[cell].abs()
        if not size.notna().any() or size.max() < limit:
            continue
        last = dates[int(size.argmax())]
        day = last + pd.Timedelta(days=1)
        factor = float(np.exp(excess[cell][last]))
        issues.append(
            issue(
                check="level_shift",
                severity="high" if not 1 / 3 < factor < 3 else "medium",  # noqa: PLR2004  threefold
                message=remark(
                    "level_shift",
                    department=str(cell[1]),
                    channel=channel,
                    factor=factor,
                    day=day_of(day),
                ),
                what_to_do="do_ask_regrouped",
                channel=channel,
                department=str(cell[1]),
                first_date=day_of(day),
            )
        )
    return issues


def outliers(own: pd.DataFrame, channel: Channel) -> list[QualityIssue]:
    """Find single days far off the same weekday of the weeks around, with no promotion.

    What all cells of the channel do on a day (a holiday, Black Friday) is taken out first.
    """
    quiet = own[~own["promo"] & (own["sales_value"] > 0)]
    if quiet.empty:
        return []
    dates = pd.date_range(own["date"].min(), own["date"].max())
    logs = _log(_by_cell(quiet, dates))
    usual = logs.groupby(dates.dayofweek).transform(
        lambda s: s.rolling(_NEIGHBOUR_WEEKS, center=True, min_periods=5).median()
    )
    excess = _less_common(logs - usual)
    issues = []
    for cell in excess.columns:
        rest = excess[cell].dropna()
        scale = max(_MAD_TO_SD * float(rest.abs().median()), _OUTLIER_FLOOR) if len(rest) else 0.0
        limit = max(_OUTLIER_SCALES * scale, float(np.log(_OUTLIER_FACTOR)))
        far = rest[rest.abs() >= limit]
        if far.empty:
            continue
        worst = far.index[int(far.abs().argmax())]
        issues.append(
            issue(
                check="outlier",
                severity="medium",
                message=remark(
                    "outlier",
                    department=str(cell[1]),
                    channel=channel,
                    days=len(far),
                    day=day_of(worst),
                    factor=float(np.exp(far[worst])),
                ),
                what_to_do="do_look_at_lines",
                channel=channel,
                department=str(cell[1]),
                days=len(far),
                first_date=day_of(far.index.min()),
                last_date=day_of(far.index.max()),
            )
        )
    return issues


def _by_cell(totals: pd.DataFrame, dates: pd.DatetimeIndex) -> pd.DataFrame:
    """Lay sales out as dates x (channel, department); NaN where there is no row."""
    wide = totals.pivot_table(
        index="date", columns=["channel", "department"], values="sales_value", aggfunc="sum"
    )
    return wide.reindex(dates)


def _log(values: pd.DataFrame) -> pd.DataFrame:
    return cast("pd.DataFrame", np.log(values))


def _less_common(values: pd.DataFrame) -> pd.DataFrame:
    """Take away what the cells have in common each day: their median."""
    if values.shape[1] < _FEWEST_CELLS:
        return values
    return values.sub(values.median(axis=1), axis=0)


def _median(values: pd.DataFrame) -> float:
    flat = values.to_numpy(float).ravel()
    flat = flat[np.isfinite(flat)]
    return float(np.median(flat)) if len(flat) else 0.0
