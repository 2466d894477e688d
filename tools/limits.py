"""The limits of a brief: the arguments that say what a plan must respect, and their checks."""

import datetime as dt
from collections.abc import Collection
from typing import Annotated

from pydantic import Field, ValidationError

from analytics.optimise import Constraints
from analytics.types import CHANNELS, Channel, Record
from tools.arguments import known_department
from tools.deps import Deps
from tools.errors import Refusal

MIN_DEPTH_PCT = 5.0

Start = Annotated[dt.date, Field(description="first day of the promotion, e.g. 2025-10-22")]
End = Annotated[dt.date, Field(description="last day, included, e.g. 2025-10-27")]
Departments = Annotated[
    tuple[str, ...],
    Field(description='each is promoted and no other, e.g. ["TV"]; empty leaves the choice free'),
]
Excluded = Annotated[tuple[str, ...], Field(description="never promoted")]
MaxDiscount = Annotated[
    float | None, Field(gt=0, le=100, description="deepest discount, per cent, e.g. 20")
]
MinDiscount = Annotated[
    float | None, Field(gt=0, le=100, description="shallowest discount, per cent, e.g. 10")
]
MarginFloor = Annotated[
    float | None,
    Field(ge=-100, le=100, description="lowest margin of the whole business, per cent, e.g. 18"),
]
Budget = Annotated[
    float | None,
    Field(ge=0, description="most discount given away, less supplier funding, money, e.g. 150000"),
]
Channels = Annotated[tuple[Channel, ...], Field(description="allowed channels; both if left out")]
MaxDepartments = Annotated[int | None, Field(ge=1, description="most departments promoted")]
RunDays = Annotated[
    int | None,
    Field(
        ge=1,
        description="each department runs so many days in a row, the best ones of the window, e.g. 3",
    ),
]
MinGap = Annotated[
    int | None,
    Field(
        ge=0,
        description="free days between two promotions of a department, e.g. 7; left out: the "
        "policy's where the choice of departments is free",
    ),
]


class DepartmentCap(Record):
    """The deepest discount of one department."""

    department: str
    max_discount_pct: float = Field(gt=0, le=100, description="per cent, e.g. 15")


class DepartmentFunding(Record):
    """What suppliers pay of one department's discount."""

    department: str
    funded_pct: float = Field(ge=0, le=100, description="per cent of the discount, e.g. 30")


Caps = Annotated[
    tuple[DepartmentCap, ...],
    Field(description='e.g. [{"department": "TV", "max_discount_pct": 15}]'),
]
Funding = Annotated[
    tuple[DepartmentFunding, ...],
    Field(
        description='suppliers\' part of the discount, e.g. [{"department": "TV", "funded_pct": 30}];'
        " others as in the policy"
    ),
]


def brief_limits(
    deps: Deps,
    start: dt.date,
    end: dt.date,
    *,
    departments: tuple[str, ...] = (),
    channels: tuple[Channel, ...] = CHANNELS,
    max_discount_pct: float | None = None,
    min_discount_pct: float | None = None,
    margin_floor_pct: float | None = None,
    budget_value: float | None = None,
    max_departments: int | None = None,
    excluded_departments: tuple[str, ...] = (),
    department_caps: tuple[DepartmentCap, ...] = (),
    run_days: int | None = None,
    min_gap_days: int | None = None,
) -> Constraints:
    """Turn the limits of a brief into constraints, without the policy's.

    Raises:
        Refusal: an unknown department, or limits that contradict each other by themselves.
    """
    wanted = _known(deps, departments)
    excluded = _known(deps, excluded_departments)
    if both := sorted(set(wanted) & set(excluded)):
        message = f"{', '.join(both)} cannot be promoted and excluded at once: drop one of the two"
        raise Refusal(message)
    window_days = (end - start).days + 1
    if run_days is not None and run_days > window_days:
        message = (
            f"a run of {run_days} days does not fit into the {window_days} days from {start} to "
            f"{end}: shorten the run or widen the window"
        )
        raise Refusal(message)
    deepest = 100.0 if max_discount_pct is None else max_discount_pct
    try:
        return Constraints(
            departments=wanted,
            channels=channels or CHANNELS,
            excluded_departments=excluded,
            min_depth_pct=min_discount_pct or min(MIN_DEPTH_PCT, deepest),
            max_depth_pct=deepest,
            department_caps_pct=_one_each(
                deps, [(cap.department, cap.max_discount_pct) for cap in department_caps], "caps"
            ),
            margin_floor_pct=margin_floor_pct,
            budget_value=budget_value,
            max_promoted_departments=max_departments,
            min_promoted_departments=0 if wanted else 1,
            run_days=run_days,
            min_gap_days=deps.policy.min_gap_days if min_gap_days is None else min_gap_days,
        )
    except ValidationError as error:
        message = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise Refusal(message) from error


def funding_rates(deps: Deps, funding: tuple[DepartmentFunding, ...]) -> dict[str, float]:
    """Return suppliers' part of the discount by department, per cent; refuses unknown ones."""
    return _one_each(deps, [(one.department, one.funded_pct) for one in funding], "funding rates")


def _known(deps: Deps, names: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(known_department(deps, name) for name in names))


def _one_each(deps: Deps, pairs: list[tuple[str, float]], what: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in pairs:
        department = known_department(deps, name)
        if found.get(department, value) != value:
            message = (
                f"{department} has two {what}, {found[department]:g} % and {value:g} %: state one"
            )
            raise Refusal(message)
        found[department] = value
    return found
