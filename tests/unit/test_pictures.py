"""Pictures: the data of each, and the files that they are written to."""

from __future__ import annotations

import datetime as dt
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from analytics.types import Interval
from analytics.uplift import Coefficient
from app.pictures.files import check_picture, rendered, save_picture
from app.pictures.forecast import forecast_picture
from app.pictures.frontier import frontier_picture
from app.pictures.post_mortem import post_mortem_picture
from app.pictures.uplift import uplift_picture
from app.pictures.waterfall import waterfall_picture
from tools.errors import Refusal
from tools.forecast import BaselineForecast, ForecastDay
from tools.frontier import Frontier, Point, PointMechanic
from tools.summaries import Effect
from tools.uplift import UpliftTable

if TYPE_CHECKING:
    from pathlib import Path

FIRST = dt.date(2025, 10, 30)


def forecast() -> BaselineForecast:
    """Return three days at the end of a month."""
    return BaselineForecast(
        start=FIRST,
        end=FIRST + dt.timedelta(days=2),
        channel=None,
        department=None,
        sales_value=3300.0,
        margin_value=660.0,
        units=33.0,
        sales_interval=Interval(p10=3000, p50=3300, p90=3600),
        days=tuple(
            ForecastDay(
                date=FIRST + dt.timedelta(days=n),
                sales_value=1000.0 + 100 * n,
                margin_value=200.0,
                units=10.0,
                sales_interval=Interval(p10=900, p50=1000, p90=1300),
            )
            for n in range(3)
        ),
        uses_sales_until=dt.date(2025, 10, 14),
        methods={"lightgbm": 2},
        fallbacks=(),
        backtest_wape=0.1,
    )


def frontier() -> Frontier:
    """Return three points."""
    mechanic = PointMechanic(
        department="TV", channel="online", discount_pct=10, start=FIRST, end=FIRST
    )
    values = [(1000.0, 50.0, ("conservative",)), (2500.0, -10.0, ("balanced",))]
    values.append((3000.0, -250.0, ("aggressive",)))
    return Frontier(
        start=FIRST,
        end=FIRST,
        points=tuple(
            Point(
                names=names,
                net_sales_value=sales,
                net_margin_value=margin,
                net_ebit=margin,
                markdown_value=0.0,
                mechanics=(mechanic,),
            )
            for sales, margin, names in values
        ),
        remarks=(),
        remark_facts=(),
    )


def coefficient(band: str, uplift: float, *, pooled: bool) -> Coefficient:
    """Return one coefficient of TV online."""
    return Coefficient.model_validate(
        {
            "department": "TV",
            "channel": "online",
            "discount_band": band,
            "uplift_sales_pct": uplift,
            "uplift_units_pct": uplift,
            "margin_impact_pct": -3.0,
            "confidence": 0.9,
            "sample_size": 0 if pooled else 9,
            "se_units_log": 0.1,
            "mean_depth_pct": 15.0,
            "promo_share": 1.0,
            "pooled": pooled,
        }
    )


def uplift() -> UpliftTable:
    """Return two bands, one of them without evidence of its own."""
    return UpliftTable(
        model_version="v1",
        promoted=True,
        fitted_until=FIRST,
        coefficients=(
            coefficient("10-20", 50.0, pooled=False),
            coefficient("40+", 150.0, pooled=True),
        ),
    )


def summary() -> Any:
    """Return the parts of a scenario that its waterfall shows."""
    steps = [("promotion", 1000.0), ("post_promo_dip", -300.0), ("cannibalization", -50.0)]
    effects = [
        Effect.model_validate({"effect": n, "sales_value": v, "margin_value": -v / 10})
        for n, v in steps
    ]
    return SimpleNamespace(
        label="A plan",
        start=FIRST,
        end=FIRST,
        effects=[*effects, Effect(effect="halo", sales_value=20.0, margin_value=5.0)],
        total_sales_value=11_000.0,
        sales_value_delta=1000.0,
        total_margin_value=2000.0,
        margin_value_delta=-100.0,
        net_sales_value=670.0,
        net_margin_value=-60.0,
        net_ebit=-5060.0,
    )


