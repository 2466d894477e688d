"""The campaigns of the sample retailer: what is discounted how deep, where, and its name."""

from __future__ import annotations

import calendar
import datetime as dt
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from analytics.types import CHANNELS, Cell
from sample_data.retailer import DEPARTMENT, DEPARTMENTS
from sample_data.season import black_friday

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REST_DAYS = 15
"""Days that a cell stays without promotion between two campaigns of the calendar."""

NO_IVA_PCT = 100 * (1 - 1 / 1.22)
"""Depth of a campaign that waives the Italian VAT of 22 %: 18.03 %."""

THREE_FOR_TWO_PCT = 100 / 3
_MONTH_NAMES = (
    "GENNAIO FEBBRAIO MARZO APRILE MAGGIO GIUGNO LUGLIO AGOSTO SETTEMBRE OTTOBRE NOVEMBRE DICEMBRE"
)
_MONTHS = _MONTH_NAMES.split()
_DEPTHS = (10.0, 20.0, 15.0, 30.0, 5.0, 25.0, 20.0, 40.0, 10.0, 35.0, 15.0, 25.0, 45.0, 8.0, 30.0)
_DEPTH_STEPS = (0.0, 5.0, -5.0)  # between departments, where the name tells no depth
_CHANNEL_CHOICES = (*[CHANNELS] * 5, *[(channel,) for channel in CHANNELS * 2])
_DEPARTMENT_COUNTS = (1, 2, 3, 3, 4, 4)
_PEAK_MONTHS, _SEMI_PEAK_MONTHS = (11, 12), (1, 6, 7, 9)
_DAYS_TO_SPARE = 4  # a campaign starts at least so many days before its month ends

Depths = tuple[tuple[str, float], ...]
Card = TypeVar("Card")


