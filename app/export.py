"""The hand-over file of a scenario: an Excel workbook with charts, or Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tools.handover import Handover

# A name that begins with `=` must never become a formula.
TEXT_STAYS_TEXT = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_MONEY, _PCT, _NUMBER = "#,##0;[Red]-#,##0", '0.0" %"', "#,##0.##"
_WIDE_COLUMNS, _WIDE_CHARS = 5, 80
_TABLES = (
    ("by_channel", "Channel", ("channel",)),
    ("by_department", "Department", ("department",)),
    ("by_segment", "Segment", ("segment_id",)),
)


def write_workbook(pack: Handover, path: Path) -> None:
    """Write the pack as .xlsx: summary, mechanics, tables with a chart, validation, brief.

    Text is always written as text: a name that begins with `=` never becomes a formula.
    """
    with xlsxwriter.Workbook(str(path), TEXT_STAYS_TEXT) as book:
        _Pages(book, pack).write()


class _Pages:
    """The sheets of one workbook."""

    def __init__(self, book: Any, pack: Handover) -> None:  # noqa: ANN401  xlsxwriter ships no types
        self._book = book
        self._pack = pack
        self._parts = pack.kpis.kpi_breakdown
        form = {"valign": "top", "font_name": "Calibri"}
        self._title = book.add_format({**form, "bold": True, "font_size": 16})
        self._head = book.add_format(
            {**form, "bold": True, "bg_color": "#1F3A5F", "font_color": "white"}
        )
        self._text = book.add_format({**form, "text_wrap": True})
        self._bold = book.add_format({**form, "bold": True})
        self._formats = {
            kind: book.add_format({**form, "num_format": kind}) for kind in (_MONEY, _PCT, _NUMBER)
        }

    def write(self) -> None:
        self._summary()
        self._mechanics()
        for key, title, names in _TABLES:
            self._breakdown(key, title, names)
        self._validation()
        if self._pack.brief is not None:
            self._brief()

    def _sheet(self, name: str) -> Any:  # noqa: ANN401  xlsxwriter ships no types
        """Add a sheet that prints on A4, one page wide."""
        sheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet

    def _summary(self) -> None:
        pack, sheet = self._pack, self._sheet("Summary")
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 5, 17)
        sheet.write(0, 0, pack.scenario.label, self._title)
        state = "approved" if pack.approved else "NOT APPROVED: a draft"
        sheet.write(
            1,
            0,
            f"{pack.scenario.date_range_start} to {pack.scenario.date_range_end} · {state}",
            self._bold,
        )
        head = ("", "Plan", "Against baseline", "P10", "P50", "P90")
        row = self._header(sheet, 3, head)
        intervals = self._parts["intervals"]
        for title, total, delta in (
            ("Sales", "total_sales_value", "sales_value_delta"),
            ("Margin", "total_margin_value", "margin_value_delta"),
            ("EBIT", "total_ebit", "ebit_delta"),
            ("Units", "total_units", "units_delta"),
        ):
            range_ = intervals[delta]
            figures = (
                getattr(pack.kpis, total),
                getattr(pack.kpis, delta),
                range_["p10"],
                range_["p50"],
                range_["p90"],
            )
            row = self._line(sheet, row, (title, *figures), _MONEY)
        sheet.write(row, 0, "Margin %", self._text)
        sheet.write(row, 1, pack.kpis.total_margin_pct, self._formats[_PCT])
        row = self._header(sheet, row + 2, ("Net effect", "Sales", "Margin", "EBIT", "Units"))
        net = self._parts["net_effect"]["net_incremental"]
        title = "after dip and cross-effects"
        parts = (net[name] for name in ("sales_value", "margin_value", "ebit", "units"))
        row = self._line(sheet, row, (title, *parts), _MONEY)
        row = self._header(sheet, row + 1, ("Assumptions", ""))
        for name, value in self._parts["assumptions"].items():
            row = self._wide(sheet, row, name.replace("_", " "), _plain_value(value))

    def _mechanics(self) -> None:
        sheet = self._sheet("Mechanics")
        columns = (
            "department",
            "channel",
            "discount_pct",
            "promo_share",
            "uplift_units_pct",
            "confidence",
            "sample_size",
            "sales_value_baseline",
            "sales_value_planned",
            "markdown_value",
        )
        sheet.set_column(0, len(columns), 18)
        row = self._header(sheet, 0, [name.replace("_", " ") for name in columns])
        promoted = [cell for cell in self._parts["by_cell"] if cell["discount_pct"] > 0]
        for cell in promoted:
            row = self._line(sheet, row, [cell[name] for name in columns], _NUMBER)
        sheet.freeze_panes(1, 2)

    def _breakdown(self, key: str, title: str, names: Sequence[str]) -> None:
        lines = self._parts[key]
        if not lines:
            return
        sheet = self._sheet(title)
        columns = (
            *names,
            "sales_value",
            "sales_value_delta",
            "margin_value",
            "margin_value_delta",
            "margin_pct",
            "units",
        )
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, len(columns), 18)
        row = self._header(sheet, 0, [name.replace("_", " ") for name in columns])
        for line in lines:
            row = self._line(sheet, row, [line[name] for name in columns], _MONEY)
            percent = columns.index("margin_pct")
            sheet.write(row - 1, percent, line["margin_pct"], self._formats[_PCT])
        sheet.conditional_format(1, 2, row - 1, 2, {"type": "data_bar", "bar_color": "#5B9BD5"})
        chart = self._book.add_chart({"type": "bar"})
        chart.add_series(
            {
                "name": "additional sales",
                "categories": [title, 1, 0, row - 1, 0],
                "values": [title, 1, 2, row - 1, 2],
                "fill": {"color": "#1F3A5F"},
            }
        )
        chart.set_title({"name": f"Additional sales by {title.lower()}"})
        chart.set_legend({"none": True})
        chart.set_y_axis({"reverse": True, "label_position": "low"})
        chart.set_size({"width": 760, "height": 120 + 34 * len(lines)})
        sheet.insert_chart(row + 1, 0, chart)

    def _validation(self) -> None:
        sheet = self._sheet("Validation")
        sheet.set_column(0, 1, 22)
        sheet.set_column(2, 3, 60)
        report = self._pack.validation
        if report is None:
            sheet.write(0, 0, "not validated", self._bold)
            return
        sheet.write(0, 0, f"{report.status}, score {report.overall_score}", self._title)
        row = self._header(sheet, 2, ("Rule", "Severity", "Finding", "Suggested fix"))
        for issue in report.issues:
            row = self._line(
                sheet,
                row,
                (issue.type, issue.severity, issue.message, issue.suggested_fix),
                _NUMBER,
            )

    def _brief(self) -> None:
        brief = self._pack.brief
        if brief is None:
            return
        sheet = self._sheet("Creative brief")
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 6, 34)
        state = "approved" if self._pack.brief_approved else "NOT APPROVED: a draft"
        sheet.write(0, 0, f"Creative brief · {state}", self._title)
        row = 2
        for name, value in _flat(brief.brief):
            row = self._wide(sheet, row, name, value)
        columns = ("type", "segment", "language", "headline", "subheadline", "cta", "legal")
        row = self._header(sheet, row + 1, columns)
        for asset in brief.assets:
            row = self._line(sheet, row, [str(asset.get(name, "")) for name in columns], _NUMBER)

    def _header(self, sheet: Any, row: int, titles: Sequence[str]) -> int:  # noqa: ANN401  xlsxwriter ships no types
        for column, title in enumerate(titles):
            sheet.write(row, column, title, self._head)
        return row + 1

    def _wide(self, sheet: Any, row: int, name: str, text: str) -> int:  # noqa: ANN401  xlsxwriter ships no types
        """Write a name and a text over several columns, as high as the text needs."""
        sheet.write(row, 0, name, self._text)
        sheet.merge_range(row, 1, row, _WIDE_COLUMNS, text, self._text)
        lines = 1 + len(text) // _WIDE_CHARS
        sheet.set_row(row, 15 * max(lines, 1 + len(name) // 30))
        return row + 1

    def _line(self, sheet: Any, row: int, values: Sequence[Any], kind: str) -> int:  # noqa: ANN401  xlsxwriter ships no types
        number = self._formats.get(kind, self._text)
        for column, value in enumerate(values):
            sheet.write(
                row, column, value, number if isinstance(value, int | float) else self._text
            )
        return row + 1


def _plain_value(value: Any) -> str:  # noqa: ANN401  any JSON value
    """Write an assumption for people."""
    match value:
        case dict():
            return ", ".join(f"{name} {part}" for name, part in value.items())
        case list():
            return "; ".join(map(str, value)) or "none"
        case float():
            return f"{value:,.2f}"
        case _:
            return str(value)


def _flat(brief: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return a nested brief as named lines of text."""
    lines: list[tuple[str, str]] = []
    for name, value in brief.items():
        title = f"{prefix}{name.replace('_', ' ')}"
        if isinstance(value, dict):
            lines += _flat(value, f"{title}: ")
        else:
            lines.append(
                (title, "; ".join(map(str, value)) if isinstance(value, list) else str(value))
            )
    return lines


