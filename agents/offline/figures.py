"""Figures as answers write them: copied from a tool result, only their form is changed."""

from __future__ import annotations

from typing import Any


def money(value: float) -> str:
    """Write an amount in whole units of the currency."""
    return f"{value:,.0f}"


def signed(value: float) -> str:
    """Write a difference with its sign."""
    return f"{value:+,.0f}"


def percent(value: float | None) -> str:
    """Write a percentage with one decimal."""
    return "unknown" if value is None else f"{value:.1f} %"


def between(interval: dict[str, float]) -> str:
    """Write a P10-P90 range."""
    return f"P10 {signed(interval['p10'])} to P90 {signed(interval['p90'])}"


def mechanics(scenario: dict[str, Any]) -> str:
    """Write who is discounted how deep."""
    return ", ".join(
        f"{m['department']} {m['channel']} {m['discount_pct']:g} %" for m in scenario["mechanics"]
    )
