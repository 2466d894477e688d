"""Torture of the reader: `python -m tests.torture.workbooks [--mutants N] [--seed S] [FILE...]`.

Every broken workbook must end in a result whose sums reconcile, or in one clear sentence; never in
a traceback, never after more than 10 seconds of work, never with more than 2 GiB of memory.
Without files it breaks two small workbooks of the retailer's shape, one .xlsb and one .xlsx.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.integration.workbook_cases import PROMO_HEADER, sale, write_xlsb, write_xlsx
from tests.torture.mutants import mutate
from tools.workbooks.answers import ReadTask
from tools.workbooks.processes import Readers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.integration.workbook_cases import Cell
    from tools.workbooks.processes import Outcome

TODAY = dt.date(2025, 11, 1)
LONGEST_SECONDS = 10.0
MOST_BYTES = 2 * 1024**3
_BATCH = 50


@dataclass
class Tally:
    """What became of the mutants; `faults` are those that broke the promise."""

    mutants: int = 0
    read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def add(self, outcome: Outcome, name: str, seconds: float) -> None:
        """Judge one outcome; `seconds` is the processor time it took."""
        self.mutants += 1
        self.slowest = max(self.slowest, seconds)
        if seconds > LONGEST_SECONDS:
            self.faults.append(f"{name}: took {seconds:.1f} s")
        if outcome.problem is not None:
            self.refused[re.sub(r"[\d.]+|'[^']*'|\([^)]*\)", "", outcome.problem)[:60]] += 1
            if "\n" in outcome.problem or "Traceback" in outcome.problem:
                self.faults.append(f"{name}: no sentence: {outcome.problem!r}")
            return
        self.read += 1
        answer = outcome.answer
        if answer is None or answer.rows_accepted + answer.rows_rejected != answer.rows_read:
            self.faults.append(f"{name}: rows do not add up: {answer}")
        elif any(
            answer.accepted_sums[key] + answer.rejected_sums[key] != total
            for key, total in answer.read_sums.items()
        ):
            self.faults.append(f"{name}: sums do not add up: {answer}")


def own_workbooks(folder: Path) -> list[Path]:
    """Write the workbooks that are broken where none is given."""
    day = dt.date(2024, 10, 1)
    rows = [sale(day + dt.timedelta(i % 30), float(i), f"D{i % 7}", i / 7, 1.0) for i in range(400)]
    promo: list[list[Cell]] = [
        [day, float(i), "TV", "WEB", "P1", "SCONTO 20%", day, day, "PEAK", i / 7, 1.0, 2.0]
        for i in range(200)
    ]
    return [
        write_xlsb(folder / "Web_own.xlsb", rows),
        write_xlsx(folder / "Stores_own.xlsx", rows),
        write_xlsb(folder / "Promo_own.xlsb", promo, PROMO_HEADER),
    ]


def torture(files: Sequence[Path], mutants: int, seed: int, folder: Path) -> Tally:
    """Break `mutants` copies of the files and read each; a fault keeps its file in `folder`."""
    tally = Tally()
    sound = [(path, path.read_bytes()) for path in files]
    with Readers() as readers:
        for start in range(0, mutants, _BATCH):
            place = folder / str(start)
            place.mkdir(parents=True)
            paths = []
            for number in range(start, min(start + _BATCH, mutants)):
                path, content = sound[number % len(sound)]
                rng = random.Random(f"{seed} {number}")  # noqa: S311  repeatable
                broken = place / f"Web_{number}_{path.name}"
                broken.write_bytes(mutate(content, rng))
                paths.append(broken)
            began = time.monotonic()
            known = len(tally.faults)

            def judge(outcome: Outcome) -> None:
                tally.add(outcome, outcome.task.path.name, outcome.seconds)

            tasks = [ReadTask(path=path, today=TODAY, channel="online") for path in paths]
            readers.read(tasks, place / "out", on_done=judge)
            if len(tally.faults) == known:
                _forget(place)
            _say(tally, mutants, time.monotonic() - began)
    return tally


def _forget(place: Path) -> None:
    for path in sorted(place.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def _say(tally: Tally, mutants: int, seconds: float) -> None:
    if sys.stderr.isatty():
        print(f"{tally.mutants}/{mutants} ({seconds:.0f} s)", end="\r", file=sys.stderr)  # noqa: T201


def main() -> int:
    """Torture the reader and print what became of the mutants."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--mutants", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="promoloop-torture-") as name:
        folder = Path(name)
        files = options.files or own_workbooks(folder)
        tally = torture(files, options.mutants, options.seed, folder / "mutants")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    if peak > MOST_BYTES:
        tally.faults.append(f"a reader took {peak / 1024**3:.2f} GiB of memory")
    print(f"{tally.mutants} mutants: {tally.read} read, {sum(tally.refused.values())} refused;")  # noqa: T201
    print(f"slowest {tally.slowest:.1f} s, most memory {peak / 1024**2:.0f} MiB")  # noqa: T201
    for sentence, count in tally.refused.most_common(25):
        print(f"{count:6} {sentence}")  # noqa: T201
    for fault in tally.faults:
        print(f"FAULT {fault}")  # noqa: T201
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
