"""What the store holds, in one look."""

import datetime as dt

from analytics.types import CHANNELS, Channel, Record
from db import sales, segments, targets, uplift
from tools.deps import Deps


class StoreOverview(Record):
    """The vocabulary of the store and how far it reaches."""

    today: dt.date
    geo: str
    first_sale: dt.date | None
    newest_sale: dt.date | None
    departments: tuple[str, ...]
    channels: tuple[Channel, ...]
    segments: dict[str, str]
    months_with_target: tuple[str, ...]
    coefficients_in_force: str | None


def store_overview(deps: Deps) -> StoreOverview:
    """Say what the store holds: departments, channels, segments, first and newest sale, targets.

    Use it to learn the exact names that other tools expect. Takes no arguments. `first_sale` and
    `newest_sale` are empty when no workbook has been loaded yet; `coefficients_in_force` is the
    version of the uplift coefficients that plans use, empty when none has been promoted.
    """
    period = sales.date_range(deps.conn)
    cells = sales.cells(deps.conn)
    return StoreOverview(
        today=deps.today,
        geo=deps.workspace.geo,
        first_sale=period[0] if period else None,
        newest_sale=period[1] if period else None,
        departments=tuple(sorted({cell.department for cell in cells})),
        channels=tuple(c for c in CHANNELS if any(cell.channel == c for cell in cells)),
        segments={s.segment_id: s.name for s in segments.list_segments(deps.conn)},
        months_with_target=tuple(
            target.month for target in targets.list_targets(deps.conn, geo=deps.workspace.geo)
        ),
        coefficients_in_force=uplift.promoted_version(deps.conn),
    )


def stored_departments(deps: Deps) -> tuple[str, ...]:
    """Return the departments with sales, sorted."""
    return deps.recall(
        ("departments",),
        lambda: tuple(sorted({cell.department for cell in sales.cells(deps.conn)})),
    )
