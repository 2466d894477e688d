"""Migrations: the files, the tables they make, and what may go wrong on the way."""

from __future__ import annotations

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from db import render
from db.engine import open_engine
from db.errors import ForeignSchemaError, MigrationError, StoreNewerError, StoreNotMigratedError
from db.migrate import FOLDER, ledger, migrate, migrations, require_current, state
from db.tables import metadata
from tests.postgres import client_program

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = [
    "001_initial_schema.sql",
    "002_add_indexes.sql",
    "003_add_views.sql",
    "004_add_functions.sql",
    "005_add_source_ledger.sql",
    "006_add_uplift_models.sql",
    "007_add_approvals.sql",
    "008_add_tool_calls.sql",
    "009_drop_repeated_index.sql",
    "010_add_source_lines.sql",
    "011_add_turns.sql",
    "012_add_department_names.sql",
]
# Tables and columns of the specified schema in their order, written down once more by hand.
SPECIFIED = {
    "sales_aggregated": """
        id date channel department promo_flag discount_pct sales_value margin_value margin_pct
        units created_at updated_at""",
    "promo_scenarios": """
        id label source_opportunity_id date_range_start date_range_end scenario_type mechanics
        created_by created_at updated_at""",
    "scenario_kpis": """
        id scenario_id period_start period_end total_sales_value total_margin_value
        total_margin_pct total_ebit total_units sales_value_delta margin_value_delta ebit_delta
        units_delta kpi_breakdown created_at""",
    "validation_reports": "id scenario_id status issues overall_score created_at",
    "post_mortem_reports": """
        id scenario_id period_start period_end forecast_kpi_id actual_sales_value
        actual_margin_value actual_margin_pct actual_ebit actual_units sales_value_error_pct
        margin_value_error_pct ebit_error_pct units_error_pct post_promo_dip
        cannibalization_signals insights learning_points created_at""",
    "creative_briefs": "id scenario_id brief assets created_at updated_at",
    "segments": """
        segment_id name share_of_customers share_of_revenue avg_basket_value fav_categories
        discount_sensitivity purchase_frequency last_purchase_days_ago updated_at""",
    "uplift_coefficients": """
        id department channel discount_band uplift_sales_pct uplift_units_pct margin_impact_pct
        confidence sample_size model_version created_at""",
    "data_processing_jobs": """
        id job_id status files_queued files_processed records_processed errors result
        error_message started_at completed_at created_at""",
    "targets": """
        id month geo sales_value_target margin_pct_target units_target created_at updated_at""",
    "promo_catalog": """
        id promo_name date_start date_end departments channels avg_discount_pct mechanics
        source_file created_at""",
}


