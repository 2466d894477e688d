"""Random operations on the stores of db/, the same ones for every connection they are given.

An operation is made of a number: equal numbers are equal operations, so a list of them can be
run on two databases, cut short, and run again.
"""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING, Final
from uuid import UUID

import pandas as pd

from analytics.types import CHANNELS, Campaign, DepartmentName, Segment, Target
from db import (
    approvals,
    catalog,
    creative,
    department_names,
    jobs,
    kpis,
    post_mortems,
    retention,
    sales,
    scenarios,
    segments,
    source_files,
    source_lines,
    targets,
    tool_calls,
    turns,
    uplift,
    validations,
)
from db.tables import data_processing_jobs, post_mortem_reports, scenario_kpis
from tests.integration.plan_cases import (
    a_brief,
    a_promo_file,
    a_report,
    a_scenario,
    a_verdict,
    some_kpis,
)

if TYPE_CHECKING:
    import sqlalchemy as sa

NAN: Final = float("nan")
NOON: Final = dt.datetime(2025, 1, 1, 12, tzinfo=dt.UTC)
FIRST: Final = dt.date(2024, 10, 1)
DEPARTMENTS: Final = ("TV", "Gaming", "Caffè, tè", "x" * 50)
TOO_LONG: Final = "x" * 51


def run(conn: sa.Connection, number: int) -> object:
    """Do operation `number` and return what it returned."""
    chance = random.Random(number)  # noqa: S311  not a secret
    return chance.choice(OPERATIONS)(conn, chance)


def an_id(chance: random.Random, kind: int, of: int) -> UUID:
    """Return one of few ids, so that operations meet the same rows."""
    return UUID(int=kind * 1000 + chance.randrange(of))


def a_scenario_id(chance: random.Random) -> UUID:
    return an_id(chance, 1, 8)


def a_day(chance: random.Random) -> dt.date:
    return FIRST + dt.timedelta(chance.randrange(10))


def some_money(chance: random.Random) -> float:
    """Return an amount; now and then with half a cent, negative, or too large."""
    if chance.random() < 0.01:
        return 1e13
    return round(chance.uniform(-500, 5_000), chance.choice((0, 2, 3)))


def save_scenario(conn: sa.Connection, chance: random.Random) -> None:
    label = chance.choice(("Ottobre", "Novembre", "x" * 100))
    scenarios.save(
        conn, a_scenario(id=a_scenario_id(chance), label=label, source_opportunity_id=None)
    )


def delete_scenario(conn: sa.Connection, chance: random.Random) -> object:
    if chance.random() < 0.6:  # else few would live long enough to have anything hang on them
        return read(conn, chance)
    scenarios.delete(conn, a_scenario_id(chance))
    return None


def save_kpis(conn: sa.Connection, chance: random.Random) -> None:
    total, kpi_id = some_money(chance), an_id(chance, 2, 20)
    kpis.save(conn, some_kpis(a_scenario_id(chance), id=kpi_id, total_sales_value=total))


def save_verdict(conn: sa.Connection, chance: random.Random) -> None:
    verdict = a_verdict(
        a_scenario_id(chance), id=an_id(chance, 3, 20), overall_score=chance.randrange(101)
    )
    validations.save(conn, verdict)


def save_brief(conn: sa.Connection, chance: random.Random) -> None:
    brief = {"tone": chance.choice(("calm", "più forte", None))}
    creative.save(conn, a_brief(a_scenario_id(chance), id=an_id(chance, 4, 20), brief=brief))


def save_report(conn: sa.Connection, chance: random.Random) -> None:
    report = a_report(
        a_scenario_id(chance),
        id=an_id(chance, 5, 20),
        forecast_kpi_id=chance.choice((None, an_id(chance, 2, 20))),
        sales_value_error_pct=chance.choice((None, -100.0, 1e9, 0.005)),
    )
    post_mortems.save(conn, report)


def age(conn: sa.Connection, chance: random.Random) -> object:
    """Let rows have been written long ago: only time makes retention's work."""
    table, key = chance.choice(
        (
            (scenario_kpis, scenario_kpis.c.id == an_id(chance, 2, 20)),
            (post_mortem_reports, post_mortem_reports.c.id == an_id(chance, 5, 20)),
            (data_processing_jobs, data_processing_jobs.c.job_id == a_job_id(chance)),
        )
    )
    moment = dt.datetime(2020, 1, 1, tzinfo=dt.UTC) + dt.timedelta(chance.randrange(1500))
    changes = {"created_at": moment}
    if table is data_processing_jobs:
        changes |= {"started_at": moment, "completed_at": moment}
    return conn.execute(table.update().where(key).values(changes)).rowcount


