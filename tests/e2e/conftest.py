"""A real browser, our pages on a real port, and the whole product for one test."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

ROOT = Path(__file__).parents[2]
SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
PAGE_SECONDS = 60  # installed, but the first start makes folders and a secret
MODEL_SECONDS = 600  # the first start converts the model; two cores


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; nothing is downloaded."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        pytest.fail(
            "Chromium is missing, so the pages cannot be tested. Install it: "
            "apt-get install chromium fonts-noto-cjk.",
            pytrace=False,
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield browser
        browser.close()


@dataclass
class Visit:
    """One person's browser window, and what must never happen in it."""

    context: BrowserContext
    page: Page
    troubles: list[str]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens a window of its own for each person.

    At the end the test fails if a page raised an error or asked another host.
    """
    visits: list[Visit] = []

    def open_window(language: str = "ko", size: dict[str, int] = DESK) -> Visit:
        locale = {"ko": "ko-KR", "en": "en-GB"}[language]
        context = browser.new_context(
            viewport=size, locale=locale, reduced_motion="reduce"
        )
        context.set_default_timeout(10_000)
        page = context.new_page()
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.on("request", lambda request: _note_stranger(request.url, troubles))
        visits.append(Visit(context=context, page=page, troubles=troubles))
        return visits[-1]

    yield open_window
    troubles = [trouble for each in visits for trouble in each.troubles]
    for each in visits:
        each.context.close()
    assert troubles == []


def _note_stranger(url: str, troubles: list[str]) -> None:
    if not url.startswith(("http://127.0.0.1:", "data:")):
        troubles.append(f"asked another host: {url}")


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The address of our pages, served by threads of this process."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)


@dataclass(frozen=True)
class Product:
    """The product as `make run` starts it."""

    url: str
    log: Path

    def wait_for(self, path: str, seconds: float) -> None:
        """Until `path` answers 200."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._answers(path):
                return
            time.sleep(0.5)
        last = "\n".join(self.log.read_text("utf-8").splitlines()[-20:])
        pytest.fail(f"{path} was not 200 within {seconds} s. Last words:\n{last}")

    def _answers(self, path: str) -> bool:
        try:
            with urlopen(self.url + path, timeout=5) as reply:
                return reply.status == 200
        except (URLError, OSError):
            return False


@pytest.fixture(scope="session")
def running_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Web, worker with the real model, and Valkey, started by the launcher.

    MEETING_DATA_DIR keeps the converted model between runs; else each run converts.
    """
    folder = tmp_path_factory.mktemp("product")
    data = os.environ.get("MEETING_DATA_DIR") or str(folder / "var")
    port = _free_port()
    env = os.environ | {"HOST": "127.0.0.1", "PORT": str(port), "DATA_DIR": data}
    env.pop("REDIS_URL", None)
    product = Product(url=f"http://127.0.0.1:{port}", log=folder / "log.txt")
    with product.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "launcher"],
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            product.wait_for("/healthz", PAGE_SECONDS)
            yield product
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
