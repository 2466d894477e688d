"""A run for people and for CI: Markdown, one HTML file, JUnit."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from evals.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evals.results import Row, RunFolder
    from evals.summary import Comparison, Rate, Summary
    from evals.trajectory import StoreDiff, Trajectory, TurnRun

_SHOWN_FAILURES = 60
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .7rem;border-bottom:1px solid #ddd;text-align:left}
td.n{text-align:right;font-variant-numeric:tabular-nums}.fail{color:#b00020}.pass{color:#1b7837}
details{border:1px solid #ddd;border-radius:.4rem;margin:.4rem 0;padding:.3rem .8rem}summary{cursor:pointer}
pre{white-space:pre-wrap;background:#f6f6f6;padding:.5rem;border-radius:.3rem;overflow-x:auto}
.turn{border-left:3px solid #bbb;padding-left:.8rem;margin:.8rem 0}
"""


def markdown(run: RunFolder) -> str:
    """Return the figures of a run and its first failures as Markdown."""
    summary, rows = summarise(run), run.rows()
    info = summary.info
    failures = [row for row in rows if not row.passed]
    lines = [
        f"# {info.model}: {summary.passed.pct:.1f} % of {summary.passed.cases} runs passed",
        "",
        f"{info.cases} cases in {info.seeds} seeds, {info.repeats} runs each; cases {info.cases_sha256[:12]}, "
        f"prompts {info.prompts_sha256[:12]}, "
        + ", ".join(f"{name} {number}" for name, number in info.versions.items())
        + ".",
        "",
        _table("what", _overall(summary)),
        "",
        _table("category", summary.by_category),
        "",
        _table("language", summary.by_language),
        "",
        _table("documented as", summary.by_offline),
        "",
        f"Runs that changed the store where nobody asked: {summary.wrong_writes}.",
        f"Per solved run: {summary.model_calls_per_solved} model calls, "
        f"{summary.tool_calls_per_solved} tool calls, {summary.tokens_per_solved} tokens.",
        "",
        "| check that failed | runs | as the cause |",
        "|---|---:|---:|",
        *(
            f"| {name} | {count} | {summary.causes.get(name, 0)} |"
            for name, count in summary.failed_checks.items()
        ),
        "",
        f"## Failures ({len(failures)})",
        "",
        *(f"- `{row.case}` run {row.repeat}: {_why(row)}" for row in failures[:_SHOWN_FAILURES]),
    ]
    if len(failures) > _SHOWN_FAILURES:
        lines.append(f"- and {len(failures) - _SHOWN_FAILURES} more in results.jsonl")
    if summary.errors:
        lines += ["", "## Not run", "", *(f"- {error}" for error in summary.errors)]
    return "\n".join(lines) + "\n"


def compared_markdown(found: Comparison) -> str:
    """Return a comparison as Markdown: one verdict, its interval, what could have been found."""
    return "\n".join(
        [
            f"# A = {found.a}, B = {found.b}: {found.verdict}",
            "",
            f"A {found.a_pct:.1f} %, B {found.b_pct:.1f} % on {found.cases} common cases in {found.seeds} seeds: "
            f"{found.difference_points:+.1f} points (95 %: {found.low_points:+.1f} to {found.high_points:+.1f}, "
            "paired by case, clustered by seed).",
            f"Only A passes {found.only_a} cases, only B {found.only_b} (exact McNemar p = {found.mcnemar_p:.4g}). "
            f"A true difference of {found.detectable_points:.1f} points would have been found four times in five.",
            "",
            "| category | cases | A minus B, points | p (Holm) |",
            "|---|---:|---:|---:|",
            *(
                f"| {part.category} | {part.cases} | {part.difference_points:+.1f} | {part.holm_p:.4g} |"
                for part in found.by_category
            ),
            "",
        ]
    )


