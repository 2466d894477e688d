"""How much promotions lift sales: fitting, showing and judging coefficients."""

import datetime as dt
from typing import Annotated, Any

import pandas as pd
from pydantic import Field

from analytics.frames import day_totals
from analytics.remarks import remark
from analytics.types import Channel, Record, Remark
from analytics.uplift import Coefficient, UpliftModel, backtest_uplift, better
from analytics.uplift import fit_uplift as fit
from db import sales, uplift
from tools.arguments import known_department, newest_sale
from tools.deps import Deps
from tools.errors import Refusal


class FittedVersion(Record):
    """One fitted version of the coefficients and how it compares with the one in force."""

    model_version: str
    fitted_until: dt.date
    coefficients: int
    with_own_evidence: int = Field(description="coefficients that rest on promo days of their cell")
    backtest: dict[str, Any]
    version_in_force: str | None
    backtest_in_force: dict[str, Any] | None
    better_than_in_force: bool


class UpliftTable(Record):
    """Coefficients of one version."""

    model_version: str
    promoted: bool
    fitted_until: dt.date
    coefficients: tuple[Coefficient, ...]


def fit_uplift(deps: Deps) -> FittedVersion:
    """Fit a new version of the uplift coefficients on all stored sales, and backtest it.

    Takes no arguments. The new version is stored beside the one in force and changes no plan until
    a person approves its promotion: ask for that with request_approval(kind="coefficients") when
    `better_than_in_force` is true. Refuses an empty store.
    """
    newest = newest_sale(deps)
    history = day_totals(sales.sales_rows(deps.conn))
    model = fit_history(history, deps)
    backtest = backtest_uplift(history, deps.workspace.country)
    version = uplift.next_version(deps.conn, deps.today)
    save(deps, version, model, backtest, newest)
    return describe(deps, version, model, backtest)


def fit_history(history: pd.DataFrame, deps: Deps) -> UpliftModel:
    """Fit coefficients on DAY TOTALS without storing them.

    Raises:
        Refusal: there is too little history.
    """
    try:
        return fit(history, deps.workspace.country)
    except ValueError as error:
        raise Refusal(str(error)) from error


def save(
    deps: Deps, version: str, model: UpliftModel, backtest: dict[str, Any], until: dt.date
) -> None:
    """Store one version with everything needed to use it later."""
    uplift.save_model(
        deps.conn,
        version,
        detail=model.model_dump(mode="json"),
        coefficients=[coefficient.model_dump() for coefficient in model.coefficients],
        backtest=backtest,
        data_version=sales.data_version(deps.conn),
        fitted_until=until,
    )


def describe(
    deps: Deps, version: str, model: UpliftModel, backtest: dict[str, Any]
) -> FittedVersion:
    """Say what a version holds and whether it beats the one in force."""
    in_force = uplift.promoted_version(deps.conn)
    champion = backtest_of(deps, in_force) if in_force else None
    return FittedVersion(
        model_version=version,
        fitted_until=model.fitted_until,
        coefficients=len(model.coefficients),
        with_own_evidence=sum(not coefficient.pooled for coefficient in model.coefficients),
        backtest=backtest,
        version_in_force=in_force,
        backtest_in_force=champion,
        better_than_in_force=better(backtest, champion),
    )


def show_uplift(
    deps: Deps,
    department: Annotated[str | None, Field(description="e.g. TV; all if left out")] = None,
    channel: Annotated[Channel | None, Field(description="online or offline")] = None,
    model_version: Annotated[
        str | None, Field(description="e.g. 2025-10-15.1; the one in force if left out")
    ] = None,
) -> UpliftTable:
    """Show uplift coefficients: what a discount band does to sales and units, and how sure that is.

    `uplift_sales_pct` and `uplift_units_pct` are per cent of the cell's baseline day total,
    `margin_impact_pct` is percentage points, `confidence` is 0-1, `sample_size` counts promo days;
    `pooled` means the cell has no promo day in that band and the figure comes from its peers.
    """
    department = department and known_department(deps, department)
    version, model = stored_model(deps, model_version)
    return UpliftTable(
        model_version=version,
        promoted=version == uplift.promoted_version(deps.conn),
        fitted_until=model.fitted_until,
        coefficients=tuple(
            coefficient
            for coefficient in model.coefficients
            if (department is None or coefficient.department == department)
            and (channel is None or coefficient.channel == channel)
        ),
    )


def stored_model(deps: Deps, version: str | None) -> tuple[str, UpliftModel]:
    """Return a stored version and its model, the one in force unless named.

    Raises:
        Refusal: there is no such version, or none is in force.
    """
    known = [stored.model_version for stored in uplift.versions(deps.conn)]
    wanted = version or uplift.promoted_version(deps.conn)
    if wanted is None:
        message = "no coefficients are in force: fit them (promoloop uplift fit) and promote them"
        raise Refusal(message)
    content = uplift.detail_digest(deps.conn, wanted) if wanted in known else None
    if content is None:
        message = (
            f"there is no version {wanted!r} of the uplift coefficients; stored: "
            f"{', '.join(known) or 'none yet'}"
        )
        raise Refusal(message)
    return wanted, deps.workspace.memory.recall(
        ("coefficients", wanted, content),
        lambda: UpliftModel.model_validate(uplift.detail_of(deps.conn, wanted)),
        still=lambda: uplift.detail_digest(deps.conn, wanted) == content,
    )


def backtest_of(deps: Deps, version: str) -> dict[str, Any]:
    """Return the backtest of a stored version.

    Raises:
        LookupError: there is no such version.
    """
    for stored in uplift.versions(deps.conn):
        if stored.model_version == version:
            return stored.backtest
    message = f"the version {version} is not stored"
    raise LookupError(message)


def in_force(deps: Deps) -> tuple[str, UpliftModel, Remark | None]:
    """Return the version that plans use, its model, and a remark when it was not promoted.

    Without any promoted version the newest stored one is used, or one is fitted, and stored where
    the call may write: a first plan needs coefficients, and there is nothing yet that it could be
    worse than. The remark says so, and it stands in every plan made with it.
    """
    promoted = uplift.promoted_version(deps.conn)
    stored = uplift.versions(deps.conn)
    if promoted is None and not stored and not deps.may_write:
        model = deps.recall(
            ("coefficients of all sales",),
            lambda: fit_history(day_totals(sales.sales_rows(deps.conn)), deps),
        )
        return "not stored", model, remark("coefficients_not_stored")
    newest = stored[0].model_version if stored else None
    version, model = stored_model(deps, promoted or newest or fit_uplift(deps).model_version)
    said = None if promoted else remark("coefficients_not_promoted", version=version)
    return version, model, said


def compare_versions(
    deps: Deps,
    model_version: Annotated[
        str | None, Field(description="e.g. 2025-10-15.1; the newest if left out")
    ] = None,
) -> FittedVersion:
    """Say how the backtest of a stored version compares with the version in force."""
    newest = next(iter(uplift.versions(deps.conn)), None)
    version, model = stored_model(deps, model_version or (newest.model_version if newest else None))
    return describe(deps, version, model, backtest_of(deps, version))
