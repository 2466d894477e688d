"""Scenarios: proposed from a brief, made by hand, changed, compared."""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, ValidationError

from analytics.frontier import FrontierPoint
from analytics.kpi import evaluate
from analytics.optimise import Constraints
from analytics.remarks import texts
from analytics.runs import Run
from analytics.types import (
    CHANNELS,
    Cell,
    Channel,
    Mechanic,
    Record,
    Remark,
    Scenario,
    ScenarioKpis,
    ScenarioType,
)
from db import kpis as kpi_store
from db import scenarios
from tools.arguments import known_department
from tools.deps import Deps
from tools.errors import NotStored, Refusal, refusing
from tools.limits import (
    MIN_DEPTH_PCT,
    Budget,
    Caps,
    Channels,
    Departments,
    End,
    Excluded,
    Funding,
    MarginFloor,
    MaxDepartments,
    MaxDiscount,
    MinDiscount,
    MinGap,
    RunDays,
    Start,
    brief_limits,
    funding_rates,
)
from tools.planning import Basis, find_scenario, load_scenario, planning_basis
from tools.proposals import (
    FRONTIER_TYPES,
    Draft,
    below_frontier,
    drafts,
    efficient_points,
    left_out,
    market_frontier,
    open_market,
    other_promotions,
)
from tools.summaries import ScenarioSummary, summarise
from tools.targets import month_gap
from tools.validation import ScenarioId

MAX_LABEL_CHARS, MAX_CHANGE_CHARS = 100, 60


class Gap(Record):
    """The month's gap that a plan is to close."""

    month: str
    target_value: float
    expected_value: float
    gap_value: float


class Proposal(Record):
    """Scenarios with what they should earn."""

    scenarios: tuple[ScenarioSummary, ...]
    gap: Gap | None
    limits: Constraints
    remarks: tuple[str, ...]
    remark_facts: tuple[Remark, ...] = Field(description="the remarks, for other languages")


class Made(Record):
    """Scenarios that were stored."""

    scenarios: tuple[ScenarioSummary, ...]
    remarks: tuple[str, ...] = ()


class Changed(Made):
    """A changed copy, and the scenario it was made from."""

    changed_from: str


class Comparison(Record):
    """Scenarios side by side, the most net EBIT first."""

    scenarios: tuple[ScenarioSummary, ...]
    most_net_ebit: str = Field(description="id")
    most_net_sales: str
    highest_margin_pct: str


class DepthChange(Record):
    """A depth for one department, in one channel or both; 0 takes it out."""

    department: str
    channel: Channel | None = None
    discount_pct: float = Field(ge=0, le=100)
    start: dt.date | None = Field(
        default=None, description="first day it runs, if not all the days of the scenario"
    )
    end: dt.date | None = Field(default=None, description="last day it runs, included")
    funded_pct: float | None = Field(
        default=None, ge=0, le=100, description="suppliers' part of the discount, per cent"
    )


def propose_scenarios(
    deps: Deps,
    start: Start,
    end: End,
    departments: Departments = (),
    channels: Channels = CHANNELS,
    max_discount_pct: MaxDiscount = None,
    min_discount_pct: MinDiscount = None,
    margin_floor_pct: MarginFloor = None,
    budget_value: Budget = None,
    max_departments: MaxDepartments = None,
    excluded_departments: Excluded = (),
    department_caps: Caps = (),
    supplier_funding: Funding = (),
    run_days: RunDays = None,
    min_gap_days: MinGap = None,
    scenario_types: Annotated[
        tuple[ScenarioType, ...],
        Field(description="conservative, balanced and aggressive are points of the frontier"),
    ] = FRONTIER_TYPES,
) -> Proposal:
    """Turn a brief into stored scenarios with KPIs: the exact optimum under the stated limits.

    conservative = most margin, balanced = the knee, aggressive = most sales on the efficient
    frontier; flash = at most 2 days, deeper; best_deal = few departments, as deep as allowed; coupon
    and member_only address part of the customers. Pass on only limits that the person stated; the
    company's policy is added by itself. Values are over the whole business in the window; `net_*`
    is what is left after the dip and cross-effects. Refuses an unknown department, upside-down
    dates, and a brief that no plan can meet: it names the limit that must give.
    """
    basis = planning_basis(deps, start, end)
    limits = brief_limits(
        deps,
        start,
        end,
        departments=departments,
        channels=channels,
        max_discount_pct=max_discount_pct,
        min_discount_pct=min_discount_pct,
        margin_floor_pct=margin_floor_pct,
        budget_value=budget_value,
        max_departments=max_departments,
        excluded_departments=excluded_departments,
        department_caps=department_caps,
        run_days=run_days,
        min_gap_days=min_gap_days,
    )
    market = open_market(
        basis,
        start,
        end,
        limits,
        booked=other_promotions(deps, start, end, limits, stated=min_gap_days is not None),
        funding_pct=funding_rates(deps, supplier_funding),
    )
    gap = _gap(deps, start)
    points = market_frontier(market)
    made = tuple(
        _store(deps, basis, _scenario(deps, draft), gap, points)
        for draft in drafts(market, scenario_types or FRONTIER_TYPES, points)
    )
    remarks = (*basis.remarks, *left_out(market))
    return Proposal(
        scenarios=made,
        gap=gap,
        limits=market.limits,
        remarks=texts(remarks),
        remark_facts=remarks,
    )


