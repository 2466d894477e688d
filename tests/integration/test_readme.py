"""What the README shows runs, in the order it shows it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
PROMOLOOP = Path(sys.executable).with_name("promoloop")


def examples() -> list[str]:
    """Return the commands of the README's tested blocks."""
    text = README.read_text(encoding="utf-8")
    blocks = re.findall(r"<!-- tested by .*? -->\n```console\n(.*?)```", text, re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]


def run(words: list[str], folder: Path, environment: dict[str, str]) -> str:
    ran = subprocess.run(  # noqa: S603  the README's own commands
        [PROMOLOOP, *words],
        cwd=folder,
        env=environment,
        input="exit\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, f"promoloop {' '.join(words)}\n{ran.stdout}\n{ran.stderr}"
    assert "Traceback" not in ran.stderr
    return ran.stdout


def test_the_demo_and_the_examples_after_it(tmp_path: Path) -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PROMOLOOP_", "OPENAI_"))
    }
    said = run(["demo", "--rows", "20000"], tmp_path, environment)
    for part in ("Approval needed", "approved automatically", "Time by stage", "Try next"):
        assert part in said
    assert (tmp_path / "demo" / "plan.xlsx").is_file()

    commands = examples()
    assert len(commands) >= 9
    for command in commands:
        words = shlex.split(command, comments=True)
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            environment[name] = value
        else:
            assert words[0] == ".venv/bin/promoloop"
            run(words[1:], tmp_path, environment)
