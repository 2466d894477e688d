"""Items day by day: what promo rows are compared with, and what prices are read from.

SKU DAYS: one row per `date, channel, sku` with `gross_sales, gross_units` (lines of positive value
and quantity only: a return of last week says nothing about today's price).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from analytics.workbook_lines import Role

SKU_DAY = ("date", "channel", "sku")
_SOLD = ("date", "channel", "sku", "sales", "units")


def kept_lines(lines: pl.DataFrame, role: Role) -> pl.DataFrame:
    """Keep of CLEAN LINES what judges promotions later: all of a promo file, else what was sold.

    Codes and names become categories: the same text once.
    """
    kept = lines if role == "promo" else lines.lazy().filter(_is_sold()).select(_SOLD).collect()
    texts = [name for name, dtype in kept.schema.items() if dtype == pl.String]
    # A set of categories of our own: the common one would grow with every file.
    return kept.with_columns(
        pl.col(name).cast(pl.Categorical(pl.Categories.random())) for name in texts
    )


def as_text(lines: pl.DataFrame) -> pl.DataFrame:
    """Turn categories into text again, so that lines of different files can be compared."""
    return lines.with_columns(pl.col(pl.Categorical).cast(pl.String))


def promoted_skus(promo_lines: pl.DataFrame) -> pl.DataFrame:
    """List the items that promo CLEAN LINES name: one row per `channel, sku`."""
    return promo_lines.select("channel", "sku").drop_nulls().unique().sort("channel", "sku")


def sku_days(lines: pl.DataFrame, wanted: pl.DataFrame | None = None) -> pl.DataFrame:
    """Sum lines to SKU DAYS, of the `wanted` items (`channel, sku`) or of all."""
    kept = lines.filter(pl.col("sku").is_not_null())
    if wanted is not None:
        kept = kept.join(wanted, on=["channel", "sku"], how="semi")
    sold = (pl.col("units") > 0) & (pl.col("sales") > 0)
    return (
        kept.group_by(SKU_DAY)
        .agg(
            pl.col("sales").filter(sold).sum().alias("gross_sales"),
            pl.col("units").filter(sold).sum().alias("gross_units"),
        )
        .sort(SKU_DAY)
    )


def _is_sold() -> pl.Expr:
    return pl.col("sku").is_not_null() & (pl.col("units") > 0) & (pl.col("sales") > 0)
