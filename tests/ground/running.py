"""A launcher in a process of its own, for tests to watch and to disturb."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psutil

ROOT = Path(__file__).resolve().parents[2]
LAUNCH = Path(__file__).parent / "stand_ins" / "launch.py"

T = TypeVar("T")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(look: Callable[[], T], seconds: float = 20.0) -> T:
    """The first true thing that `look` returns; fails after `seconds`."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s in vain for {look}")


class Running:
    """One `python -m launcher` with stand-ins. `settings` join the environment."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.printed = data.parent / f"{data.name}.terminal"
        self.port = int(settings.setdefault("PORT", str(free_port())))
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "DATA_DIR": str(data),
        }
        with open(self.printed, "ab") as terminal:
            self._process = subprocess.Popen(
                [sys.executable, LAUNCH],
                env=env | settings,
                stdout=terminal,
                stderr=terminal,
            )
        self.pid = self._process.pid

    def text(self) -> str:
        return self.printed.read_text("utf-8")

    def wait_for(self, text: str) -> None:
        until(lambda: text in self.text())

    def wait_until_announced(self) -> None:
        self.wait_for("Icebreaker is at")

    def child(self, word: str) -> psutil.Process:
        """The running child with `word` in its command line."""
        return until(lambda: next(iter(self._matching(word)), None))

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.pid).children(recursive=True)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self._process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        return self._process.wait(30)

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self) -> None:
        """Leave nothing running, whatever the test did."""
        if self._process.poll() is not None:
            return
        left = self.children()
        for _ in range(2):  # the second time it does not wait for a busy worker
            self._process.terminate()
            time.sleep(0.1)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            for child in left:
                child.kill()

    def _matching(self, word: str) -> list[psutil.Process]:
        return [c for c in self.children() if _command(c).find(word) >= 0]


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