def _gap(deps: Deps, start: dt.date) -> Gap | None:
    """Return the gap of the month in which a plan starts; None when it has no target."""
    try:
        found = month_gap(deps, f"{start:%Y-%m}")
    except NotStored:
        return None
    return Gap(
        month=found.month,
        target_value=found.target_value,
        expected_value=found.expected_value,
        gap_value=found.gap_value,
    )


def _scenario(deps: Deps, draft: Draft, label: str | None = None) -> Scenario:
    """Build a scenario; its id follows from its content, the label included."""
    title = draft.scenario_type.replace("_", " ").capitalize()
    departments = sorted({mechanic.department for mechanic in draft.mechanics})
    what = ", ".join(departments[:3]) + (" …" if len(departments) > 3 else "")  # noqa: PLR2004  a label has 100 characters
    label = label or f"{title}: {what or 'nothing'}"[:100]
    content = [draft.start, draft.end, *(m.model_dump_json() for m in draft.mechanics)]
    return _built(
        {
            "id": deps.new_id("scenario", draft.scenario_type, label, *content),
            "label": label,
            "scenario_type": draft.scenario_type,
            "date_range_start": draft.start,
            "date_range_end": draft.end,
            "mechanics": draft.mechanics,
            "created_by": deps.workspace.actor,
        }
    )


def _store(
    deps: Deps,
    basis: Basis,
    scenario: Scenario,
    gap: Gap | None,
    points: tuple[FrontierPoint, ...] = (),
) -> ScenarioSummary:
    """Evaluate a scenario, store both, and return them in short."""
    kpis = _evaluate(deps, basis, scenario)
    scenarios.save(deps.conn, scenario)
    kpi_store.save(deps.conn, kpis)
    return summarise(
        deps,
        scenario,
        kpis,
        below_frontier_value=below_frontier(points, scenario, kpis),
        closes_gap_pct=_closes(kpis, gap),
    )


def _evaluate(deps: Deps, basis: Basis, scenario: Scenario) -> ScenarioKpis:
    try:
        return evaluate(scenario, basis.inputs, kpi_id=deps.new_id("kpis", scenario.id))
    except ValueError as error:
        raise Refusal(str(error)) from error


def _closes(kpis: ScenarioKpis, gap: Gap | None) -> float | None:
    if gap is None or gap.gap_value >= 0:
        return None
    net = float(kpis.kpi_breakdown["net_effect"]["net_incremental"]["sales_value"])
    return round(net * 100 / -gap.gap_value, 1)


def create_scenario(
    deps: Deps,
    label: Annotated[str, Field(min_length=1, max_length=100, description="e.g. Gaming weekend")],
    start: Start,
    end: End,
    mechanics: Annotated[
        tuple[DepthChange, ...],
        Field(
            min_length=1,
            description='e.g. [{"department": "TV", "channel": "online", "discount_pct": 15}]',
        ),
    ],
    scenario_type: Annotated[ScenarioType, Field(description="how it is evaluated")] = "balanced",
) -> Made:
    """Make one scenario from mechanics that the person stated, and work out its KPIs.

    Use it only when the person named departments and depths; for a proposal use propose_scenarios.
    A department without a channel is promoted in both. Refuses unknown departments, upside-down
    dates, and two depths for one cell.
    """
    basis = planning_basis(deps, start, end)
    cells = _cells(deps, mechanics)
    draft = Draft(scenario_type, start, end, _mechanics(basis, cells.values(), scenario_type))
    summary = _store(deps, basis, _scenario(deps, draft, label), _gap(deps, start))
    return Made(scenarios=(summary,), remarks=texts(basis.remarks))


def _built(fields: dict[str, object]) -> Scenario:
    try:
        return Scenario.model_validate(fields)
    except ValidationError as error:
        message = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise Refusal(message) from error


