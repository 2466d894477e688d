"""What promoted cells gain and cost: in the window, in the days after it, and in other cells."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analytics.price import promoted_cell
from analytics.pull_forward import day_weights
from analytics.response import response_curve
from analytics.segments import audience
from analytics.types import Cell
from analytics.window import DAYS_AFTER, Amounts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from analytics.money import BoolArray, FloatArray, IntArray
    from analytics.policy import Policy
    from analytics.response import ResponseCurve
    from analytics.segments import Customers
    from analytics.types import Mechanic, ScenarioType
    from analytics.uplift import CrossEffect, Dip, UpliftModel
    from analytics.window import Window


@dataclass(frozen=True)
class Treatment:
    """One promoted cell: the depth customers get, who gets it, and how far that reaches.

    Attributes:
        depth_pct: effective depth (a coupon's depth x redemption rate), per cent.
        promo_share: share of the cell's units that is promoted.
        reach: what the measured effects of a promotion of this cell (uplift, dip, cross effects)
            are multiplied by; 1 for everyone and everything that past promotions covered.
        audience: segments addressed; empty for everyone.
        funding_value: what suppliers pay in all, currency; 0 for the part `funding_pct`.
        funding_pct: suppliers' part of the discount, per cent; None for the policy's rate.
        start, end: days on which the cell runs; None for the window's.
    """

    cell: Cell
    depth_pct: float
    promo_share: float
    reach: float
    audience: frozenset[str]
    redemption_rate: float
    funding_value: float
    funding_pct: float | None = None
    start: dt.date | None = None
    end: dt.date | None = None


@dataclass(frozen=True)
class Exposure:
    """Treatments as arrays over rows (treatments) and links (row x significant cross effect).

    Attributes:
        on_days: (rows, days) the days on which a row is promoted: its run less blackout days.
        dip_weights: (rows, days + 14) how the dip is spread over the 14 days after a row's last
            promoted day: 1 on average over them, 0 on other days.
    """

    treatments: tuple[Treatment, ...]
    cell: IntArray
    on_days: BoolArray
    dip_weights: FloatArray
    depth_pct: FloatArray
    promo_share: FloatArray
    reach: FloatArray
    funding_value: FloatArray
    funding_rate: FloatArray
    curve_weights: FloatArray
    dip_pct: FloatArray
    dip_se: FloatArray
    link_row: IntArray
    link_target: IntArray
    link_pct: FloatArray
    link_se: FloatArray
    links: tuple[CrossEffect, ...]


@dataclass(frozen=True)
class Effects:
    """Changes against the baseline; leading axes are draws, the last rows or links.

    Attributes:
        delta: change of the promoted cell in the window, supplier funding included, and the part
            of the dip that a run which ends early has within the window: rows.
        dip: change of the promoted cell in the days after the window: rows.
        cross: change of other cells during the promotion: links.
        markdown: discount given: rows.
        funding: paid by suppliers: rows.
        uplift: unit uplift on promoted days, as a share: rows.
    """

    delta: Amounts
    dip: Amounts
    cross: Amounts
    markdown: FloatArray
    funding: FloatArray
    uplift: FloatArray


@dataclass(frozen=True)
class Rates:
    """Sizes of the effects; leading axes are draws.

    Attributes:
        log_uplift: (..., rows) log(1 + unit uplift) at full reach.
        dip_pct: (..., rows) change in the days after, per cent of baseline.
        cross_pct: (..., links) change of the other cell, per cent of its baseline.
    """

    log_uplift: FloatArray
    dip_pct: FloatArray
    cross_pct: FloatArray


@dataclass(frozen=True)
class Case:
    """One evaluation: the baseline, who is promoted, and the point estimate of the change."""

    window: Window
    known: Customers
    curve: ResponseCurve
    exposed: Exposure
    changes: Effects

    @property
    def channels(self) -> set[str]:
        """The channels in which something is promoted on at least one day."""
        rows = zip(self.exposed.treatments, self.exposed.on_days, strict=True)
        return {given.cell.channel for given, days in rows if days.any()}


def case(
    treatments: Sequence[Treatment],
    window: Window,
    model: UpliftModel,
    known: Customers,
    policy: Policy,
) -> Case:
    """Evaluate treatments at the point estimates of the model."""
    curve = response_curve(model.coefficients)
    exposed = exposure(treatments, window, model, curve, policy)
    rates = Rates(exposed.curve_weights @ curve.log_uplift, exposed.dip_pct, exposed.link_pct)
    return Case(window, known, curve, exposed, effects(exposed, window, rates))


def treatment(
    mechanic: Mechanic,
    scenario_type: ScenarioType,
    policy: Policy,
    known: Customers,
    model: UpliftModel,
) -> Treatment:
    """Translate a mechanic into its effective depth, promoted share and reach.

    A coupon whose mechanic leaves the redemption rate at 1 takes the policy's rate. A mechanic for
    certain segments promotes their share of revenue only. The uplift was measured with a typical
    share of the units promoted: promoting less scales it down in proportion, promoting more does
    not scale it up.
    """
    redemption = mechanic.redemption_rate
    if scenario_type == "coupon" and redemption == 1:
        redemption = policy.coupon.default_redemption_rate
    addressed = audience(
        mechanic.segments, member_only=scenario_type == "member_only", known=known, policy=policy
    )
    depth_pct = mechanic.discount_pct * redemption
    typical = model.coefficient(mechanic.cell, depth_pct).promo_share
    share = known.share_of(addressed) if addressed else 1.0
    response = known.response_of(addressed) if addressed else 1.0
    return Treatment(
        cell=mechanic.cell,
        depth_pct=depth_pct,
        promo_share=mechanic.promo_share * share,
        reach=min(1.0, mechanic.promo_share / typical) * share * response,
        audience=addressed,
        redemption_rate=redemption,
        funding_value=mechanic.supplier_funding_value,
        funding_pct=mechanic.supplier_funding_pct,
        start=mechanic.start,
        end=mechanic.end,
    )


def exposure(
    treatments: Sequence[Treatment],
    window: Window,
    model: UpliftModel,
    curve: ResponseCurve,
    policy: Policy,
) -> Exposure:
    """Lay treatments out as arrays; one without a single open day has no reach."""
    cell = np.array([window.index(t.cell) for t in treatments], dtype=np.int64)
    on_days = promoted_days(treatments, cell, window)
    dips = {Cell(d.channel, d.department): d for d in model.dips}
    links = _links(treatments, model, window)
    none = np.zeros((0, len(curve.coefficients)))
    weights = [curve.weights(t.cell, t.depth_pct) for t in treatments]
    usual = usual_uplifts(model)
    uplift = [float(np.expm1(weight @ curve.log_uplift)) for weight in weights]
    scale = [
        side_effect_scale(usual.get(t.cell, 0.0), u)
        for t, u in zip(treatments, uplift, strict=True)
    ]
    dip_scale = [
        _dip_scale(dips.get(t.cell), u * days, s)
        for t, u, days, s in zip(treatments, uplift, on_days.sum(axis=1), scale, strict=True)
    ]
    # A small promotion moves others less than was measured; that a large one moves them more is not
    # shown by the data, so it is not counted on.
    link_scale = [min(s, 1.0) for s in scale]
    # A rise after a promotion is noise of the dip's estimate, not something to plan with.
    dip_pct = [min(dips[t.cell].dip_pct, 0.0) if t.cell in dips else 0.0 for t in treatments]
    dip_se = [dips[t.cell].se_pct if t.cell in dips else 0.0 for t in treatments]
    profile = [DAYS_AFTER * day_weights(_decay_days(dips.get(t.cell))) for t in treatments]
    weights_of_day = np.vstack([np.zeros((0, DAYS_AFTER)), *profile])
    # No day after a promotion sells less than nothing.
    lowest = -100 / weights_of_day.max(axis=1)
    return Exposure(
        treatments=tuple(treatments),
        cell=cell,
        on_days=on_days,
        dip_weights=days_after(on_days, weights_of_day),
        depth_pct=np.array([t.depth_pct for t in treatments], dtype=np.float64),
        promo_share=np.array([t.promo_share for t in treatments], dtype=np.float64),
        reach=np.array([t.reach for t in treatments], dtype=np.float64) * on_days.any(axis=1),
        funding_value=np.array([t.funding_value for t in treatments], dtype=np.float64),
        funding_rate=np.array([_funding_rate(t, policy) for t in treatments], dtype=np.float64),
        curve_weights=np.vstack([none, *weights]),
        dip_pct=np.maximum(np.array(dip_pct, dtype=np.float64) * dip_scale, lowest),
        dip_se=np.array(dip_se, dtype=np.float64) * dip_scale,
        link_row=np.array([row for row, _ in links], dtype=np.int64),
        link_target=np.array([window.index(_target(e)) for _, e in links], dtype=np.int64),
        link_pct=np.array([e.effect_pct * link_scale[row] for row, e in links], dtype=np.float64),
        link_se=np.array([e.se_pct * link_scale[row] for row, e in links], dtype=np.float64),
        links=tuple(effect for _, effect in links),
    )


def _funding_rate(given: Treatment, policy: Policy) -> float:
    stated = given.funding_pct
    return policy.funding_rate(given.cell.department) if stated is None else stated / 100


def promoted_days(treatments: Sequence[Treatment], cell: IntArray, window: Window) -> BoolArray:
    """Mark the days on which each treatment runs: its own days, less its cell's blackout days."""
    days = np.arange(window.open_days.shape[1])
    first = np.array([(t.start - window.start).days if t.start else 0 for t in treatments], int)
    last = np.array(
        [(t.end - window.start).days if t.end else len(days) - 1 for t in treatments], int
    )
    runs = (days >= first[:, None]) & (days <= last[:, None])
    return np.asarray(runs & window.open_days[cell])


def days_after(on_days: BoolArray, weights: FloatArray) -> FloatArray:
    """Lay weights on the 14 days after the last promoted day of each row.

    Args:
        on_days: (rows, days) the promoted days; a row without any has no days after.
        weights: (rows, 14).

    Returns:
        (rows, days + 14).
    """
    count = on_days.shape[1]
    last = count - 1 - on_days[:, ::-1].argmax(axis=1)
    ran = np.asarray(on_days.any(axis=1))
    result = np.zeros((len(on_days), count + DAYS_AFTER))
    row, lag = np.nonzero(np.broadcast_to(ran[:, None], weights.shape))
    result[row, last[row] + 1 + lag] = weights[row, lag]
    return result


def _links(
    treatments: Sequence[Treatment], model: UpliftModel, window: Window
) -> list[tuple[int, CrossEffect]]:
    """Pair every treatment with the significant effects on other cells that it has."""
    cells = set(window.cells)
    found: defaultdict[Cell, list[CrossEffect]] = defaultdict(list)
    for effect in model.cross_effects:
        if effect.significant and _target(effect) in cells:
            found[_source(effect)].append(effect)
    return [(row, effect) for row, t in enumerate(treatments) for effect in found.get(t.cell, ())]


def _dip_scale(dip: Dip | None, load_days: float, uplift_scale: float) -> float:
    """Return how large a dip is, relative to the measured one: as its load, the additional units.

    A version that does not know the load of the promotions it measured goes by the uplift alone.
    """
    usual = None if dip is None else dip.usual_load_days
    return uplift_scale if usual is None else max(load_days / usual, 0.0)


def _decay_days(dip: Dip | None) -> float | None:
    return None if dip is None else dip.decay_days


def usual_uplifts(model: UpliftModel) -> dict[Cell, float]:
    """Return the mean unit uplift of each cell's past promotions, as a share."""
    own: defaultdict[Cell, list[tuple[float, int]]] = defaultdict(list)
    for c in model.coefficients:
        own[Cell(c.channel, c.department)].append((c.uplift_units_pct / 100, c.sample_size))
    means = {}
    for cell, pairs in own.items():
        uplifts, days = np.array(pairs, dtype=np.float64).T
        means[cell] = float(np.average(uplifts, weights=days if days.any() else None))
    return means


def side_effect_scale(usual: float, uplift: float) -> float:
    """Return how large a promotion's dip and cross effects are, relative to the measured ones.

    Demand that comes from other departments grows with the additional units: the effects are scaled
    by the uplift (a share) over the mean uplift of the promotions that they were measured on
    (`usual`).
    """
    return max(uplift / usual, 0.0) if usual > 0 else 1.0


def effects(
    exposed: Exposure,
    window: Window,
    rates: Rates,
    errors: FloatArray | None = None,
) -> Effects:
    """Compute what the treatments change, once or for many draws at a time.

    Args:
        exposed: the treatments as arrays.
        window: the baseline.
        rates: sizes of the effects.
        errors: (draws, cells, days) factors on the baseline of the window; the days after take
            their cell's mean factor.

    Returns:
        Effects with the leading axes of the arguments.
    """
    promoted = _promoted_days(window, exposed, errors)
    uplift = exposed.reach * np.expm1(rates.log_uplift)
    gross = promoted_cell(
        promoted.sales,
        promoted.units,
        promoted.margin,
        exposed.depth_pct,
        exposed.promo_share,
        uplift,
    )
    stated = np.where(promoted.sales != 0, exposed.funding_value, 0.0)
    funding = np.where(
        exposed.funding_value > 0, stated, exposed.funding_rate * gross.markdown_value
    )
    delta = Amounts(
        gross.sales_value - promoted.sales,
        gross.margin_value + funding - promoted.margin,
        gross.units - promoted.units,
    )
    within, after = _dip_days(window, exposed, errors)
    dip = exposed.reach * rates.dip_pct / 100
    return Effects(
        delta=delta + within * dip,
        dip=after * dip,
        cross=_other_cells(window, exposed, errors)
        * (exposed.reach[exposed.link_row] * rates.cross_pct / 100),
        markdown=gross.markdown_value,
        funding=funding,
        uplift=uplift,
    )


def _promoted_days(window: Window, exposed: Exposure, errors: FloatArray | None) -> Amounts:
    """Sum the baseline of each row's cell over the days it is promoted: (..., rows)."""
    rows = window.during[exposed.cell] * exposed.on_days
    return _over_days(rows, None if errors is None else errors[:, exposed.cell])


def _dip_days(
    window: Window, exposed: Exposure, errors: FloatArray | None
) -> tuple[Amounts, Amounts]:
    """Weigh the baseline of each row's dip days, within the window and after it: (..., rows)."""
    count = exposed.on_days.shape[1]
    cell_errors = None if errors is None else errors[:, exposed.cell]
    within = _over_days(window.during[exposed.cell] * exposed.dip_weights[:, :count], cell_errors)
    after = (window.after[exposed.cell] * exposed.dip_weights[:, count:]).sum()
    return within, after if cell_errors is None else after * cell_errors.mean(axis=-1)


def _other_cells(window: Window, exposed: Exposure, errors: FloatArray | None) -> Amounts:
    """Sum each link's target baseline over the days its source is promoted: (..., links)."""
    rows = window.during[exposed.link_target] * exposed.on_days[exposed.link_row]
    return _over_days(rows, None if errors is None else errors[:, exposed.link_target])


def _over_days(rows: Amounts, factors: FloatArray | None) -> Amounts:
    return rows.sum() if factors is None else (rows * factors).sum()


def by_row(values: npt.ArrayLike, exposed: Exposure) -> FloatArray:
    """Add link values up to their rows: (links,) to (rows,)."""
    numbers = np.asarray(values, dtype=np.float64)
    result = np.zeros(len(exposed.treatments))
    np.add.at(result, exposed.link_row, numbers)
    return result


def _source(effect: CrossEffect) -> Cell:
    return Cell(effect.source_channel, effect.source_department)


def _target(effect: CrossEffect) -> Cell:
    return Cell(effect.channel, effect.department)
