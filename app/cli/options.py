"""Options that many commands share, and how their values are read."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Literal

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table.")]


def parse_day(text: str) -> dt.date:
    """Read a day given as YYYY-MM-DD."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is not a day: write it as YYYY-MM-DD, e.g. 2025-10-22"
        raise typer.BadParameter(message) from error


def parse_moment(text: str) -> dt.datetime:
    """Read a moment with its zone, given as YYYY-MM-DD HH:MM:SS+00:00."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is not a moment: write it as 2025-10-22 14:30:05+02:00"
        raise typer.BadParameter(message) from error
    if moment.tzinfo is None:
        message = f"{text!r} has no time zone: write it as {text}+00:00 for UTC"
        raise typer.BadParameter(message)
    return moment


Today = Annotated[
    dt.date | None,
    typer.Option(parser=parse_day, metavar="YYYY-MM-DD", help="Plan as if it were this day."),
]
Start = Annotated[dt.date, typer.Option(parser=parse_day, metavar="YYYY-MM-DD", help="First day.")]
End = Annotated[
    dt.date, typer.Option(parser=parse_day, metavar="YYYY-MM-DD", help="Last day, included.")
]
OptionalStart = Annotated[
    dt.date | None,
    typer.Option("--start", parser=parse_day, metavar="YYYY-MM-DD", help="First day."),
]
OptionalEnd = Annotated[
    dt.date | None,
    typer.Option("--end", parser=parse_day, metavar="YYYY-MM-DD", help="Last day, included."),
]


def parse_month(text: str) -> str:
    """Read a month given as YYYY-MM."""
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text):
        message = f"{text!r} is not a month: write it as YYYY-MM, e.g. 2025-10"
        raise typer.BadParameter(message)
    return text


Channel = Annotated[str | None, typer.Option(metavar="online|offline", help="One channel only.")]
Department = Annotated[str | None, typer.Option(help="One department only.")]
Picture = Annotated[
    Path | None,
    typer.Option(
        "--picture", metavar="FILE", help="Also draw it: .png, .svg, or .json for the web."
    ),
]
Paths = Annotated[list[Path], typer.Argument(help="Workbooks: .xlsb, .xlsx or .csv.")]


def one_channel(given: str | None) -> Literal["online", "offline"] | None:
    """Read the name of a channel."""
    match given:
        case None | "online" | "offline":
            return given
        case _:
            message = f"{given!r} is not a channel: it is online or offline"
            raise typer.BadParameter(message)