def _cells(deps: Deps, changes: tuple[DepthChange, ...]) -> dict[Cell, DepthChange]:
    """Return what is asked for each cell; a department without a channel stands for both."""
    cells: dict[Cell, DepthChange] = {}
    for change in changes:
        department = known_department(deps, change.department)
        for channel in (change.channel,) if change.channel else CHANNELS:
            asked = change.model_copy(update={"department": department, "channel": channel})
            if cells.setdefault(Cell(channel, department), asked) != asked:
                message = f"{department} {channel} has two depths: state one"
                raise Refusal(message)
    return cells


def _mechanics(
    basis: Basis, cells: Iterable[DepthChange], scenario_type: ScenarioType
) -> tuple[Mechanic, ...]:
    policy = basis.inputs.policy
    extra: dict[str, object] = {}
    if scenario_type == "coupon":
        extra["redemption_rate"] = policy.coupon.default_redemption_rate
    if scenario_type == "member_only":
        extra["segments"] = policy.loyalty_segments
    with refusing():
        return tuple(
            Mechanic.model_validate(
                {
                    "department": one.department,
                    "channel": one.channel,
                    "discount_pct": one.discount_pct,
                    "supplier_funding_pct": one.funded_pct,
                    "start": one.start,
                    "end": one.end,
                    "promo_share": basis.inputs.uplift.coefficient(
                        Cell(str(one.channel), one.department), one.discount_pct
                    ).promo_share,
                    **extra,
                }
            )
            for one in sorted(cells, key=lambda one: (one.department, str(one.channel)))
            if one.discount_pct > 0
        )


def change_scenario(
    deps: Deps,
    scenario_id: ScenarioId,
    discount_pct: Annotated[
        float | None, Field(gt=0, le=100, description="one depth for every promoted cell, per cent")
    ] = None,
    depths: Annotated[
        tuple[DepthChange, ...], Field(description="new depths; 0 takes a cell out")
    ] = (),
    without_departments: Annotated[tuple[str, ...], Field(description="taken out")] = (),
    channels: Annotated[
        tuple[Channel, ...] | None, Field(description="only these channels stay")
    ] = None,
    start: Annotated[dt.date | None, Field(description="new first day")] = None,
    end: Annotated[dt.date | None, Field(description="new last day")] = None,
    label: Annotated[str | None, Field(max_length=100, description="new label")] = None,
) -> Changed:
    """Make a changed copy of a scenario and work out its KPIs; the original stays as it is.

    Use it for what-ifs ("make it 15 %", "without Gaming", "online only", "one day longer") and to
    apply the Validator's fixes. Refuses when nothing is left to promote, when nothing would change,
    for an unknown scenario or department, and for upside-down dates.
    """
    original = find_scenario(deps, scenario_id)
    first, last = start or original.date_range_start, end or original.date_range_end
    basis = planning_basis(deps, first, last)
    without = {known_department(deps, name) for name in without_departments}
    kept = {
        m.cell: m
        for m in original.mechanics
        if m.department not in without and (channels is None or m.channel in channels)
    }
    asked = _cells(deps, depths)
    new = [one for cell, one in asked.items() if cell not in kept]
    changes = [_changed(basis, m, asked.get(cell), discount_pct) for cell, m in kept.items()]
    mechanics = (
        *(m for m in changes if m is not None),
        *_mechanics(basis, new, original.scenario_type),
    )
    if not mechanics:
        message = "after this change nothing would be promoted: leave at least one department in"
        raise Refusal(message)
    draft = Draft(original.scenario_type, first, last, _in_order(mechanics))
    parts = [
        *([f"{discount_pct:g} %"] if discount_pct else []),
        *map(_depth_label, depths),
        *(f"without {name}" for name in sorted(without)),
        *([f"{' and '.join(channels)} only"] if channels else []),
        *([f"{first} to {last}"] if start or end else []),
    ]
    changed = _scenario(deps, draft, label or _changed_label(original, parts))
    if _plan(original) == _plan(changed) and label in {None, original.label}:
        message = f"that is what “{original.label}” already is: nothing would change"
        raise Refusal(message)
    summary = _store(deps, basis, changed, _gap(deps, first))
    return Changed(
        scenarios=(summary,), changed_from=str(original.id), remarks=texts(basis.remarks)
    )


def _in_order(mechanics: Iterable[Mechanic]) -> tuple[Mechanic, ...]:
    return tuple(sorted(mechanics, key=lambda m: (m.department, m.channel)))


