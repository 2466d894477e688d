"""The limits of a plan as options of `plan` and `frontier`, and how their values are read."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.cli.options import one_channel

Departments = Annotated[
    list[str] | None, typer.Option("--department", help="Promote this department; repeat for more.")
]
Exclude = Annotated[
    list[str] | None, typer.Option("--exclude", help="Never promote this one; repeat for more.")
]
OnlyChannel = Annotated[
    str | None, typer.Option("--channel", metavar="online|offline", help="One channel only.")
]
MaxDiscount = Annotated[
    float | None, typer.Option("--max-discount", help="Deepest discount, per cent.")
]
MinDiscount = Annotated[
    float | None, typer.Option("--min-discount", help="Shallowest discount, per cent.")
]
Cap = Annotated[
    list[str] | None,
    typer.Option("--cap", metavar="DEPARTMENT=PCT", help="Deepest discount of one department."),
]
Funding = Annotated[
    list[str] | None,
    typer.Option(
        "--funding", metavar="DEPARTMENT=PCT", help="Suppliers' part of its discount, per cent."
    ),
]
MarginFloor = Annotated[
    float | None,
    typer.Option("--margin-floor", help="Lowest margin of the whole business, per cent."),
]
Budget = Annotated[
    float | None,
    typer.Option("--budget", help="Most discount given away, less supplier funding, money."),
]
MaxDepartments = Annotated[
    int | None, typer.Option("--max-departments", help="Most departments promoted.")
]
RunDays = Annotated[
    int | None,
    typer.Option("--run-days", help="Days in a row that each department runs, the best ones."),
]
MinGap = Annotated[
    int | None,
    typer.Option("--min-gap", help="Free days between two promotions of a department."),
]


def limit_arguments(
    department: list[str] | None,
    exclude: list[str] | None,
    channel: str | None,
    max_discount: float | None,
    min_discount: float | None,
    cap: list[str] | None,
    funding: list[str] | None,
    margin_floor: float | None,
    budget: float | None,
    max_departments: int | None,
    run_days: int | None,
    min_gap: int | None,
) -> dict[str, Any]:
    """Return the options given as arguments of `propose_scenarios` and `efficient_frontier`."""
    only = one_channel(channel)
    given = {
        "departments": tuple(department or ()),
        "excluded_departments": tuple(exclude or ()),
        "channels": (only,) if only else (),
        "max_discount_pct": max_discount,
        "min_discount_pct": min_discount,
        "department_caps": _per_department(cap, "max_discount_pct"),
        "supplier_funding": _per_department(funding, "funded_pct"),
        "margin_floor_pct": margin_floor,
        "budget_value": budget,
        "max_departments": max_departments,
        "run_days": run_days,
        "min_gap_days": min_gap,
    }
    return {name: value for name, value in given.items() if value not in (None, ())}


def _per_department(given: list[str] | None, key: str) -> tuple[dict[str, Any], ...]:
    pairs = []
    for text in given or ():
        department, _, value = (part.strip() for part in text.rpartition("="))
        if not department:
            message = f"{text!r} is not of the form DEPARTMENT=PCT, e.g. TV=15"
            raise typer.BadParameter(message)
        pairs.append({"department": department, key: per_cent(value)})
    return tuple(pairs)


def per_cent(text: str) -> float:
    """Read a percentage such as `15` or `15%`."""
    try:
        return float(text.removesuffix("%").strip())
    except ValueError as error:
        message = f"{text!r} is not a figure in per cent, e.g. 15"
        raise typer.BadParameter(message) from error
