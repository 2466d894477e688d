"""The assortment: SKUs with their texts, groups, brands, suppliers, list prices and margins.

Within a department SKUs lie in pools. Two ranges take turns in being on promotion, so that every
SKU is seen with and without; in each range a few core SKUs cost the department's average price,
the others less or more.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from sample_data.retailer import BRANDS, BRANDS_OF, DEPARTMENTS

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

_CORE_SKUS = 12  # per department and range
_HIGH_SHARE = 1 / 3
_COLOURS = ("NERO", "BIANCO", "GRIGIO", "BLU", "ROSSO", "SILVER")
_FIRST_GROUP_CODE, _FIRST_SUBGROUP_CODE, _FIRST_SUPPLIER_CODE = 11, 101, 1000
_FIRST_SKU_CODE = 1_000_000
_SUPPLIERS_PER_BRAND = 2
_TEXT_WIDTH = 30


class Pool(IntEnum):
    """Price level of a SKU within its department."""

    CORE = 0
    HIGH = 1
    LOW = 2


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Arrays over SKUs, and padded texts as the workbooks show them.

    `pool_start` and `pool_size` have the shape (departments, 2 ranges, 3 pools): the SKUs of a
    pool are consecutive, the most popular first.
    """

    code: IntArray
    department: IntArray
    brand: IntArray
    supplier: IntArray
    group: IntArray
    subgroup: IntArray
    price: FloatArray
    margin_shift: FloatArray
    description_1: list[str]
    description_2: list[str]
    pool_start: IntArray
    pool_size: IntArray


@dataclass(frozen=True)
class GroupTable:
    """All groups and subgroups, each with the department it belongs to."""

    groups: tuple[str, ...]
    group_department: tuple[int, ...]
    subgroups: tuple[str, ...]
    subgroup_group: tuple[int, ...]


def _group_table() -> GroupTable:
    groups = [(name, index) for index, d in enumerate(DEPARTMENTS) for name in d.groups]
    subgroups = [
        (f"{name} {variant}", index)
        for index, (name, department) in enumerate(groups)
        for variant in DEPARTMENTS[department].variants
    ]
    return GroupTable(
        groups=tuple(padded(name) for name, _ in groups),
        group_department=tuple(department for _, department in groups),
        subgroups=tuple(padded(name) for name, _ in subgroups),
        subgroup_group=tuple(group for _, group in subgroups),
    )


def padded(text: str, width: int = _TEXT_WIDTH) -> str:
    """Pad a text with spaces, as the business's own system exports it."""
    return text.ljust(width)


GROUPS = _group_table()
BRAND_TEXTS = tuple(padded(brand, 20) for brand in BRANDS)
DEPARTMENT_TEXTS = tuple(padded(department.name) for department in DEPARTMENTS)
SUPPLIER_COUNT = len(BRANDS) * _SUPPLIERS_PER_BRAND
SUPPLIER_TEXTS_1 = tuple(
    padded(f"FORNITORE {number:04d} {('SPA', 'SRL')[number % 2]}")
    for number in range(SUPPLIER_COUNT)
)
SUPPLIER_TEXTS_2 = (padded("DIVISIONE ITALIA"), padded("DIVISIONE EUROPA"))


def supplier_code(supplier: IntArray) -> IntArray:
    """Return COD SUPPLIER."""
    return supplier + _FIRST_SUPPLIER_CODE


def group_code(group: IntArray) -> IntArray:
    """Return CODE GROUP."""
    return group + _FIRST_GROUP_CODE


def subgroup_code(subgroup: IntArray) -> IntArray:
    """Return CODE SUBGROUP."""
    return subgroup + _FIRST_SUBGROUP_CODE


def build_catalogue(rng: np.random.Generator, size: int) -> Catalogue:
    """Draw an assortment of about `size` SKUs, laid out pool by pool."""
    sizes = _pool_sizes(size)
    ends = np.cumsum(sizes).reshape(sizes.shape)
    department, _, pool = (
        np.repeat(index.ravel(), sizes.ravel()) for index in np.indices(sizes.shape)
    )
    total = len(department)
    subgroup = _draw_subgroups(rng, department)
    brand = _draw_brands(rng, department)
    code = _FIRST_SKU_CODE + rng.permutation(3 * total)[:total]
    colours = rng.integers(len(_COLOURS), size=total)
    group = np.array(GROUPS.subgroup_group)[subgroup]
    return Catalogue(
        code=code,
        department=department,
        brand=brand,
        supplier=brand * _SUPPLIERS_PER_BRAND + rng.integers(_SUPPLIERS_PER_BRAND, size=total),
        group=group,
        subgroup=subgroup,
        price=_draw_prices(rng, department, pool),
        margin_shift=rng.normal(0, 0.06, total),
        description_1=[
            padded(f"{GROUPS.groups[g][:8].strip()} {BRANDS[b][:8]} {c % 100_000:05d}")
            for g, b, c in zip(group.tolist(), brand.tolist(), code.tolist(), strict=True)
        ],
        description_2=[
            padded(f"MOD {c % 9973} {_COLOURS[k]}")
            for c, k in zip(code.tolist(), colours.tolist(), strict=True)
        ],
        pool_start=ends - sizes,
        pool_size=sizes,
    )


def _pool_sizes(size: int) -> IntArray:
    """Return the number of SKUs by department, range and pool."""
    share = np.array([department.sku_share for department in DEPARTMENTS])
    per_range = np.rint(size * share / share.sum() / 2).astype(np.int64) - _CORE_SKUS
    high = np.rint(per_range * _HIGH_SHARE).astype(np.int64)
    pools = np.stack([np.full_like(high, _CORE_SKUS), high, per_range - high], axis=1)
    return np.repeat(pools[:, None, :], 2, axis=1)


def _draw_subgroups(rng: np.random.Generator, department: IntArray) -> IntArray:
    """Draw a subgroup of its department for every SKU."""
    owner = np.array(GROUPS.group_department)[list(GROUPS.subgroup_group)]
    first = np.searchsorted(owner, np.arange(len(DEPARTMENTS)))
    count = np.bincount(owner, minlength=len(DEPARTMENTS))
    offset = rng.random(len(department)) * count[department]
    return np.asarray(first[department] + offset.astype(np.int64))


def _draw_brands(rng: np.random.Generator, department: IntArray) -> IntArray:
    """Draw one of its department's brands for every SKU, the first ones most often."""
    choices = [[BRANDS.index(b) for b in BRANDS_OF[d.name].split()] for d in DEPARTMENTS]
    count = np.array([len(brands) for brands in choices])
    first = np.cumsum(count) - count
    rank = rng.random(len(department)) ** 2 * count[department]
    return np.asarray(np.concatenate(choices)[first[department] + rank.astype(np.int64)])


def _draw_prices(rng: np.random.Generator, department: IntArray, pool: IntArray) -> FloatArray:
    """Draw list prices: core at the department's average, others like 199.99 above or below."""
    average = np.array([d.price for d in DEPARTMENTS])[department]
    spread = np.abs(rng.normal(0, 1, len(department))).clip(0.05, 2.5)
    factor = np.where(pool == Pool.HIGH, np.exp(0.60 * spread), np.exp(-0.70 * spread))
    charming = np.maximum(np.floor(average * factor), 1.0) + 0.99
    return np.where(pool == Pool.CORE, average, charming)
