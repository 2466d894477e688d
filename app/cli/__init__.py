"""The command line: `promoloop`. Commands are grouped by file; heavy imports happen inside them."""

from __future__ import annotations

import sys

from app.cli.errors import sentence_for
from app.cli.root import cli


def main() -> None:
    """Run the command line: exit 0 done, 1 refused or failed, 2 usage, 3 waits for an approval."""
    try:
        cli()
    except Exception as error:
        sentence = sentence_for(error)
        if sentence is None:
            raise
        sys.stderr.write(f"promoloop: {sentence}\n")
        sys.exit(1)
