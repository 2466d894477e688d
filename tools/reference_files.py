"""Targets and segments as agents may load them: from files below the data folder that were named."""

from typing import Annotated

from pydantic import Field

from tools.data_files import below_data_dir, check_named
from tools.deps import Deps
from tools.imports import Imported, import_segments, import_targets

TableFile = Annotated[str, Field(description="path below the data folder, e.g. targets.csv")]


def load_targets(deps: Deps, file: TableFile) -> Imported:
    """Store the monthly targets of a .csv, .xlsx or .xlsb file: every row of it or none.

    A month that is stored already is overwritten. Columns: month (e.g. 2025-10), geo,
    sales_value_target, margin_pct_target, units_target. Refuses a file outside the data folder or
    that the person has not named in this conversation, and names the row and column that is wrong.
    """
    check_named(deps, file)
    return import_targets(deps, below_data_dir(deps, file)).model_copy(update={"file": file})


def load_segments(
    deps: Deps,
    file: TableFile,
    replace: Annotated[  # noqa: FBT002  a model passes arguments by name
        bool, Field(description="remove the stored segments that the file does not name")
    ] = False,
) -> Imported:
    """Store the customer segments of a .csv, .xlsx or .xlsb file: every row of it or none.

    Shares run from 0 to 1 or carry a % sign; those of all segments add up to 1 at most. Use
    `replace` only when the person says that the file holds all segments. Refuses a file outside the
    data folder or that the person has not named in this conversation, and names the row and column
    that is wrong.
    """
    check_named(deps, file)
    path = below_data_dir(deps, file)
    return import_segments(deps, path, replace=replace).model_copy(update={"file": file})
