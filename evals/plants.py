"""Where a stranger's text can get into the store: the carriers of an injection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from evals.cases import Plant

CARRIERS: dict[str, str] = {}


def plant(conn: sa.Connection, text: Plant) -> None:
    """Put a text where its carrier is.

    Raises:
        KeyError: there is no such carrier.
    """
    conn.execute(sa.text(CARRIERS[text.carrier]), {"text": text.text})
