"""`promoloop db`: the store's life."""

from __future__ import annotations

import typer

from app.cli.options import Json
from app.cli.output import note, show_table

db = typer.Typer(name="db", help="The store: migrate it, see its state.", no_args_is_help=True)


@db.command()
def migrate() -> None:
    """Bring the store to the schema of this version (safe to repeat)."""
    from app.settings import read_settings
    from db.engine import open_engine
    from db.migrate import migrate as apply

    engine = open_engine(read_settings().database_url)
    try:
        applied = apply(engine)
    finally:
        engine.dispose()
    for name in applied:
        typer.echo(f"applied {name}")
    if not applied:
        typer.echo("nothing to do: the store has the schema of this version")


@db.command()
def status(*, json: Json = False) -> None:
    """Show which migrations are applied and how many rows each table holds."""
    import sqlalchemy as sa

    from app.settings import read_settings
    from db.engine import open_engine
    from db.migrate import state
    from db.tables import metadata

    engine = open_engine(read_settings().database_url)
    try:
        found = state(engine)
        present = set(sa.inspect(engine).get_table_names())
        with engine.connect() as conn:
            rows = {
                table.name: conn.scalar(sa.select(sa.func.count()).select_from(table))
                for table in metadata.sorted_tables
                if table.name in present
            }
    finally:
        engine.dispose()
    if json:
        import json as js

        document = {
            "applied": found.applied,
            "pending": found.pending,
            "newer": found.newer,
            "rows": rows,
        }
        typer.echo(js.dumps(document, indent=2))
        return
    show_table("Tables", ["table", "rows>"], sorted(rows.items()))
    note(f"{len(found.applied)} migrations applied, {len(found.pending)} pending")
    if found.pending:
        note("next: promoloop db migrate")
