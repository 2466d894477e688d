"""`uplift_models` and `uplift_coefficients`: what was learned, version by version."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

import sqlalchemy as sa

from analytics.types import Record
from db.errors import ConflictError, NotFoundError
from db.rows import change_one, every, fields_of, upsert
from db.tables import uplift_coefficients, uplift_models

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAMESPACE: Final = UUID("2f6d6c1e-0f3a-4c57-8a53-7f4e2b8b9d21")
COEFFICIENT_KEY: Final = ("department", "channel", "discount_band")
COEFFICIENT_COLUMNS: Final = (
    *COEFFICIENT_KEY,
    "uplift_sales_pct",
    "uplift_units_pct",
    "margin_impact_pct",
    "confidence",
    "sample_size",
)


class UpliftVersion(Record):
    """One fit, without its detail."""

    model_version: str
    fitted_until: dt.date
    data_version: str
    backtest: dict[str, Any]
    promoted_at: dt.datetime | None
    promoted_by: str | None
    created_at: dt.datetime


STORED = fields_of(uplift_models, UpliftVersion)


def next_version(conn: sa.Connection, today: dt.date) -> str:
    """Return the name of the next fit of a day, e.g. `2025-10-15.1`."""
    names = sa.select(uplift_models.c.model_version).where(
        uplift_models.c.model_version.startswith(f"{today}.")
    )
    used = [int(name.rpartition(".")[2]) for name in conn.execute(names).scalars()]
    return f"{today}.{max(used, default=0) + 1}"


def save_model(  # noqa: PLR0913, PLR0917  one argument per column
    conn: sa.Connection,
    version: str,
    detail: dict[str, Any],
    coefficients: Sequence[Mapping[str, Any]],
    backtest: dict[str, Any],
    data_version: str,
    fitted_until: dt.date,
) -> None:
    """Save a fit with its coefficients; one that was never promoted is overwritten.

    Args:
        conn: Connection in the caller's transaction.
        version: Name of the fit, from `next_version`.
        detail: The whole model, as JSON-able dictionary.
        coefficients: One per department, channel and discount_band, with at least the columns
            of `uplift_coefficients`; other keys stay in `detail` only.
        backtest: How good it was, as JSON-able dictionary.
        data_version: `db.sales.data_version` at the fit.
        fitted_until: Last day of sales it has seen.

    Raises:
        ConflictError: The version is promoted with another content.
        RefusedValueError: A coefficient does not fit its column.
    """
    saved = conn.execute(
        sa.select(uplift_models.c.detail, uplift_models.c.promoted_at).where(
            uplift_models.c.model_version == version
        )
    ).one_or_none()
    if saved is not None and saved.promoted_at is not None and saved.detail != detail:
        message = f"version {version} was promoted and cannot change: save a new version"
        raise ConflictError(message)
    model = {
        "model_version": version,
        "fitted_until": fitted_until,
        "data_version": data_version,
        "backtest": backtest,
        "detail": detail,
    }
    upsert(conn, uplift_models, [model], key=["model_version"])
    rows = [_coefficient_row(version, coefficient) for coefficient in coefficients]
    stale = uplift_coefficients.c.id.not_in([row["id"] for row in rows])
    of_version = uplift_coefficients.c.model_version == version
    conn.execute(uplift_coefficients.delete().where(of_version, stale))
    upsert(conn, uplift_coefficients, rows, key=["id"])


def promote(conn: sa.Connection, version: str, by: str, at: dt.datetime) -> None:
    """Put a version into force; an older one too, which takes the newer one back.

    Raises:
        NotFoundError: There is no such version.
    """
    if promoted_version(conn) == version:
        return
    table = uplift_models
    change = table.update().where(table.c.model_version == version)
    change_one(conn, change.values(promoted_at=at, promoted_by=by), "uplift model", version)


def promoted_version(conn: sa.Connection) -> str | None:
    """Return the version in force (the last one promoted), None if there is none."""
    table = uplift_models
    wanted = (
        sa.select(table.c.model_version)
        .where(table.c.promoted_at.is_not(None))
        .order_by(table.c.promoted_at.desc(), table.c.model_version.desc())
        .limit(1)
    )
    return conn.execute(wanted).scalar()


def load_detail(
    conn: sa.Connection, version: str | None = None
) -> tuple[str, dict[str, Any]] | None:
    """Return version and detail of a model, of the one in force unless named.

    Returns:
        None if no version is named and none is in force.

    Raises:
        NotFoundError: The named version does not exist.
    """
    name = version or promoted_version(conn)
    if name is None:
        return None
    return name, detail_of(conn, name)


def detail_of(conn: sa.Connection, version: str) -> dict[str, Any]:
    """Return the detail of a version.

    Raises:
        NotFoundError: It does not exist.
    """
    wanted = sa.select(uplift_models.c.detail).where(uplift_models.c.model_version == version)
    detail: dict[str, Any] | None = conn.execute(wanted).scalar()
    if detail is None:
        raise NotFoundError(kind="uplift model", key=version)
    return detail


def detail_digest(conn: sa.Connection, version: str) -> str | None:
    """Return the MD5 of a version's detail as text, None if it does not exist."""
    text = sa.func.md5(sa.cast(uplift_models.c.detail, sa.Text))
    return conn.execute(sa.select(text).where(uplift_models.c.model_version == version)).scalar()


def versions(conn: sa.Connection) -> list[UpliftVersion]:
    """Return all fits, the newest first."""
    wanted = sa.select(*STORED).order_by(
        uplift_models.c.created_at.desc(), uplift_models.c.model_version.desc()
    )
    return every(conn, wanted, UpliftVersion)


def coefficients_of(conn: sa.Connection, version: str) -> list[dict[str, Any]]:
    """Return the rows of `uplift_coefficients` of a version, numbers as floats.

    Sorted by department, channel and band; [] if the version does not exist.
    """
    table = uplift_coefficients
    columns = [
        sa.cast(table.c[name], sa.Double).label(name)
        if isinstance(table.c[name].type, sa.Numeric)
        else table.c[name]
        for name in COEFFICIENT_COLUMNS
    ]
    wanted = (
        sa.select(*columns)
        .where(table.c.model_version == version)
        .order_by(*(table.c[name] for name in COEFFICIENT_KEY))
    )
    return [row._asdict() for row in conn.execute(wanted)]


def _coefficient_row(version: str, coefficient: Mapping[str, Any]) -> dict[str, Any]:
    row = {name: coefficient[name] for name in COEFFICIENT_COLUMNS}
    cell = "|".join(str(row[name]) for name in COEFFICIENT_KEY)
    return row | {"id": uuid5(NAMESPACE, f"{version}|{cell}"), "model_version": version}
