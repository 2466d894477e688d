"""Workbooks, targets and segments into the store; jobs and quality out of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.cli.options import Json, Paths, Today
from app.cli.output import emit_json, money, note, percent, show_table
from app.cli.progress import bar
from app.cli.session import unit, workspace

if TYPE_CHECKING:
    from tools.ingest_result import IngestResult
    from tools.quality import QualityReport

targets = typer.Typer(name="targets", help="Monthly targets.", no_args_is_help=True)
departments = typer.Typer(
    name="departments", help="What departments are called.", no_args_is_help=True
)
segments = typer.Typer(name="segments", help="Customer segments.", no_args_is_help=True)

Import = Annotated[Path, typer.Argument(help="A .csv, .xlsx or .xlsb file.")]


def ingest(
    paths: Paths,
    merge: Annotated[
        Literal["union", "overwrite", "intersect"],
        typer.Option(help="Days another file already covers: skip, replace, or only those."),
    ] = "union",
    promo_relation: Annotated[
        Literal["auto", "subset", "additional"],
        typer.Option(help="Are promo rows part of the Web/Stores rows or additional to them?"),
    ] = "auto",
    channel: Annotated[
        Literal["online", "offline"] | None,
        typer.Option(help="Channel of files whose name does not tell it."),
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Folder for the rejected rows (CSV).")
    ] = None,
    today: Today = None,
    *,
    json: Json = False,
) -> None:
    """Load sales and promotion workbooks, to the cent; all of the given files or none."""
    from tools.ingest import ingest_workbooks
    from tools.quality import data_quality

    with workspace(today, create=True) as shop:
        with bar() as advance:
            result = ingest_workbooks(
                shop.engine,
                paths,
                today=shop.today,
                merge=merge,
                promo_relation=promo_relation,
                channel=channel,
                rejects_dir=rejects,
                on_progress=advance,
            )
        if json:
            emit_json(result)
            return
        show_ingest(result)
    with unit(today) as deps:
        show_quality(data_quality(deps))
    note('next: promoloop gap --month YYYY-MM, or promoloop plan "BRIEF"')


def show_ingest(result: IngestResult) -> None:
    """Print what was loaded, file by file, and how it reconciles."""
    show_table(
        f"Job {result.job_id}" + (" (had already been done)" if result.already_done else ""),
        ["file", "read>", "rejected>", "skipped>", "stored>", "sales stored>"],
        [
            (
                file.file_name,
                f"{file.sums.read.rows:,}",
                f"{file.sums.rejected.rows:,}",
                f"{file.sums.skipped.rows:,}",
                f"{file.sums.stored.rows:,}",
                "already loaded"
                if file.status == "already_loaded"
                else f"{file.sums.stored.sales_value:,.2f}",
            )
            for file in result.files
        ],
    )
    for file in result.files:
        for reject in file.rejects:
            rows = ", ".join(str(example.row) for example in reject.examples)
            note(f"{file.file_name}: {reject.rows} rows rejected, {reject.meaning}: row {rows}")
        if file.relation is not None:
            note(f"{file.file_name}: {file.relation.reason}")
    typer.echo(
        f"stored + skipped = accepted, accepted + rejected = read: "
        f"{'yes, to the cent' if result.sums.balanced else 'NO'}"
    )
    if result.new_departments:
        note(f"departments seen for the first time: {', '.join(result.new_departments)}")
    for remark in result.notes:
        note(remark)


def jobs(
    job_id: Annotated[str | None, typer.Argument(help="One job; all of them if left out.")] = None,
    *,
    json: Json = False,
) -> None:
    """Show loading jobs and their state."""
    from db import jobs as store

    with unit() as deps:
        if job_id is not None:
            one = store.get(deps.conn, job_id)
            emit_json(one) if json else typer.echo(one.model_dump_json(indent=2))
            return
        found = store.list_jobs(deps.conn)
    if json:
        typer.echo("[" + ",\n".join(job.model_dump_json() for job in found) + "]")
        return
    show_table(
        "Jobs",
        ["job", "state", "files>", "rows>", "errors>", "created", "message"],
        [
            (
                job.job_id,
                job.status,
                f"{job.files_processed}/{job.files_queued}",
                f"{job.records_processed:,}",
                job.errors,
                f"{job.created_at:%Y-%m-%d %H:%M}",
                job.error_message,
            )
            for job in found
        ],
    )


def quality(
    html: Annotated[
        Path | None, typer.Option(help="Also write a page with pictures to this file.")
    ] = None,
    today: Today = None,
    *,
    json: Json = False,
) -> None:
    """Report what is wrong or doubtful in the stored sales, and what to do about it."""
    from tools.quality import data_quality, day_totals_of

    with unit(today) as deps:
        report = data_quality(deps)
        totals = day_totals_of(deps) if html else None
    emit_json(report) if json else show_quality(report)
    if html is not None and totals is not None:
        from app.quality_page import quality_page

        html.write_text(quality_page(report, totals), encoding="utf-8")
        note(f"written: {html}")


def show_quality(report: QualityReport) -> None:
    """Print the findings on the stored sales, the gravest first."""
    typer.echo(
        f"{report.cell_days:,} cell days in {report.cells} cells, {report.date_min} to "
        f"{report.date_max}, {report.promo_cell_days:,} with a promotion, "
        f"completeness {percent(report.completeness_pct)}, accuracy {percent(report.accuracy_pct)}, "
        f"consistency {percent(report.consistency_pct)}"
    )
    if not report.issues:
        typer.echo("nothing found")
        return
    show_table(
        "Findings",
        ["severity", "check", "where", "finding", "what to do"],
        [
            (
                issue.severity,
                issue.check,
                " ".join(filter(None, [issue.department, issue.channel])) or "all",
                issue.message,
                issue.what_to_do,
            )
            for issue in report.issues
        ],
    )


@targets.command("import")
def import_targets(file: Import, *, json: Json = False) -> None:
    """Load monthly targets: month, geo, sales_value_target, margin_pct_target, units_target."""
    from tools.imports import import_targets as load

    with unit(create=True) as deps:
        result = load(deps, file)
    emit_json(result) if json else typer.echo(f"{result.rows} targets stored from {file}")


@segments.command("import")
def import_segments(
    file: Import,
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Remove segments that the file does not name.")
    ] = False,
    json: Json = False,
) -> None:
    """Load customer segments: segment_id, name, shares, basket, sensitivity ..."""
    from tools.imports import import_segments as load

    with unit(create=True) as deps:
        result = load(deps, file, replace=replace)
    if json:
        emit_json(result)
        return
    gone = (
        f", {len(result.removed)} removed ({', '.join(result.removed)})" if result.removed else ""
    )
    typer.echo(f"{result.rows} segments stored from {file}{gone}")


@departments.command("import")
def import_departments(file: Import, *, json: Json = False) -> None:
    """Declare department names: found (in workbooks), department (in the store); renames the stored."""
    from tools.department_names import import_department_names

    with unit(create=True) as deps:
        result = import_department_names(deps, file)
    if json:
        emit_json(result)
        return
    typer.echo(f"Department names declared from {file}: {result.rows}")
    for old, new in sorted(result.renamed.items()):
        note(f"stored sales of {old} are now {new}")
    if result.renamed:
        note("next: promoloop uplift fit, for what was learned under the old names is not used")


@departments.command("show")
def show_departments(*, json: Json = False) -> None:
    """Show the declared department names."""
    from tools.department_names import list_department_names

    with unit() as deps:
        result = list_department_names(deps)
    if json:
        emit_json(result)
        return
    show_table(
        "Declared department names",
        ["found", "department"],
        [(name.found, name.department) for name in result.names],
    )


@targets.command("show")
def show_targets(*, json: Json = False) -> None:
    """Show the stored targets."""
    from tools.targets import list_targets

    with unit() as deps:
        result = list_targets(deps)
    if json:
        emit_json(result)
        return
    show_table(
        "Targets",
        ["month", "geo", "sales>", "margin %>", "units>"],
        [
            (t.month, t.geo, money(t.sales_value_target), t.margin_pct_target, t.units_target)
            for t in result.targets
        ],
    )


@segments.command("show")
def show_segments(*, json: Json = False) -> None:
    """Show the stored segments."""
    from tools.segments import list_segments

    with unit() as deps:
        result = list_segments(deps)
    if json:
        emit_json(result)
        return
    show_table(
        "Segments",
        ["segment", "name", "customers>", "revenue>", "basket>", "sensitivity"],
        [
            (
                s.segment_id,
                s.name,
                f"{s.share_of_customers:.1%}",
                f"{s.share_of_revenue:.1%}",
                f"{s.avg_basket_value:.2f}",
                s.discount_sensitivity,
            )
            for s in result.segments
        ],
    )
