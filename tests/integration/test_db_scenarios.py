"""Scenarios and what hangs on them: KPIs, verdicts, briefs, post-mortems."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from db import creative, kpis, post_mortems, scenarios, validations
from db.errors import ConflictError, NotFoundError, RefusedValueError
from db.tables import promo_scenarios, scenario_kpis, validation_reports
from tests.integration.plan_cases import (
    END,
    START,
    a_brief,
    a_report,
    a_scenario,
    a_verdict,
    some_kpis,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analytics.types import Record, Scenario


@pytest.fixture
def conn(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Connection in a transaction that is never committed."""
    with engine.connect() as opened:
        yield opened


def saved(conn: sa.Connection, **changes: Any) -> Scenario:
    scenario = a_scenario(**changes)
    scenarios.save(conn, scenario)
    return scenario


def test_a_scenario_comes_back_as_it_was_saved(engine: sa.Engine) -> None:
    bare = a_scenario(source_opportunity_id=None, created_by=None, mechanics=[])
    for scenario in (a_scenario(), bare):
        with engine.begin() as conn:
            scenarios.save(conn, scenario)
        with engine.connect() as conn:
            assert scenarios.get(conn, scenario.id) == scenario


def test_saving_again_moves_updated_at_only_with_a_change(engine: sa.Engine) -> None:
    scenario = a_scenario()
    stamps = sa.select(promo_scenarios.c.created_at, promo_scenarios.c.updated_at)
    seen = []
    for version in (scenario, scenario, scenario.model_copy(update={"label": "Novembre"})):
        with engine.begin() as conn:
            scenarios.save(conn, version)
            seen.append(conn.execute(stamps).one())
    assert seen[0] == seen[1]
    assert seen[2].created_at == seen[0].created_at
    assert seen[2].updated_at > seen[0].updated_at


def test_lists_are_newest_first_and_filtered_by_overlap(conn: sa.Connection) -> None:
    early = saved(conn, date_range_start=dt.date(2024, 9, 1), date_range_end=START)
    late = saved(conn, scenario_type="flash", date_range_start=END)
    assert scenarios.list_scenarios(conn) == [late, early]
    assert scenarios.list_scenarios(conn, limit=1) == [late]
    assert scenarios.list_scenarios(conn, scenario_type="balanced") == [early]
    assert scenarios.list_scenarios(conn, start=START, end=START) == [early]
    assert scenarios.list_scenarios(conn, start=START + dt.timedelta(1)) == [late]
    assert scenarios.list_scenarios(conn, end=END - dt.timedelta(1)) == [early]


def test_the_beginning_of_an_id_finds_it(conn: sa.Connection) -> None:
    """As the planner types it from a list, in either case; % and _ match only themselves."""
    first = saved(conn, id=UUID("abcd0000-0000-0000-0000-000000000001"))
    second = saved(conn, id=UUID("abce0000-0000-0000-0000-000000000002"))
    brief = a_brief(first.id, id=UUID("ef000000-0000-0000-0000-000000000003"))
    creative.save(conn, brief)
    assert scenarios.starting_with(conn, "abc") == [second, first]
    assert scenarios.starting_with(conn, "ABCD") == [first]
    assert scenarios.starting_with(conn, str(second.id)) == [second]
    assert scenarios.starting_with(conn, "_bcd") == []
    assert scenarios.starting_with(conn, "bcd") == []
    assert creative.starting_with(conn, "ef") == [brief]
    assert creative.starting_with(conn, "%f") == []


MISSING = uuid4()


@pytest.mark.parametrize(
    ("ask", "kind"),
    [
        (lambda conn: scenarios.get(conn, MISSING), "scenario"),
        (lambda conn: scenarios.delete(conn, MISSING), "scenario"),
        (lambda conn: kpis.get(conn, MISSING), "KPI"),
        (lambda conn: kpis.comparison(conn, [MISSING]), "scenario"),
        (lambda conn: kpis.save(conn, some_kpis(MISSING)), "scenario"),
        (lambda conn: validations.save(conn, a_verdict(MISSING)), "scenario"),
        (lambda conn: creative.get(conn, MISSING), "creative brief"),
        (lambda conn: creative.save(conn, a_brief(MISSING)), "scenario"),
        (lambda conn: post_mortems.get(conn, MISSING), "post-mortem"),
        (lambda conn: post_mortems.save(conn, a_report(MISSING)), "scenario"),
    ],
)
def test_what_is_missing_is_named(
    conn: sa.Connection, ask: Callable[[sa.Connection], object], kind: str
) -> None:
    with pytest.raises(NotFoundError, match=f"there is no {kind} {MISSING}") as caught:
        ask(conn)
    assert (caught.value.kind, caught.value.id) == (kind, str(MISSING))


