"""The running product for benchmarks: Valkey, the web process and workers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from launcher.programs import ROOT, WEB, WORKER
from launcher.valkey import Valkey
from protocol import MAX_QUESTIONS

FOOD = "What is your favourite food?"


class Product:
    """Started processes and how to talk to them."""

    def __init__(self, folder: Path, data_dir: Path) -> None:
        self.valkey = Valkey(folder)
        self.port = _free_port()
        self._stack = ExitStack()
        self.environment = os.environ | {
            "REDIS_URL": self.valkey.url,
            "DATA_DIR": str(data_dir),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "SECRET_KEY": "benchmark" * 4,
        }
        program = self.valkey.program()
        self.start(program.command, program.environment)
        wait_for(self.valkey.answers, 30)

    def start(self, command, environment=None) -> subprocess.Popen:
        """Start a process that ends with the product."""
        process = subprocess.Popen(
            list(command),
            env=environment or self.environment,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._stack.callback(_end, process)
        return process

    def start_web(self) -> None:
        self.start(WEB)
        wait_for(lambda: self.ask("/healthz"), 60)

    def start_worker(self) -> subprocess.Popen:
        return self.start(WORKER)

    def ask(self, path: str, body: dict | None = None, token: str = "") -> dict | None:
        """A JSON request; None if the server does not answer with success."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {token}"} if token else {}),
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                text = response.read()
        except OSError:
            return None
        return json.loads(text) if text.startswith(b"{") else {}

    def new_meeting(self, answers: list[tuple[str, str]]) -> dict:
        """A meeting in which every answer is another participant's.

        Answers to more questions than a meeting may have are left out.
        """
        asked = list(dict.fromkeys(question for question, _ in answers)) or [FOOD]
        questions = asked[:MAX_QUESTIONS]
        answers = [one for one in answers if one[0] in questions]
        meeting = self.ask(
            "/api/v1/meetings",
            {"title": "Benchmark", "language": "en", "questions": questions},
        )
        for n, (question, answer) in enumerate(answers):
            sent = {
                "name": f"Person {n}",
                "answers": [{"question": question, "answer": answer}],
            }
            self.ask(f"/api/v1/meetings/{meeting['join_code']}/answers", sent)
        return meeting

    def close(self) -> None:
        self._stack.close()


@contextmanager
def running(folder: Path, data_dir: Path) -> Iterator[Product]:
    product = Product(folder, data_dir)
    try:
        yield product
    finally:
        product.close()


def wait_for(happens: Callable[[], object], seconds: float) -> None:
    """Raises: TimeoutError if it does not happen in time."""
    deadline = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > deadline:
            raise TimeoutError(f"It did not happen within {seconds:.0f} seconds.")
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    process.wait(60)
