"""Sales lines: splits the totals of a cell and day into SKUs, exact to the unit and the cent."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from sample_data.catalogue import Catalogue, Pool
from sample_data.split import Split

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from sample_data.parts import Parts

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]
    BoolArray = npt.NDArray[np.bool_]

_PRICE_TOLERANCE = 0.02
_CORE_LINE_SHARE, _HIGH_LINE_SHARE = 0.15, 0.35
_LINE_MARGIN_SD = 0.03
_POPULARITY = 3.0  # the draw of a SKU's rank is uniform ** this


@dataclass(frozen=True, eq=False)
class Lines:
    """Sales lines, arrays of one length.

    Attributes:
        day: days since 1970-01-01.
        channel: index into CHANNELS.
        sku: index into the catalogue.
        units: quantity; negative in a return.
        sales_cents: sales value.
        margin_cents: margin value.
        campaign: index of the campaign the line was sold in, -1 for none.
    """

    day: IntArray
    channel: IntArray
    sku: IntArray
    units: IntArray
    sales_cents: IntArray
    margin_cents: IntArray
    campaign: IntArray

    def __len__(self) -> int:
        return len(self.day)

    def take(self, rows: IntArray | BoolArray) -> Lines:
        """Return the chosen lines, in the order given."""
        return Lines(*(getattr(self, field.name)[rows] for field in fields(self)))


def join_lines(pieces: Sequence[Lines]) -> Lines:
    """Put lines one below the other."""
    columns = ([getattr(piece, field.name) for piece in pieces] for field in fields(Lines))
    return Lines(*(np.concatenate(column) for column in columns))


def build_lines(parts: Parts, catalogue: Catalogue, rng: np.random.Generator) -> Lines:
    """Split parts into lines whose units, sales and margins add up to the parts' exactly.

    SKUs are drawn by popularity and quantities leaned to the dear or the cheap ones until the
    average price is met, so that each line sells at its SKU's list price (times 1 - depth).
    Where that cannot be done within 2 %, only SKUs at the average price are sold.
    """
    split = Split(parts.lines)
    weight = 0.05 + rng.random(len(split.part)) ** 2
    wanted = _draw_skus(parts, catalogue, split, rng)
    sku, price, units = _sell(parts, catalogue, split, wanted, weight)
    reached = split.sums(units * price) / (parts.units * parts.price)
    missed = (np.abs(reached - 1) > _PRICE_TOLERANCE)[split.part]
    core = catalogue.pool_start[parts.department, _range(parts).clip(min=0), Pool.CORE][split.part]
    sku, price, units = _sell(parts, catalogue, split, np.where(missed, core, sku), weight)
    sales = split.apportion(units * price, parts.sales_cents)
    shift = catalogue.margin_shift[sku] + rng.normal(0, _LINE_MARGIN_SD, len(sku))
    return Lines(
        day=parts.day[split.part],
        channel=parts.channel[split.part],
        sku=sku,
        units=units,
        sales_cents=sales,
        margin_cents=_margins(parts, split, sales, shift),
        campaign=np.where(parts.promoted, parts.campaign, -1)[split.part],
    )


def _draw_skus(
    parts: Parts, catalogue: Catalogue, split: Split, rng: np.random.Generator
) -> IntArray:
    """Draw a SKU for each line: the first of a part from the core, the others mostly not."""
    total = len(split.part)
    kind, drawn = rng.random(total), rng.random(total)
    is_core = (split.place == 0) | (parts.lines[split.part] == 2) | (kind < _CORE_LINE_SHARE)  # noqa: PLR2004  two lines cannot balance a price
    is_high = (kind - _CORE_LINE_SHARE) / (1 - _CORE_LINE_SHARE) < _HIGH_LINE_SHARE
    pool = np.where(is_core, Pool.CORE, np.where(is_high, Pool.HIGH, Pool.LOW))
    chosen, any_range = _range(parts)[split.part], rng.integers(2, size=total)
    at = (parts.department[split.part], np.where(chosen < 0, any_range, chosen), pool)
    rank = np.floor(catalogue.pool_size[at] * drawn**_POPULARITY).astype(np.int64)
    return np.asarray(catalogue.pool_start[at] + rank)


def _range(parts: Parts) -> IntArray:
    """Return the range of SKUs that a part sells, -1 for both.

    While a campaign runs one range is on promotion and the other sells beside it.
    """
    other = (~parts.promoted).astype(np.int64)
    return np.where(parts.campaign < 0, -1, (parts.campaign + other) % 2)


def _sell(
    parts: Parts, catalogue: Catalogue, split: Split, sku: IntArray, weight: FloatArray
) -> tuple[IntArray, FloatArray, IntArray]:
    """Return SKU, today's list price and quantity of each line, by price within each part.

    Each line sells one unit; the rest goes to the lines below and above the price that is still
    missing, in the proportion that meets it on average.
    """
    price = np.round(catalogue.price[sku] * parts.price_index[split.part], 2)
    order = np.lexsort((price, split.part))
    sku, price = sku[order], price[order]
    rest = parts.units - parts.lines
    missing = parts.units * parts.price - split.sums(price)
    wanted = np.divide(missing, rest, out=np.zeros_like(missing), where=rest > 0)
    is_low = price < wanted[split.part]
    low, high = split.sums(weight * is_low), split.sums(weight * ~is_low)
    one = np.ones_like(low)
    low_price = np.divide(split.sums(weight * price * is_low), low, out=0 * one, where=low > 0)
    high_price = np.divide(split.sums(weight * price * ~is_low), high, out=one, where=high > 0)
    to_high = ((wanted - low_price) / (high_price - low_price)).clip(0, 1)
    to_high = np.select([low == 0, high == 0], [1.0, 0.0], to_high)
    per_low = np.divide(1 - to_high, low, out=0 * one, where=low > 0)[split.part]
    per_high = np.divide(to_high, high, out=0 * one, where=high > 0)[split.part]
    units = 1 + split.apportion(weight * np.where(is_low, per_low, per_high), rest)
    return sku, price, units


def _margins(parts: Parts, split: Split, sales: IntArray, shift: FloatArray) -> IntArray:
    """Return margins around the part's rate: each SKU above or below, some under zero."""
    mean_shift = split.sums(sales * shift) / parts.sales_cents
    rate = parts.margin_cents / parts.sales_cents - mean_shift
    return split.apportion(sales * (rate[split.part] + shift), parts.margin_cents)