def write_markdown(pack: Handover, path: Path) -> None:
    """Write the pack as Markdown."""
    path.write_text(markdown(pack), encoding="utf-8")


def markdown(pack: Handover) -> str:
    """Return the pack as Markdown text; texts from data are escaped."""
    scenario, kpis, parts = pack.scenario, pack.kpis, pack.kpis.kpi_breakdown
    net = parts["net_effect"]["net_incremental"]
    lines = [
        f"# {plain_markdown(scenario.label)}",
        "",
        f"{scenario.date_range_start} to {scenario.date_range_end}, "
        + ("approved" if pack.approved else "**not approved: a draft**"),
        "",
        "| | plan | against baseline |",
        "|---|---:|---:|",
        f"| sales | {kpis.total_sales_value:,.2f} | {kpis.sales_value_delta:+,.2f} |",
        f"| margin | {kpis.total_margin_value:,.2f} | {kpis.margin_value_delta:+,.2f} |",
        f"| EBIT | {kpis.total_ebit:,.2f} | {kpis.ebit_delta:+,.2f} |",
        f"| units | {kpis.total_units:,} | {kpis.units_delta:+,} |",
        f"| net of dip and cross-effects, sales | | {net['sales_value']:+,.2f} |",
        f"| net of dip and cross-effects, EBIT | | {net['ebit']:+,.2f} |",
        "",
        f"Margin {kpis.total_margin_pct:.2f} %.",
        "",
        "## Mechanics",
        "",
        "| department | channel | discount | segments |",
        "|---|---|---:|---|",
        *(
            f"| {plain_markdown(m.department)} | {m.channel} | {m.discount_pct:g} % | {plain_markdown(', '.join(m.segments))} |"
            for m in scenario.mechanics
        ),
    ]
    if pack.validation is not None:
        lines += [
            "",
            f"## Validation: {pack.validation.status}, score {pack.validation.overall_score}",
            "",
        ]
        lines += [
            f"- **{i.type}** ({i.severity}): {plain_markdown(i.message)}. {plain_markdown(i.suggested_fix)}"
            for i in pack.validation.issues
        ]
    if pack.brief is not None:
        state = "approved" if pack.brief_approved else "not approved: a draft"
        lines += ["", f"## Creative brief ({state})", ""]
        lines += [
            f"- {plain_markdown(name)}: {plain_markdown(value)}"
            for name, value in _flat(pack.brief.brief)
        ]
        lines += ["", "| asset | headline | subheadline | call to action |", "|---|---|---|---|"]
        lines += [
            f"| {plain_markdown(a['type'])} | {plain_markdown(a['headline'])} | {plain_markdown(a['subheadline'])} | {plain_markdown(a['cta'])} |"
            for a in pack.brief.assets
        ]
    return "\n".join(lines) + "\n"


def plain_markdown(text: str) -> str:
    """Escape what would be markup: names and notes come from data."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>|#" else char for char in text)
