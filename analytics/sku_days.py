"""Promoted items day by day: what promo rows are compared with, and what prices are read from.

SKU DAYS: one row per `date, channel, sku` with `gross_sales, gross_units` (lines of positive value
and quantity only: a return of last week says nothing about today's price).
"""

from __future__ import annotations

import polars as pl

SKU_DAY = ("date", "channel", "sku")


def promoted_skus(promo_lines: pl.DataFrame) -> pl.DataFrame:
    """List the items that promo CLEAN LINES name: one row per `channel, sku`."""
    return promo_lines.select("channel", "sku").drop_nulls().unique().sort("channel", "sku")


def sku_days(lines: pl.DataFrame, wanted: pl.DataFrame | None = None) -> pl.DataFrame:
    """Sum CLEAN LINES to SKU DAYS, of the `wanted` items (`channel, sku`) or of all."""
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
