"""The whole product, started as `make run` starts it, and how to watch it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import psutil
import pytest
from redis import Redis

ROOT = Path(__file__).parents[2]
MEASURED = ROOT / ".build" / "measured.json"
PAGE_SECONDS = 60  # installed, but the first start makes folders and a secret
MODEL_SECONDS = 600  # the first start compiles the model; two cores, maybe shared
STOP_SECONDS = 180  # the worker finishes its batch

T = TypeVar("T")


def measure(**figures: float) -> None:
    """Add figures to `.build/measured.json`; the newest run wins."""
    known = json.loads(MEASURED.read_text("utf-8")) if MEASURED.exists() else {}
    known |= {name: round(value, 2) for name, value in figures.items()}
    MEASURED.parent.mkdir(exist_ok=True)
    MEASURED.write_text(json.dumps(known, indent=2) + "\n", "utf-8")


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any


class Product:
    """Web, worker and Valkey under one launcher."""

    def __init__(self, url: str, log: Path, launcher: int) -> None:
        self.url = url
        self.log = log
        self._launcher = launcher
        self._started = time.monotonic()
        self._ready_after: float | None = None

    def ask(self, method: str, path: str, body: Any = None, token: str = "") -> Reply:
        """One API request; an error status is a reply, too."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data, headers, method=method)
        try:
            with urlopen(request, timeout=30) as reply:
                return Reply(reply.status, json.loads(reply.read()))
        except HTTPError as error:
            return Reply(error.code, json.loads(error.read()))

    def until(self, look: Callable[[], T], seconds: float) -> T:
        """The first true thing that `look` returns."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := look():
                return found
            time.sleep(0.2)
        last = "\n".join(self.log.read_text("utf-8").splitlines()[-20:])
        pytest.fail(f"waited {seconds} s in vain for {look}. Last words:\n{last}")

    def wait_for(self, path: str, seconds: float) -> None:
        """Until `path` answers 200."""
        self.until(lambda: self._answers(path), seconds)

    def wait_until_ready(self) -> None:
        """Until a meeting can be held; the first time it is measured."""
        self.wait_for("/readyz", MODEL_SECONDS)
        if self._ready_after is None:
            self._ready_after = time.monotonic() - self._started
            measure(readyz_seconds=self._ready_after)

    def _answers(self, path: str) -> bool:
        try:
            return self.ask("GET", path).status == 200
        except (URLError, OSError):
            return False

    def processes(self, module: str) -> list[psutil.Process]:
        """The running processes of `python -m module`."""
        children = psutil.Process(self._launcher).children(recursive=True)
        return [child for child in children if _runs(child, module)]

    def worker(self) -> psutil.Process:
        [worker] = self.processes("worker")
        return worker

    def redis(self) -> Redis:
        """The embedded Valkey, by the address that the worker was told."""
        return Redis.from_url(self.worker().environ()["REDIS_URL"])


def _runs(process: psutil.Process, module: str) -> bool:
    try:
        return process.cmdline()[1:3] == ["-m", module]
    except psutil.Error:
        return False


def memory_mb(process: psutil.Process) -> float:
    """Megabytes in memory now, as /proc tells it."""
    status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


@contextmanager
def run_product(folder: Path, port: int, settings: dict[str, str]) -> Iterator[Product]:
    """`python -m launcher` on a fresh data folder, ended politely."""
    env = os.environ | {"HOST": "127.0.0.1", "PORT": str(port)} | settings
    env.pop("REDIS_URL", None)
    log = folder / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "launcher"],
            cwd=ROOT,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    product = Product(f"http://127.0.0.1:{port}", log, process.pid)
    try:
        product.wait_for("/healthz", PAGE_SECONDS)
        yield product
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS + 30)