def test_not_yet_computed_is_not_an_error(conn: sa.Connection) -> None:
    scenario = saved(conn)
    assert kpis.latest_for(conn, scenario.id) is None
    assert validations.get_for(conn, scenario.id) is None
    assert creative.latest_for(conn, scenario.id) is None
    assert post_mortems.latest_for(conn, scenario.id) is None
    assert post_mortems.list_post_mortems(conn) == []


def test_the_newest_kpis_of_one_transaction_are_the_latest(conn: sa.Connection) -> None:
    """Moments of a server's now() would all be equal here; ids fall, so that they do not help."""
    scenario = saved(conn)
    several = [some_kpis(scenario.id, id=UUID(int=9 - number)) for number in range(5)]
    for figures in several:
        kpis.save(conn, figures)
    assert kpis.latest_for(conn, scenario.id) == several[-1]
    assert kpis.get(conn, several[0].id) == several[0]


def test_saving_old_kpis_again_does_not_make_them_the_latest(conn: sa.Connection) -> None:
    scenario = saved(conn)
    first, second = (some_kpis(scenario.id, id=UUID(int=number)) for number in (2, 1))
    for figures in (first, second, first):
        kpis.save(conn, figures)
    assert kpis.latest_for(conn, scenario.id) == second
    assert conn.execute(sa.select(sa.func.count()).select_from(scenario_kpis)).scalar() == 2


def test_figures_are_rounded_to_cents_half_up(conn: sa.Connection) -> None:
    scenario = saved(conn)
    kpis.save(conn, some_kpis(scenario.id, total_ebit=1.005, ebit_delta=-1.005))
    found = kpis.latest_for(conn, scenario.id)
    assert found is not None
    assert (found.total_ebit, found.ebit_delta) == (1.01, -1.01)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"total_margin_pct": 1000}, "total_margin_pct stays below 1,000"),
        ({"total_ebit": -1e13}, "total_ebit stays below"),
        ({"total_units": 2**31}, "total_units holds at most 2,147,483,647"),
        ({"period_end": START - dt.timedelta(1)}, "the store refused"),
    ],
)
def test_kpis_that_do_not_fit_are_refused_in_one_sentence(
    conn: sa.Connection, changes: dict[str, Any], said: str
) -> None:
    scenario = saved(conn)
    with pytest.raises(RefusedValueError, match=said) as caught:
        kpis.save(conn, some_kpis(scenario.id, **changes))
    assert "\n" not in str(caught.value)


def test_a_name_too_long_is_refused_on_both_engines(conn: sa.Connection) -> None:
    """DuckDB alone would store it."""
    with pytest.raises(RefusedValueError, match="created_by holds at most 100 characters"):
        saved(conn, created_by="x" * 101)
    with pytest.raises(RefusedValueError, match="label cannot hold the NUL character"):
        saved(conn, label="O\0ttobre")


def test_scenarios_compare_line_by_line_in_the_order_asked(conn: sa.Connection) -> None:
    """Three KPI rows of a scenario are one line, the newest."""
    first, second = saved(conn, label="A"), saved(conn, label="B", scenario_type="flash")
    for number, value in enumerate((1.0, 3.0, 2.0)):
        kpi_id = UUID(int=9 - number)
        kpis.save(conn, some_kpis(first.id, id=kpi_id, total_sales_value=value))
    validations.save(conn, a_verdict(first.id, status="PASS", overall_score=90))
    lines = kpis.comparison(conn, [second.id, first.id])
    assert lines[0] == kpis.Comparison(
        scenario_id=second.id,
        label="B",
        scenario_type="flash",
        date_range_start=START,
        date_range_end=END,
        total_sales_value=None,
        total_margin_pct=None,
        total_ebit=None,
        sales_value_delta=None,
        validation_status=None,
        overall_score=None,
    )
    assert (lines[1].total_sales_value, lines[1].validation_status) == (2.0, "PASS")
    assert (lines[1].total_margin_pct, lines[1].overall_score) == (21.5, 90)
    assert len(lines) == 2
    assert kpis.comparison(conn, []) == []


def test_a_scenario_has_one_verdict_the_last(conn: sa.Connection) -> None:
    scenario = saved(conn)
    first = a_verdict(scenario.id)
    second = a_verdict(scenario.id, status="PASS", issues=(), overall_score=100)
    for report in (first, second, second):
        validations.save(conn, report)
        assert validations.get_for(conn, scenario.id) == report
    count = sa.select(sa.func.count()).select_from(validation_reports)
    assert conn.execute(count).scalar() == 1


def test_briefs_come_back_and_the_newest_is_the_latest(conn: sa.Connection) -> None:
    scenario = saved(conn)
    first, second = a_brief(scenario.id), a_brief(scenario.id, assets=())
    for brief in (first, second):
        creative.save(conn, brief)
    changed = first.model_copy(update={"brief": {"tone": "calm"}})
    creative.save(conn, changed)
    assert creative.get(conn, first.id) == changed
    assert creative.latest_for(conn, scenario.id) == second


