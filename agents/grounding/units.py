"""The unit of a figure, as the name of its field states it."""

from __future__ import annotations

from typing import Literal

Unit = Literal["percent", "fraction", "points", "money", "units"]


def unit_of(name: str) -> Unit | None:
    """Return the unit that the name of a field states."""
    if name == "margin_impact_pct":
        return "points"
    if name.endswith("_pct"):
        return "percent"
    if name.endswith(("_share", "_rate", "_wape")) or name.startswith("share_of_"):
        return "fraction"
    if name.endswith(("_value", "_ebit")):
        return "money"
    return "units" if name.startswith("units") or name.endswith("_units") else None
