"""Traces tell what ran to a collector that was asked for, and nothing that was said or sold."""

from __future__ import annotations

import logging
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

import openai
import pytest
from langchain_core.runnables import RunnableLambda
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from pydantic import SecretStr

import app
from agents.models import ModelSettings
from app.settings import Settings, SettingsError
from app.spans import traced_to
from app.traces import traced
from tests.openai_server import Reply, scripted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.conversation import Conversation

SAID = "How does October 2025 stand against target, says Rosamunda?"


def _shown(exporter: InMemorySpanExporter) -> str:
    """Return all that the spans carry, as a collector would show it."""
    return "\n".join(span.to_json() for span in exporter.get_finished_spans())


def test_a_trace_names_agents_and_tools_and_nothing_that_was_said_or_sold(
    talk_to: Callable[..., Conversation],
) -> None:
    exporter = InMemorySpanExporter()
    talk = talk_to()
    with traced_to(exporter, content=False):
        answer = [*talk.say(SAID)][-1]
    spans = exporter.get_finished_spans()
    assert {"promoloop", "router", "analyst", "month_gap"} <= {span.name for span in spans}
    assert {dict(span.attributes or {})["session.id"] for span in spans} == {"test"}
    shown = _shown(exporter)
    assert "Rosamunda" not in shown
    figures = [word for word in str(answer).split() if sum(c.isdigit() for c in word) > 5]
    assert figures
    assert not [figure for figure in figures if figure.strip(".,()") in shown]


def test_texts_are_part_of_a_trace_where_they_are_asked_for(
    talk_to: Callable[..., Conversation],
) -> None:
    exporter = InMemorySpanExporter()
    talk = talk_to()
    with traced_to(exporter, content=True):
        list(talk.say(SAID))
    assert "Rosamunda" in _shown(exporter)


def test_nothing_is_traced_after_the_block() -> None:
    exporter = InMemorySpanExporter()
    with traced_to(exporter, content=False):
        RunnableLambda(str).invoke(1)
    RunnableLambda(str).invoke(2)
    assert len(exporter.get_finished_spans()) == 1


def test_a_failed_model_is_told_by_its_kind_only(talk_to: Callable[..., Conversation]) -> None:
    exporter = InMemorySpanExporter()
    with scripted(Reply(status=401)) as server:
        settings = ModelSettings(
            name="scripted",
            api_key=SecretStr("sk-rosamunda"),
            base_url=server.base_url,
            timeout_s=5,
            retries=0,
        )
        talk = talk_to(settings=settings)
        with traced_to(exporter, content=False), pytest.raises(openai.AuthenticationError):
            list(talk.say(SAID))
    failed = [s for s in exporter.get_finished_spans() if s.status.status_code is StatusCode.ERROR]
    assert failed
    kinds = {dict(event.attributes or {})["exception.type"] for s in failed for event in s.events}
    assert [str(kind).rpartition(".")[2] for kind in kinds] == ["OpenAIAuthenticationError"]
    shown = _shown(exporter)
    assert "not now" not in shown
    assert "sk-rosamunda" not in shown
    assert "Traceback" not in shown


class Collector:
    """An OpenTelemetry collector on loopback that keeps what it is sent."""

    def __init__(self) -> None:
        self.spans: list[str] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                sent = ExportTraceServiceRequest.FromString(body)
                collector.spans += [
                    span.name
                    for resource in sent.resource_spans
                    for scope in resource.scope_spans
                    for span in scope.spans
                ]
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1/traces"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as running:
        yield running


def test_a_collector_that_is_named_gets_the_spans(collector: Collector) -> None:
    with traced(Settings(traces_endpoint=collector.url)):
        RunnableLambda(str).invoke(1)
    assert collector.spans == ["str"]


def test_without_an_endpoint_nothing_is_sent(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exporter's own environment variables alone switch nothing on."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", collector.url)
    with traced(Settings()):
        RunnableLambda(str).invoke(1)
    assert collector.spans == []


def test_a_collector_that_is_away_is_logged_and_costs_no_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = Settings(traces_endpoint=f"http://127.0.0.1:{port}/v1/traces")
    with caplog.at_level(logging.WARNING), traced(settings):
        assert RunnableLambda(str).invoke(1) == "1"
    assert "export" in caplog.text


def test_an_endpoint_without_the_libraries_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "app.spans", None)
    monkeypatch.delattr(app, "spans")
    settings = Settings(traces_endpoint="http://127.0.0.1:4318/v1/traces")
    with pytest.raises(SettingsError, match=r"pip install 'promoloop\[traces\]'"), traced(settings):
        pass
