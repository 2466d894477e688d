"""All accuracy benchmarks: each module `accuracy_*` of this folder, side by side with its anchors.

`python -m tests.bench.accuracy [NAME...]` runs those whose name contains one of the words. A module
has a `main()` that prints its figures and returns 0, or 1 when a target is missed.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def main(words: list[str]) -> int:
    """Run the modules; 1 when any of them misses a target or none was found."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("accuracy_*.py"))
    chosen = [name for name in names if not words or any(word in name for word in words)]
    missed = []
    for name in chosen:
        print(f"== {name}", flush=True)  # noqa: T201  its output
        if importlib.import_module(f"tests.bench.{name}").main():
            missed.append(name)
    print(f"missed: {', '.join(missed)}" if missed else "every target is reached")  # noqa: T201
    return int(bool(missed) or not chosen)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
