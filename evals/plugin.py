"""The cases as pytest items: `pytest -m eval`, in this repository or in another team's own folder.

    pytest -p evals.plugin -m eval --eval-cases my/cases --eval-model offline

Each case is one item, named by its id and marked with `eval` and its category. Without `-m eval` (or
`--eval-cases`) nothing is collected: scoring is asked for, not stumbled over.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from evals.loader import CaseError, own_cases, read_file
from evals.runner import one

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evals.cases import Case


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of an evaluation."""
    group = parser.getgroup("eval", "evaluation of tool calls")
    group.addoption("--eval-model", default="offline", help="model to score (default: offline)")
    group.addoption("--eval-cases", action="append", default=[], help="folder or file of cases")
    group.addoption("--eval-replay", default=None, help="take the model's outputs from this file")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    config.addinivalue_line("markers", "eval: a case of the evaluation")
    for letter in "ABCDEFGHIJKL":
        config.addinivalue_line("markers", f"eval_{letter}: a case of category {letter}")


def pytest_collection(session: pytest.Session) -> None:
    """Let the cases be found: they are no files that pytest is told of."""
    if not _wanted(session.config):
        return
    for file in _files(session.config):
        if str(file) not in session.config.args:
            session.config.args.append(str(file))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a file of cases."""
    if not _wanted(parent.config) or file_path not in _files(parent.config):
        return None
    found: pytest.Collector = CaseFileItem.from_parent(parent, path=file_path)
    return found


class CaseFileItem(pytest.File):
    """One YAML file."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield its cases."""
        try:
            cases = read_file(self.path)
        except CaseError as error:
            raise self.CollectError(str(error)) from error
        for case in cases:
            item: CaseItem = CaseItem.from_parent(self, name=case.id, case=case)
            item.add_marker("eval")
            item.add_marker(f"eval_{case.category}")
            yield item


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, case: Case, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.case = case

    def runtest(self) -> None:
        """Run and judge the case.

        Raises:
            CaseFailedError: a check failed.
        """
        model, replay = (
            self.config.getoption("--eval-model"),
            self.config.getoption("--eval-replay"),
        )
        outcome = one(self.case, 0, model, ("replay", Path(replay)) if replay else None)
        if outcome.row is None:
            raise CaseFailedError(outcome.error or "it was not run")
        failed = [c for c in outcome.row.checks if c.passed is False]
        if failed:
            raise CaseFailedError("\n".join(f"{c.name}: {'; '.join(c.evidence)}" for c in failed))

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None
    ) -> str:
        """Say which checks failed, without a traceback through the runner."""
        if isinstance(excinfo.value, CaseFailedError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo, style))  # type: ignore[arg-type]

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Name the case in the report."""
        return self.path, None, self.name


class CaseFailedError(AssertionError):
    """A case did not pass; the message names each failed check."""


def _wanted(config: pytest.Config) -> bool:
    return (
        bool(config.getoption("--eval-cases")) or "eval" in (config.option.markexpr or "").split()
    )


def _files(config: pytest.Config) -> list[Path]:
    folders = [Path(name).resolve() for name in config.getoption("--eval-cases")] or [own_cases()]
    return [
        file
        for folder in folders
        for file in ([folder] if folder.is_file() else sorted(folder.glob("**/*.y*ml")))
    ]
