"""Baseline, gap and uplift coefficients on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.limits import Departments, RunDays
from app.cli.options import (
    Channel,
    Department,
    End,
    Json,
    Picture,
    Start,
    Today,
    one_channel,
    parse_month,
)
from app.cli.output import draw, emit_json, metric, money, note, show_table, signed
from app.cli.session import unit

if TYPE_CHECKING:
    from tools.forecast import BaselineForecast
    from tools.opportunities import Opportunities
    from tools.targets import MonthGap
    from tools.uplift import FittedVersion, UpliftTable

uplift = typer.Typer(name="uplift", help="Uplift coefficients.", no_args_is_help=True)

Version = Annotated[str | None, typer.Option("--version", help="e.g. 2025-10-15.1")]


def forecast(
    start: Start,
    end: End,
    channel: Channel = None,
    department: Department = None,
    picture: Picture = None,
    today: Today = None,
    *,
    json: Json = False,
) -> None:
    """Forecast what would be sold without promotions, with its P10-P90 range."""
    from app.pictures.files import check_picture
    from app.pictures.forecast import forecast_picture
    from tools.forecast import forecast_baseline
    from tools.schema import call
    from tools.targets import list_targets

    chosen = one_channel(channel)
    check_picture(picture)
    with unit(today) as deps:
        result = call(forecast_baseline, deps, start, end, chosen, department)
        stored = () if chosen or department else list_targets(deps).targets
    emit_json(result) if json else _show_forecast(result)
    draw(
        picture,
        lambda: forecast_picture(result, {t.month: t.sales_value_target for t in stored}),
    )


def _show_forecast(result: BaselineForecast) -> None:
    chosen = " ".join(filter(None, [result.department, result.channel])) or "all departments"
    show_table(
        f"Baseline of {chosen}, {result.start} to {result.end}",
        ["day", "sales>", "margin>", "units>"],
        [
            (
                f"{day.date:%a %Y-%m-%d}",
                money(day.sales_value),
                money(day.margin_value),
                money(day.units),
            )
            for day in result.days
        ],
    )
    interval = result.sales_interval
    typer.echo(
        f"total {money(result.sales_value)} (P10 {money(interval.p10)} - P90 {money(interval.p90)})"
    )
    for remark in result.fallbacks:
        note(remark)
    used = ", ".join(f"{count} cells by {method}" for method, count in result.methods.items())
    note(
        f"uses sales until {result.uses_sales_until}; {used}; backtest WAPE {result.backtest_wape:.3f}"
    )


def gap(
    month: Annotated[
        str, typer.Option(parser=parse_month, metavar="YYYY-MM", help="A month, e.g. 2025-10.")
    ],
    geo: Annotated[str | None, typer.Option(help="Geography of the target, e.g. IT.")] = None,
    today: Today = None,
    *,
    json: Json = False,
) -> None:
    """Show where a month is heading against its target."""
    from tools.schema import call
    from tools.targets import month_gap

    with unit(today) as deps:
        result = call(month_gap, deps, month, geo)
    emit_json(result) if json else show_gap(result)


def opportunities(
    start: Start,
    end: End,
    department: Departments = None,
    channel: Channel = None,
    run_days: RunDays = None,
    today: Today = None,
    *,
    json: Json = False,
) -> None:
    """Show where promoting pays: cells, their best days and depth, and the potential of each alone."""
    from tools.opportunities import find_opportunities
    from tools.schema import call

    with unit(today) as deps:
        result = call(
            find_opportunities,
            deps,
            start,
            end,
            tuple(department or ()),
            one_channel(channel),
            run_days,
        )
    emit_json(result) if json else _show_opportunities(result)


def _show_opportunities(result: Opportunities) -> None:
    if result.opportunities:
        show_table(
            f"Opportunities, {result.start} to {result.end}: each cell by itself, after dip, cross-effects and fixed cost",
            [
                "cell",
                "days",
                "depth>",
                "on last year>",
                "net sales>",
                "sales P10 .. P90>",
                "net EBIT>",
            ],
            [
                (
                    f"{one.department} {one.channel}",
                    f"{one.start:%m-%d} .. {one.end:%m-%d}",
                    f"{one.discount_pct:g} %",
                    "-"
                    if one.baseline_on_last_year_pct is None
                    else f"{one.baseline_on_last_year_pct:+.1f} %",
                    signed(one.net_sales_value),
                    f"{signed(one.sales_delta_interval.p10)} .. {signed(one.sales_delta_interval.p90)}",
                    signed(one.net_ebit),
                )
                for one in result.opportunities
            ],
        )
    else:
        note(
            "no promotion of one cell by itself would earn its fixed cost back here: look at other days"
        )
    note(f"{result.cells_looked_at} cells looked at; the figures of two cells do not add up")
    for remark in result.remarks:
        note(remark)


def show_gap(result: MonthGap) -> None:
    """Print a month against its target."""
    for title, parts in (("channel", result.by_channel), ("department", result.by_department)):
        show_table(
            f"{result.month} {result.geo} by {title}",
            [
                title,
                "sold so far>",
                "forecast rest>",
                "expected>",
                "P10>",
                "P90>",
                "same month last year>",
            ],
            [
                (
                    part.key,
                    money(part.sold_so_far_value),
                    money(part.forecast_rest_value),
                    money(part.expected_value),
                    money(part.expected_interval.p10),
                    money(part.expected_interval.p90),
                    money(part.same_month_last_year_value),
                )
                for part in parts
            ],
        )
    interval = result.expected_interval
    typer.echo(
        f"expected {money(result.expected_value)} "
        f"(P10 {money(interval.p10)} - P90 {money(interval.p90)}) "
        f"against target {money(result.target_value)}: {signed(result.gap_value)} "
        f"({result.gap_pct:+.1f} %)"
    )
    for remark in result.notes:
        note(remark)
    if result.planned_promotions:
        note(f"counts on: {', '.join(result.planned_promotions)}")
    if result.promotions_of_unknown_depth:
        note(
            f"discount unknown, counted at the usual one: {', '.join(result.promotions_of_unknown_depth)}"
        )


@uplift.command()
def fit(today: Today = None, *, json: Json = False) -> None:
    """Fit a new version of the coefficients and backtest it; it is not used until promoted."""
    from tools.uplift import fit_uplift

    with unit(today) as deps:
        result = fit_uplift(deps)
    emit_json(result) if json else _show_version(result)


def _show_version(result: FittedVersion) -> None:
    rows = [
        (key, metric(value), metric((result.backtest_in_force or {}).get(key, "-")))
        for key, value in result.backtest.items()
    ]
    show_table(
        f"Coefficients {result.model_version}, sales until {result.fitted_until}",
        ["backtest", f"{result.model_version}>", f"in force: {result.version_in_force or 'none'}>"],
        rows,
    )
    typer.echo(
        f"{result.coefficients} coefficients, {result.with_own_evidence} rest on promo days of their "
        f"own cell"
    )
    if result.better_than_in_force:
        note(f"next: promoloop uplift promote {result.model_version}")


@uplift.command()
def show(
    department: Department = None,
    channel: Channel = None,
    version: Version = None,
    picture: Picture = None,
    today: Today = None,
    *,
    json: Json = False,
) -> None:
    """Show coefficients with their standard error and sample size."""
    from app.pictures.files import check_picture
    from app.pictures.uplift import uplift_picture
    from tools.schema import call
    from tools.uplift import show_uplift

    chosen = one_channel(channel)
    check_picture(picture)
    with unit(today) as deps:
        result = call(show_uplift, deps, department, chosen, version)
    emit_json(result) if json else _show_coefficients(result)
    draw(picture, lambda: uplift_picture(result))


def _show_coefficients(result: UpliftTable) -> None:
    state = "in force" if result.promoted else "not promoted"
    show_table(
        f"Coefficients {result.model_version} ({state})",
        [
            "department",
            "channel",
            "band",
            "units>",
            "std. error>",
            "sales>",
            "margin points>",
            "confidence>",
            "promo days>",
        ],
        [
            (
                c.department,
                c.channel,
                c.discount_band,
                f"{c.uplift_units_pct:+.1f} %",
                f"{(100 + c.uplift_units_pct) * c.se_units_log:.1f}",
                f"{c.uplift_sales_pct:+.1f} %",
                f"{c.margin_impact_pct:+.1f}",
                f"{c.confidence:.2f}",
                "pooled" if c.pooled else c.sample_size,
            )
            for c in result.coefficients
        ],
    )


@uplift.command()
def backtest(version: Version = None, today: Today = None, *, json: Json = False) -> None:
    """Show the out-of-time error of a version against simpler ways."""
    from tools.uplift import compare_versions

    with unit(today) as deps:
        result = compare_versions(deps, version)
    emit_json(result) if json else _show_version(result)


@uplift.command()
def promote(
    version: Annotated[str, typer.Argument(help="e.g. 2025-10-15.1")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit trail.")] = "",
    today: Today = None,
) -> None:
    """Put a version in force (this is your approval); refused unless its backtest is better."""
    from tools.approvals import decide, request_approval, sentence

    with unit(today) as deps:
        request = request_approval(deps, "coefficients", version)
        decided = decide(
            deps, request.approval_id, decision="approve", by=deps.workspace.actor, reason=reason
        )
    typer.echo(sentence(decided))
    typer.echo(f"plans now use {version}")