def test_a_post_mortem_comes_back_with_unknown_and_huge_errors(conn: sa.Connection) -> None:
    scenario = saved(conn)
    forecast = some_kpis(scenario.id)
    kpis.save(conn, forecast)
    report = a_report(scenario.id, forecast_kpi_id=forecast.id)
    post_mortems.save(conn, report)
    post_mortems.save(conn, report)
    assert post_mortems.get(conn, report.id) == report
    newer = a_report(scenario.id, post_promo_dip=None, insights=("later",))
    post_mortems.save(conn, newer)
    assert post_mortems.latest_for(conn, scenario.id) == newer
    assert post_mortems.list_post_mortems(conn) == [newer, report]
    assert post_mortems.list_post_mortems(conn, limit=1) == [newer]


def test_the_forecast_of_another_scenario_is_no_forecast(conn: sa.Connection) -> None:
    scenario, other = saved(conn), saved(conn)
    forecast = some_kpis(other.id)
    kpis.save(conn, forecast)
    with pytest.raises(ConflictError, match=f"belongs to scenario {other.id}"):
        post_mortems.save(conn, a_report(scenario.id, forecast_kpi_id=forecast.id))


def test_the_forecast_of_a_report_must_exist(conn: sa.Connection) -> None:
    scenario = saved(conn)
    with pytest.raises(NotFoundError, match="no KPI"):
        post_mortems.save(conn, a_report(scenario.id, forecast_kpi_id=uuid4()))


def everything_of(conn: sa.Connection, scenario_id: UUID) -> list[Record | None]:
    return [
        kpis.latest_for(conn, scenario_id),
        validations.get_for(conn, scenario_id),
        creative.latest_for(conn, scenario_id),
    ]


def test_a_scenario_is_deleted_with_all_that_hangs_on_it(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        scenario, other = saved(conn), saved(conn)
        for owner in (scenario, other):
            kpis.save(conn, some_kpis(owner.id))
            validations.save(conn, a_verdict(owner.id))
            creative.save(conn, a_brief(owner.id))
    with pytest.raises(RuntimeError), engine.begin() as conn:  # noqa: PT012  rolled back inside
        scenarios.delete(conn, scenario.id)
        raise RuntimeError
    with engine.begin() as conn:
        assert None not in everything_of(conn, scenario.id)
        scenarios.delete(conn, scenario.id)
    with engine.connect() as conn:
        assert everything_of(conn, scenario.id) == [None, None, None]
        assert None not in everything_of(conn, other.id)
        assert scenarios.list_scenarios(conn) == [other]


def test_a_scenario_with_a_post_mortem_stays(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        scenario = saved(conn)
        kpis.save(conn, some_kpis(scenario.id))
        post_mortems.save(conn, a_report(scenario.id))
    with pytest.raises(ConflictError, match="kept for learning"), engine.begin() as conn:
        scenarios.delete(conn, scenario.id)
    with engine.connect() as conn:
        assert scenarios.get(conn, scenario.id) == scenario
        assert kpis.latest_for(conn, scenario.id) is not None


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_a_report_outlives_its_forecast_in_postgresql(conn: sa.Connection) -> None:
    """KPIs are kept two years, post-mortems three."""
    scenario = saved(conn)
    forecast = some_kpis(scenario.id)
    kpis.save(conn, forecast)
    report = a_report(scenario.id, forecast_kpi_id=forecast.id)
    post_mortems.save(conn, report)
    conn.execute(scenario_kpis.delete())
    assert post_mortems.get(conn, report.id).forecast_kpi_id is None


def test_a_scenario_can_change_while_others_refer_to_it(engine: sa.Engine) -> None:
    """Foreign keys of DuckDB would refuse it; that is why it has none."""
    with engine.begin() as conn:
        scenario = saved(conn)
        kpis.save(conn, some_kpis(scenario.id))
        post_mortems.save(conn, a_report(scenario.id))
    changed = scenario.model_copy(update={"mechanics": (), "label": "leer"})
    with engine.begin() as conn:
        scenarios.save(conn, changed)
    with engine.connect() as conn:
        assert scenarios.get(conn, scenario.id) == changed


def test_a_forecast_that_moved_and_went_with_its_new_scenario_is_forgotten(
    engine: sa.Engine,
) -> None:
    reviewed, other = a_scenario(), a_scenario()
    forecast = some_kpis(reviewed.id)
    report = a_report(reviewed.id, forecast_kpi_id=forecast.id)
    with engine.begin() as conn:
        for scenario in (reviewed, other):
            scenarios.save(conn, scenario)
        kpis.save(conn, forecast)
        post_mortems.save(conn, report)
        kpis.save(conn, forecast.model_copy(update={"scenario_id": other.id}))
    with engine.begin() as conn:
        scenarios.delete(conn, other.id)
    with engine.connect() as conn:
        assert post_mortems.get(conn, report.id).forecast_kpi_id is None
