"""`promoloop eval`: handed on to the package above this one, which is imported only then."""

from __future__ import annotations

from importlib import import_module

import typer

# By name, as an entry point would: `evals` may import `app`, never the other way round (decision 8).
_COMMANDS = "evals.cli"


def evaluate(context: typer.Context) -> None:
    """Score any model on what the agents must do; report on runs and compare them."""
    import_module(_COMMANDS).cli(args=context.args, prog_name="promoloop eval")
