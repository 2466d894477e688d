"""A server on loopback that speaks OpenAI's chat protocol and says what a test scripted."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_USAGE = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}
_HEAD = {"id": "chatcmpl-1", "created": 1, "model": "scripted"}


@dataclass(frozen=True)
class Reply:
    """One answer: text, or calls as (tool, arguments as raw text).

    Attributes:
        finish: the finish reason, when it is not the usual one.
        cut_after: chunks of a stream that are still sent.
        status: of HTTP; other than 200 sends no answer.
        call_id: the id of every call, when it is not a fresh one for each.
        wait: nothing is sent before this is set.
    """

    text: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    finish: str | None = None
    cut_after: int | None = None
    status: int = 200
    call_id: str | None = None
    wait: threading.Event | None = None


@dataclass
class Script:
    """What the server says, in order, and what it was asked."""

    replies: list[Reply]
    asked: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    base_url: str = ""

    def next(self, path: str, request: dict[str, Any]) -> Reply:
        """Take the next reply; the last one is repeated."""
        self.paths.append(path)
        self.asked.append(request)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def scripted(*replies: Reply) -> Iterator[Script]:
    """Run the server while the block runs."""
    script = Script(list(replies))

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the library's name
            """Say nothing."""

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            reply = script.next(self.path, request)
            if reply.wait is not None:
                reply.wait.wait()
            stream = bool(request.get("stream"))
            body = _stream(reply) if stream else json.dumps(_whole(reply)).encode()
            if reply.status != HTTPStatus.OK:
                body = json.dumps({"error": {"message": "not now", "type": "scripted"}}).encode()
            self.send_response(reply.status)
            kind = "text/event-stream" if stream else "application/json"
            if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
                self.send_header("retry-after-ms", "1")
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    script.base_url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _finish(reply: Reply) -> str:
    return reply.finish or ("tool_calls" if reply.calls else "stop")


def _calls(reply: Reply) -> list[dict[str, Any]]:
    return [
        {
            "index": index,
            "id": reply.call_id
            if reply.call_id is not None
            else f"call_{index}_{abs(hash((name, arguments)))}",
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }
        for index, (name, arguments) in enumerate(reply.calls)
    ]


def _whole(reply: Reply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.calls:
        message["tool_calls"] = _calls(reply)
    choice = {"index": 0, "message": message, "finish_reason": _finish(reply)}
    return {**_HEAD, "object": "chat.completion", "choices": [choice], "usage": _USAGE}


def _stream(reply: Reply) -> bytes:
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": word + " "} for word in reply.text.split()]
    for call in _calls(reply):
        arguments = call["function"]["arguments"]
        deltas.append({"tool_calls": [call | {"function": {**call["function"], "arguments": ""}}]})
        deltas += [
            {
                "tool_calls": [
                    {"index": call["index"], "function": {"arguments": arguments[i : i + 7]}}
                ]
            }
            for i in range(0, len(arguments), 7)
        ]
    choices: list[dict[str, Any]] = [
        {"index": 0, "delta": delta, "finish_reason": None} for delta in deltas
    ]
    choices.append({"index": 0, "delta": {}, "finish_reason": _finish(reply)})
    parts: list[dict[str, Any]] = [{"choices": [choice]} for choice in choices[: reply.cut_after]]
    if reply.cut_after is None:
        parts.append({"choices": [], "usage": _USAGE})
    lines = [
        "data: " + json.dumps({**_HEAD, "object": "chat.completion.chunk", **part})
        for part in parts
    ]
    if reply.cut_after is None:
        lines.append("data: [DONE]")
    return "".join(line + "\n\n" for line in lines).encode()
