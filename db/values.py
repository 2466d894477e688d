"""Make values fit their columns before they are sent, with one sentence if they do not.

The engines disagree: DuckDB does not enforce VARCHAR(n), PostgreSQL takes NaN into NUMERIC, and
each rounds floats its own way. Checked and rounded here, both store the same.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from db.errors import RefusedValueError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def fit_row(table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row with its numbers rounded to their columns.

    Raises:
        RefusedValueError: A value is too long, too large, not finite, or missing.
    """
    return {name: _fit(table.c[name], value) for name, value in row.items()}


def fit_frame(table: sa.Table, frame: pd.DataFrame, columns: Iterable[str]) -> pa.Table:
    """Return the columns of a frame as an Arrow table with the types of the store's table.

    Raises:
        RefusedValueError: A value is too long, too large, not finite, or missing.
    """
    return pa.table({name: _fit_series(table.c[name], frame[name]) for name in columns})


def integer_limit(column: sa.Column[Any]) -> int:
    """Return the largest integer the column holds."""
    return 2**63 - 1 if isinstance(column.type, sa.BigInteger) else 2**31 - 1


def numeric_limit(column: sa.Column[Any]) -> float:
    """Return the first power of ten that the NUMERIC column no longer holds."""
    precision, scale = precision_of(column)
    return float(10 ** (precision - scale))


def precision_of(column: sa.Column[Any]) -> tuple[int, int]:
    """Return digits in all and digits after the point of a NUMERIC column."""
    kind = column.type
    if not isinstance(kind, sa.Numeric) or kind.precision is None or kind.scale is None:
        message = f"{column} is no NUMERIC(precision, scale)"
        raise TypeError(message)
    return kind.precision, kind.scale


def _fit(column: sa.Column[Any], value: Any) -> Any:  # noqa: ANN401  any value of any column
    if value is None:
        if not column.nullable:
            _refuse(column, "is missing")
        return None
    if isinstance(column.type, sa.Numeric):
        return _fit_number(column, value)
    if isinstance(column.type, sa.Integer) and abs(value) > integer_limit(column):
        _refuse(column, f"holds at most {integer_limit(column):,}, not {value:,}")
    if isinstance(column.type, sa.String):
        _check_length(column, value)
    return value


def _fit_number(column: sa.Column[Any], value: float | Decimal) -> Decimal:
    if not math.isfinite(value):
        _refuse(column, f"cannot be {value}")
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    step = Decimal(1).scaleb(-precision_of(column)[1])
    if abs(exact) + step / 2 >= numeric_limit(column):
        _refuse(column, f"stays below {numeric_limit(column):,.0f}, not {value:,}")
    return exact.quantize(step, ROUND_HALF_UP)


def _check_length(column: sa.Column[Any], value: str) -> None:
    length = column.type.length if isinstance(column.type, sa.String) else None
    if length is not None and len(value) > length:
        _refuse(column, f"holds at most {length} characters, not the {len(value)} of {value!r}")


def _fit_series(column: sa.Column[Any], series: pd.Series[Any]) -> pa.Array:
    missing = int(series.isna().sum())
    if missing and not column.nullable:
        _refuse(column, f"is missing in {missing} rows")
    match column.type:
        case sa.Numeric():
            return _fit_numbers(column, series)
        case sa.Integer():
            return _fit_integers(column, series)
        case sa.Date():
            return pa.array(pd.to_datetime(series).to_numpy("datetime64[D]"), pa.date32())
        case sa.Boolean():
            return pa.array(series.to_numpy(bool), pa.bool_())
        case _:
            texts = series.astype(str)
            for text in texts.unique():
                _check_length(column, text)
            return pa.array(texts.to_numpy(object), pa.string())


def _fit_numbers(column: sa.Column[Any], series: pd.Series[Any]) -> pa.Array:
    precision, scale = precision_of(column)
    values = series.to_numpy(np.float64, na_value=np.nan)
    if np.isinf(values).any():
        _refuse(column, "cannot be infinite")
    largest = float(np.nanmax(np.abs(values), initial=0.0))
    if largest + 10.0**-scale / 2 >= numeric_limit(column):
        _refuse(column, f"stays below {numeric_limit(column):,.0f}, not {largest:,}")
    rounded = pa.array(np.round(values, scale), pa.float64(), from_pandas=True)
    return rounded.cast(pa.decimal128(precision, scale))


def _fit_integers(column: sa.Column[Any], series: pd.Series[Any]) -> pa.Array:
    values = series.to_numpy()
    largest = max(abs(int(values.max(initial=0))), abs(int(values.min(initial=0))))
    if largest > integer_limit(column):
        _refuse(column, f"holds at most {integer_limit(column):,}, not {largest:,}")
    return pa.array(values.astype(np.int64))


def _refuse(column: sa.Column[Any], why: str) -> None:
    message = f"{column.table.name}.{column.name} {why}: correct the value and save again"
    raise RefusedValueError(message)
