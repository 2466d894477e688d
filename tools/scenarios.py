"""Scenarios: proposed from a brief, made by hand, changed, compared."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, ValidationError

from analytics.frontier import FrontierPoint, PointName, named_points
from analytics.kpi import evaluate
from analytics.optimise import Constraints
from analytics.types import (
    CHANNELS,
    Cell,
    Channel,
    Mechanic,
    Record,
    Scenario,
    ScenarioKpis,
    ScenarioType,
)
from db import kpis as kpi_store
from db import scenarios
from tools.arguments import known_department
from tools.deps import Deps
from tools.errors import NotStored, Refusal
from tools.planning import Basis, find_scenario, load_scenario, planning_basis
from tools.proposals import (
    FRONTIER_TYPES,
    Draft,
    Market,
    below_frontier,
    drafts,
    market_frontier,
    open_market,
)
from tools.summaries import ScenarioSummary, summarise
from tools.targets import month_gap
from tools.validation import ScenarioId

Start = Annotated[dt.date, Field(description="first day of the promotion, e.g. 2025-10-22")]
End = Annotated[dt.date, Field(description="last day, included, e.g. 2025-10-27")]
Departments = Annotated[
    tuple[str, ...],
    Field(description='each is promoted and no other, e.g. ["TV"]; empty leaves the choice free'),
]
MaxDiscount = Annotated[
    float | None, Field(gt=0, le=100, description="deepest discount, per cent, e.g. 20")
]
MarginFloor = Annotated[
    float | None,
    Field(ge=-100, le=100, description="lowest margin of the whole business, per cent, e.g. 18"),
]
Budget = Annotated[
    float | None, Field(ge=0, description="most discount given away, money, e.g. 150000")
]
Channels = Annotated[tuple[Channel, ...], Field(description="allowed channels; both if left out")]


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


class PointMechanic(Record):
    """One promoted cell of a frontier point."""

    department: str
    channel: Channel
    discount_pct: float


class Point(Record):
    """One plan on the efficient frontier."""

    names: tuple[str, ...]
    net_sales_value: float
    net_margin_value: float
    net_ebit: float
    mechanics: tuple[PointMechanic, ...]


class Frontier(Record):
    """The efficient frontier: more net sales cost margin."""

    points: tuple[Point, ...]
    remarks: tuple[str, ...]


class DepthChange(Record):
    """A new depth for one department, in one channel or both; 0 takes it out."""

    department: str
    channel: Channel | None = None
    discount_pct: float = Field(ge=0, le=100)


def propose_scenarios(
    deps: Deps,
    start: Start,
    end: End,
    departments: Departments = (),
    channels: Channels = CHANNELS,
    max_discount_pct: MaxDiscount = None,
    margin_floor_pct: MarginFloor = None,
    budget_value: Budget = None,
    max_departments: Annotated[
        int | None, Field(ge=1, description="most departments promoted")
    ] = None,
    excluded_departments: Annotated[tuple[str, ...], Field(description="never promoted")] = (),
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
    limits = _limits(
        deps,
        departments=departments,
        channels=channels,
        max_discount_pct=max_discount_pct,
        margin_floor_pct=margin_floor_pct,
        budget_value=budget_value,
        max_departments=max_departments,
        excluded_departments=excluded_departments,
    )
    market = open_market(basis.inputs, start, end, limits)
    gap = _gap(deps, start)
    points = market_frontier(market)
    made = tuple(
        _store(deps, basis, _scenario(deps, draft), gap, points)
        for draft in drafts(market, scenario_types, points)
    )
    return Proposal(scenarios=made, gap=gap, limits=market.limits, remarks=basis.remarks)


def _limits(
    deps: Deps,
    *,
    departments: tuple[str, ...],
    channels: tuple[Channel, ...],
    max_discount_pct: float | None,
    margin_floor_pct: float | None,
    budget_value: float | None,
    max_departments: int | None,
    excluded_departments: tuple[str, ...],
) -> Constraints:
    wanted = tuple(known_department(deps, name) for name in departments)
    excluded = tuple(known_department(deps, name) for name in excluded_departments)
    if both := sorted(set(wanted) & set(excluded)):
        message = f"{', '.join(both)} cannot be promoted and excluded at once: drop one of the two"
        raise Refusal(message)
    deepest = 100.0 if max_discount_pct is None else max_discount_pct
    return Constraints(
        departments=wanted,
        channels=channels or CHANNELS,
        excluded_departments=excluded,
        min_depth_pct=min(5.0, deepest),
        max_depth_pct=deepest,
        margin_floor_pct=margin_floor_pct,
        budget_value=budget_value,
        max_promoted_departments=max_departments,
        min_promoted_departments=0 if wanted else 1,
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


def _scenario(deps: Deps, draft: Draft) -> Scenario:
    title = draft.scenario_type.replace("_", " ").capitalize()
    departments = sorted({mechanic.department for mechanic in draft.mechanics})
    what = ", ".join(departments[:3]) + (" …" if len(departments) > 3 else "")  # noqa: PLR2004  a label has 100 characters
    content = [draft.start, draft.end, *(m.model_dump_json() for m in draft.mechanics)]
    return Scenario(
        id=deps.new_id("scenario", draft.scenario_type, *content),
        label=f"{title}: {what or 'nothing'}"[:100],
        scenario_type=draft.scenario_type,
        date_range_start=draft.start,
        date_range_end=draft.end,
        mechanics=draft.mechanics,
        created_by=deps.workspace.actor,
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
    draft = Draft(scenario_type, start, end, _mechanics(basis, cells, scenario_type))
    scenario = _built(_scenario(deps, draft).model_dump() | {"label": label})
    return Made(
        scenarios=(_store(deps, basis, scenario, _gap(deps, start)),), remarks=basis.remarks
    )


def _built(fields: dict[str, object]) -> Scenario:
    try:
        return Scenario.model_validate(fields)
    except ValidationError as error:
        message = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise Refusal(message) from error


def _cells(deps: Deps, changes: tuple[DepthChange, ...]) -> dict[tuple[str, Channel], float]:
    """Return the depth of each cell named; a department without a channel stands for both."""
    cells: dict[tuple[str, Channel], float] = {}
    for change in changes:
        department = known_department(deps, change.department)
        for channel in (change.channel,) if change.channel else CHANNELS:
            if cells.get((department, channel), change.discount_pct) != change.discount_pct:
                message = f"{department} {channel} has two depths: state one"
                raise Refusal(message)
            cells[department, channel] = change.discount_pct
    return cells


def _mechanics(
    basis: Basis, cells: dict[tuple[str, Channel], float], scenario_type: ScenarioType
) -> tuple[Mechanic, ...]:
    policy = basis.inputs.policy
    extra: dict[str, object] = {}
    if scenario_type == "coupon":
        extra["redemption_rate"] = policy.coupon.default_redemption_rate
    if scenario_type == "member_only":
        extra["segments"] = policy.loyalty_segments
    return tuple(
        Mechanic.model_validate(
            {
                "department": department,
                "channel": channel,
                "discount_pct": depth,
                "promo_share": basis.inputs.uplift.coefficient(
                    Cell(channel, department), depth
                ).promo_share,
                **extra,
            }
        )
        for (department, channel), depth in sorted(cells.items())
        if depth > 0
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
    cells = {
        (m.department, m.channel): discount_pct or m.discount_pct
        for m in original.mechanics
        if m.department not in without and (channels is None or m.channel in channels)
    }
    cells |= _cells(deps, depths)
    kept = {(m.department, m.channel): m for m in original.mechanics}
    mechanics = tuple(
        kept[m.department, m.channel].model_copy(
            update={"discount_pct": m.discount_pct, "promo_share": m.promo_share}
        )
        if (m.department, m.channel) in kept
        else m
        for m in _mechanics(basis, cells, original.scenario_type)
    )
    if not mechanics:
        message = "after this change nothing would be promoted: leave at least one department in"
        raise Refusal(message)
    changed = _scenario(deps, Draft(original.scenario_type, first, last, mechanics))
    if _same_plan(original, changed):
        message = f"that is what “{original.label}” already is: nothing would change"
        raise Refusal(message)
    named = _built(changed.model_dump() | {"label": label or _changed_label(original)})
    summary = _store(deps, basis, named, _gap(deps, first))
    return Changed(scenarios=(summary,), changed_from=str(original.id), remarks=basis.remarks)


def _same_plan(one: Scenario, other: Scenario) -> bool:
    def plan(scenario: Scenario) -> tuple[object, ...]:
        depths = {(m.cell, m.discount_pct, m.segments) for m in scenario.mechanics}
        return scenario.date_range_start, scenario.date_range_end, depths

    return plan(one) == plan(other)


def _changed_label(original: Scenario) -> str:
    suffix = " (changed)"
    return (
        original.label
        if original.label.endswith(suffix)
        else original.label[: 100 - len(suffix)] + suffix
    )


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
        points = market_frontier(_market_of(deps, scenario))
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


def _market_of(deps: Deps, scenario: Scenario) -> Market:
    """Return the market a scenario competes in: its departments and dates, up to its depth."""
    basis = planning_basis(deps, scenario.date_range_start, scenario.date_range_end)
    limits = Constraints(
        departments=tuple(sorted({m.department for m in scenario.mechanics})),
        max_depth_pct=max(m.discount_pct for m in scenario.mechanics),
        min_depth_pct=min(5.0, *(m.discount_pct for m in scenario.mechanics)),
    )
    return open_market(basis.inputs, scenario.date_range_start, scenario.date_range_end, limits)


def efficient_frontier(
    deps: Deps,
    start: Start,
    end: End,
    departments: Departments = (),
    channels: Channels = CHANNELS,
    max_discount_pct: MaxDiscount = None,
    margin_floor_pct: MarginFloor = None,
    budget_value: Budget = None,
) -> Frontier:
    """Show the best that can be had: for each margin the most additional sales, exactly solved.

    Nothing is stored. `names` marks the points that propose_scenarios calls conservative, balanced
    and aggressive. Refuses like propose_scenarios.
    """
    basis = planning_basis(deps, start, end)
    limits = _limits(
        deps,
        departments=departments,
        channels=channels,
        max_discount_pct=max_discount_pct,
        margin_floor_pct=margin_floor_pct,
        budget_value=budget_value,
        max_departments=None,
        excluded_departments=(),
    )
    points = market_frontier(open_market(basis.inputs, start, end, limits))
    names = named_points(points)
    return Frontier(
        points=tuple(_point(point, names) for point in points),
        remarks=basis.remarks,
    )


def _point(point: FrontierPoint, names: Mapping[PointName, FrontierPoint]) -> Point:
    return Point(
        names=tuple(name for name, named in names.items() if named == point),
        net_sales_value=round(point.totals.net_sales, 2),
        net_margin_value=round(point.totals.net_margin, 2),
        net_ebit=round(point.totals.net_ebit, 2),
        mechanics=tuple(
            PointMechanic(
                department=choice.department,
                channel=choice.channel,
                discount_pct=choice.discount_pct,
            )
            for choice in point.chosen
        ),
    )
