"""What an unattended run leaves for people: the same report as Markdown and as a workbook."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import xlsxwriter

from app.export import TEXT_STAYS_TEXT, plain_markdown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from xlsxwriter.format import Format

    from analytics.post_mortem import PostMortem
    from app.autopilot import AutopilotRun, Waiting
    from tools.summaries import ScenarioSummary

Value = str | float | int | None
_MOST_WIDE = 60
_LINE_HEIGHT = 15.0
_WIDEST = 1.15  # lines break between words, and some letters are wider than a digit
Table = tuple[str, tuple[str, ...], list[tuple[Value, ...]]]


def write_report(run: AutopilotRun, folder: Path) -> tuple[Path, Path]:
    """Write the report of a run, named after its month and day; a second run of a day replaces it.

    Returns:
        The Markdown file and the workbook.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"autopilot-{run.month}-{run.today}"
    words, book = folder / f"{stem}.md", folder / f"{stem}.xlsx"
    words.write_text(markdown(run), encoding="utf-8")
    _write_workbook(run, book)
    return words, book


def markdown(run: AutopilotRun) -> str:
    """Return the report as Markdown."""
    lines = [f"# Promotion report {run.month}, as of {run.today}"]
    for title, head, rows in _tables(run):
        lines += ["", f"## {title}", "", _row(head), _row(["---"] * len(head))]
        lines += [_row([_shown(value) for value in row]) for row in rows]
    for report in run.post_mortems:
        lines += ["", f"## {plain_markdown(report.label)}", ""]
        lines += [f"- {plain_markdown(line)}" for line in _insights(report.result)]
    if run.waiting:
        lines += ["", "## What to do", ""]
        lines += [f"- {plain_markdown(item.title)}: {command(item)}" for item in run.waiting]
    return "\n".join(lines) + "\n"


def _tables(run: AutopilotRun) -> list[Table]:
    tables: list[Table] = [
        ("Steps", ("step", "outcome", "what"), [(s.name, s.outcome, s.text) for s in run.steps])
    ]
    if run.gap is not None:
        tables.append(
            (
                "Expected sales by department",
                ("department", "sold so far", "forecast of the rest", "expected", "a year before"),
                [
                    (
                        part.key,
                        part.sold_so_far_value,
                        part.forecast_rest_value,
                        part.expected_value,
                        part.same_month_last_year_value,
                    )
                    for part in run.gap.by_department
                ],
            )
        )
    if run.plan is not None:
        head = (
            "scenario",
            "days",
            "discounts",
            "added sales",
            "P10",
            "P90",
            "added margin",
            "net EBIT",
            "check",
        )
        tables.append(("Scenarios", head, [_scenario(item) for item in run.plan.scenarios]))
    return tables


def _scenario(item: ScenarioSummary) -> tuple[Value, ...]:
    discounts = "; ".join(
        f"{m.department} {m.channel} {m.discount_pct:g} %" for m in item.mechanics
    )
    return (
        item.label,
        f"{item.start} to {item.end}",
        discounts,
        item.sales_value_delta,
        item.sales_delta_interval.p10,
        item.sales_delta_interval.p90,
        item.margin_value_delta,
        item.net_ebit,
        item.validation,
    )


def _row(values: Sequence[str]) -> str:
    return "| " + " | ".join(values) + " |"


def _shown(value: Value) -> str:
    if value is None:
        return "-"
    return plain_markdown(value) if isinstance(value, str) else f"{value:,.0f}"


def _write_workbook(run: AutopilotRun, path: Path) -> None:
    tables = [*_tables(run), _findings(run), _to_do(run)]
    with xlsxwriter.Workbook(str(path), TEXT_STAYS_TEXT) as book:
        head = {"bold": True, "bg_color": "#1F3A5F", "font_color": "white"}
        styles = _Styles(
            book.add_format(head),
            book.add_format({**head, "align": "right"}),
            book.add_format({"text_wrap": True, "valign": "top"}),
            book.add_format({"num_format": "#,##0;[Red]-#,##0", "valign": "top"}),
        )
        for table in tables:
            if table[2]:
                _write_sheet(book, table, styles)


class _Styles(NamedTuple):
    head: Format
    head_of_figures: Format
    text: Format
    figure: Format


def _write_sheet(book: xlsxwriter.Workbook, table: Table, styles: _Styles) -> None:
    """Write a table on a sheet of its own.

    Rows get the height that their text needs: not every program works it out by itself.
    """
    title, head, rows = table
    sheet = book.add_worksheet(title[:31])
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.freeze_panes(1, 0)
    widths = [_width(name, [row[n] for row in rows]) for n, name in enumerate(head)]
    for column, width in enumerate(widths):
        figures = all(not isinstance(row[column], str) for row in rows)
        sheet.set_column(column, column, width)
        sheet.write(0, column, head[column], styles.head_of_figures if figures else styles.head)
    for index, row in enumerate(rows, start=1):
        lines = max(ceil(len(str(v)) * _WIDEST / w) for v, w in zip(row, widths, strict=True))
        sheet.set_row(index, _LINE_HEIGHT * max(lines, 1))
        for column, value in enumerate(row):
            sheet.write(
                index, column, value, styles.text if isinstance(value, str) else styles.figure
            )


def _width(name: str, values: Sequence[Value]) -> int:
    """Return a column's width in characters: room for its longest value, or for lines of it."""
    longest = max(len(v if isinstance(v, str) else _shown(v)) for v in (name, *values))
    return min(longest + 3, _MOST_WIDE)


def _findings(run: AutopilotRun) -> Table:
    rows: list[tuple[Value, ...]] = [
        (report.label, report.result.verdict.replace("_", " "), line)
        for report in run.post_mortems
        for line in _insights(report.result)
    ]
    return "Post-mortems", ("campaign", "verdict", "finding"), rows


def _to_do(run: AutopilotRun) -> Table:
    rows: list[tuple[Value, ...]] = [(item.title, command(item)) for item in run.waiting]
    return "What to do", ("waits for you", "command"), rows


def _insights(result: PostMortem) -> tuple[str, ...]:
    return (*result.insights, *result.learning_points)


def command(item: Waiting) -> str:
    """Return how a person answers a request."""
    if item.kind == "coefficients":
        return f"`promoloop uplift promote {item.subject_id}`"
    talk = f", or `promoloop chat --thread {item.thread}`" if item.thread else ""
    return f"`promoloop approve {item.subject_id[:8]}`{talk}"
