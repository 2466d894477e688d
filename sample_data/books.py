"""Writes the workbooks one by one and keeps what the truth says about each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.types import CHANNELS
from sample_data.lines import Lines, build_lines, join_lines
from sample_data.oddities import Dirt, DirtyLines, add_dirt, add_oddities
from sample_data.truth import dirty_rows, file_truth
from sample_data.workbooks import (
    CHANNEL_FILES,
    PROMO_FILE,
    Period,
    fiscal_year_periods,
    month_to_date,
    promo_sheet,
    sales_sheet,
    whole_year,
)
from sample_data.xlsb import Sheet, write_workbook

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from sample_data.catalogue import Catalogue
    from sample_data.parts import Parts
    from sample_data.world import World

Progress = Callable[[str, int, int], None]

FISCAL_YEARS = (24, 25)

_LINES, _DIRT = 5, 6  # streams of random numbers under the seed
_FILES_OF_A_YEAR, _FILES_TO_DATE = 7, 3
_KINDS = (*CHANNEL_FILES.values(), PROMO_FILE)
_OVERLAP_DAYS = 3
_OVERLAP_SOURCE, _OVERLAP_FILE = "Web_October-January_FY25.xlsb", "Web_February-May_FY25.xlsb"

_DIRT_OF: dict[tuple[str, str], tuple[Dirt, ...]] = {
    ("Stores", "October-January"): (Dirt.DATE_UNREADABLE,),
    ("Stores", "June-September"): (Dirt.DEPARTMENT_MISSING, Dirt.BLANK_ROW),
    ("Web", "February-May"): (Dirt.VALUE_UNREADABLE, Dirt.DATE_OUT_OF_RANGE),
    (PROMO_FILE, "October-September"): (Dirt.DATE_UNREADABLE, Dirt.VALUE_UNREADABLE),
}
"""Which files have unreadable rows, by kind of file and months."""


@dataclass
class Books:
    """The workbooks of a sample: two fiscal years and the month to date."""

    out: Path
    world: World
    catalogue: Catalogue
    parts: Parts
    on_progress: Progress | None = None
    paths: list[Path] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    dirty: list[dict[str, Any]] = field(default_factory=list)
    overlap: dict[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows written so far, headers not counted."""
        return sum(file["rows"] for file in self.files)

    def truth(self) -> dict[str, Any]:
        """Return what truth.json says about the files."""
        return {"files": self.files, "dirty_rows": self.dirty, "overlap": self.overlap}

    def write_all(self) -> None:
        """Write every workbook."""
        to_date = month_to_date(self.world.last_day)
        years = [(fiscal_year_periods(year), whole_year(year)) for year in FISCAL_YEARS]
        for periods, year in [*years, ((to_date,), to_date)]:
            promoted = self._write_channel("offline", periods)
            promoted += self._write_channel("online", periods)
            self._write_promo(promoted, year)

    def _write_channel(self, channel: str, periods: tuple[Period, ...]) -> list[Lines]:
        """Write the Stores or the Web files of some periods and return their promoted lines."""
        kind = CHANNEL_FILES[channel]
        promoted, before = [], None
        for period in periods:
            name = period.file_name(kind)
            lines = self._lines(channel, period)
            promoted.append(lines.take(lines.campaign >= 0))
            shown = lines
            if name == _OVERLAP_FILE and before is not None:
                repeated = before.take(before.day > before.day.max() - _OVERLAP_DAYS)
                self.overlap = _overlap_truth(repeated)
                shown = join_lines([repeated, lines])
            before = lines
            dirty = self._dirtied(shown, kind, period)
            sheet = sales_sheet(dirty, self.catalogue, date_style=period.has_date_style)
            self._write(name, channel, dirty, sheet, date_style=period.has_date_style)
        return promoted

    def _lines(self, channel: str, period: Period) -> Lines:
        index = list[str](CHANNELS).index(channel)
        rng = np.random.default_rng([self.world.seed, _LINES, index, period.start.toordinal()])
        first, last = _day_number(period.start), _day_number(period.end)
        inside = (self.parts.day >= first) & (self.parts.day <= last)
        parts = self.parts.take(inside & (self.parts.channel == index))
        return add_oddities(build_lines(parts, self.catalogue, rng), rng)

    def _write_promo(self, promoted: list[Lines], period: Period) -> None:
        """Write the Promo file: the promoted lines of a year's Stores and Web files, by day."""
        lines = join_lines(promoted)
        lines = lines.take(np.argsort(lines.day, kind="stable"))
        dirty = self._dirtied(lines, PROMO_FILE, period)
        campaigns, style = self.world.campaigns, period.has_date_style
        sheet = promo_sheet(dirty, self.catalogue, campaigns, date_style=style)
        self._write(period.file_name(PROMO_FILE), None, dirty, sheet, date_style=style)

    def _dirtied(self, lines: Lines, kind: str, period: Period) -> DirtyLines:
        stream = [self.world.seed, _DIRT, _KINDS.index(kind), period.start.toordinal()]
        kinds = _DIRT_OF.get((kind, period.label), ())
        return add_dirt(lines, kinds, np.random.default_rng(stream))

    def _write(
        self, name: str, channel: str | None, shown: DirtyLines, sheet: Sheet, *, date_style: bool
    ) -> None:
        write_workbook(self.out / name, [sheet])
        self.paths.append(self.out / name)
        self.files.append(file_truth(name, channel, shown, date_style=date_style))
        self.dirty.extend(dirty_rows(name, shown))
        if self.on_progress is not None:
            total = _FILES_OF_A_YEAR * len(FISCAL_YEARS) + _FILES_TO_DATE
            self.on_progress(name, len(self.paths), total)


def _overlap_truth(repeated: Lines) -> dict[str, Any]:
    return {
        "file": _OVERLAP_FILE,
        "repeats": _OVERLAP_SOURCE,
        "first_date": str(np.datetime64(int(repeated.day.min()), "D")),
        "last_date": str(np.datetime64(int(repeated.day.max()), "D")),
        "rows": len(repeated),
        "sales_value": int(repeated.sales_cents.sum()) / 100,
        "margin_value": int(repeated.margin_cents.sum()) / 100,
        "units": int(repeated.units.sum()),
    }


def _day_number(day: dt.date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))
