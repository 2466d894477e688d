"""What columns are made of: types that mean the same on both engines, and recurring columns."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

UTC_NOW = sa.text("(now() AT TIME ZONE 'utc')")

NAMES = {
    "pk": "%(table_name)s_pkey",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class UtcDateTime(sa.TypeDecorator[dt.datetime]):
    """A moment: stored as TIMESTAMP in UTC, always with its zone in Python."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Turn an aware moment into naive UTC; refuse a naive one."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"the moment {value} has no time zone: pass an aware datetime"
            raise ValueError(message)
        return value.astimezone(dt.UTC).replace(tzinfo=None)

    def process_result_value(
        self, value: dt.datetime | None, dialect: Dialect
    ) -> dt.datetime | None:
        """Give the zone back."""
        del dialect
        return None if value is None else value.replace(tzinfo=dt.UTC)


Json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
TextList = sa.ARRAY(sa.Text)
Money = sa.Numeric(15, 2)
Pct = sa.Numeric(5, 2)


@compiles(sa.Computed, "duckdb")
def _virtual(element: sa.Computed, compiler: Any, **_: object) -> str:  # noqa: ANN401  untyped hook
    """DuckDB computes on read: it has no STORED generated columns."""
    text = compiler.sql_compiler.process(element.sqltext, include_table=False, literal_binds=True)
    return f"GENERATED ALWAYS AS ({text}) VIRTUAL"


def utc_now() -> dt.datetime:
    """Return the moment of a write.

    Kept by Python and not by the server, whose now() is the same for a whole transaction:
    "the latest KPI" needs moments that differ.
    """
    return dt.datetime.now(dt.UTC)


def uuid_key() -> sa.Column[uuid.UUID]:
    """Return the `id` column of most tables."""
    return sa.Column(
        "id",
        sa.Uuid,
        primary_key=True,
        default=uuid.uuid4,
        server_default=sa.text("gen_random_uuid()"),
    )


def moment(name: str) -> sa.Column[dt.datetime]:
    """Return a column that says when a row was written."""
    return sa.Column(name, UtcDateTime, nullable=False, default=utc_now, server_default=UTC_NOW)


def one_of(column: str, *words: str) -> sa.CheckConstraint:
    """Return a CHECK of a column's vocabulary."""
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_vocab")


def between(column: str, low: int, high: int) -> sa.CheckConstraint:
    """Return a CHECK of a column's range, both ends included."""
    return sa.CheckConstraint(f"{column} BETWEEN {low} AND {high}", name=f"{column}_range")


def foreign_key(column: str, target: str, ondelete: str) -> sa.ForeignKeyConstraint:
    """Return a foreign key, on PostgreSQL only.

    DuckDB's cannot cascade, refuse upserts of referenced rows, and refuse to delete child and
    parent in one transaction. The stores keep integrity on both engines.
    """
    key = sa.ForeignKeyConstraint([column], [target], ondelete=ondelete)
    key.ddl_if(dialect="postgresql")
    return key


def index(name: str, *columns: str, using: str | None = None) -> sa.Index:
    """Return a secondary index, on PostgreSQL only: DuckDB's zone maps make them needless."""
    made = sa.Index(name, *columns, postgresql_using=using) if using else sa.Index(name, *columns)
    made.ddl_if(dialect="postgresql")
    return made
