"""Campaigns of a promo file for the catalog: one per promotion code."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from analytics.types import Campaign

if TYPE_CHECKING:
    import datetime as dt

    from analytics.types import Channel

_NAMESPACE = uuid.UUID("7d3c5a52-90c4-5f0e-9d6e-0b6d2f6a4c11")
_LONGEST_NAME = 200


def campaign_id(source_file: str, code: str) -> uuid.UUID:
    """Return the campaign's id: the same file name and code give the same campaign."""
    return uuid.uuid5(_NAMESPACE, f"{source_file}\n{code}")


def campaigns(lines: pl.DataFrame, source_file: str) -> list[Campaign]:
    """Group promo CLEAN LINES with `depth_pct` into campaigns, ordered by start and code.

    Name and type are the most frequent ones; the dates reach from the earliest stated start to
    the latest stated end, or over the sales where the file states none; the depth is weighted by
    sales over lines whose depth is known (None if there are none), in all and per department and
    channel (`mechanics`). Lines without a code belong to no campaign.
    """
    coded = lines.filter(pl.col("promo_code").is_not_null())
    known = (pl.col("sales") > 0) & pl.col("depth_pct").is_not_null()
    weight = pl.col("sales").filter(known)
    weighted = (pl.col("depth_pct").filter(known) * weight).sum() / weight.sum()
    depth = pl.when(weight.sum() > 0).then(weighted.round(2)).otherwise(None)
    whole = coded.group_by("promo_code").agg(
        _most_frequent("promo_name"),
        _most_frequent("promo_type"),
        pl.coalesce(pl.col("promo_start").min(), pl.col("date").min()).alias("start"),
        pl.coalesce(pl.col("promo_end").max(), pl.col("date").max()).alias("end"),
        depth.alias("depth"),
    )
    parts = (
        coded.group_by("promo_code", "department", "channel")
        .agg(depth.alias("depth"))
        .sort("promo_code", "department", "channel")
        .partition_by("promo_code", as_dict=True)
    )
    return [
        _campaign(row, parts[(row["promo_code"],)].to_dicts(), source_file)
        for row in whole.sort("start", "promo_code").iter_rows(named=True)
    ]


def _campaign(row: dict[str, Any], parts: list[dict[str, Any]], source_file: str) -> Campaign:
    start, end = cast("tuple[dt.date, dt.date]", (row["start"], row["end"]))
    code = cast("str", row["promo_code"])
    kind = row["promo_type"]
    return Campaign(
        id=campaign_id(source_file, code),
        promo_name=(row["promo_name"] or code)[:_LONGEST_NAME],
        date_start=start,
        date_end=max(start, end),
        departments=tuple(sorted({part["department"] for part in parts})),
        channels=cast("tuple[Channel, ...]", tuple(sorted({part["channel"] for part in parts}))),
        avg_discount_pct=row["depth"],
        mechanics=tuple(
            {
                "department": part["department"],
                "channel": part["channel"],
                "discount_pct": part["depth"],
                "segments": ["ALL"],
                "notes": f"{code}: {kind}" if kind else code,
            }
            for part in parts
        ),
        source_file=source_file,
    )


def _most_frequent(name: str) -> pl.Expr:
    """Take the value that most lines have, the first in code order among equals."""
    return pl.col(name).drop_nulls().mode().min().alias(name)
