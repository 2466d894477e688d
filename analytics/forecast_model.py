"""The baseline model: promotions taken out, a calendar regression, boosted trees on what is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl

from analytics.calendar import calendar_features, fourier_terms, special_days
from analytics.promo_response import log_sales_without_promotions, promo_response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.panel import FloatArray, IntArray, Panel
    from analytics.promo_response import PromoResponse

_LAGS = (1, 7, 14, 21, 28)
_WINDOWS = (7, 28)
_FILL_FROM_DAYS = (7, 14, 21, 28)
_CONTEXT_DAYS = 90  # more than the lags, the windows and the filling of gaps reach back
_RIDGE = 0.3
_YEAR_DAYS = 365.25
_SHORT_TERMS = 14  # level, weekdays, special days
_SEASON_ORDER = 6  # a season of six weeks, such as a summer's, takes about so many pairs
_TERMS_FROM_DAYS = ((540, 27), (330, 17))  # with trend and six, or one, pairs of Fourier terms
_STATIC = ["cell", "channel", "department"]
_TREES: dict[str, Any] = {
    "n_estimators": 120,
    "learning_rate": 0.05,
    "num_leaves": 8,
    "min_child_samples": 30,
    "subsample": 0.8,
    "subsample_freq": 1,
    "colsample_bytree": 0.7,
    "num_threads": 1,  # on a busy machine two threads wait for each other longer than one works
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}


@dataclass(frozen=True)
class BaselineModel:
    """Predicts log sales without promotions.

    Attributes:
        modelled: positions of the cells it was fitted on.
        response: the promotion effects of all cells.
        origin: the day from which the trend counts.
        coefficients: (terms, modelled cells) of the calendar regression.
        learner: an mlforecast.MLForecast on what the calendar leaves.
    """

    country: str | None
    modelled: tuple[int, ...]
    response: PromoResponse
    origin: pd.Timestamp
    coefficients: FloatArray
    learner: Any

    def trees(self) -> str:
        """Return the trees in LightGBM's text form."""
        model = self.learner.models_["model"]
        return str(getattr(model, "booster_", model).model_to_string())

    def log_paths(self, histories: Sequence[Panel], horizon: int) -> list[FloatArray]:
        """Predict log sales on the days after each history, free of promotions and dips.

        Histories are predicted together because each step of the recursion costs the same for
        many series as for few.

        Args:
            histories: to continue, each with the cells of the one that the model was fitted on;
                they may be longer.
            horizon: number of days.

        Returns:
            (horizon, cells) for each history; NaN for cells that are not modelled.
        """
        count = len(self.modelled)
        contexts = [history.last(_CONTEXT_DAYS) for history in histories]
        first = min(days.dates[0] for days in contexts)
        last = max(days.dates[-1] for days in contexts)
        span = pd.date_range(first, last + pd.Timedelta(days=horizon))
        calendar = calendar_features(span, self.country)
        season = calendar_terms(span, self.origin, self.country) @ self.coefficients
        recent, ahead, seasons = [], [], []
        for number, days in enumerate(contexts):
            known, future = _positions(span, days.dates[0], len(days.dates), horizon)
            sales = log_sales_without_promotions(days, self.response)[:, self.modelled]
            ids = np.arange(count) + number * count
            rest = sales - season[known]
            recent.append(_frame(rest, days.select(self.modelled), ids, calendar[known]))
            ahead.append(_features(ids, calendar[future]))
            seasons.append(season[future])
        predicted = self.learner.predict(h=horizon, new_df=_joined(recent), X_df=_joined(ahead))
        left = predicted["model"].to_numpy().astype(np.float64).reshape(-1, count, horizon)
        result = np.full((len(histories), horizon, len(self.response.cells)), np.nan)
        result[:, :, self.modelled] = left.transpose(0, 2, 1) + np.array(seasons)
        return list(result)


