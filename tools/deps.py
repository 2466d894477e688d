"""What every tool receives before its own arguments: the store, the day, the rules.

A `Workspace` lives as long as the program; `open` starts one unit of work, and the `Deps` it
yields live for one tool call: one transaction, all of it or nothing.
"""

import datetime as dt
import threading
import uuid
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TypeVar

import pandas as pd
import sqlalchemy as sa

from analytics.forecast import Forecaster, fit_forecaster
from analytics.frames import day_totals
from analytics.policy import Policy
from db import sales
from tools.errors import Refusal
from tools.fitted_files import FittedFiles
from tools.memory import Memory

Value = TypeVar("Value")

MOST_FITS = 24
MOST_ANSWERS = 256
MOST_WINDOWS = 200
"""How many windows a fitted model remembers; a week of planning asks for fewer."""

_IDS = uuid.UUID("6f0e6f6c-6c70-5f6d-8f70-726f6d6f6c70")


@dataclass(frozen=True, eq=False)
class _Remembering(Forecaster):
    """Forecasts a window without promotions once: a plan and each check of it ask for the same."""

    _known: dict[tuple[dt.date, dt.date], pd.DataFrame] = field(default_factory=dict)

    def baseline(self, start: dt.date, end: dt.date) -> pd.DataFrame:
        """Forecast as `Forecaster.baseline` does; the frame is the caller's own."""
        if (start, end) not in self._known:
            if len(self._known) >= MOST_WINDOWS:
                self._known.clear()
            self._known[start, end] = super().baseline(start, end)
        return self._known[start, end].copy()


def _remembering(fitted: Forecaster) -> Forecaster:
    return _Remembering(**{part.name: getattr(fitted, part.name) for part in fields(fitted)})


class ForecasterCache:
    """Fitted forecast models, one per state of the data and last day used.

    Fitting takes seconds: `on_fit` is told the first day that a model will not know. With `files`,
    what takes long is kept for the next program.
    """

    def __init__(
        self,
        country: str | None,
        on_fit: Callable[[dt.date], None] | None = None,
        files: FittedFiles | None = None,
    ) -> None:
        self._files = files
        self._country = country
        self._on_fit = on_fit
        self._fitted = Memory(MOST_FITS)

    def get(self, conn: sa.Connection, before: dt.date) -> Forecaster:
        """Return the model that knows the stored sales before a day (exclusive), fitting it once.

        Raises:
            ValueError: there are no sales before that day.
        """
        state = sales.data_state(conn)
        return self._fitted.recall(
            (state, before),
            lambda: _remembering(self._fit(conn, before)),
            still=lambda: sales.data_state(conn) == state,
        )

    def _fit(self, conn: sa.Connection, before: dt.date) -> Forecaster:
        file = self._files and self._files.path(sales.data_version(conn), before, self._country)
        kept = self._files.load(file) if self._files and file else None
        if self._on_fit and kept is None:
            self._on_fit(before)
        rows = sales.sales_rows(conn, end=before - dt.timedelta(days=1))
        fitted = fit_forecaster(day_totals(rows), country=self._country, kept=kept)
        if self._files and file and kept is None:
            self._files.save(file, fitted.kept)
        return fitted


@dataclass(frozen=True)
class Workspace:
    """What the tools of one running program share.

    `memory` may be shared with other workspaces, also on other stores.
    """

    engine: sa.Engine
    today: dt.date
    policy: Policy
    geo: str
    country: str | None
    actor: str
    data_dir: Path
    forecasters: ForecasterCache
    memory: Memory = field(default_factory=lambda: Memory(MOST_ANSWERS))
    _writing: threading.RLock = field(default_factory=threading.RLock)

    @contextmanager
    def open(
        self,
        scope: str,
        *,
        write: bool = True,
        thread_id: str | None = None,
        agent: str | None = None,
        person_said: tuple[str, ...] = (),
    ) -> Iterator["Deps"]:
        """Start one unit of work: everything done with the `Deps` commits together or not at all.

        Args:
            scope: what deterministic ids are made from; a repeated call has the same scope.
            write: False lets calls run side by side; DuckDB has one writer at a time.
            thread_id: the conversation this belongs to, if any.
            agent: the agent that calls, if one does.
            person_said: what the person said in that conversation.
        """
        one_writer = write and self.engine.dialect.name == "duckdb"
        with self._writing if one_writer else nullcontext(), self.engine.begin() as conn:
            yield Deps(
                conn=conn,
                scope=scope,
                workspace=self,
                thread_id=thread_id,
                may_write=write,
                agent=agent,
                person_said=person_said,
            )


@dataclass(frozen=True)
class Deps:
    """One tool call's view of the workspace."""

    conn: sa.Connection
    scope: str
    workspace: Workspace
    thread_id: str | None = None
    may_write: bool = True
    agent: str | None = None
    person_said: tuple[str, ...] = ()

    @property
    def today(self) -> dt.date:
        """The day the business is on; tools never look at a clock."""
        return self.workspace.today

    @property
    def policy(self) -> Policy:
        """The company's rules and rates."""
        return self.workspace.policy

    def new_id(self, *parts: object) -> uuid.UUID:
        """Return an id that is the same when the same call runs again (uuid5 of scope and parts)."""
        return uuid.uuid5(_IDS, "\x1f".join([self.scope, *map(str, parts)]))

    def forecaster(self, before: dt.date) -> Forecaster:
        """Return the forecast model that uses only sales before a day (exclusive).

        Raises:
            Refusal: there are no sales before that day, or too few.
        """
        try:
            return self.workspace.forecasters.get(self.conn, before)
        except ValueError as error:
            raise Refusal(str(error)) from error

    def recall(self, key: tuple[Hashable, ...], make: Callable[[], Value]) -> Value:
        """Return what was worked out from the stored sales and a key, working it out once.

        Args:
            key: what it is, and all that it depends on besides the sales and the holidays.
            make: works it out; a refusal is not kept.
        """
        state = sales.data_state(self.conn)
        return self.workspace.memory.recall(
            (*key, state, self.workspace.country),
            make,
            still=lambda: sales.data_state(self.conn) == state,
        )
