"""`promoloop doctor`: what was found, what is missing, and the repair."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, NoReturn

import typer
from rich.markup import escape

from app.cli.errors import sentence_for
from app.cli.options import Json
from app.cli.output import console

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.settings import Settings

State = Literal["ok", "missing", "broken"]
_MARK = {
    "ok": "[green]ok     [/green]",
    "missing": "[yellow]missing[/yellow]",
    "broken": "[red]broken [/red]",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: State
    found: str
    repair: str = ""


class _NotThereYet(Exception):  # noqa: N818  it is a finding, not an error
    """Something is not there yet; what is there is sound."""

    def __init__(self, found: str, repair: str) -> None:
        super().__init__(found)
        self.found = found
        self.repair = repair


def _missing(found: str, repair: str) -> NoReturn:
    raise _NotThereYet(found, repair)


def doctor(*, json: Json = False) -> None:
    """Look at settings, store, data, policy, model and libraries; exit 1 if something is broken."""
    from app.settings import SettingsError, read_settings

    try:
        settings = read_settings()
    except SettingsError as error:
        findings = [Finding(what="settings", state="broken", found=str(error))]
    else:
        findings = [_look(what, check, settings) for what, check in _CHECKS.items()]
    if json:
        console.print_json(data={"findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            console.print(
                f"{_MARK[finding.state]} [bold]{finding.what}[/bold]: {escape(finding.found)}"
            )
            if finding.repair:
                console.print(f"        {escape(finding.repair)}")
    if any(finding.state == "broken" for finding in findings):
        raise typer.Exit(1)


def _look(what: str, check: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(what=what, state="ok", found=check(settings))
    except _NotThereYet as missing:
        return Finding(what=what, state="missing", found=missing.found, repair=missing.repair)
    except (ImportError, OSError) as error:
        return Finding(
            what=what, state="broken", found=" ".join(str(error).split()), repair=_LIBRARIES
        )
    except Exception as error:
        sentence = sentence_for(error)
        if sentence is None:
            raise
        return Finding(what=what, state="broken", found=sentence)


_LIBRARIES = "install libgomp1 (see Two commands in the README), then try again"


def _python(_: Settings) -> str:
    import lightgbm
    import mlforecast

    return f"Python {sys.version.split()[0]}, LightGBM {lightgbm.__version__}, mlforecast {mlforecast.__version__}"


def _store(settings: Settings) -> str:
    from pathlib import Path

    from app.bootstrap import open_store

    path = Path(settings.database_url.partition(":///")[2])
    if settings.database_url.startswith("duckdb") and not path.exists():
        _missing(f"{path} does not exist yet", "it is made by promoloop ingest, or promoloop demo")
    open_store(settings).dispose()
    return _without_password(settings.database_url)


def _without_password(url: str) -> str:
    import sqlalchemy as sa

    return sa.make_url(url).render_as_string(hide_password=True)


def _data(settings: Settings) -> str:
    _store(settings)
    from app.cli.session import unit
    from tools.overview import store_overview

    with unit() as deps:
        found = store_overview(deps)
    if found.newest_sale is None:
        _missing("no sales are stored", "load workbooks: promoloop ingest PATH...")
    if not found.months_with_target:
        _missing("no targets are stored", "import them: promoloop targets import FILE")
    if not found.segments:
        _missing("no segments are stored", "import them: promoloop segments import FILE")
    return (
        f"{len(found.departments)} departments, sales {found.first_sale} to {found.newest_sale}, "
        f"targets until {found.months_with_target[-1]}, "
        f"coefficients {found.coefficients_in_force or 'not promoted yet'}"
    )


def _policy(settings: Settings) -> str:
    from app.bootstrap import load_policy

    policy = load_policy(settings.policy)
    return f"version {policy.version} from {settings.policy or 'the packaged default'}"


def _model(settings: Settings) -> str:
    from agents.models import chat_model
    from app.threads import model_settings

    chat_model(model_settings(settings), "router")
    where = settings.openai_base_url or (
        "OpenAI" if settings.model != "offline" else "this program"
    )
    return f"{settings.model}, by {where}"


def _traces(settings: Settings) -> str:
    from app.traces import traced

    with traced(settings):
        if settings.traces_endpoint is None:
            return "off: nothing is sent anywhere"
    what = "texts and results included" if settings.traces_content else "without texts and results"
    return f"to {settings.traces_endpoint}, {what}"


_CHECKS: dict[str, Callable[[Settings], str]] = {
    "libraries": _python,
    "policy": _policy,
    "store": _store,
    "data": _data,
    "model": _model,
    "traces": _traces,
}
