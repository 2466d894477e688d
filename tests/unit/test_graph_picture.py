"""The picture in agents/README.md is the compiled graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from agents.graph import build_graph
from agents.models import ModelSettings, chat_model

if TYPE_CHECKING:
    from tools.deps import Workspace

README = Path(__file__).resolve().parents[2] / "agents" / "README.md"


def test_the_readme_shows_the_compiled_graph() -> None:
    # The picture needs no store: no node runs.
    graph = build_graph(cast("Workspace", None), lambda name: chat_model(ModelSettings(), name))
    picture = graph.get_graph().draw_mermaid(with_styles=False)
    shown = README.read_text(encoding="utf-8").split("```mermaid\n")[1].split("```")[0]
    assert shown.strip() == picture.strip()
