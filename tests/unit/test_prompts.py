"""Prompts: strict rendering, and one for each agent."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from agents.team import TEAM
from prompts import PromptError, render

if TYPE_CHECKING:
    from agents.state import AgentName


def test_a_missing_variable_is_an_error() -> None:
    with pytest.raises(PromptError, match="needs context"):
        render("house_rules", {})


def test_an_unknown_variable_is_an_error() -> None:
    with pytest.raises(PromptError, match="does not use mood"):
        render("planner", {"mood": "good"})


def test_an_unknown_prompt_is_an_error() -> None:
    with pytest.raises(PromptError, match=r"no prompt file prompts/pilot\.md"):
        render("pilot", {})


def test_variables_are_filled_in_verbatim() -> None:
    text = render("house_rules", {"context": r'{"departments":["A\1B {{ context }}"]}'})
    assert r'{"departments":["A\1B {{ context }}"]}' in text


def test_every_agent_has_a_prompt_and_every_prompt_a_use() -> None:
    there = {path.name.removesuffix(".md") for path in files("prompts").iterdir()}
    there = {name for name in there if not name.startswith("__") and name != "README"}
    assert there == {"house_rules", "router", "schema_calls", *TEAM}


@pytest.mark.parametrize("agent", TEAM)
def test_a_prompt_names_only_tools_its_agent_has(agent: AgentName) -> None:
    named = {word.strip("`(.,:;") for word in render(agent, {}).split() if word.startswith("`")}
    named = {name.partition("(")[0].partition("`")[0] for name in named}
    assert named <= set(TEAM[agent].tools)
