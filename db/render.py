"""Write the migrations that tables.py and sql/ define: `python -m db.render`.

A file that has been applied somewhere never changes. When a table of a listed file is altered
later, take the file off `rendered()` and write the ALTER by hand: that migrated and created
stores are equal is tested in any case.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import make_url
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateSequence, CreateTable

from db import tables
from db.migrate import POSTGRESQL_ONLY
from db.named_sql import sql_text

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.schema import ExecutableDDLElement

SPECIFIED: Final = (
    tables.sales_aggregated,
    tables.promo_scenarios,
    tables.scenario_kpis,
    tables.validation_reports,
    tables.post_mortem_reports,
    tables.creative_briefs,
    tables.segments,
    tables.uplift_coefficients,
    tables.data_processing_jobs,
    tables.targets,
    tables.promo_catalog,
)
POSTGRESQL: Final = make_url("postgresql+psycopg://").get_dialect()()
FUNCTION: Final = """\
CREATE OR REPLACE FUNCTION calculate_baseline_forecast(
    p_start_date DATE,
    p_end_date DATE,
    p_channel VARCHAR DEFAULT NULL,
    p_department VARCHAR DEFAULT NULL
)
RETURNS TABLE (
    date DATE,
    forecasted_sales_value NUMERIC,
    forecasted_margin_value NUMERIC,
    forecasted_units INTEGER
)
LANGUAGE sql STABLE AS $body$
{body}$body$;
"""


def rendered() -> dict[str, str]:
    """Return the text of each migration that the definitions still say, by its name."""
    return {
        "001_initial_schema.sql": _ddl(CreateSequence(tables.sales_id)) + _created(*SPECIFIED),
        "003_add_views.sql": "".join(views()),
        "004_add_functions.sql": POSTGRESQL_ONLY + baseline_function(),
        "006_add_uplift_models.sql": _both(tables.uplift_models),
        "007_add_approvals.sql": _both(tables.approvals),
        "008_add_tool_calls.sql": _both(tables.tool_calls),
        "011_add_turns.sql": _both(tables.turns),
    }


def views() -> list[str]:
    """Return the statements that create the views."""
    return [sql_text(name) for name in ("sales_daily_summary", "scenario_comparison_view")]


def baseline_function() -> str:
    """Return the statement that creates the baseline function of PostgreSQL."""
    return FUNCTION.format(body=sql_text("baseline_reference"))


def _both(*members: sa.Table) -> str:
    extras = _indexed(*members)
    return _created(*members) + (POSTGRESQL_ONLY + extras if extras else "")


def _created(*members: sa.Table) -> str:
    return "".join(_ddl(CreateTable(t, include_foreign_key_constraints=[])) for t in members)


def _indexed(*members: sa.Table) -> str:
    keys = [key for t in members for key in t.foreign_key_constraints]
    indexes = [index for t in members for index in t.indexes]
    statements = [_ddl(AddConstraint(key, isolate_from_table=False)) for key in keys]
    statements += [_ddl(CreateIndex(index)) for index in indexes]
    return "".join(sorted(statements))


def _ddl(element: ExecutableDDLElement) -> str:
    text = str(element.compile(dialect=POSTGRESQL)).strip()
    return re.sub(r" +\n", "\n", text).replace("\t", "    ") + ";\n"


if __name__ == "__main__":
    for file_name, content in rendered().items():
        (Path(__file__).parent / "migrations" / file_name).write_text(content, encoding="utf-8")