def _changed(
    basis: Basis, mechanic: Mechanic, asked: DepthChange | None, discount_pct: float | None
) -> Mechanic | None:
    """Return a mechanic with what was asked for it, the rest as it was; None takes it out."""
    depth = asked.discount_pct if asked else discount_pct or mechanic.discount_pct
    if depth == 0:
        return None
    update: dict[str, object] = {"discount_pct": depth}
    if depth != mechanic.discount_pct:
        with refusing():
            update["promo_share"] = basis.inputs.uplift.coefficient(
                mechanic.cell, depth
            ).promo_share
    if asked is not None and asked.funded_pct is not None:
        update["supplier_funding_pct"] = asked.funded_pct
    if asked is not None and (asked.start or asked.end):
        update |= {"start": asked.start, "end": asked.end}
    return mechanic.model_copy(update=update)


def _plan(scenario: Scenario) -> tuple[object, ...]:
    """Return what a scenario does, without its names."""
    parts = {m.model_copy(update={"notes": ""}).model_dump_json() for m in scenario.mechanics}
    return scenario.date_range_start, scenario.date_range_end, parts


def _changed_label(original: Scenario, parts: Iterable[str]) -> str:
    """Name a changed copy by what was changed: two copies of one scenario can be told apart.

    The end of an older name gives way where the new part needs its room.
    """
    change = f" · {', '.join(parts)}"[:MAX_CHANGE_CHARS]
    return original.label[: MAX_LABEL_CHARS - len(change)].rstrip() + change


def _depth_label(change: DepthChange) -> str:
    cell = " ".join(filter(None, (change.department, change.channel)))
    return f"{cell} {change.discount_pct:g} %"


def list_scenarios(
    deps: Deps, newest: Annotated[int, Field(ge=1, le=50, description="how many")] = 10
) -> Made:
    """List the newest stored scenarios in short, the newest first.

    Use it to find the id of a scenario that the person names but did not make in this conversation.
    """
    found = scenarios.list_scenarios(deps.conn, limit=newest)
    return Made(scenarios=tuple(summarise(deps, *load_scenario(deps, str(s.id))) for s in found))


def get_scenario(deps: Deps, scenario_id: ScenarioId) -> ScenarioSummary:
    """Return one stored scenario in short; refuses an unknown id (it lists the newest ones)."""
    return summarise(deps, *load_scenario(deps, scenario_id))


def compare_scenarios(
    deps: Deps,
    scenario_ids: Annotated[
        tuple[str, ...], Field(min_length=1, description="ids, or beginnings of ids")
    ],
) -> Comparison:
    """Put scenarios side by side, the most net EBIT first, and say which leads in what.

    All figures cover the whole business over each scenario's window, so plans over different
    departments compare. `below_frontier_value` is 0 for a plan on the efficient frontier of its own
    departments, dates and depths. Refuses unknown ids.
    """
    gap_of = {}
    lines = []
    for scenario_id in scenario_ids:
        scenario, kpis = load_scenario(deps, scenario_id)
        start = scenario.date_range_start
        if start not in gap_of:
            gap_of[start] = _gap(deps, start)
        points = _frontier_of(deps, scenario)
        lines.append(
            summarise(
                deps,
                scenario,
                kpis,
                below_frontier_value=below_frontier(points, scenario, kpis),
                closes_gap_pct=_closes(kpis, gap_of[start]),
            )
        )
    lines.sort(key=lambda line: (-line.net_ebit, line.id))
    return Comparison(
        scenarios=tuple(lines),
        most_net_ebit=lines[0].id,
        most_net_sales=max(lines, key=lambda line: line.net_sales_value).id,
        highest_margin_pct=max(lines, key=lambda line: line.total_margin_pct).id,
    )


def _frontier_of(deps: Deps, scenario: Scenario) -> tuple[FrontierPoint, ...]:
    """Return the frontier of a scenario's departments, dates and depths; empty when none is allowed."""
    start, end = scenario.date_range_start, scenario.date_range_end
    basis = planning_basis(deps, start, end)
    runs = {Run(*scenario.run_of(m)).days for m in scenario.mechanics}
    limits = Constraints(
        departments=tuple(sorted({m.department for m in scenario.mechanics})),
        max_depth_pct=max(m.discount_pct for m in scenario.mechanics),
        min_depth_pct=min(MIN_DEPTH_PCT, *(m.discount_pct for m in scenario.mechanics)),
        run_days=runs.pop() if len(runs) == 1 else None,
    )
    funding = {
        m.department: m.supplier_funding_pct
        for m in scenario.mechanics
        if m.supplier_funding_pct is not None
    }
    return efficient_points(open_market(basis, start, end, limits, funding_pct=funding))
