"""A planned scenario as campaigns that the sample world can play forward, with its truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sample_data.promotions import Promotion

if TYPE_CHECKING:
    from analytics.types import Mechanic, Scenario
    from sample_data.world import World


def campaigns_of(scenario: Scenario, world: World) -> tuple[Promotion, ...]:
    """Return one campaign per promoted cell, for `World.simulate` and `World.expected`.

    The world promotes its own share of a cell's units, to every customer; a plan that says
    otherwise is another plan than the one it would play.

    Raises:
        ValueError: the world has no such cell, or a mechanic is for some customers or coupons only.
    """
    return tuple(
        _campaign(scenario, mechanic, world, number)
        for number, mechanic in enumerate(scenario.mechanics, start=1)
    )


def _campaign(scenario: Scenario, mechanic: Mechanic, world: World, number: int) -> Promotion:
    where = f"{mechanic.department} {mechanic.channel}"
    if mechanic.cell not in world.cells:
        message = f"the sample world has no {where}: plan one of its departments"
        raise ValueError(message)
    if mechanic.segments != ("ALL",) or mechanic.redemption_rate < 1:
        message = f"the sample world promotes to everyone without coupons, the plan for {where} not"
        raise ValueError(message)
    return Promotion(
        code=f"PLAN{number:03d}",
        text=scenario.label,
        kind="NO PEAK",
        date_start=scenario.date_range_start,
        date_end=scenario.date_range_end,
        channels=(mechanic.channel,),
        depths=((mechanic.department, mechanic.discount_pct),),
    )