def retire(conn: sa.Connection, chance: random.Random) -> object:
    day = dt.date(2020, 1, 1) + dt.timedelta(chance.randrange(2000))
    return retention.retire(conn, day)


def sales_frame(chance: random.Random) -> pd.DataFrame:
    """Return some rows; seldom with a key that comes twice or a department that is too long."""
    keys = [
        (a_day(chance), chance.choice(CHANNELS), chance.choice(DEPARTMENTS), chance.random() < 0.4)
        for _ in range(chance.randrange(1, 12))
    ]
    if chance.random() < 0.95:
        keys = sorted(set(keys))
    if chance.random() < 0.02:
        keys[0] = (*keys[0][:2], TOO_LONG, keys[0][3])
    rows = [
        (
            *key,
            chance.choice((NAN, 5.0, 12.345, 40.0)),
            some_money(chance),
            some_money(chance),
            chance.randrange(-5, 500),
        )
        for key in keys
    ]
    return pd.DataFrame(rows, columns=list(sales.SALES_ROWS)).astype(sales.SALES_ROWS)


def upsert_sales(conn: sa.Connection, chance: random.Random) -> None:
    sales.upsert_sales(conn, sales_frame(chance))


def add_file(conn: sa.Connection, chance: random.Random) -> object:
    """Load a workbook and rebuild its days, as an ingest does."""
    name, promo = f"file {chance.randrange(6)}", chance.random() < 0.5
    channel = chance.choice(CHANNELS)
    days = sales_frame(chance).drop_duplicates(["date", "channel", "department"])
    days = days.drop(columns="promo_flag").assign(lines=1)
    changes = {"relation": chance.choice((None, "subset", "additional"))}
    if not promo:
        days = days[days.channel == channel]
        changes = {"role": "sales", "channel": channel, "relation": None}
    file = a_promo_file(name).model_copy(update=changes)
    source_files.add_file(conn, file, days)
    if promo:
        source_lines.save(conn, file.id, chance.randbytes(8))
    for one in CHANNELS:
        source_files.rebuild_sales(conn, one, [FIRST + dt.timedelta(n) for n in range(10)])
    return source_files.covered_days(conn, channel), source_lines.load(conn, file.id)


def drop_days(conn: sa.Connection, chance: random.Random) -> None:
    channel, dates = chance.choice(CHANNELS), [a_day(chance), a_day(chance)]
    source_files.drop_days(conn, channel, dates)
    source_files.rebuild_sales(conn, channel, dates)


def set_relation(conn: sa.Connection, chance: random.Random) -> None:
    file = a_promo_file(f"file {chance.randrange(6)}")
    source_files.set_relation(conn, file.id, chance.choice(("subset", "additional")))


def save_targets(conn: sa.Connection, chance: random.Random) -> None:
    records = [
        Target(
            month=f"2024-{chance.randrange(9, 13):02}",
            geo=chance.choice(("IT", "DE")),
            sales_value_target=chance.choice((1e6, 2.5e6, 1e13)),
            margin_pct_target=chance.choice((20.005, 21.0)),
        )
        for _ in range(chance.randrange(1, 4))
    ]
    targets.save_many(conn, records)


def save_segments(conn: sa.Connection, chance: random.Random) -> None:
    segment = Segment(
        segment_id=chance.choice(("LOYAL", "NEW")),
        name="Fedeli",
        share_of_customers=round(chance.random(), 5),
        share_of_revenue=0.5,
        avg_basket_value=99.995,
        fav_categories=chance.choice(((), ("TV",), ("TV", "Caffè, tè"))),
        discount_sensitivity=chance.choice((None, "low", "high")),
    )
    segments.save_many(conn, [segment])


def replace_campaigns(conn: sa.Connection, chance: random.Random) -> object:
    campaigns = [
        Campaign(
            id=UUID(int=7000 + number),
            promo_name=chance.choice(("SCONTO 20%", None)),
            date_start=FIRST,
            date_end=a_day(chance),
            departments=(chance.choice(DEPARTMENTS),),
            channels=chance.choice(((), ("online",))),
            avg_discount_pct=chance.choice((None, 18.03, 20.005)),
        )
        for number in chance.sample(range(8), chance.randrange(5))
    ]
    catalog.replace_campaigns(conn, f"Promo {chance.randrange(3)}.xlsb", campaigns)
    return catalog.list_campaigns(conn, department=chance.choice(DEPARTMENTS))


def a_job_id(chance: random.Random) -> str:
    return f"job-{chance.randrange(6)}"


