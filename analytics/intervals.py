"""Intervals of a scenario's figures, by simulating the errors of forecast and coefficients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.effects import Rates, effects

if TYPE_CHECKING:
    from analytics.effects import Case
    from analytics.forecast_errors import ErrorDraws
    from analytics.money import FloatArray
    from analytics.window import Amounts, Window

_QUANTILES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


def intervals(
    case: Case,
    errors: ErrorDraws | None,
    *,
    fixed_cost: float,
    draws: int,
    seed: int,
) -> dict[str, dict[str, float]]:
    """Simulate the totals, their deltas and the net incrementals: P10, P50 and P90 of each.

    Each draw takes one block of forecast errors for all cells and days (so their correlation is
    kept), normal errors of log(1 + uplift), and normal errors of dips and cross effects. Deltas
    compare plan and baseline within a draw: what both share cancels.

    Args:
        case: the scenario's baseline, treatments and coefficients.
        errors: forecast errors over the window; None leaves the forecast without error.
        fixed_cost: of the campaign, currency.
        draws: number of draws.
        seed: of the generator; equal seeds give equal intervals.

    Returns:
        By name of the figure: `{"p10": ..., "p50": ..., "p90": ...}`, rounded to cents.
    """
    exposed, window = case.exposed, case.window
    rng = np.random.default_rng(seed)
    factors = _factors(errors, window, draws, rng)
    rates = Rates(
        log_uplift=case.curve.draws(draws, rng) @ exposed.curve_weights.T,
        dip_pct=exposed.dip_pct + exposed.dip_se * _noise(rng, draws, exposed.dip_se),
        cross_pct=exposed.link_pct + exposed.link_se * _noise(rng, draws, exposed.link_se),
    )
    changes = effects(exposed, window, rates, factors)
    base = (window.during * factors).sum()
    rows, targets = window.cost_rate[exposed.cell], window.cost_rate[exposed.link_target]
    baseline = _figures(base, window.cost_rate)
    delta = _figures(changes.delta, rows, fixed_cost)
    outside = [_figures(changes.dip, rows), _figures(changes.cross, targets)]
    simulated = {f"total_{name}": baseline[name] + delta[name] for name in delta}
    simulated |= {f"{name}_delta": delta[name] for name in delta}
    simulated |= {
        f"net_incremental_{name}": delta[name] + sum(part[name] for part in outside)
        for name in delta
    }
    return {name: _interval(values) for name, values in simulated.items()}


def _figures(
    amounts: Amounts, cost_rate: FloatArray, fixed_cost: float = 0.0
) -> dict[str, FloatArray]:
    total = amounts.sum()
    return {
        "sales_value": total.sales,
        "margin_value": total.margin,
        "ebit": amounts.ebit(cost_rate).sum(axis=-1) - fixed_cost,
        "units": total.units,
    }


def _factors(
    errors: ErrorDraws | None, window: Window, draws: int, rng: np.random.Generator
) -> FloatArray:
    """Return (draws, cells, days) factors in the order of the window's cells."""
    shape = window.during.sales.shape
    if errors is None:
        return np.ones((draws, *shape))
    order = [errors.cells.index(cell) for cell in window.cells]
    if errors.factors.shape[2] < shape[1]:
        message = (
            f"the forecast errors cover {errors.factors.shape[2]} days and the window has "
            f"{shape[1]}: draw them for the window"
        )
        raise ValueError(message)
    chosen = rng.integers(len(errors.factors), size=draws)
    factors: FloatArray = errors.factors[chosen][:, order, : shape[1]]
    return factors


def _noise(rng: np.random.Generator, draws: int, like: FloatArray) -> FloatArray:
    return rng.standard_normal((draws, len(like)))


def _interval(values: FloatArray) -> dict[str, float]:
    return {name: round(float(np.quantile(values, q)), 2) for name, q in _QUANTILES.items()}