@dataclass(frozen=True)
class Promotion:
    """One campaign: depth by department, in its channels, on every day from start to end."""

    code: str
    text: str
    kind: str
    date_start: dt.date
    date_end: dt.date
    channels: tuple[str, ...]
    depths: Depths

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The promoted cells."""
        return tuple(Cell(channel, name) for channel in self.channels for name, _ in self.depths)

    def depth_pct(self, department: str) -> float:
        """Return the depth of one of its departments, per cent."""
        return dict(self.depths)[department]

    @property
    def days(self) -> int:
        """Length in days, both ends included."""
        return (self.date_end - self.date_start).days + 1


class _Idea(NamedTuple):
    """A campaign that comes every year."""

    start: dt.date
    days: int
    depths: Depths
    text: str


def build_calendar(rng: np.random.Generator, first: dt.date, last: dt.date) -> list[Promotion]:
    """Return two or three campaigns a month from first to last, the same cell after a rest only."""
    planner = _Planner(rng, first, last)
    year, month = first.year, first.month
    while dt.date(year, month, 1) <= last:
        planner.plan_month(year, month)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)  # noqa: PLR2004  December
    return planner.promotions


@dataclass
class _Planner:
    """Draws campaigns month by month: the yearly ones by name, the others from two decks."""

    rng: np.random.Generator
    first: dt.date
    last: dt.date
    promotions: list[Promotion] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._free_from: dict[Cell, dt.date] = {}
        self._names = self._deck([department.name for department in DEPARTMENTS])
        self._depths = self._deck(_DEPTHS)

    def plan_month(self, year: int, month: int) -> None:
        """Add the campaigns that start in a month."""
        yearly = [idea for idea in _yearly(year, month) if idea.start <= self.last]
        starts = self._starts(year, month, count=int(self.rng.integers(2, 4)) - len(yearly))
        for start, idea in sorted(
            [*((idea.start, idea) for idea in yearly), *((start, None) for start in starts)],
            key=lambda pair: pair[0],
        ):
            if idea is None:
                self._add_ordinary(start)
            else:
                self._add(idea, CHANNELS)

    def _deck(self, cards: Sequence[Card]) -> Iterator[Card]:
        """Deal cards without end, each as often as the others."""
        while True:
            yield from (cards[index] for index in self.rng.permutation(len(cards)))

    def _starts(self, year: int, month: int, count: int) -> list[dt.date]:
        """Spread starts over the part of a month that lies before `last`."""
        end = min(self.last, dt.date(year, month, calendar.monthrange(year, month)[1]))
        edges = np.linspace(1, end.day - _DAYS_TO_SPARE, count + 1)
        return [
            dt.date(year, month, int(self.rng.integers(int(low), int(high))))
            for low, high in itertools.pairwise(edges)
        ]

    def _add_ordinary(self, start: dt.date) -> None:
        channels = _CHANNEL_CHOICES[self.rng.integers(len(_CHANNEL_CHOICES))]
        wanted = _DEPARTMENT_COUNTS[self.rng.integers(len(_DEPARTMENT_COUNTS))]
        hand = itertools.islice(self._names, len(DEPARTMENTS))
        free = [name for name in dict.fromkeys(hand) if self._is_free(start, channels, name)]
        if free:
            days = int(self.rng.integers(4, 11))
            depths, text = self._offer(start, free[:wanted])
            self._add(_Idea(start, days, depths, text), channels)

    def _offer(self, start: dt.date, names: list[str]) -> tuple[Depths, str]:
        """Draw a depth and a name; three in ten names do not tell the depth."""
        depth = next(self._depths)
        what = _listed([DEPARTMENT[name].short_name for name in names])
        when = f"{_MONTHS[start.month - 1]} {start.year}"
        readable = (f"SCONTO {depth:.0f}% {what} {when}", f"-{depth:.0f}% {what}")
        choice = int(self.rng.integers(10))
        if choice < 7:  # noqa: PLR2004  seven in ten
            return tuple((name, depth) for name in names), readable[choice % 2]
        depths = tuple(
            (name, min(max(5.0, depth + _DEPTH_STEPS[place % len(_DEPTH_STEPS)]), 45.0))
            for place, name in enumerate(names)
        )
        return depths, (f"SOTTOCOSTO {when}", f"SPECIALE {what}", f"WEEKEND {when}")[choice - 7]

    def _is_free(self, start: dt.date, channels: Sequence[str], name: str) -> bool:
        cells = (Cell(channel, name) for channel in channels)
        return all(self._free_from.get(cell, start) <= start for cell in cells)

    def _add(self, idea: _Idea, channels: tuple[str, ...]) -> None:
        """Add a campaign with those of its departments that have rested."""
        depths = tuple(pair for pair in idea.depths if self._is_free(idea.start, channels, pair[0]))
        if not depths:
            return
        end = min(idea.start + dt.timedelta(days=idea.days - 1), self.last - dt.timedelta(days=1))
        promotion = Promotion(
            code=f"PRM{idea.start:%y%m}{len(self.promotions) + 1:03d}",
            text=idea.text,
            kind=_kind(idea.start.month),
            date_start=idea.start,
            date_end=end,
            channels=channels,
            depths=depths,
        )
        self.promotions.append(promotion)
        rested = end + dt.timedelta(days=REST_DAYS + 1)
        self._free_from.update(dict.fromkeys(promotion.cells, rested))


def _listed(names: Sequence[str]) -> str:
    """Join names as Italian does: A, B E C."""
    *others, last = names
    return f"{', '.join(others)} E {last}" if others else last


def _kind(month: int) -> str:
    """Return the TYPE OF PROMO of a month."""
    if month in _PEAK_MONTHS:
        return "PEAK"
    return "SEMI PEAK" if month in _SEMI_PEAK_MONTHS else "NO PEAK"


def _yearly(year: int, month: int) -> list[_Idea]:
    """Return the campaigns that come back every year in this month."""
    when = f"{_MONTHS[month - 1]} {year}"
    no_iva_ce = tuple((name, NO_IVA_PCT) for name in ("TV", "AUDIO", "PHOTO"))
    no_iva_ged = (("LARGE DOMESTIC APPLIANCES", NO_IVA_PCT),)
    three_for_two = (("ACCESSORIES", THREE_FOR_TWO_PCT),)
    black_friday_depths = (
        ("TELEPHONY", 15.0),
        ("GAMING", 20.0),
        ("COMPUTERS", 25.0),
        ("SMALL DOMESTIC APPLIANCES", 35.0),
    )
    january_depths = (("MOBILITY", 40.0), ("ENTERTAINMENT", 45.0), ("SERVICES", 25.0))
    starts = black_friday(year) - dt.timedelta(days=4)
    ideas = {
        1: [_Idea(dt.date(year, 1, 8), 9, january_depths, f"SALDI GENNAIO {year}")],
        3: [_Idea(dt.date(year, 3, 14), 7, three_for_two, "3X2 ACCESSORI")],
        5: [_Idea(dt.date(year, 5, 9), 6, no_iva_ged, f"NO IVA GED {when}")],
        8: [_Idea(dt.date(year, 8, 20), 7, three_for_two, "3X2 ACCESSORI")],
        10: [_Idea(dt.date(year, 10, 17), 7, no_iva_ce, f"NO IVA CE {when}")],
        11: [_Idea(starts, 7, black_friday_depths, f"BLACK FRIDAY {year}")],
    }
    return ideas.get(month, [])
