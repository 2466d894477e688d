"""Are a promo file's rows part of the sales files' rows, or on top of them?

Judged where both speak of the same item, day and channel: if the promo rows are part of the sales
rows, the sales of that item on that day are at least as large, every time. Otherwise the sales
rows are the unpromoted rest, and many promoted items have a smaller rest or none at all.
"""

from __future__ import annotations

from typing import Literal

import polars as pl

from analytics.sku_days import SKU_DAY, sku_days
from analytics.types import Record

Relation = Literal["subset", "additional"]
RelationOption = Literal["auto", "subset", "additional"]
Grain = Literal["sku_day", "cell_day", "none", "given"]

_SUBSET_FROM_SHARE = 0.8
_CLEAR_WITHIN = 0.1
_SLACK_VALUE = 0.01
_CELL_DAY = ("date", "channel", "department")


class RelationEvidence(Record):
    """What was compared and what came out.

    `share_covered` is the share of the compared promo rows whose counterpart is equal or larger;
    `clear` is False where the rows point both ways or only day totals could be compared.
    """

    relation: Relation
    grain: Grain
    compared: int
    share_covered: float | None
    clear: bool
    reason: str


def given_relation(relation: Relation) -> RelationEvidence:
    """Record that a person said it."""
    return RelationEvidence(
        relation=relation,
        grain="given",
        compared=0,
        share_covered=None,
        clear=True,
        reason=f"you said that promo rows are {_meaning(relation)}",
    )


def relation_by_sku(
    promo_lines: pl.DataFrame, sales_skus: pl.DataFrame, covered: pl.DataFrame
) -> RelationEvidence | None:
    """Compare promo CLEAN LINES with SKU DAYS of the sales files, item by item and day by day.

    Args:
        promo_lines: CLEAN LINES of a promo file.
        sales_skus: SKU DAYS of the items that promo files name; none at all: the sales files name
            no items.
        covered: `channel, date` of every day that sales files cover; only these are compared.

    Returns:
        None if nothing can be compared.
    """
    promoted = sku_days(promo_lines).filter(pl.col("gross_units") > 0)
    if sales_skus.is_empty():
        return None
    comparable = promoted.join(covered, on=["date", "channel"], how="semi")
    pairs = comparable.join(sales_skus, on=SKU_DAY, how="left", suffix="_all")
    return _judge(pairs, "sku_day")


def relation_by_cell(promo_cells: pl.DataFrame, total_cells: pl.DataFrame) -> RelationEvidence:
    """Compare sums per day and cell; weaker, for a large unpromoted rest also covers its promotion.

    Args:
        promo_cells: `date, channel, department, sales, units` of the promo file.
        total_cells: the same of the sales files in the store.
    """
    promoted = promo_cells.filter(pl.col("units") > 0).rename(
        {"sales": "gross_sales", "units": "gross_units"}
    )
    totals = total_cells.rename({"sales": "gross_sales_all", "units": "gross_units_all"})
    days = totals.select("date", "channel").unique()
    comparable = promoted.join(days, on=["date", "channel"], how="semi")
    evidence = _judge(comparable.join(totals, on=_CELL_DAY, how="left"), "cell_day")
    if evidence is not None:
        return evidence
    return RelationEvidence(
        relation="subset",
        grain="none",
        compared=0,
        share_covered=None,
        clear=False,
        reason=(
            "no sales file covers the promo rows' days, so they are taken as part of the sales "
            "until one does; load the Web and Stores files, or give promo_relation"
        ),
    )


def _judge(pairs: pl.DataFrame, grain: Grain) -> RelationEvidence | None:
    if pairs.is_empty():
        return None
    covered = (pl.col("gross_units_all") >= pl.col("gross_units")) & (
        pl.col("gross_sales_all") >= pl.col("gross_sales") - _SLACK_VALUE
    )
    share = float(pairs.select(covered.fill_null(value=False).mean()).item())
    relation: Relation = "subset" if share >= _SUBSET_FROM_SHARE else "additional"
    distance = abs(share - _SUBSET_FROM_SHARE)
    level = "item and day" if grain == "sku_day" else "department and day"
    weaker = "" if grain == "sku_day" else " (only day totals could be compared: weak evidence)"
    return RelationEvidence(
        relation=relation,
        grain=grain,
        compared=pairs.height,
        share_covered=round(share, 4),
        clear=grain == "sku_day" and distance >= _CLEAR_WITHIN,
        reason=(
            f"{share:.1%} of {pairs.height} promo rows per {level} have equal or larger sales in "
            f"the sales files, so they are {_meaning(relation)}{weaker}"
        ),
    )


def _meaning(relation: Relation) -> str:
    return "part of the sales" if relation == "subset" else "additional to the sales"
