"""Checks that many tools make on their arguments; each refusal names the repair."""

import datetime as dt
from difflib import get_close_matches

from db import sales
from tools.deps import Deps
from tools.errors import Refusal

MAX_PERIOD_DAYS = 800


def check_period(start: dt.date, end: dt.date, *, max_days: int = MAX_PERIOD_DAYS) -> None:
    """Refuse a period that is upside down or longer than a tool can answer for."""
    if end < start:
        message = f"the period ends on {end}, before it starts on {start}: swap the dates"
        raise Refusal(message)
    if (end - start).days >= max_days:
        message = (
            f"the period {start} to {end} is longer than {max_days} days: ask for a shorter one"
        )
        raise Refusal(message)


def newest_sale(deps: Deps) -> dt.date:
    """Return the day of the newest stored sale, or refuse when the store is empty."""
    period = sales.date_range(deps.conn)
    if period is None:
        message = (
            "the store holds no sales yet: load the workbooks first (promoloop ingest PATH...)"
        )
        raise Refusal(message)
    return period[1]


def known_until(deps: Deps) -> dt.date:
    """Return the newest stored day that is known today: sales after today are not looked at.

    Raises:
        Refusal: the store is empty, or all its sales are later than today.
    """
    newest = newest_sale(deps)
    if newest <= deps.today:
        return newest
    known = sales.newest_by_channel(deps.conn, deps.today - dt.timedelta(days=1))
    if not known:
        message = f"the store has no sales before {deps.today}: choose a later --today"
        raise Refusal(message)
    return max(known.values())


def known_department(deps: Deps, name: str) -> str:
    """Return a department as the store spells it, or refuse with the list of those there are."""
    known = sorted({cell.department for cell in sales.cells(deps.conn)})
    by_fold = {department.casefold(): department for department in known}
    if name.strip().casefold() in by_fold:
        return by_fold[name.strip().casefold()]
    if not known:
        newest_sale(deps)
    near = get_close_matches(name.strip().casefold(), by_fold, n=1, cutoff=0.75)
    hint = f"did you mean {by_fold[near[0]]}? " if near else ""
    message = f"there is no department {name!r}: {hint}The store has {', '.join(known)}"
    raise Refusal(message)