def post_mortem() -> Any:
    """Return the parts of a report that its picture shows."""
    days = [
        {"date": f"2025-10-{n}", "actual": 120.0, "baseline": 100.0, "p10": 90.0, "p90": 110.0}
        for n in range(10, 14)
    ]
    return SimpleNamespace(
        label="Campaign",
        result=SimpleNamespace(
            daily=[SimpleNamespace(model_dump=lambda day=day, **_: day) for day in days],
            period_start=dt.date(2025, 10, 10),
            period_end=dt.date(2025, 10, 11),
            verdict="worked",
            net=SimpleNamespace(sales_value=SimpleNamespace(value=40.0, p5=10.0, p95=-0.2)),
        ),
    )


CHARTS = {
    "forecast": lambda: forecast_picture(forecast(), {"2025-10": 31_000.0, "2025-11": 30_000.0}),
    "frontier": lambda: frontier_picture(frontier()),
    "uplift": lambda: uplift_picture(uplift()),
    "waterfall": lambda: waterfall_picture([summary()]),
    "waterfalls": lambda: waterfall_picture([summary(), summary()]),
    "post_mortem": lambda: post_mortem_picture(post_mortem()),
}


def rows_of(spec: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Return the first data set of a chart whose rows have the key."""
    return next(rows for rows in spec["datasets"].values() if key in rows[0])


@pytest.mark.parametrize("name", CHARTS)
def test_every_picture_is_drawn_without_a_network(name: str) -> None:
    chart = CHARTS[name]()
    assert rendered(chart, ".png").startswith(b"\x89PNG\r\n")
    assert rendered(chart, ".svg").startswith(b"<svg")
    assert json.loads(rendered(chart, ".json"))["title"]["text"]


def test_the_forecast_names_what_is_missing_to_the_target() -> None:
    spec = CHARTS["forecast"]().to_dict()
    # Two days of 31,000 / 31 and one of 30,000 / 30 are 3,000.
    assert spec["title"]["text"] == (
        "3,300 of sales expected without promotions, 300 above the target"
    )
    assert [row["target"] for row in rows_of(spec, "target")] == [1000, 1000, 1000]


def test_a_part_of_the_business_has_no_target() -> None:
    spec = forecast_picture(forecast(), {}).to_dict()
    assert spec["title"]["text"] == "3,300 of sales expected without promotions"
    assert len(spec["layer"]) == 2


def test_the_frontier_says_what_more_sales_cost() -> None:
    spec = CHARTS["frontier"]().to_dict()
    assert spec["title"]["text"] == "2,000 more sales cost 300 of margin: 0.15 for each 1.00"


def test_the_uplift_has_its_interval_in_logs() -> None:
    row = rows_of(CHARTS["uplift"]().to_dict(), "low")[0]
    # 1.5 x exp(-.16449) and 1.5 x exp(.16449)
    assert (row["low"], row["high"]) == (
        pytest.approx(27.25, abs=0.01),
        pytest.approx(76.82, abs=0.01),
    )


def test_the_waterfall_ends_at_the_net_figure() -> None:
    spec = waterfall_picture([summary()]).to_dict()
    rows = rows_of(spec, "start")
    assert [(row["start"], row["end"], row["text"]) for row in rows] == [
        (0, 1000, "+1,000"),
        (1000, 700, "\u2212300"),
        (700, 650, "\u221250"),
        (650, 670, "+20"),
        (0, 670, "+670"),
    ]


@pytest.mark.parametrize("name", ["plan.gif", "plan", "plan.png.txt"])
def test_another_extension_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"end it with \.png, \.svg or \.json"):
        save_picture(CHARTS["frontier"](), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="there is no folder"):
        check_picture(tmp_path / "nowhere" / "plan.png")
    check_picture(tmp_path / "plan.PNG")
