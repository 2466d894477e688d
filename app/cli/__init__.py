"""The command line: `promoloop`. Commands are grouped by file; heavy imports happen inside them."""

from __future__ import annotations

import os
import sys

from app.cli.errors import sentence_for
from app.cli.root import cli

# Small matrices: more threads than one only wait for each other. Read when numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main() -> None:
    """Run the command line: exit 0 done, 1 refused or failed, 2 usage, 3 waits for an approval."""
    _keep_stdout_ours()
    try:
        cli()
    except Exception as error:
        sentence = sentence_for(error)
        if sentence is None:
            raise
        sys.stderr.write(f"promoloop: {sentence}\n")
        sys.exit(1)


def _keep_stdout_ours() -> None:
    """Let only Python write to stdout: a solver's C code prints there, into the JSON of `--json`."""
    stdout = sys.__stdout__
    if stdout is None or sys.stdout is not stdout:
        return
    stdout.flush()
    ours = os.dup(stdout.fileno())
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stdout.fileno())
    os.close(nowhere)
    sys.stdout = os.fdopen(ours, "w", encoding=stdout.encoding, buffering=1)