def change_job(conn: sa.Connection, chance: random.Random) -> None:
    job_id = a_job_id(chance)
    step = chance.randrange(5)
    if step == 0:
        jobs.create(conn, job_id, chance.randrange(5))
    elif step == 1:
        jobs.start(conn, job_id, NOON)
    elif step == 2:
        jobs.progress(conn, job_id, 1, chance.randrange(10**10), 0)
    elif step == 3:
        jobs.complete(conn, job_id, {"rows": chance.randrange(5)}, NOON)
    else:
        jobs.fail(conn, job_id, "no such file", NOON)


def save_model(conn: sa.Connection, chance: random.Random) -> object:
    version = f"2025-01-01.{chance.randrange(4)}"
    coefficients = [
        {
            "department": department,
            "channel": "online",
            "discount_band": "10-20",
            "uplift_sales_pct": round(chance.uniform(-50, 200), 3),
            "uplift_units_pct": chance.choice((12.005, 1e5)) if chance.random() < 0.05 else 12.5,
            "margin_impact_pct": -3.0,
            "confidence": 0.955,
            "sample_size": 12,
        }
        for department in chance.sample(DEPARTMENTS, chance.randrange(1, 4))
    ]
    detail = {"seed": chance.randrange(3)}
    uplift.save_model(conn, version, detail, coefficients, {}, "0" * 64, FIRST)
    return uplift.coefficients_of(conn, version)


def promote(conn: sa.Connection, chance: random.Random) -> object:
    at = NOON + dt.timedelta(chance.randrange(100))
    uplift.promote(conn, f"2025-01-01.{chance.randrange(4)}", "planner", at)
    return uplift.promoted_version(conn)


def approve(conn: sa.Connection, chance: random.Random) -> object:
    asked = approvals.request(
        conn,
        kind="scenario",
        subject_id=str(a_scenario_id(chance)),
        content_sha256=f"{chance.randrange(3)}" * 64,
        proposal={"label": chance.choice(("a", "b"))},
        requested_by="planner",
        at=NOON,
    )
    if chance.random() < 0.5:
        return asked
    verdicts: tuple[approvals.Decision, ...] = ("approved", "rejected")
    return approvals.decide(conn, asked.id, chance.choice(verdicts), "lead", None, NOON)


def record_call(conn: sa.Connection, chance: random.Random) -> object:
    call = tool_calls.ToolCall(
        thread_id=f"t{chance.randrange(3)}",
        call_id=f"c{chance.randrange(10)}",
        agent="analyst",
        tool="gap",
        mode="READ",
        arguments={"month": chance.randrange(12)},
        result=chance.choice((None, [], {"gap": 1.5}, "text")),
        error=None,
        called_at=NOON,
    )
    return tool_calls.record(conn, call)


def take_turn(conn: sa.Connection, chance: random.Random) -> object:
    thread = f"t{chance.randrange(3)}"
    number = turns.begin(conn, thread, chance.choice(("plan TV", "perché?")), NOON)
    if chance.random() < 0.5:
        status: turns.Status = chance.choice(("waiting", "done", "failed"))
        turns.end(conn, thread, number, status=status, at=NOON, model_calls=chance.randrange(9))
    if chance.random() < 0.2:
        turns.go_on(conn, thread, chance.randrange(1, 5))
    return number, turns.of_thread(conn, thread)


def declare_names(conn: sa.Connection, chance: random.Random) -> object:
    found = f"Reparto {chance.randrange(6)}"
    name = chance.choice((*DEPARTMENTS, TOO_LONG))
    declared = DepartmentName.model_construct(found=found, department=name)
    department_names.save_many(conn, [declared])
    return department_names.list_names(conn)


def read(conn: sa.Connection, chance: random.Random) -> object:
    """Ask what depends on order and on several tables."""
    scenario_id = a_scenario_id(chance)
    latest = kpis.latest_for(conn, scenario_id)
    return (
        latest,
        scenarios.list_scenarios(conn, start=a_day(chance)),
        validations.get_for(conn, scenario_id),
        creative.latest_for(conn, scenario_id),
        post_mortems.latest_for(conn, scenario_id),
        kpis.comparison(conn, [] if latest is None else [scenario_id]),
        catalog.list_campaigns(conn, channel="online", text="sconto"),
        [version.model_version for version in uplift.versions(conn)],
        sales.cells(conn),
        sales.date_range(conn),
    )


OPERATIONS: Final = (
    *(save_scenario, save_scenario, save_kpis, save_kpis, save_kpis, save_report, save_report),
    *(delete_scenario, save_verdict, save_brief, age, age, retire, upsert_sales, upsert_sales),
    *(add_file, add_file, drop_days, set_relation, save_targets, save_segments),
    *(
        replace_campaigns,
        change_job,
        change_job,
        save_model,
        promote,
        approve,
        record_call,
        take_turn,
        declare_names,
        read,
    ),
)
