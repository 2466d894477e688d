"""Depth of each promo line: stated by a column, else by the promotion's name, else by prices.

A discount column counts where it holds more than 0 and less than 100 per cent (shares are read as
per cent by the cleaning): somebody wrote it for this very line.

The price depth is 1 - (price of the day / median price of the item, in the same channel, over the
56 days before, promoted days left out). The median weighs every piece sold once. A price that is
not below the usual one says nothing: the depth is then unknown (null), never 0.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from analytics.promo_text import depth_from_text
from analytics.sku_days import SKU_DAY, sku_days

USUAL_PRICE_DAYS = 56
LEAST_PIECES = 3
_SOURCES = ("column", "text", "price")  # the first that says something counts
_LOWEST_PCT, _HIGHEST_PCT = 1.0, 95.0


def with_depth(promo_lines: pl.DataFrame, sales_skus: pl.DataFrame | None) -> pl.DataFrame:
    """Add `depth_pct` (null = unknown) and `depth_source` to promo lines.

    The source is 'column', 'text', 'price' or null.

    Args:
        promo_lines: CLEAN LINES of a promo file.
        sales_skus: SKU DAYS of the sales files of the same job, None if there are none.
    """
    names = promo_lines["promo_name"].unique().to_list()
    stated = {name: depth_from_text(name) for name in names if name is not None}
    text = pl.col("promo_name").replace_strict(stated, default=None, return_dtype=pl.Float64)
    lines = promo_lines.with_columns(column_pct=_own_discount(), text_pct=text)
    prices = price_depth(promo_lines, sales_skus)
    lines = lines.join(prices, on=SKU_DAY, how="left", maintain_order="left")
    return lines.with_columns(
        pl.coalesce(f"{source}_pct" for source in _SOURCES).alias("depth_pct"),
        pl.coalesce(
            pl.when(pl.col(f"{source}_pct").is_not_null()).then(pl.lit(source))
            for source in _SOURCES
        ).alias("depth_source"),
    ).drop(f"{source}_pct" for source in _SOURCES)


def price_depth(promo_lines: pl.DataFrame, sales_skus: pl.DataFrame | None) -> pl.DataFrame:
    """Depth per promoted item and day (`date, channel, sku, price_pct`), where prices tell it."""
    promoted = sku_days(promo_lines).filter(pl.col("gross_units") > 0)
    nothing = promoted.select(*SKU_DAY, price_pct=pl.lit(None, dtype=pl.Float64)).clear()
    if sales_skus is None or promoted.is_empty():
        return nothing
    usual = sales_skus.filter(pl.col("gross_units") > 0).join(promoted, on=SKU_DAY, how="anti")
    usual = usual.select("channel", "sku", "date", "gross_units", price=_price())
    days = promoted.select(*SKU_DAY, now=_price(), first=pl.col("date") - _days(USUAL_PRICE_DAYS))
    around = days.join_where(
        usual,
        pl.col("channel") == pl.col("channel_usual"),
        pl.col("sku") == pl.col("sku_usual"),
        pl.col("date_usual") < pl.col("date"),
        pl.col("date_usual") >= pl.col("first"),
        suffix="_usual",
    )
    if around.is_empty():
        return nothing
    medians = (
        around.sort(*SKU_DAY, "price")
        .group_by(SKU_DAY, maintain_order=True)
        .agg(_weighted_median(), pl.col("now").first(), pl.col("gross_units").sum().alias("pieces"))
    )
    depth = (1 - pl.col("now") / pl.col("median")) * 100
    return (
        medians.with_columns(price_pct=depth.round(2))
        .filter(
            (pl.col("pieces") >= LEAST_PIECES)
            & pl.col("price_pct").is_between(_LOWEST_PCT, _HIGHEST_PCT)
        )
        .select(*SKU_DAY, "price_pct")
    )


def cell_depth(lines: pl.DataFrame) -> pl.DataFrame:
    """Sales-weighted depth per day and cell: `date, channel, department, discount_pct`.

    Only lines with positive sales and a known depth weigh; null where there is none.
    """
    known = (pl.col("sales") > 0) & pl.col("depth_pct").is_not_null()
    weight = pl.col("sales").filter(known)
    weighted = (pl.col("depth_pct").filter(known) * weight).sum() / weight.sum()
    return (
        lines.group_by("date", "channel", "department")
        .agg(
            pl.when(weight.sum() > 0).then(weighted.round(2)).otherwise(None).alias("discount_pct")
        )
        .sort("date", "channel", "department")
    )


def _own_discount() -> pl.Expr:
    """Use the file's own discount column where it states one between 0 and 100 per cent."""
    own = pl.col("discount_pct")
    return pl.when((own > 0) & (own < 100)).then(own).otherwise(None)  # noqa: PLR2004  per cent


def _price() -> pl.Expr:
    return pl.col("gross_sales") / pl.col("gross_units")


def _weighted_median() -> pl.Expr:
    """Smallest price at which half of the pieces are reached (prices must be sorted)."""
    reached = pl.col("gross_units").cum_sum() >= pl.col("gross_units").sum() / 2
    return pl.col("price").filter(reached).first().alias("median")


def _days(count: int) -> dt.timedelta:
    return dt.timedelta(days=count)
