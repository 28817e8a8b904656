"""A server that speaks OpenAI's chat completions and knows our training rows."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from worker.quality.text import fold, normalise

_ASKED = re.compile(r"^Question: (.*)\nAnswer: (.*)$", re.MULTILINE)


@dataclass
class Model:
    """What it knows, and how it misbehaves.

    `odd` are replies that it gives first, to whatever is asked; `statuses` are
    refusals before that.
    """

    rows: Sequence[dict[str, Any]] = ()
    odd: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    key: str = "sk-test"
    prompts: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._known = {
            (_key(row["question"]), _key(row["answer"])): row for row in self.rows
        }

    def reply(self, prompt: str) -> str:
        question, answer = _ASKED.search(prompt).groups()
        row = self._known[_key(question), _key(answer)]
        names = ("quiz_question", "options", "correct")
        text = json.dumps({name: row[name] for name in names}, ensure_ascii=False)
        return f"Here you are:\n```json\n{text}\n```"


def _key(text: str) -> str:
    return fold(normalise(text))


class _Handler(BaseHTTPRequestHandler):
    model: Model
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        model = self.model
        with model.lock:
            status = self._status(model)
            odd = model.odd.pop(0) if status == 200 and model.odd else None
        if status != 200:
            return self._send(status, {"error": {"message": "not now"}})
        prompt = body["messages"][0]["content"]
        model.prompts.append(prompt)
        text = model.reply(prompt) if odd is None else odd
        return self._send(200, {"choices": [{"message": {"content": text}}]})

    def _status(self, model: Model) -> int:
        if self.path != "/v1/chat/completions":
            return 404
        if model.key and self.headers.get("Authorization") != f"Bearer {model.key}":
            return 401
        return model.statuses.pop(0) if model.statuses else 200

    def _send(self, status: int, body: dict) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args) -> None:
        pass


@contextmanager
def serving(model: Model) -> Iterator[str]:
    """The address to give as --endpoint."""
    handler = type("OneModel", (_Handler,), {"model": model})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
