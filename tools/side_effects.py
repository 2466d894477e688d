"""What promotions do besides their uplift: to the days after them, and to other departments."""

from typing import Annotated

from pydantic import Field

from analytics.cross_effects import CrossEffect
from analytics.types import Channel, Record
from analytics.uplift_model import Dip
from db import uplift
from tools.arguments import known_department
from tools.deps import Deps
from tools.uplift import stored_model


class SideEffects(Record):
    """Dips and cross-effects of one version of the coefficients."""

    model_version: str
    promoted: bool
    dips: tuple[Dip, ...] = Field(description="the days after a promotion of the cell itself")
    effects_on_others: tuple[CrossEffect, ...] = Field(
        description="found beyond chance; negative is cannibalization, positive is halo"
    )
    pairs_tested: int = Field(description="how many pairs of cells were looked at")


def show_side_effects(
    deps: Deps,
    department: Annotated[
        str | None, Field(description="the promoted department, e.g. TV; all if left out")
    ] = None,
    channel: Annotated[
        Channel | None, Field(description="the channel it is promoted in: online or offline")
    ] = None,
) -> SideEffects:
    """Show what a promotion does besides its uplift: the dip after it, cannibalization and halo.

    Use it for "does a TV promotion hurt Audio?" or "how deep is the hole afterwards?". All figures
    are per cent of the affected cell's baseline: `dip_pct` of each of the `days` days after a
    promotion of the usual size, `effect_pct` of the other cell while the promotion runs, each with
    its standard error. Only cross-effects that stand out from chance, corrected for the number of
    pairs tested, are listed: an empty list means none was found, not that there is none. They are
    those of the version in force. Refuses an unknown department.
    """
    department = department and known_department(deps, department)
    version, model = stored_model(deps, None)

    def asked(of_department: str, of_channel: str) -> bool:
        return department in {None, of_department} and channel in {None, of_channel}

    tested = [
        effect
        for effect in model.cross_effects
        if asked(effect.source_department, effect.source_channel)
    ]
    return SideEffects(
        model_version=version,
        promoted=version == uplift.promoted_version(deps.conn),
        dips=tuple(dip for dip in model.dips if asked(dip.department, dip.channel)),
        effects_on_others=tuple(effect for effect in tested if effect.significant),
        pairs_tested=len(tested),
    )