@pytest.fixture
def empty(empty_url: str) -> Iterator[sa.Engine]:
    opened = open_engine(empty_url)
    yield opened
    opened.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Copy of the migrations that a test may spoil."""
    copied = tmp_path / "migrations"
    shutil.copytree(Path(str(FOLDER)), copied)
    return copied


def shape(engine: sa.Engine) -> dict[str, Any]:
    """Return all that the engine knows of the tables, views, sequences and functions."""
    inspector = sa.inspect(engine)
    tables = sorted(set(inspector.get_table_names()) - {ledger.name})
    return {
        "columns": {t: [_column(c) for c in inspector.get_columns(t)] for t in tables},
        "keys": {t: inspector.get_pk_constraint(t)["constrained_columns"] for t in tables},
        "foreign": {t: _sorted(inspector.get_foreign_keys(t)) for t in tables},
        "unique": {t: _sorted(inspector.get_unique_constraints(t)) for t in tables},
        "checks": {t: _sorted(inspector.get_check_constraints(t)) for t in tables},
        "indexes": {t: _sorted(inspector.get_indexes(t)) for t in tables},
        "sequences": inspector.get_sequence_names(),
        "views": {v: inspector.get_view_definition(v) for v in inspector.get_view_names()},
        "functions": _functions(engine),
    }


def _column(column: Any) -> str:
    wanted = ("name", "type", "nullable", "default", "computed")
    return ", ".join(f"{key}={column.get(key)}" for key in wanted)


def _sorted(found: Any) -> list[str]:
    return sorted(str(item) for item in found)


def _functions(engine: sa.Engine) -> list[str]:
    if engine.dialect.name == "duckdb":
        return []
    source = "SELECT prosrc FROM pg_proc WHERE proname = 'calculate_baseline_forecast'"
    with engine.connect() as conn:
        return list(conn.exec_driver_sql(source).scalars())


def create(engine: sa.Engine) -> None:
    """Make the tables without migrations, from their definitions."""
    metadata.create_all(engine)
    with engine.begin() as conn:
        for view in render.views():
            conn.exec_driver_sql(view)
        if engine.dialect.name == "postgresql":
            conn.exec_driver_sql(render.baseline_function())


def test_the_files_are_those_of_the_specification_and_ours() -> None:
    assert [file.name for file in migrations()] == NAMES


def test_the_files_say_what_the_definitions_say() -> None:
    texts = {file.name: file.text for file in migrations()}
    assert texts == texts | render.rendered()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_psql_runs_the_files_in_order_and_makes_what_migrate_makes(
    empty: sa.Engine, request: pytest.FixtureRequest
) -> None:
    r"""As the specification has it: `\i migrations/001_initial_schema.sql` and so on."""
    psql(empty, NAMES)
    migrated = open_engine(request.getfixturevalue("postgres_store"))
    assert shape(empty) == shape(migrated)
    assert dump_of(empty) == dump_of(migrated)
    migrated.dispose()


def psql(engine: sa.Engine, names: list[str]) -> None:
    """Run migrations as the specification says."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    script = "".join(rf"\i migrations/{name}" + "\n" for name in names)
    done = subprocess.run(  # noqa: S603  PostgreSQL's own program
        [client_program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url],
        input=script,
        cwd=Path(str(FOLDER)).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
@pytest.mark.parametrize("run", [1, 4, len(NAMES)])
def test_what_psql_made_is_adopted_with_its_rows(
    empty: sa.Engine, request: pytest.FixtureRequest, run: int
) -> None:
    psql(empty, NAMES[:run])
    kept = "INSERT INTO targets (month, geo, sales_value_target, margin_pct_target) VALUES"
    with empty.begin() as conn:
        conn.exec_driver_sql(f"{kept} ('2024-10', 'IT', 1, 1)")
        conn.exec_driver_sql("CREATE TABLE of_others (id INTEGER)")
    for refused in (require_current, state):
        with pytest.raises(ForeignSchemaError, match="run `promoloop db migrate` if psql made it"):
            refused(empty)
    assert migrate(empty) == NAMES[run:]
    require_current(empty)
    with empty.begin() as conn:
        assert conn.exec_driver_sql("SELECT COUNT(*) FROM targets").scalar() == 1
        conn.exec_driver_sql("DROP TABLE of_others")
    migrated = open_engine(request.getfixturevalue("postgres_store"))
    assert shape(empty) == shape(migrated)
    migrated.dispose()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ("ALTER TABLE targets ALTER geo TYPE VARCHAR(11)", "targets column 3 geo"),
        ("ALTER TABLE targets ALTER geo SET DEFAULT 'IT'", "targets column 3 geo"),
        ("CREATE INDEX mine ON targets (month)", "CREATE INDEX mine ON targets"),
        ("ALTER TABLE segments DROP CONSTRAINT segments_pkey", "segments"),
        ("DROP VIEW sales_daily_summary", "sales_daily_summary"),
        ("ALTER FUNCTION calculate_baseline_forecast VOLATILE", "function calculate_baseline"),
        ("CREATE TABLE turns (id INTEGER)", "turns"),
    ],
)
def test_what_psql_made_and_somebody_changed_is_refused(
    empty: sa.Engine, changed: str, said: str
) -> None:
    psql(empty, NAMES[:4])
    with empty.begin() as conn:
        conn.exec_driver_sql(changed)
    before = shape(empty)
    with pytest.raises(ForeignSchemaError, match=rf"differ .*{said}.*: undo the difference, or "):
        migrate(empty)
    assert shape(empty) == before
    assert ledger.name not in sa.inspect(empty).get_table_names()


