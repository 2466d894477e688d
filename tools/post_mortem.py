"""After the campaign: what it did, and what we learn."""

import datetime as dt
import uuid
from typing import Annotated

from pydantic import Field

from analytics.frames import day_totals
from analytics.kpi import evaluate
from analytics.post_mortem import PostMortem, analyse
from analytics.remarks import texts
from analytics.types import (
    CHANNELS,
    Campaign,
    Cell,
    Channel,
    Mechanic,
    Record,
    Scenario,
    ScenarioKpis,
)
from analytics.uplift import UpliftModel
from db import catalog, post_mortems, sales, scenarios, uplift
from db import kpis as kpi_store
from db.post_mortems import PostMortemRow
from tools import uplift as uplift_tool
from tools.arguments import newest_sale
from tools.deps import Deps
from tools.errors import Refusal
from tools.planning import DIP_DAYS, Basis, find_scenario, planning_basis
from tools.scenarios import Made
from tools.summaries import summarise
from tools.uplift import FittedVersion
from tools.validation import ScenarioId


class PostMortemResult(Record):
    """What one campaign did."""

    report_id: str
    scenario_id: str
    label: str
    result: PostMortem


class Change(Record):
    """One coefficient before and after learning."""

    department: str
    channel: Channel
    discount_band: str
    before_uplift_sales_pct: float | None
    after_uplift_sales_pct: float
    after_sample_size: int


class Learned(Record):
    """A new version of the coefficients and what it changes for a campaign's departments."""

    version: FittedVersion
    changes: tuple[Change, ...]


def reconstruct_campaign(
    deps: Deps,
    campaign_id: Annotated[str, Field(description="id as list_campaigns gives it")],
) -> Made:
    """Make a scenario of a campaign of the catalog, forecast with data from before its start only.

    Use it before run_post_mortem for a campaign that was not planned here. Refuses an unknown
    campaign and one whose discount is not known.
    """
    campaign = _campaign(deps, campaign_id)
    basis = planning_basis(deps, campaign.date_start, campaign.date_end)
    scenario = Scenario(
        id=reconstructed_id(campaign),
        label=(campaign.promo_name or f"Campaign {campaign.date_start}")[:100],
        scenario_type="balanced",
        date_range_start=campaign.date_start,
        date_range_end=campaign.date_end,
        mechanics=_mechanics(campaign, basis),
        created_by="promo_catalog",
    )
    kpis = _evaluate(scenario, basis)
    scenarios.save(deps.conn, scenario)
    kpi_store.save(deps.conn, kpis)
    return Made(scenarios=(summarise(deps, scenario, kpis),), remarks=texts(basis.remarks))


def reconstructed_id(campaign: Campaign) -> uuid.UUID:
    """Return the id of the scenario that is made of a campaign of the catalog."""
    return uuid.uuid5(campaign.id, "reconstructed")


def _campaign(deps: Deps, campaign_id: str) -> Campaign:
    try:
        return catalog.get_campaign(deps.conn, uuid.UUID(campaign_id.strip()))
    except ValueError as error:
        message = f"{campaign_id!r} is not the id of a campaign: list_campaigns gives the ids"
        raise Refusal(message) from error


def _evaluate(scenario: Scenario, basis: Basis) -> ScenarioKpis:
    try:
        return evaluate(scenario, basis.inputs, kpi_id=uuid.uuid5(scenario.id, "kpis"))
    except ValueError as error:
        raise Refusal(str(error)) from error


def _mechanics(campaign: Campaign, basis: Basis) -> tuple[Mechanic, ...]:
    """Return one mechanic per cell, at the depth the catalog has for it, else for the campaign."""
    known = {
        (entry["department"], entry["channel"]): entry.get("discount_pct")
        for entry in campaign.mechanics
    }
    cells = list(known) or [
        (d, c) for d in campaign.departments for c in campaign.channels or CHANNELS
    ]
    depths = {cell: known.get(cell) or campaign.avg_discount_pct for cell in cells}
    if unknown := [f"{d} {c}" for (d, c), depth in depths.items() if not depth]:
        message = (
            f"the discount of “{campaign.promo_name}” is not known for {', '.join(unknown)}: "
            "neither its text nor its prices tell it, so its effect cannot be forecast"
        )
        raise Refusal(message)
    return tuple(
        Mechanic(
            department=department,
            channel=channel,
            discount_pct=float(depth),
            promo_share=basis.inputs.uplift.coefficient(
                Cell(channel, department), float(depth)
            ).promo_share,
        )
        for (department, channel), depth in sorted(depths.items())
        if depth
    )


