"""`promoloop db`: the store's schema, what it keeps, how it lies."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import Json, Today
from app.cli.output import emit_json, note, show_table
from app.cli.session import store

if TYPE_CHECKING:
    from db.health import Health

db = typer.Typer(
    name="db", help="The store: its schema, upkeep, backups and state.", no_args_is_help=True
)


@db.command()
def migrate() -> None:
    """Bring the store to the schema of this version (safe to repeat)."""
    from app.settings import read_settings
    from db.engine import open_engine
    from db.migrate import adopt
    from db.migrate import migrate as apply

    engine = open_engine(read_settings().database_url)
    try:
        adopted, applied = adopt(engine), apply(engine)
    finally:
        engine.dispose()
    for name in adopted:
        typer.echo(f"recorded {name}, which psql had run")
    for name in applied:
        typer.echo(f"applied {name}")
    if not (adopted or applied):
        typer.echo("nothing to do: the store has the schema of this version")


@db.command()
def status(*, json: Json = False) -> None:
    """Show which migrations are applied, and how many rows, bytes and dead rows each table has."""
    from db.health import Health, health
    from db.migrate import state

    class Status(Health):
        """The schema and the state of the store; `rows` by table."""

        applied: tuple[str, ...]
        pending: tuple[str, ...]
        newer: tuple[str, ...]
        rows: dict[str, int]

    with store(migrated=False) as engine:
        found = state(engine)
        with engine.connect() as conn:
            looked = health(conn)
    if json:
        rows = {table.table: table.rows for table in looked.tables}
        emit_json(Status(**found._asdict(), rows=rows, **dict(looked)))
        return
    _show_health(looked)
    note(f"{len(found.applied)} migrations applied, {len(found.pending)} pending")
    if found.pending:
        note("next: promoloop db migrate")
    if found.newer:
        note(f"the store is newer than this program (it has {found.newer[-1]}): update promoloop")


def _show_health(looked: Health) -> None:
    columns = ["table", "rows>", "MB>", "dead rows>", "vacuumed (UTC)", "analyzed (UTC)"]
    show_table(
        f"Tables, {looked.size_bytes / 1e6:,.1f} MB in all",
        columns if looked.tables and looked.tables[0].size_bytes is not None else columns[:2],
        [
            (table.table, f"{table.rows:,}")
            if table.size_bytes is None
            else (
                table.table,
                f"{table.rows:,}",
                f"{table.size_bytes / 1e6:,.1f}",
                table.dead_rows,
                _moment(table.vacuumed_at),
                _moment(table.analyzed_at),
            )
            for table in sorted(looked.tables, key=lambda table: table.table)
        ],
    )
    if looked.partitioned:
        note("sales_aggregated is laid out by month")
    if looked.statements:
        show_table(
            "Statements that took most time",
            ["calls>", "total ms>", "mean ms>", "statement"],
            [
                (f"{s.calls:,}", f"{s.total_ms:,.0f}", f"{s.mean_ms:,.2f}", s.query)
                for s in looked.statements
            ],
        )


@db.command()
def retain(
    today: Today = None,
    *,
    apply: Annotated[
        bool, typer.Option("--apply", help="Delete the rows; without it they are only counted.")
    ] = False,
    json: Json = False,
) -> None:
    """Retire old KPIs (2 years), post-mortems (3 years) and jobs (90 days); sales are kept."""
    from analytics.types import Record
    from db import retention
    from db.transactions import in_transaction

    class Retention(Record):
        """What went, or would go."""

        today: dt.date
        applied: bool
        tables: list[retention.Expired]

    day = today or _calendar_day()
    asked = retention.retire if apply else retention.expired
    with store(migrated=True) as engine:
        tables = in_transaction(engine, lambda conn: asked(conn, day))
    if json:
        emit_json(Retention(today=day, applied=apply, tables=tables))
        return
    show_table(
        f"{'Retired' if apply else 'To be retired'} as of {day}",
        ["table", "kept for", "older than", "rows>", "oldest"],
        [
            (found.table, found.kept, found.before, f"{found.rows:,}", _moment(found.oldest))
            for found in tables
        ],
    )
    if not apply:
        note("nothing was deleted: add --apply to do it")


@db.command()
def partition(
    today: Today = None,
    *,
    undo: Annotated[bool, typer.Option("--undo", help="Back to one table.")] = False,
    json: Json = False,
) -> None:
    """Lay sales_aggregated out by month (PostgreSQL); again to add months, --undo to go back."""
    from db import partition as layout

    with store(migrated=True) as engine, engine.begin() as conn:
        done = layout.undo(conn) if undo else layout.partition(conn, today or _calendar_day())
    if json:
        emit_json(done)
        return
    lies = f"{done.partitions} partitions" if done.partitioned else "one table"
    remark = "" if done.changed else ", nothing to do"
    typer.echo(f"sales_aggregated: {done.rows:,} rows in {lies}{remark}")
    if done.partitioned:
        note("run this once a month: it makes the partitions of the next months")


@db.command()
def refresh(*, json: Json = False) -> None:
    """Compute the stored daily summary anew (PostgreSQL), without blocking its readers."""
    from analytics.types import Record
    from db import summary

    class Refreshed(Record):
        """What was refreshed."""

        view: str
        rows: int

    with store(migrated=True) as engine, engine.begin() as conn:
        rows = summary.refresh(conn)
    if json:
        emit_json(Refreshed(view=summary.NAME, rows=rows))
        return
    typer.echo(f"{summary.NAME}: {rows:,} rows, as of now")


def _calendar_day() -> dt.date:
    """Return the day by the clock: the moments of rows are the clock's too, not the business day's."""
    return dt.datetime.now(dt.UTC).date()


def _moment(at: dt.datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M}"