def dump_of(engine: sa.Engine) -> str:
    """Return what pg_dump says of the schema, but for the ledger."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    dumped = subprocess.run(  # noqa: S603  PostgreSQL's own program
        [client_program("pg_dump"), "-s", "-T", ledger.name, "-d", url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert dumped.count("CREATE TABLE") == len(metadata.tables)
    # Newer releases put a key of each run's own around a dump.
    return re.sub(r"\\(un)?restrict \S+", "", dumped)


def test_migrated_equals_created(
    empty: sa.Engine, engine_name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    create(empty)
    if engine_name == "duckdb":
        other = open_engine(f"duckdb:///{tmp_path}/other.duckdb")
        migrate(other)
    else:
        other = open_engine(request.getfixturevalue("postgres_store"))
    found = shape(other)
    other.dispose()
    assert len(found["columns"]) == 19
    assert found == shape(empty)


def test_each_file_is_applied_once(empty: sa.Engine) -> None:
    assert state(empty) == ((), tuple(NAMES), ())
    assert migrate(empty) == NAMES
    assert state(empty) == (tuple(NAMES), (), ())
    assert migrate(empty) == []
    require_current(empty)


def test_a_store_that_lacks_migrations_is_refused(empty: sa.Engine, folder: Path) -> None:
    with pytest.raises(
        StoreNotMigratedError, match=rf"{len(NAMES)} migrations .* `promoloop db migrate`"
    ):
        require_current(empty)
    (folder / NAMES[-1]).unlink()
    migrate(empty, folder)
    with pytest.raises(StoreNotMigratedError, match="1 migrations"):
        require_current(empty)
    assert migrate(empty) == NAMES[-1:]


def test_a_store_of_a_newer_program_is_refused(empty: sa.Engine, folder: Path) -> None:
    (folder / "999_add_more.sql").write_text("CREATE TABLE more (id INTEGER);\n")
    migrate(empty, folder)
    assert state(empty).newer == ("999_add_more.sql",)
    for refused in (require_current, migrate):
        with pytest.raises(StoreNewerError, match="update promoloop"):
            refused(empty)


def test_tables_of_someone_else_are_left_alone(empty: sa.Engine) -> None:
    with empty.begin() as conn:
        conn.exec_driver_sql("CREATE TABLE targets (id INTEGER)")
    for refused in (require_current, migrate):
        with pytest.raises(ForeignSchemaError, match=r"has (a table targets|.* differ from)"):
            refused(empty)
    assert sa.inspect(empty).get_table_names() == ["targets"]


def test_a_ledger_of_another_tool_is_left_alone(empty: sa.Engine) -> None:
    with empty.begin() as conn:
        conn.exec_driver_sql("CREATE TABLE schema_migrations (version VARCHAR(255))")
    with pytest.raises(ForeignSchemaError, match="of another program"):
        migrate(empty)


def test_a_changed_file_is_refused(empty: sa.Engine, folder: Path) -> None:
    migrate(empty, folder)
    changed = folder / NAMES[4]
    changed.write_text(changed.read_text() + "-- one more word\n")
    with pytest.raises(MigrationError, match=r"005_add_source_ledger.sql was changed after"):
        migrate(empty, folder)


def test_line_ends_of_another_system_are_no_change(empty: sa.Engine, folder: Path) -> None:
    migrate(empty, folder)
    for file in folder.iterdir():
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert migrate(empty, folder) == []


def test_a_failed_file_leaves_nothing_and_the_next_try_goes_on(
    empty: sa.Engine, tmp_path: Path
) -> None:
    (tmp_path / "001_good.sql").write_text("CREATE TABLE good (id INTEGER);\n")
    bad = tmp_path / "002_bad.sql"
    bad.write_text("CREATE TABLE half (id INTEGER);\nCREATE TABLE half (id INTEGER);\n")
    with pytest.raises(MigrationError, match=r"002_bad.sql failed .*already exists"):
        migrate(empty, tmp_path)
    assert sorted(sa.inspect(empty).get_table_names()) == ["good", "schema_migrations"]
    assert state(empty, tmp_path) == (("001_good.sql",), ("002_bad.sql",), ())
    bad.write_text("CREATE TABLE whole (id INTEGER);\n")
    assert migrate(empty, tmp_path) == ["002_bad.sql"]


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_two_programs_may_migrate_at_once(empty: sa.Engine) -> None:
    with ThreadPoolExecutor(2) as pool:
        applied = list(pool.map(lambda _: migrate(empty), range(2)))
    assert sorted(name for names in applied for name in names) == NAMES
    require_current(empty)


def test_the_specified_columns_are_all_there(engine: sa.Engine) -> None:
    inspector = sa.inspect(engine)
    found = {
        table: " ".join(column["name"] for column in inspector.get_columns(table))
        for table in SPECIFIED
    }
    assert found == {table: " ".join(columns.split()) for table, columns in SPECIFIED.items()}


def test_the_readme_draws_every_table_with_columns_that_exist() -> None:
    readme = (Path(render.__file__).parent / "README.md").read_text(encoding="utf-8")
    drawn = {
        match[1]: {line.split()[1] for line in match[2].strip().splitlines()}
        for match in re.finditer(r"^    (\w+) \{\n(.*?)^    \}", readme, re.DOTALL | re.MULTILINE)
    }
    assert drawn.keys() == metadata.tables.keys()
    for table, columns in drawn.items():
        assert columns <= set(metadata.tables[table].columns.keys()), table


def test_the_solid_lines_of_the_readme_are_the_foreign_keys() -> None:
    readme = (Path(render.__file__).parent / "README.md").read_text(encoding="utf-8")
    drawn = re.findall(r"^    (\w+) [|o]{2}--o[{|] (\w+) :", readme, re.MULTILINE)
    defined = [
        (key.referred_table.name, table.name)
        for table in metadata.sorted_tables
        for key in table.foreign_key_constraints
    ]
    assert sorted(drawn) == sorted(defined)
