"""A few broken workbooks; `make torture-workbooks` breaks ten thousand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.torture.workbooks import own_workbooks, torture

if TYPE_CHECKING:
    from pathlib import Path


def test_broken_workbooks_end_in_a_result_or_a_sentence(tmp_path: Path) -> None:
    tally = torture(own_workbooks(tmp_path), 45, seed=2, folder=tmp_path / "mutants")
    assert tally.faults == []
    assert tally.mutants == 45
    assert tally.read > 0
    assert sum(tally.refused.values()) > 0
