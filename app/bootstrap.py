"""The composition root: settings become a store, a policy and a workspace."""

from __future__ import annotations

import datetime as dt
import getpass
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.policy import Policy, PolicyError, default_policy, parse_policy
from app.settings import SettingsError
from db import migrate, sales
from db.engine import open_engine
from tools.deps import ForecasterCache, Workspace
from tools.fitted_files import FittedFiles

if TYPE_CHECKING:
    from collections.abc import Callable

    import sqlalchemy as sa

    from app.settings import Settings


_log = logging.getLogger(__name__)

# A store whose newest sale is older than this is not the live business: its own last day is "today".
STALE_AFTER_DAYS = 31


def load_policy(path: Path | None) -> Policy:
    """Read the company's policy file, or the packaged default when none is set.

    Raises:
        PolicyError: the file is missing or wrong.
    """
    if path is None:
        return default_policy()
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        message = (
            f"The policy file {path} cannot be read ({error.strerror}): correct PROMOLOOP_POLICY"
        )
        raise PolicyError(message) from error
    except UnicodeDecodeError as error:
        message = f"The policy file {path} is not readable text: save it again as UTF-8"
        raise PolicyError(message) from error
    return parse_policy(text)


def open_store(settings: Settings, *, create: bool = False) -> sa.Engine:
    """Open the store and see that it has the schema of this version.

    An embedded database is brought to this version at once, and made where `create` allows it; a PostgreSQL server is only
    changed by `promoloop db migrate`.

    Raises:
        SettingsError: there is no such file and it may not be made.
        StoreError: it cannot be opened, is not migrated, or is newer than this program.
    """
    engine = open_engine(settings.database_url) if create else existing_store(settings)
    if engine.dialect.name == "duckdb":
        migrate.migrate(engine)
    migrate.require_current(engine)
    return engine


def existing_store(settings: Settings) -> sa.Engine:
    """Open the store as it is, without looking at its schema.

    Raises:
        SettingsError: there is no such file: opening it would make an empty one.
        StoreUrlError: the URL names no store.
    """
    file = Path(settings.database_url.partition(":///")[2])
    if settings.database_url.startswith("duckdb") and not file.exists():
        message = (
            f"the store {file} does not exist yet: load workbooks with promoloop ingest PATH..., or "
            "set PROMOLOOP_DATABASE_URL"
        )
        raise SettingsError(message)
    return open_engine(settings.database_url)


def business_day(engine: sa.Engine, given: dt.date | None) -> tuple[dt.date, str | None]:
    """Return the day to plan on, and a remark when it is not the calendar's.

    The calendar's day, unless one is given or the newest sale is more than a month old: then the
    day after the newest sale, as a store that has not been fed since is planned as it was then.
    """
    if given is not None:
        return given, None
    with engine.connect() as conn:
        period = sales.date_range(conn)
    calendar = dt.datetime.now(tz=dt.UTC).astimezone().date()
    if period is None or (calendar - period[1]).days <= STALE_AFTER_DAYS:
        return calendar, None
    day = period[1] + dt.timedelta(days=1)
    return day, f"as of {day}, the day after the newest sale (--today sets another day)"


def open_workspace(
    settings: Settings,
    engine: sa.Engine,
    today: dt.date,
    on_fit: Callable[[dt.date], None] | None = None,
    tell: Callable[[str], None] | None = None,
) -> Workspace:
    """Return what the tools share; `on_fit` is told when a forecast model is fitted.

    `tell` hears of a kept forecast that cannot be used.

    Raises:
        PolicyError: the policy file is wrong.
    """
    return Workspace(
        engine=engine,
        today=today,
        policy=load_policy(settings.policy),
        geo=settings.geo,
        country=settings.country,
        actor=getpass.getuser(),
        data_dir=settings.data_dir.resolve(),
        forecasters=ForecasterCache(
            settings.country, on_fit, FittedFiles(settings.cache_dir, tell or _log.warning)
        ),
    )
