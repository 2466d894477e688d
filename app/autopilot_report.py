"""What an unattended run leaves for people: the same report as Markdown and as a workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xlsxwriter

from app.export import TEXT_STAYS_TEXT, plain_markdown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analytics.post_mortem import PostMortem
    from app.autopilot import AutopilotRun, Waiting
    from tools.summaries import ScenarioSummary

Value = str | float | int | None
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
        lines += [f"- {plain_markdown(item.title)}: {_command(item)}" for item in run.waiting]
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
            "sales",
            "P10",
            "P90",
            "margin",
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
    with xlsxwriter.Workbook(str(path), TEXT_STAYS_TEXT) as book:
        bold = book.add_format({"bold": True, "bg_color": "#1F3A5F", "font_color": "white"})
        text = book.add_format({"text_wrap": True, "valign": "top"})
        money = book.add_format({"num_format": "#,##0;[Red]-#,##0", "valign": "top"})
        for title, head, rows in [*_tables(run), _findings(run)]:
            sheet = book.add_worksheet(title[:31])
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(head) - 1, 18)
            sheet.set_column(min(2, len(head) - 1), min(2, len(head) - 1), 60)
            sheet.write_row(0, 0, head, bold)
            for index, row in enumerate(rows, start=1):
                for column, value in enumerate(row):
                    style = text if isinstance(value, str) else money
                    sheet.write(index, column, value, style)


def _findings(run: AutopilotRun) -> Table:
    rows: list[tuple[Value, ...]] = [
        (report.label, report.result.verdict.replace("_", " "), line)
        for report in run.post_mortems
        for line in _insights(report.result)
    ]
    return "Post-mortems", ("campaign", "verdict", "finding"), rows


def _insights(result: PostMortem) -> tuple[str, ...]:
    return (*result.insights, *result.learning_points)


def _command(item: Waiting) -> str:
    if item.kind == "coefficients":
        return f"`promoloop uplift promote {item.subject_id}`"
    talk = f", or `promoloop chat --thread {item.thread}`" if item.thread else ""
    return f"`promoloop approve {item.subject_id[:8]}`{talk}"