def junit(run: RunFolder) -> str:
    """Return a run as JUnit XML: one test case per run of a case."""
    info, rows = run.info(), run.rows()
    suite = ET.Element(
        "testsuite",
        name=f"promoloop eval {info.model}",
        tests=str(len(rows)),
        failures=str(sum(not row.passed for row in rows)),
    )
    for row in rows:
        case = ET.SubElement(
            suite,
            "testcase",
            classname=f"{row.category}.{row.seed}",
            name=f"{row.case}[{row.repeat}]",
        )
        if not row.passed:
            failure = ET.SubElement(case, "failure", message=row.cause or "", type=row.cause or "")
            failure.text = _printable(_why(row))
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def html(run: RunFolder) -> str:
    """Return a run as one HTML file without any reference outside: figures, trajectories, store diffs."""
    summary, rows, runs = summarise(run), run.rows(), run.trajectories()
    info = summary.info
    title = f"{info.model}: {summary.passed.pct:.1f} % of {summary.passed.cases} runs passed"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{info.cases} cases in {info.seeds} seeds, {info.repeats} runs each; cases "
        f"<code>{info.cases_sha256[:12]}</code>, prompts <code>{info.prompts_sha256[:12]}</code></p>",
        _html_table("what", _overall(summary)),
        _html_table("category", summary.by_category),
        _html_table("language", summary.by_language),
        _html_table("documented as", summary.by_offline),
        "<h2>Runs</h2>",
    ]
    ordered = sorted(rows, key=lambda row: (row.passed, row.category, row.case, row.repeat))
    parts += [_html_run(row, runs.get((row.case, row.repeat))) for row in ordered]
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        + "\n".join(parts)
        + "</body></html>\n"
    )


def _overall(summary: Summary) -> list[Rate]:
    seeds = summary.seeds_passed.model_copy(update={"name": "seeds passed in every wording"})
    return [*summary.pass_hat, seeds]


def _table(head: str, rates: Iterable[Rate]) -> str:
    return "\n".join(
        [
            f"| {head} | % | ± | 95 % interval | runs | seeds |",
            "|---|---:|---:|---:|---:|---:|",
            *(
                f"| {r.name} | {r.pct:.1f} | {r.stderr_pct:.1f} | {r.low_pct:.1f} to {r.high_pct:.1f} | "
                f"{r.cases} | {r.seeds} |"
                for r in rates
            ),
        ]
    )


def _html_table(head: str, rates: Iterable[Rate]) -> str:
    rows = "".join(
        f"<tr><td>{escape(r.name)}</td><td class=n>{r.pct:.1f} %</td><td class=n>{r.stderr_pct:.1f}</td>"
        f"<td class=n>{r.low_pct:.1f} to {r.high_pct:.1f}</td><td class=n>{r.cases}</td><td class=n>{r.seeds}</td></tr>"
        for r in rates
    )
    names = (head, "passed", "standard error", "95 % interval", "runs", "seeds")
    heads = "".join(f"<th>{escape(name)}</th>" for name in names)
    return f"<table><tr>{heads}</tr>{rows}</table>"


def _html_run(row: Row, run: Trajectory | None) -> str:
    mark = "pass" if row.passed else "fail"
    head = f'<summary><span class="{mark}">{mark}</span> <code>{escape(row.case)}</code> {escape("" if row.passed else _why(row))}</summary>'
    if run is None:
        return f"<details>{head}</details>"
    checks = "".join(
        f"<li><b>{escape(c.name)}</b>: {escape('; '.join(c.evidence))}</li>"
        for c in row.checks
        if c.passed is False
    )
    turns = "".join(_html_turn(turn) for turn in run.turns)
    return f"<details>{head}<ul>{checks}</ul>{turns}{_html_diff(run.diff)}</details>"


def _html_turn(turn: TurnRun) -> str:
    said = f"<p><b>Person</b>: {escape(turn.user or f'({turn.decided})')}</p>"
    calls = "".join(
        f"<pre>{escape(call.agent)} &gt; {escape(call.tool)}({escape(_short(call.arguments))}): "
        f"{escape(call.status)} {escape(call.refusal or _short(call.result))}</pre>"
        for call in turn.calls
    )
    texts = "".join(
        f"<p><b>{escape(s.agent)}</b>:</p><pre>{escape(s.text)}</pre>" for s in turn.said
    )
    waits = "<p>waits for an approval</p>" if turn.request else ""
    error = f'<p class="fail">{escape(turn.error)}</p>' if turn.error else ""
    return f'<div class="turn">{said}{calls}{texts}{waits}{error}</div>'


def _html_diff(diff: StoreDiff) -> str:
    lines = [
        f"{sign} {table}: {_short(row)}"
        for table in diff.tables
        for sign, rows in (
            ("+", diff.inserted.get(table, [])),
            ("~", diff.updated.get(table, [])),
            ("-", diff.deleted.get(table, [])),
        )
        for row in rows
    ]
    return f"<p>Store:</p><pre>{escape(chr(10).join(lines) or 'unchanged')}</pre>"


def _why(row: Row) -> str:
    found = [f"{c.name}: {'; '.join(c.evidence[:2])}" for c in row.checks if c.passed is False]
    return " | ".join(found)


def _short(value: object, most: int = 400) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= most else text[: most - 1] + "…"


def _printable(text: str) -> str:
    """Drop what XML cannot hold."""
    return "".join(char for char in text if char in "\t\n" or char >= " ")