def fit_model(
    days: Panel, modelled: Sequence[int], country: str | None, seed: int, trees: str | None = None
) -> BaselineModel:
    """Fit the baseline model.

    Args:
        days: the history of all cells: those that are not modelled still tell about promotions.
        modelled: positions of the cells to model, at least one, each with at least 56 days.
        country: for public holidays; None for none.
        seed: of the trees' row and column sampling.
        trees: those of an earlier fit of the same history, in LightGBM's text form; grown if None.

    Raises:
        ValueError: the text holds no trees.
    """
    from lightgbm import Booster, LGBMRegressor  # noqa: PLC0415  slow to import
    from mlforecast import MLForecast  # noqa: PLC0415  slow to import
    from mlforecast.lag_transforms import RollingMean  # noqa: PLC0415  slow to import

    response = promo_response(days, country)
    sales = log_sales_without_promotions(days, response)[:, modelled]
    terms = calendar_terms(days.dates, days.dates[-1], country)
    coefficients = np.column_stack([_ridge(terms, column) for column in sales.T])
    learner = MLForecast(
        models={"model": LGBMRegressor(random_state=seed, **_TREES)},
        freq="1d",
        lags=list(_LAGS),
        lag_transforms={1: [RollingMean(window, min_samples=1) for window in _WINDOWS]},
    )
    ids = np.arange(len(modelled))
    rest, calendar = sales - terms @ coefficients, calendar_features(days.dates, country)
    frame = _joined([_frame(rest, days.select(modelled), ids, calendar)])
    if trees is None:
        learner.fit(
            frame, static_features=_STATIC, dropna=False, weight_col="weight", as_numpy=True
        )
    else:
        learner.preprocess(
            frame, static_features=_STATIC, dropna=False, weight_col="weight", as_numpy=True
        )
        learner.models_ = {"model": Booster(model_str=trees)}
    return BaselineModel(country, tuple(modelled), response, days.dates[-1], coefficients, learner)


def calendar_terms(
    dates: pd.DatetimeIndex, origin: pd.Timestamp, country: str | None
) -> FloatArray:
    """Return level, weekdays, special days, trend and yearly season: (dates, 27)."""
    weekday = dates.dayofweek.to_numpy()
    parts = [
        np.ones(len(dates)),
        *(weekday == k for k in range(1, 7)),
        special_days(dates, country).to_numpy(),
        (dates - origin).days.to_numpy() / _YEAR_DAYS,
        fourier_terms(dates, _SEASON_ORDER).to_numpy(),
    ]
    return np.column_stack(parts).astype(np.float64)


def _ridge(terms: FloatArray, values: FloatArray) -> FloatArray:
    """Regress the days that have a value; 0 for terms that they are too few to tell.

    Trend and season take most of a year: a shorter history would run away with them. A small
    penalty keeps near 0 what the history hardly shows.
    """
    on = ~np.isnan(values)
    count = next((k for days, k in _TERMS_FROM_DAYS if on.sum() >= days), _SHORT_TERMS)
    penalty = _RIDGE * np.eye(count)
    penalty[0, 0] = 0.0
    design = np.vstack([terms[on][:, :count], penalty])
    outcome = np.concatenate([values[on], np.zeros(count)])
    result = np.zeros(terms.shape[1])
    result[:count] = np.linalg.lstsq(design, outcome, rcond=None)[0]
    return result


def _frame(rest: FloatArray, days: Panel, ids: IntArray, calendar: pd.DataFrame) -> pd.DataFrame:
    """Return the learner's frame of some days; those without a value carry no weight."""
    departments = sorted({cell.department for cell in days.cells})
    count = len(days.dates)
    return _features(ids, calendar).assign(
        y=_filled(rest).T.ravel(),
        weight=(~np.isnan(rest)).T.ravel() * 1.0,
        cell=np.repeat(np.arange(len(ids)), count),
        channel=np.repeat([cell.channel == "online" for cell in days.cells], count).astype(int),
        department=np.repeat([departments.index(cell.department) for cell in days.cells], count),
    )


def _features(ids: IntArray, calendar: pd.DataFrame) -> pd.DataFrame:
    """Return the calendar of each date for each series, one after the other."""
    every = pd.DataFrame(np.tile(calendar.to_numpy(), (len(ids), 1)), columns=calendar.columns)
    every.insert(0, "ds", np.tile(calendar.index.to_numpy(), len(ids)))
    every.insert(0, "unique_id", np.repeat(ids, len(calendar)))
    return every


def _joined(frames: Sequence[pd.DataFrame]) -> pl.DataFrame:
    """Return frames as one of polars, in which a step of the recursion takes half as long."""
    return pl.concat([pl.from_pandas(frame) for frame in frames])


def _positions(
    span: pd.DatetimeIndex, first: pd.Timestamp, known: int, ahead: int
) -> tuple[slice, slice]:
    """Return where in a span of dates a history's days lie, and where the days after it."""
    start = int((first - span[0]).days)
    return slice(start, start + known), slice(start + known, start + known + ahead)


def _filled(rest: FloatArray) -> FloatArray:
    """Fill gaps for the lags: from the same weekday before, else after, else with no deviation."""
    table = pd.DataFrame(rest)
    for lag in _FILL_FROM_DAYS:
        table = table.fillna(pd.DataFrame(rest).shift(lag))
    for lag in _FILL_FROM_DAYS:
        table = table.fillna(pd.DataFrame(rest).shift(-lag))
    return table.fillna(0.0).to_numpy(dtype=np.float64)