def run_post_mortem(deps: Deps, scenario_id: ScenarioId) -> PostMortemResult:
    """Measure what a campaign really did and store the report.

    Compares the sales of its window and of the 14 days after it with a baseline that knows only
    data from before it: the effect with its interval and one verdict (worked, did_not,
    cannot_tell), the post-promo dip, cannibalization and halo in other cells, and the error of the
    stored forecast. Running it again replaces the report. Refuses a campaign that is not over, and
    one from before which there are too few sales.
    """
    scenario = find_scenario(deps, scenario_id)
    newest = newest_sale(deps)
    if newest < scenario.date_range_end:
        message = (
            f"“{scenario.label}” runs until {scenario.date_range_end} and the newest sale is of "
            f"{newest}: load the sales of its last day first"
        )
        raise Refusal(message)
    result = _analyse(deps, scenario, newest)
    report = _row(scenario, kpi_store.latest_for(deps.conn, scenario.id), result)
    post_mortems.save(deps.conn, report)
    return PostMortemResult(
        report_id=str(report.id),
        scenario_id=str(scenario.id),
        label=scenario.label,
        result=result,
    )


def _analyse(deps: Deps, scenario: Scenario, newest: dt.date) -> PostMortem:
    start = scenario.date_range_start
    last = min(scenario.date_range_end + dt.timedelta(days=DIP_DAYS), newest)
    before = day_totals(sales.sales_rows(deps.conn, end=start - dt.timedelta(days=1)))
    rates = deps.policy.variable_cost_rate
    try:
        return analyse(
            scenario,
            before,
            day_totals(sales.sales_rows(deps.conn, start, last)),
            kpi_store.latest_for(deps.conn, scenario.id),
            deps.workspace.country,
            variable_cost_rates={"online": rates.online, "offline": rates.offline},
            fixed_cost=deps.policy.fixed_cost({m.channel for m in scenario.mechanics}),
            dip_days=DIP_DAYS,
            forecaster=deps.forecaster(start),
        )
    except ValueError as error:
        raise Refusal(str(error)) from error


def _row(scenario: Scenario, forecast: ScenarioKpis | None, result: PostMortem) -> PostMortemRow:
    """Return the report as the table keeps it; one per scenario, a later run replaces it."""
    return PostMortemRow(
        id=uuid.uuid5(scenario.id, "post-mortem"),
        scenario_id=scenario.id,
        forecast_kpi_id=forecast.id if forecast else None,
        period_start=result.period_start,
        period_end=result.period_end,
        actual_sales_value=result.actual_sales_value,
        actual_margin_value=result.actual_margin_value,
        actual_margin_pct=result.actual_margin_pct,
        actual_ebit=result.actual_ebit,
        actual_units=result.actual_units,
        sales_value_error_pct=result.sales_value_error_pct,
        margin_value_error_pct=result.margin_value_error_pct,
        ebit_error_pct=result.ebit_error_pct,
        units_error_pct=result.units_error_pct,
        post_promo_dip=[dip.model_dump(mode="json") for dip in result.post_promo_dip],
        cannibalization_signals=[
            signal.model_dump(mode="json") for signal in result.cannibalization_signals
        ],
        insights=result.insights,
        learning_points=result.learning_points,
    )


def get_post_mortem(deps: Deps, scenario_id: ScenarioId) -> PostMortemRow:
    """Return the stored post-mortem report of a scenario; refuses when there is none yet."""
    scenario = find_scenario(deps, scenario_id)
    report = post_mortems.latest_for(deps.conn, scenario.id)
    if report is None:
        message = f"there is no post-mortem of “{scenario.label}” yet: run it first"
        raise Refusal(message)
    return report


def learn_coefficients(deps: Deps, scenario_id: ScenarioId) -> Learned:
    """Fit a new coefficient version with a finished campaign's evidence, and backtest it.

    Recent campaigns weigh more. Says what changes for the campaign's departments and whether the
    new version beats the one in force; if it does, ask for its promotion with
    request_approval(kind="coefficients"). Refuses when the campaign has no post-mortem yet.
    """
    get_post_mortem(deps, scenario_id)
    scenario = find_scenario(deps, scenario_id)
    in_force = uplift.promoted_version(deps.conn)
    before = uplift_tool.stored_model(deps, in_force)[1] if in_force else None
    version = uplift_tool.fit_uplift(deps)
    _, after = uplift_tool.stored_model(deps, version.model_version)
    return Learned(version=version, changes=_changes(scenario, before, after))


def _changes(scenario: Scenario, old: UpliftModel | None, new: UpliftModel) -> tuple[Change, ...]:
    return tuple(
        Change(
            department=mechanic.department,
            channel=mechanic.channel,
            discount_band=learned.discount_band,
            before_uplift_sales_pct=(
                old.coefficient(mechanic.cell, mechanic.discount_pct).uplift_sales_pct
                if old
                else None
            ),
            after_uplift_sales_pct=learned.uplift_sales_pct,
            after_sample_size=learned.sample_size,
        )
        for mechanic in scenario.mechanics
        for learned in (new.coefficient(mechanic.cell, mechanic.discount_pct),)
    )
