"""The sample on disk, read back with pyxlsb: its shape, its sums, its oddities, its truth."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import fastexcel
import numpy as np
import pandas as pd
import pytest
from pyxlsb import open_workbook

from analytics.types import CHANNELS, Cell, Segment, Target
from sample_data.catalogue import build_catalogue
from sample_data.generate import Manifest, generate
from sample_data.lines import build_lines
from sample_data.parts import build_parts
from sample_data.retailer import DEPARTMENTS
from sample_data.world import World, build_world

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SEED, ROWS = 7, 20_000
SKU_COLUMNS = [
    "COD SKU",
    "DESC 1 SKU",
    "DESC 2 SKU",
    "COD SUPPLIER",
    "DESC 1 SUPPLIER",
    "DESC 2 SUPPLIER",
    "BRAND",
    "DEPARTMENT",
    "CODE GROUP",
    "DESC GROUP",
    "CODE SUBGROUP",
    "DESC SUBGROUP",
]
MEASURES = ["SALES VALUE", "SALES QTY", "MARGIN VALUE"]
SALES_HEADER = ["DATE", *SKU_COLUMNS, *MEASURES]
PROMO_COLUMNS = ["CHANNEL", "CODE PROMO", "DESC PROMO", "DATE START PROMO", "DATE END PROMO"]
PROMO_COLUMNS += ["TYPE OF PROMO"]
PROMO_HEADER = {"DATE", *SKU_COLUMNS, *PROMO_COLUMNS, *(f"{name} ANON" for name in MEASURES)}
FISCAL_YEAR_FILES = [
    f"{kind}_{months}"
    for kind in ("Stores", "Web")
    for months in ("October-January", "February-May", "June-September")
] + ["Promo_October-September"]
EXCEL_EPOCH = dt.date(1899, 12, 30)


class Sample(NamedTuple):
    """A generated sample and what pyxlsb reads of it."""

    folder: Path
    manifest: Manifest
    truth: dict[str, Any]
    sheets: dict[str, pd.DataFrame]
    progress: list[tuple[str, int, int]]

    def clean(self, name: str) -> pd.DataFrame:
        """The rows of a file that truth.json does not call dirty."""
        dirty = [entry["row"] for entry in self.truth["dirty_rows"] if entry["file"] == name]
        return self.sheets[name].drop(index=dirty)

    def sales(self) -> pd.DataFrame:
        """All clean rows of the Stores and Web files, the repeated days once."""
        overlap, pieces = self.truth["overlap"], []
        for name in self.sheets:
            if not name.startswith("Promo"):
                rows = self.clean(name).assign(channel=channel_of(name))
                if name == overlap["file"]:
                    rows = rows[rows["DATE"] > serial(dt.date.fromisoformat(overlap["last_date"]))]
                pieces.append(rows)
        return pd.concat(pieces)

    def promo(self) -> pd.DataFrame:
        """All clean rows of the Promo files, with the measures named as in the other files."""
        rows = pd.concat(self.clean(name) for name in self.sheets if name.startswith("Promo"))
        channel = rows["CHANNEL"].str.strip().map({"WEB": "online", "STORES": "offline"})
        return rows.rename(columns={f"{name} ANON": name for name in MEASURES}).assign(
            channel=channel
        )


def serial(day: dt.date) -> int:
    return (day - EXCEL_EPOCH).days


def channel_of(name: str) -> str:
    return {"Stores": "offline", "Web": "online"}[name.split("_", maxsplit=1)[0]]


def read(path: Path) -> pd.DataFrame:
    """The rows of the one sheet, indexed by their number in Excel."""
    with open_workbook(str(path)) as book, book.get_sheet("Anon Data") as sheet:
        assert book.sheets == ["Anon Data"]
        header, *rows = ([cell.v for cell in row] for row in sheet.rows())
    return pd.DataFrame(rows, columns=header, index=range(2, len(rows) + 2), dtype=object)


def cents(values: Iterable[float]) -> int:
    return sum(round(100 * value) for value in values)


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("made") / "sample"
    progress: list[tuple[str, int, int]] = []
    manifest = generate(
        folder, seed=SEED, rows=ROWS, on_progress=lambda *step: progress.append(step)
    )
    truth = json.loads(manifest.truth.read_text("utf-8"))
    sheets = {path.name: read(path) for path in manifest.workbooks}
    return Sample(folder, manifest, truth, sheets, progress)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(SEED)


@pytest.fixture(scope="module")
def simulated(world: World) -> pd.DataFrame:
    return world.simulate(world.first_day, world.last_day, world.campaigns, SEED)


# Files


def test_the_files_have_the_names_of_two_fiscal_years_and_a_month(sample: Sample) -> None:
    wanted = {f"{name}_FY{year}.xlsb" for name in FISCAL_YEAR_FILES for year in (24, 25)}
    wanted |= {f"{kind}_October_FY26.xlsb" for kind in ("Stores", "Web", "Promo")}
    assert set(sample.sheets) == wanted
    others = {"targets.csv", "segments.csv", "truth.json"}
    assert {path.name for path in sample.folder.iterdir()} == wanted | others
    assert sample.manifest.today == dt.date(2025, 10, 15)
    assert sample.truth["today"] == "2025-10-15"
    assert [step[1:] for step in sample.progress] == [(done, 17) for done in range(1, 18)]
    assert {step[0] for step in sample.progress} == wanted


def test_the_rows_are_about_as_many_as_asked_for(sample: Sample) -> None:
    total = sum(len(sheet) for sheet in sample.sheets.values())
    assert sample.manifest.rows == total
    in_sales = sum(len(s) for name, s in sample.sheets.items() if not name.startswith("Promo"))
    assert in_sales == pytest.approx(ROWS, rel=0.05)


def test_headers_are_those_of_the_real_files(sample: Sample) -> None:
    for name, sheet in sample.sheets.items():
        if name.startswith("Promo"):
            assert set(sheet.columns) == PROMO_HEADER
            assert sheet.columns[0] == "DATE"
        else:
            assert sheet.columns.tolist() == SALES_HEADER


def test_dates_lie_in_the_months_of_the_file(sample: Sample) -> None:
    first_and_last = {
        "Stores_October-January_FY24.xlsb": ("2023-10-01", "2024-01-31"),
        "Web_June-September_FY25.xlsb": ("2025-06-01", "2025-09-30"),
        "Web_October_FY26.xlsb": ("2025-10-01", "2025-10-14"),
    }
    for name, days in first_and_last.items():
        dates = sample.clean(name)["DATE"]
        assert (dates.min(), dates.max()) == tuple(
            serial(dt.date.fromisoformat(day)) for day in days
        )
    for name in sample.sheets:
        assert (sample.clean(name)["DATE"] % 1 == 0).all()


def test_a_date_format_is_in_some_files_only(sample: Sample) -> None:
    looks = {}
    for path in sample.manifest.workbooks:
        column = fastexcel.read_excel(path).load_sheet("Anon Data", n_rows=5).to_arrow()["DATE"]
        looks[path.name] = str(column.type).startswith("timestamp")
    assert looks == {file["file"]: file["date_style"] for file in sample.truth["files"]}
    assert set(looks.values()) == {True, False}


def test_texts_are_padded_and_codes_are_numbers(sample: Sample) -> None:
    rows = sample.sales()
    assert (rows["DEPARTMENT"].str.len() == 30).all()
    assert set(rows["DEPARTMENT"].str.strip()) == {d.name for d in DEPARTMENTS}
    assert (rows["BRAND"] != rows["BRAND"].str.strip()).all()
    for code, text in (("CODE GROUP", "DESC GROUP"), ("CODE SUBGROUP", "DESC SUBGROUP")):
        assert (rows[code] % 1 == 0).all()
        assert rows.groupby(code)[text].nunique().max() == 1
        assert rows.groupby(text)[code].nunique().max() == 1
    assert rows.groupby("COD SKU")["DESC 1 SKU"].nunique().max() == 1
    assert rows["DESC 2 SUPPLIER"].isna().any()


# Sums


def test_each_file_has_the_rows_and_sums_of_the_truth(sample: Sample) -> None:
    assert [file["file"] for file in sample.truth["files"]] == list(sample.sheets)
    for file in sample.truth["files"]:
        name, clean = file["file"], sample.clean(file["file"])
        value, units, margin = (
            [f"{measure} ANON" for measure in MEASURES] if name.startswith("Promo") else MEASURES
        )
        assert (file["rows"], file["clean_rows"]) == (len(sample.sheets[name]), len(clean))
        assert cents(clean[value]) == round(100 * file["sales_value"])
        assert cents(clean[margin]) == round(100 * file["margin_value"])
        assert sum(clean[units]) == file["units"]
        days = [EXCEL_EPOCH + dt.timedelta(d) for d in (clean["DATE"].min(), clean["DATE"].max())]
        assert [file["first_date"], file["last_date"]] == [day.isoformat() for day in days]


@pytest.mark.parametrize("promoted_only", [False, True])
def test_lines_add_up_to_the_simulated_cell_days(
    sample: Sample,
    simulated: pd.DataFrame,
    promoted_only: bool,  # noqa: FBT001  a case
) -> None:
    lines = sample.promo() if promoted_only else sample.sales()
    rows = simulated[simulated["promo_flag"]] if promoted_only else simulated
    lines = lines.assign(
        date=pd.Timestamp(EXCEL_EPOCH) + pd.to_timedelta(lines["DATE"].astype(int), unit="D"),
        department=lines["DEPARTMENT"].str.strip(),
        sales_value=[round(100 * value) for value in lines["SALES VALUE"]],
        margin_value=[round(100 * value) for value in lines["MARGIN VALUE"]],
        units=lines["SALES QTY"].astype(int),
    )
    rows = rows.assign(
        sales_value=(100 * rows["sales_value"]).round().astype(int),
        margin_value=(100 * rows["margin_value"]).round().astype(int),
    )
    keys, sums = ["date", "channel", "department"], ["sales_value", "margin_value", "units"]
    found, wanted = (frame.groupby(keys)[sums].sum() for frame in (lines, rows))
    assert found.index.equals(wanted.index)
    assert (found == wanted).all(axis=None)


def test_promo_rows_are_part_of_the_other_files(sample: Sample) -> None:
    keys = ["channel", "DATE", *SKU_COLUMNS, *MEASURES]
    promo = sample.promo()[keys].value_counts(dropna=False)
    sales = sample.sales()[keys].value_counts(dropna=False)
    assert (sales.reindex(promo.index).fillna(0) >= promo).all()


def test_the_overlap_repeats_identical_rows(sample: Sample) -> None:
    overlap = sample.truth["overlap"]
    assert overlap["first_date"] == "2025-01-29"
    assert overlap["last_date"] == "2025-01-31"
    first = serial(dt.date(2025, 1, 29))
    original, repeated = sample.clean(overlap["repeats"]), sample.clean(overlap["file"])
    original = original[original["DATE"] >= first]
    repeated = repeated[repeated["DATE"] < serial(dt.date(2025, 2, 1))]
    assert len(original) == len(repeated) == overlap["rows"]
    assert cents(repeated["SALES VALUE"]) == round(100 * overlap["sales_value"])
    pd.testing.assert_series_equal(
        original.value_counts(dropna=False).sort_index(),
        repeated.value_counts(dropna=False).sort_index(),
    )


# Oddities


def is_dirty_as_said(row: pd.Series[Any], reason: str) -> bool:
    """Whether a row shows exactly the fault that truth.json names."""
    value = row.get("SALES VALUE", row.get("SALES VALUE ANON"))
    faults = {
        "blank_row": row.isna().all(),
        "date_unreadable": row["DATE"] == "n/d",
        "date_out_of_range": isinstance(row["DATE"], float) and row["DATE"] < 10_000,
        "department_missing": row["DEPARTMENT"] is None and row["DATE"] is not None,
        "value_unreadable": value == "#N/D",
    }
    return [name for name, present in faults.items() if present] == [reason]


def test_every_dirty_row_is_where_the_truth_says_and_nowhere_else(sample: Sample) -> None:
    for entry in sample.truth["dirty_rows"]:
        row = sample.sheets[entry["file"]].loc[entry["row"]]
        assert is_dirty_as_said(row, entry["reason"]), entry
    for name in sample.sheets:
        clean = sample.clean(name)
        value = "SALES VALUE ANON" if name.startswith("Promo") else "SALES VALUE"
        assert clean["DEPARTMENT"].notna().all()
        for column in ("DATE", value):
            assert all(isinstance(cell, float) for cell in clean[column])
    by_year = {
        year: {e["reason"] for e in sample.truth["dirty_rows"] if f"FY{year}" in e["file"]}
        for year in (24, 25, 26)
    }
    kinds = {"date_unreadable", "date_out_of_range", "department_missing"}
    kinds |= {"value_unreadable", "blank_row"}
    assert by_year == {24: kinds, 25: kinds, 26: set()}
    assert len({entry["file"] for entry in sample.truth["dirty_rows"]}) < len(sample.sheets)


def test_returns_zeros_losses_and_equal_rows_occur(sample: Sample) -> None:
    rows = sample.sales()
    returned = rows[rows["SALES QTY"] < 0]
    assert 0.008 < len(returned) / len(rows) < 0.025
    assert (returned["SALES VALUE"] < 0).all()
    assert (rows["SALES QTY"] == 0).any()
    assert ((rows["SALES QTY"] > 0) & (rows["MARGIN VALUE"] < 0)).any()
    assert rows.duplicated().any()


def test_a_sku_keeps_its_price_and_promotions_cut_it_by_their_depth(sample: Sample) -> None:
    keys = ["channel", "DATE", "COD SKU"]
    promo = sample.promo()[[*keys, "CODE PROMO"]].drop_duplicates(keys)
    sold = sample.sales()
    sold = sold[sold["SALES QTY"] > 0].merge(promo, on=keys, how="left")
    sold["price"] = (sold["SALES VALUE"] / sold["SALES QTY"]).astype(float)
    # list prices change on 1 February and 1 September only
    day = pd.Timestamp(EXCEL_EPOCH) + pd.to_timedelta(sold["DATE"].astype(int), unit="D")
    sold["season"] = (day - pd.DateOffset(months=1)).dt.year * 2 + day.dt.month.between(2, 8)
    usual = sold[sold["CODE PROMO"].isna()]
    list_price = usual.groupby(["COD SKU", "season"])["price"].median().rename("list_price")
    usual, cut = (
        rows.join(list_price, on=["COD SKU", "season"])
        for rows in (usual, sold[sold["CODE PROMO"].notna()])
    )
    assert (usual["price"] / usual["list_price"]).std() < 0.015

    depths = {campaign["code"]: campaign["depths"] for campaign in sample.truth["campaigns"]}
    cut["found"] = 100 * (1 - cut["price"] / cut["list_price"])
    cut["told"] = [
        depths[code.strip()][department.strip()]
        for code, department in zip(cut["CODE PROMO"], cut["DEPARTMENT"], strict=True)
    ]
    by_cell = cut.groupby(["CODE PROMO", "DEPARTMENT", "channel"])[["found", "told"]].mean()
    assert (by_cell["found"] - by_cell["told"]).abs().max() < 3
    assert (by_cell["found"] - by_cell["told"]).abs().mean() < 1


def test_promo_rows_say_what_the_campaign_is(sample: Sample) -> None:
    campaigns = {campaign["code"]: campaign for campaign in sample.truth["campaigns"]}
    rows = sample.promo()
    assert set(rows["TYPE OF PROMO"].str.strip()) == {"PEAK", "NO PEAK", "SEMI PEAK"}
    assert {code.strip() for code in rows["CODE PROMO"]} == set(campaigns)
    for code, group in rows.groupby("CODE PROMO"):
        campaign = campaigns[str(code).strip()]
        start, end = (
            serial(dt.date.fromisoformat(campaign[k])) for k in ("date_start", "date_end")
        )
        assert set(group["DESC PROMO"].str.strip()) == {campaign["text"]}
        assert set(group["DATE START PROMO"]) == {start}
        assert set(group["DATE END PROMO"]) == {end}
        assert group["DATE"].between(start, end).all()
        assert set(group["channel"]) == set(campaign["channels"])
        assert set(group["DEPARTMENT"].str.strip()) == set(campaign["depths"])


def test_promo_names_are_italian_and_some_hide_the_depth(sample: Sample) -> None:
    names = [campaign["text"] for campaign in sample.truth["campaigns"]]
    assert "NO IVA CE OTTOBRE 2024" in names
    assert "BLACK FRIDAY 2024" in names
    assert "3X2 ACCESSORI" in names
    assert any(name.startswith("SCONTO ") and "%" in name for name in names)


# Truth, targets, segments


def test_the_true_baseline_and_uplifts_are_those_of_the_world(sample: Sample, world: World) -> None:
    baseline = sample.truth["baseline"]
    day = dt.date(2024, 12, 7)
    at = (day - dt.date.fromisoformat(baseline["first_day"])).days
    for row in world.baseline(day, day).itertuples():
        found = baseline["sales_value"][f"{row.channel}|{row.department}"][at]
        assert found == pytest.approx(row.sales_value, abs=0.006)
    christmas = (dt.date(2024, 12, 25) - dt.date.fromisoformat(baseline["first_day"])).days
    assert baseline["units"]["offline|TV"][christmas] == 0
    assert all(len(v) == baseline["days"] == 823 for v in baseline["margin_value"].values())
    for cell in sample.truth["cells"]:
        assert list(cell["uplift_units_pct"]) == [str(depth) for depth in range(5, 50, 5)]
        # unit uplift x the mix of prices = sales uplift
        units, sales = (cell[f"uplift_{name}_pct"]["20"] for name in ("units", "sales"))
        mix = 1 - 0.2 * cell["promo_share"]
        assert sales == pytest.approx(100 * ((1 + units / 100) * mix - 1), abs=1e-3)


def test_a_campaign_adds_up_to_its_cells(sample: Sample, world: World) -> None:
    campaign = next(c for c in sample.truth["campaigns"] if c["text"] == "BLACK FRIDAY 2024")
    start, end = (dt.date.fromisoformat(campaign[key]) for key in ("date_start", "date_end"))
    usual = world.baseline(start, end).groupby(["channel", "department"])["units"].sum()
    cells = {(c["channel"], c["department"]): c for c in sample.truth["cells"]}
    extra = dip = 0.0
    promoted = [Cell(ch, name) for ch in campaign["channels"] for name in campaign["depths"]]
    for cell in promoted:
        depth_pct = campaign["depths"][cell.department]
        own = usual[cell] * world.truth(cell).units_uplift_pct(depth_pct) / 100
        extra += own
        dip -= own * cells[cell]["dip_share"]
    assert campaign["own"]["units"] == pytest.approx(extra, rel=1e-4)
    assert campaign["dip"]["units"] == pytest.approx(dip, rel=1e-4)


def test_october_is_behind_its_target(sample: Sample, world: World) -> None:
    targets = pd.read_csv(sample.manifest.targets, dtype={"month": str})
    for row in targets.to_dict("records"):
        Target.model_validate(row)
    months = [f"{p}" for p in pd.period_range("2023-10", "2025-12", freq="M")]
    assert targets["month"].tolist() == months
    assert set(targets["geo"]) == {"IT"}
    done = sum(
        sample.clean(f"{kind}_October_FY26.xlsb")["SALES VALUE"].sum() for kind in ("Stores", "Web")
    )
    rest = world.expected(dt.date(2025, 10, 15), dt.date(2025, 10, 31), world.campaigns)
    heading = done + rest["sales_value"].sum()
    target = targets.set_index("month")["sales_value_target"]["2025-10"]
    assert 1.04 < target / heading < 1.06
    assert targets["margin_pct_target"].between(14, 22).all()


def test_segments_are_valid_and_whole(sample: Sample) -> None:
    rows = pd.read_csv(sample.manifest.segments).to_dict("records")
    segments = [
        Segment.model_validate(row | {"fav_categories": tuple(row["fav_categories"].split("|"))})
        for row in rows
    ]
    assert sum(segment.share_of_customers for segment in segments) == pytest.approx(1)
    assert sum(segment.share_of_revenue for segment in segments) == pytest.approx(1)
    assert {"LOYAL_HIGH_VALUE", "MEMBERS_REGULAR", "DEAL_SEEKERS"} <= {
        segment.segment_id for segment in segments
    }
    known = {department.name for department in DEPARTMENTS}
    assert all(set(segment.fav_categories) <= known for segment in segments)


# Behaviour


def test_the_same_seed_gives_the_same_bytes_also_over_an_earlier_sample(
    sample: Sample, tmp_path: Path
) -> None:
    generate(tmp_path / "again", seed=SEED + 1, rows=ROWS)
    other = digests(tmp_path / "again")
    generate(tmp_path / "again", seed=SEED, rows=ROWS)
    assert digests(tmp_path / "again") == digests(sample.folder)
    assert other["truth.json"] != digests(sample.folder)["truth.json"]


def test_the_null_world_is_written_with_campaigns_that_do_nothing(tmp_path: Path) -> None:
    manifest = generate(tmp_path, seed=SEED, rows=ROWS, effects=False)
    truth = json.loads(manifest.truth.read_text("utf-8"))
    assert truth["effects"] is False
    assert truth["cross_effects"] == []
    assert {u for c in truth["cells"] for u in c["uplift_sales_pct"].values()} == {0.0}
    assert all(c["own"]["units"] == c["dip"]["units"] == 0.0 for c in truth["campaigns"])
    assert next(f for f in truth["files"] if f["file"].startswith("Promo"))["clean_rows"] > 0


@pytest.mark.parametrize("rows", [19_999, 5_000_001])
def test_too_few_or_too_many_rows_are_refused(tmp_path: Path, rows: int) -> None:
    with pytest.raises(ValueError, match="between 20000 and 5000000"):
        generate(tmp_path / "out", rows=rows)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["Stores_October_FY26.xlsb", "truth.json"])
def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}", encoding="utf-8")
    with pytest.raises(FileExistsError, match="choose another folder"):
        generate(tmp_path, rows=ROWS)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text("utf-8") == "{}"


@pytest.mark.parametrize("rows", [60_000, 400_000])
def test_more_lines_leave_the_totals_and_the_prices_alone(
    world: World, simulated: pd.DataFrame, rows: int
) -> None:
    window = simulated[simulated["date"].between("2025-03-01", "2025-05-31")]
    parts = build_parts(world, window, rows)
    catalogue = build_catalogue(np.random.default_rng(1), 6_000)
    lines = build_lines(parts, catalogue, np.random.default_rng(2))
    assert len(lines) == pytest.approx(rows, rel=0.02)
    assert (lines.units > 0).all()
    at = pd.MultiIndex.from_arrays([lines.day, lines.channel, catalogue.department[lines.sku]])
    sums = pd.DataFrame({"sales": lines.sales_cents, "units": lines.units}).groupby(at).sum()
    wanted = window.groupby(["date", "channel", "department"])[["sales_value", "units"]].sum()
    order = {name: index for index, name in enumerate(d.name for d in DEPARTMENTS)}
    wanted.index = pd.MultiIndex.from_arrays(
        [
            wanted.index.get_level_values(0).to_numpy().astype("datetime64[D]").astype(int),
            wanted.index.get_level_values(1).map(list(CHANNELS).index),
            wanted.index.get_level_values(2).map(order),
        ]
    )
    wanted = wanted.loc[sums.index]
    assert (sums["units"] == wanted["units"]).all()
    assert (sums["sales"] == (100 * wanted["sales_value"]).round()).all()
    assert len(np.unique(lines.sku)) > 3_000  # not only those at the average price
    usual = lines.take(lines.campaign < 0)
    days = np.array(["2025-03-01"], dtype="datetime64[D]")  # no price step in the window
    index = world.list_price(days)[0, : len(DEPARTMENTS)] / [d.price for d in DEPARTMENTS]
    list_price = catalogue.price[usual.sku] * index[catalogue.department[usual.sku]]
    ratio = usual.sales_cents / 100 / usual.units / list_price
    assert np.abs(np.quantile(ratio[list_price > 20], [0.01, 0.5, 0.99]) - 1).max() < 0.025
    assert np.abs(ratio[list_price > 20] - 1).max() < 0.05
