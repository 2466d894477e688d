"""The tables of `kpi_breakdown`: by cell, by segment, the net effect and the assumptions."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.ledger import Entries
from analytics.money import allocate, as_money
from analytics.types import Cell
from analytics.window import DAYS_AFTER

if TYPE_CHECKING:
    from analytics.effects import Case, Exposure
    from analytics.ledger import Ledger
    from analytics.policy import Policy
    from analytics.segments import Customers
    from analytics.types import Scenario
    from analytics.uplift import UpliftModel
    from analytics.window import Window

Table = list[dict[str, Any]]
_MODEL = "lightgbm"
_NONE: dict[str, Any] = {
    "discount_pct": 0.0,
    "effective_depth_pct": 0.0,
    "promo_share": 0.0,
    "uplift_units_pct": 0.0,
    "confidence": None,
    "sample_size": None,
    "pooled": None,
    "markdown_value": 0.0,
    "funding_value": 0.0,
}


def by_cell(scenario: Scenario, case: Case, book: Ledger, model: UpliftModel) -> Table:
    """List every cell, promoted or not, with its baseline, its plan and the evidence behind it."""
    rows = {int(cell): row for row, cell in enumerate(case.exposed.cell)}
    return [
        {
            "channel": cell.channel,
            "department": cell.department,
            **(_promotion(scenario, case, book, model, rows[index]) if index in rows else _NONE),
            **book.baseline[[index]].figures("_baseline"),
            **book.planned[[index]].figures("_planned"),
        }
        for index, cell in enumerate(case.window.cells)
    ]


def _promotion(
    scenario: Scenario, case: Case, book: Ledger, model: UpliftModel, row: int
) -> dict[str, Any]:
    given = case.exposed.treatments[row]
    evidence = model.coefficient(given.cell, given.depth_pct)
    return {
        "discount_pct": scenario.mechanics[row].discount_pct,
        "effective_depth_pct": round(given.depth_pct, 2),
        "promo_share": round(given.promo_share, 4),
        "uplift_units_pct": round(float(case.changes.uplift[row]) * 100, 2),
        "confidence": evidence.confidence,
        "sample_size": evidence.sample_size,
        "pooled": evidence.pooled,
        "markdown_value": as_money(book.markdown[row]),
        "funding_value": as_money(book.funding[row]),
    }


def by_segment(exposed: Exposure, book: Ledger, known: Customers) -> Table:
    """Share the totals out to segments, to the cent.

    The baseline goes by share of revenue; the change goes to the segments that a promotion
    addresses, by share of revenue x response to discounts.
    """
    if not known.ids:
        return []
    changes: defaultdict[frozenset[str], list[int]] = defaultdict(list)
    for cell, given in zip(exposed.cell, exposed.treatments, strict=True):
        changes[given.audience or frozenset(known.ids)].append(int(cell))
    baseline = _allocated(book.baseline, known.shares)
    parts = [
        _allocated(book.delta[cells], known.weights_of(audience))
        for audience, cells in changes.items()
        if known.share_of(audience)
    ]
    none = Entries(*(np.zeros(len(known.ids), dtype=np.int64) for _ in range(3)))
    delta = sum(parts, start=none)
    planned = baseline + delta
    return [
        {
            "segment_id": name,
            **planned[[i]].figures(),
            "margin_pct": planned[[i]].margin_pct(),
            **delta[[i]].figures("_delta"),
        }
        for i, name in enumerate(known.ids)
    ]


def _allocated(entries: Entries, weights: tuple[float, ...]) -> Entries:
    totals = (entries.sales, entries.margin, entries.units)
    return Entries(*(allocate(int(values.sum()), weights) for values in totals))


def net_effect(exposed: Exposure, book: Ledger) -> dict[str, Any]:
    """Show what the promotion costs or brings outside its window and cells, and what is left."""
    losses = np.array([e.effect_pct < 0 for e in exposed.links], dtype=bool)
    dips = [
        {
            "channel": given.cell.channel,
            "department": given.cell.department,
            "dip_pct": round(float(exposed.dip_pct[row]), 2),
            **book.dip[[row]].figures(),
        }
        for row, given in enumerate(exposed.treatments)
    ]
    return {
        "post_promo_dip": {"days": DAYS_AFTER, **book.dip.figures(), "by_cell": dips},
        "cross_effects": {
            "cannibalization": _links(exposed, book, np.flatnonzero(losses)),
            "halo": _links(exposed, book, np.flatnonzero(~losses)),
        },
        "net_incremental": book.net(),
    }


def _links(exposed: Exposure, book: Ledger, which: Any) -> dict[str, Any]:  # noqa: ANN401  numpy index
    sources = [
        {
            "source_channel": exposed.links[i].source_channel,
            "source_department": exposed.links[i].source_department,
            "channel": exposed.links[i].channel,
            "department": exposed.links[i].department,
            "effect_pct": exposed.links[i].effect_pct,
            **book.cross[[i]].figures(),
        }
        for i in which.tolist()
    ]
    return {**book.cross[which].figures(), "sources": sources}


def notes(scenario: Scenario, case: Case, model: UpliftModel, policy: Policy) -> list[str]:
    """Name every default and fallback that the figures rest on, one sentence each."""
    return [
        *_baseline_notes(case.window),
        *_coefficient_notes(case.exposed, model),
        *_mechanic_notes(scenario, case, model, policy),
        *_segment_notes(case.known),
        *_policy_notes(case.window, policy),
    ]


def _baseline_notes(window: Window) -> list[str]:
    counts = Counter(m for methods in window.methods for m in methods if m != _MODEL)
    return [
        f"the baseline of {count} of {len(window.cells)} cells uses {method}, not {_MODEL}"
        for method, count in sorted(counts.items())
    ]


def _coefficient_notes(exposed: Exposure, model: UpliftModel) -> list[str]:
    pooled = [
        f"{t.cell.department} {t.cell.channel}"
        for t in exposed.treatments
        if model.coefficient(t.cell, t.depth_pct).pooled
    ]
    rises = {Cell(d.channel, d.department) for d in model.dips if d.dip_pct > 0}
    ignored = [
        f"{t.cell.department} {t.cell.channel}" for t in exposed.treatments if t.cell in rises
    ]
    lines = []
    if pooled:
        lines.append(
            f"{', '.join(pooled)}: no past promotion at this depth, the uplift is that of "
            "comparable departments"
        )
    if ignored:
        lines.append(
            f"{', '.join(ignored)}: past promotions were followed by a rise, which is not counted"
        )
    return lines


def _mechanic_notes(
    scenario: Scenario, case: Case, model: UpliftModel, policy: Policy
) -> list[str]:
    lines = []
    window, exposed = case.window, case.exposed
    for mechanic, given, cell in zip(
        scenario.mechanics, exposed.treatments, exposed.cell, strict=True
    ):
        name = f"{mechanic.department} {mechanic.channel}"
        if given.redemption_rate != mechanic.redemption_rate:
            lines.append(
                f"{name}: redemption rate {given.redemption_rate:g} from the policy, "
                "the mechanic states none"
            )
        typical = model.coefficient(given.cell, given.depth_pct).promo_share
        if mechanic.promo_share < 0.99 * typical:
            lines.append(
                f"{name}: promotes {mechanic.promo_share:.0%} of units where past promotions had "
                f"{typical:.0%}, the uplift is scaled down in proportion"
            )
        first, last = scenario.run_of(mechanic)
        days = np.datetime64(window.start) + np.arange(scenario.days)
        closed = np.flatnonzero(
            ~window.open_days[cell] & (days >= np.datetime64(first)) & (days <= np.datetime64(last))
        )
        if len(closed):
            lines.append(_blackout_note(name, window, given.cell, closed.tolist(), policy))
    return lines


def _blackout_note(name: str, window: Window, cell: Cell, closed: list[int], policy: Policy) -> str:
    first = np.datetime64(window.start) + closed[0]
    blackout = policy.blackout(first.astype(object), cell)
    reason = blackout.reason if blackout else ""
    return f"{name}: not promoted on {len(closed)} blackout days from {first} ({reason})"


def _segment_notes(known: Customers) -> list[str]:
    if not known.ids:
        return ["no customer segments are known: by_segment is empty"]
    if known.normalised:
        return ["the segments' shares of revenue sum to more than 1 and were scaled down"]
    return []


def _policy_notes(window: Window, policy: Policy) -> list[str]:
    unknown = sorted(policy.departments_named() - {c.department for c in window.cells})
    if not unknown:
        return []
    return [f"the policy names departments that have no sales: {', '.join(unknown)}"]
