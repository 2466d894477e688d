"""Runs many cases, several processes at once, and can be continued where it was cut off."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TYPE_CHECKING, NamedTuple

from evals.drive import InfrastructureError, run_case
from evals.fixture import fixture
from evals.results import RunFolder, row, run_info
from evals.scorers import score
from evals.subjects import subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from evals.cases import Case
    from evals.results import Row
    from evals.trajectory import Trajectory


class Outcome(NamedTuple):
    """What came of one run: a verdict and what happened, or why it could not be made."""

    case: str
    repeat: int
    row: Row | None
    run: Trajectory | None
    error: str | None


def run_cases(  # noqa: PLR0913  what a run may be told
    cases: Sequence[Case],
    model: str,
    folder: Path,
    *,
    repeats: int = 1,
    jobs: int = 1,
    cassette: tuple[str, Path] | None = None,
    on_done: Callable[[Outcome], None] | None = None,
) -> RunFolder:
    """Run every case `repeats` times and keep the verdicts in a folder.

    Args:
        cases: what to run.
        model: name of a subject (`evals.subjects`).
        folder: where the run is kept; a run that is there is continued.
        repeats: runs per case.
        jobs: processes.
        cassette: (`record` or `replay`, file) for the model's outputs.
        on_done: told of each run that is done.

    Raises:
        RunError: the folder holds another run.
        ModelError: the model cannot be had.
    """
    subject(model, cassette)
    kept = RunFolder(folder)
    kept.begin(run_info(model, repeats, cases))
    done = {(entry.case, entry.repeat) for entry in kept.rows()}
    todo = [(case, n) for n in range(repeats) for case in cases if (case.id, n) not in done]
    for name in {case.fixture for case, _ in todo}:
        fixture(name)
    for outcome in _outcomes(todo, model, jobs, cassette):
        if outcome.row is not None and outcome.run is not None:
            kept.add(outcome.row, outcome.run)
        else:
            kept.add_error(outcome.case, outcome.repeat, outcome.error or "")
        if on_done:
            on_done(outcome)
    kept.finish()
    return kept


def _outcomes(
    todo: Sequence[tuple[Case, int]], model: str, jobs: int, cassette: tuple[str, Path] | None
) -> Iterator[Outcome]:
    if jobs == 1:
        for case, repeat in todo:
            yield one(case, repeat, model, cassette)
        return
    # Spawned, not forked: a process that is forked after LightGBM has run can hang.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawn) as pool:
        waiting = [pool.submit(one, case, repeat, model, cassette) for case, repeat in todo]
        for future in as_completed(waiting):
            yield future.result()


def one(case: Case, repeat: int, model: str, cassette: tuple[str, Path] | None) -> Outcome:
    """Run and judge one case once."""
    try:
        run = run_case(case, subject(model, cassette), repeat)
    except InfrastructureError as error:
        return Outcome(case.id, repeat, None, None, str(error))
    return Outcome(case.id, repeat, row(case, repeat, run, score(case, run)), run, None)
