"""Make values fit their columns before they are sent, with one sentence if they do not.

The engines disagree: DuckDB does not enforce VARCHAR(n), PostgreSQL takes NaN into NUMERIC, and
each rounds floats its own way. Checked and rounded here, both store the same.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from db.errors import RefusedValueError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Of a smaller float the decimal text would not fit into decimal256(76, 30).
TINY: Final = 1e-9
# A float this near to a whole number of cents, and below this many, is that number of cents.
NEARLY: Final = 1e-6
EXACT: Final = 1e15


def fit_row(table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row with its numbers rounded to their columns.

    Raises:
        RefusedValueError: A value is too long, too large, not finite, or missing.
    """
    return {name: _fit(table.c[name], value) for name, value in row.items()}


def fit_frame(table: sa.Table, frame: pd.DataFrame, columns: Iterable[str]) -> pa.Table:
    """Return the columns of a frame as an Arrow table with the types of the store's table.

    Raises:
        RefusedValueError: A column is missing, or a value is too long, too large, not finite,
            no whole number, or missing.
    """
    wanted = list(columns)
    lacking = [name for name in wanted if name not in frame]
    if lacking:
        message = f"rows for {table.name} lack {', '.join(lacking)}: add the columns"
        raise RefusedValueError(message)
    return pa.table({name: _fit_series(table.c[name], frame[name]) for name in wanted})


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
        _check_text(column, value)
    return value


def _fit_number(column: sa.Column[Any], value: float | Decimal) -> Decimal:
    if not math.isfinite(value):
        _refuse(column, f"cannot be {value}")
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    step = Decimal(1).scaleb(-precision_of(column)[1])
    if abs(exact) + step / 2 >= numeric_limit(column):
        _refuse(column, f"stays below {numeric_limit(column):,.0f}, not {value:,}")
    return exact.quantize(step, ROUND_HALF_UP)


def _check_text(column: sa.Column[Any], value: str) -> None:
    if "\0" in value:
        _refuse(column, f"cannot hold the NUL character of {value!r}")
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
            return _fit_texts(column, series)


def _fit_texts(column: sa.Column[Any], series: pd.Series[Any]) -> pa.Array:
    """Check and convert each different text once: a million rows have few departments."""
    codes, found = pd.factorize(series)
    texts = [str(text) for text in found]
    for text in texts:
        _check_text(column, text)
    indices = pa.array(codes, pa.int64(), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(texts, pa.string())).dictionary_decode()


def _fit_numbers(column: sa.Column[Any], series: pd.Series[Any]) -> pa.Array:
    precision, scale = precision_of(column)
    values = series.to_numpy(np.float64, na_value=np.nan)
    if np.isinf(values).any():
        _refuse(column, "cannot be infinite")
    largest = float(np.nanmax(np.abs(values), initial=0.0))
    if largest + 10.0**-scale / 2 >= numeric_limit(column):
        _refuse(column, f"stays below {numeric_limit(column):,.0f}, not {largest:,}")
    known = ~np.isnan(values)
    steps = _whole_steps(np.where(known, values, 0.0), scale)
    # Arrow keeps a decimal as 16 bytes, the lower 8 first.
    words = np.column_stack([steps, steps >> 63]).astype("<i8")
    buffers = [pa.array(known).buffers()[1], pa.py_buffer(words)]
    return pa.Array.from_buffers(pa.decimal128(precision, scale), len(values), buffers)


def _whole_steps(values: np.ndarray[Any, Any], scale: int) -> np.ndarray[Any, Any]:
    """Return each value in steps of 10**-scale, halves away from zero as in its decimal text.

    A float's 1.005 is 1.00499...: the text says what was meant. Only values that are not plainly
    a whole number of steps go by way of it, as that is twenty times slower.
    """
    scaled = values * 10.0**scale
    nearest = np.rint(scaled)
    plain = (np.abs(scaled - nearest) < NEARLY) & (np.abs(scaled) < EXACT)
    steps = np.where(plain, nearest, 0.0).astype(np.int64)
    if not plain.all():
        rest = values[~plain]
        texts = pa.array(np.where(np.abs(rest) < TINY, 0.0, rest)).cast("string")
        exact = texts.cast(pa.decimal256(76, 30))
        rounded = pc.round(exact, scale, round_mode="half_towards_infinity")
        words = rounded.cast(pa.decimal128(38, scale)).buffers()[1]
        steps[~plain] = np.frombuffer(words, "<i8")[::2]
    return steps


def _fit_integers(column: sa.Column[Any], series: pd.Series[Any]) -> pa.Array:
    values = series.to_numpy()
    if (values % 1 != 0).any():
        _refuse(column, "holds whole numbers only")
    largest = max(abs(int(values.max(initial=0))), abs(int(values.min(initial=0))))
    if largest > integer_limit(column):
        _refuse(column, f"holds at most {integer_limit(column):,}, not {largest:,}")
    return pa.array(values.astype(np.int64))


def _refuse(column: sa.Column[Any], why: str) -> None:
    message = f"{column.table.name}.{column.name} {why}: correct the value and save again"
    raise RefusedValueError(message)
