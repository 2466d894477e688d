"""The command tree."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli import (
    autopilot,
    backups,
    campaign,
    chat,
    data,
    demo,
    doctor,
    evaluate,
    numbers,
    plan,
    sample,
    store,
    why,
)

cli = typer.Typer(
    name="promoloop",
    help="Plan promotions: from the sales workbooks to an approved, briefed plan, and learn from it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(*, value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"promoloop {version('promoloop')}")
        raise typer.Exit


@cli.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Plan promotions: from the sales workbooks to an approved, briefed plan, and learn from it."""


_START, _DATA, _NUMBERS, _PLAN, _AFTER, _MODELS = (
    "Start here",
    "Data",
    "Numbers",
    "Planning and approval",
    "After the campaign, and without anyone",
    "Models",
)

cli.command(rich_help_panel=_START)(demo.demo)
cli.command(rich_help_panel=_START)(doctor.doctor)
cli.command(rich_help_panel=_START)(chat.chat)
cli.command(rich_help_panel=_DATA)(sample.sample)
cli.add_typer(store.db, rich_help_panel=_DATA)
store.db.command()(backups.backup)
store.db.command()(backups.verify)
store.db.command()(backups.restore)
store.db.command()(backups.archive_settings)
cli.command(rich_help_panel=_DATA)(data.ingest)
cli.command(rich_help_panel=_DATA)(data.jobs)
cli.command(rich_help_panel=_DATA)(data.quality)
cli.add_typer(data.targets, rich_help_panel=_DATA)
cli.add_typer(data.segments, rich_help_panel=_DATA)
cli.add_typer(data.departments, rich_help_panel=_DATA)
cli.command(rich_help_panel=_NUMBERS)(numbers.forecast)
cli.command(rich_help_panel=_NUMBERS)(numbers.gap)
cli.command(rich_help_panel=_NUMBERS)(numbers.opportunities)
cli.add_typer(numbers.uplift, rich_help_panel=_NUMBERS)
cli.command(rich_help_panel=_PLAN)(plan.plan)
cli.command(rich_help_panel=_PLAN)(plan.whatif)
cli.command(rich_help_panel=_PLAN)(plan.compare)
cli.command(rich_help_panel=_PLAN)(plan.frontier)
cli.command(rich_help_panel=_PLAN)(plan.validate)
cli.command(rich_help_panel=_PLAN)(plan.approve)
cli.command(rich_help_panel=_PLAN)(plan.reject)
cli.command(rich_help_panel=_PLAN)(why.why)
cli.command(rich_help_panel=_PLAN)(campaign.creative)
cli.command(rich_help_panel=_PLAN)(campaign.export)
cli.command(rich_help_panel=_AFTER)(campaign.postmortem)
cli.add_typer(autopilot.autopilot, name="autopilot", rich_help_panel=_AFTER)
cli.command(
    "eval",
    rich_help_panel=_MODELS,
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)(evaluate.evaluate)
