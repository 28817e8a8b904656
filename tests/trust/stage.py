"""Launcher, gunicorn, Valkey and the real worker process, which a test may disturb."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import psutil
from redis import Redis

from benchmarks.soak import LAUNCH, ROOT, VICTIMS, free_port
from benchmarks.soak_load import SETTLED, Site

T = TypeVar("T")
FOOD = "Best food?"


class Stage:
    """One running product. `data` is its folder, `site` asks its API."""

    def __init__(self, data: Path, settings: dict[str, str]) -> None:
        self.data = data
        self.printed = data.parent / "terminal.txt"
        port = free_port()
        self.site = Site(f"http://127.0.0.1:{port}")
        env = os.environ | {"DATA_DIR": str(data), "PORT": str(port), **settings}
        env.pop("REDIS_URL", None)
        with self.printed.open("ab") as terminal:
            self._launcher = subprocess.Popen(
                [sys.executable, "-c", LAUNCH],
                cwd=ROOT,
                env=env,
                stdout=terminal,
                stderr=subprocess.STDOUT,
            )

    def redis(self) -> Redis:
        return Redis(unix_socket_path=str(self.data / "valkey" / "valkey.sock"))

    def processes(self, name: str) -> list[psutil.Process]:
        """The processes of a program, parents first."""
        found = []
        for child in psutil.Process(self._launcher.pid).children(recursive=True):
            try:
                if VICTIMS[name] in " ".join(child.cmdline()):
                    found.append(child)
            except psutil.Error:
                continue
        return found

    def strike(self, name: str, number: int = signal.SIGKILL) -> None:
        """Send a program a signal and wait for its end."""
        victim = self.until(lambda: self.processes(name))[0]
        victim.send_signal(number)
        psutil.wait_procs([victim], timeout=20)

    def until(self, look: Callable[[], T], seconds: float = 60) -> T:
        """The first true thing that `look` returns."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := look():
                return found
            time.sleep(0.1)
        raise AssertionError(f"waited {seconds} s in vain for {look}")

    def create(self, questions: list[str] | None = None, **more: Any) -> dict[str, str]:
        body = {"title": "T", "language": "en", "questions": questions or [FOOD]}
        status, made = self.site.insist("POST", "/api/v1/meetings", body | more)
        assert status == 201, made
        return made

    def answer(self, meeting: dict[str, str], name: str, *texts: str) -> None:
        """Answers to `FOOD` and what follows, sent until they are accepted."""
        entries = [
            {"question": question, "answer": text}
            for question, text in zip((FOOD, "Hobby?"), texts, strict=False)
        ]
        path = f"/api/v1/meetings/{meeting['join_code']}/answers"
        key = f"{meeting['id']}-{name}-key"
        body = {"name": name, "answers": entries}
        status, reply = self.site.insist("POST", path, body, Idempotency_Key=key)
        assert status == 201, reply

    def show(self, meeting: dict[str, str]) -> list[dict[str, Any]]:
        """All quizzes of the meeting."""
        path = f"/api/v1/meetings/{meeting['id']}"
        token = f"Bearer {meeting['host_token']}"
        status, shown = self.site.insist("GET", path, Authorization=token)
        assert status == 200, shown
        return shown["quizzes"]

    def settled(self, meeting: dict[str, str], seconds: float = 90) -> dict[str, str]:
        """Reason or status of each person's one quiz, once all are settled."""

        def look() -> list[dict[str, Any]] | None:
            quizzes = self.show(meeting)
            return quizzes if all(q["status"] in SETTLED for q in quizzes) else None

        quizzes = self.until(look, seconds)
        found = {q["participant"]: q.get("reason") or q["status"] for q in quizzes}
        assert len(found) == len(quizzes), "one outcome for each person"
        return found

    def delete(self, meeting: dict[str, str]) -> None:
        path = f"/api/v1/meetings/{meeting['id']}"
        token = f"Bearer {meeting['host_token']}"
        assert self.site.insist("DELETE", path, Authorization=token)[0] == 200

    def end(self) -> int:
        """Stop everything, at once if it takes too long."""
        if self._launcher.poll() is None:
            self._launcher.send_signal(signal.SIGINT)
            try:
                return self._launcher.wait(20)
            except subprocess.TimeoutExpired:
                self._launcher.send_signal(signal.SIGINT)
        return self._launcher.wait(30)
