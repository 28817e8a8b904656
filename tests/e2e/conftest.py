"""A real browser, our pages on a real port, and the whole product for one test."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    sync_playwright,
)
from werkzeug.serving import make_server

from tests.e2e.meetings import Create, Meeting
from tests.e2e.product import Product, run_product
from tests.sheets_emulator import SheetsEmulator

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
        page.on("console", lambda message: _note_complaint(message, troubles))
        page.on("request", lambda request: _note_stranger(request.url, troubles))
        visits.append(Visit(context=context, page=page, troubles=troubles))
        return visits[-1]

    yield open_window
    troubles = [trouble for each in visits for trouble in each.troubles]
    for each in visits:
        each.context.close()
    assert troubles == []


def _note_complaint(message: ConsoleMessage, troubles: list[str]) -> None:
    """Errors on the console. A page that is refused or out of reach is so on purpose;
    a file of ours never is."""
    asked = "Failed to load" in message.text and "/static/" not in str(message.location)
    if message.type == "error" and not asked:
        troubles.append(f"console: {message.text}")


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
    server.server_close()
    thread.join(5)


@pytest.fixture(scope="session")
def sheets() -> Iterator[SheetsEmulator]:
    """A local Sheets API that the running product reads."""
    emulator = SheetsEmulator().start()
    yield emulator
    emulator.stop()


@pytest.fixture(scope="session")
def running_product(
    tmp_path_factory: pytest.TempPathFactory, model_dir: Path, sheets: SheetsEmulator
) -> Iterator[Product]:
    """Web, worker with the real model, and Valkey, started by the launcher.

    Its data is new; only the converted and compiled model is kept between sessions.
    """
    folder = tmp_path_factory.mktemp("product")
    data = folder / "var"
    data.mkdir()
    for name in ("presets", "compiled"):
        (model_dir / name).mkdir(exist_ok=True)
        (data / name).symlink_to(model_dir / name)
    settings = {
        "DATA_DIR": str(data),
        "SHEETS_API_URL": sheets.url,
        "GOOGLE_APPLICATION_CREDENTIALS": str(
            sheets.write_credentials(folder / "key.json")
        ),
        "SHEET_POLL_SECONDS": "1",
    }
    with run_product(folder, _free_port(), settings) as product:
        yield product


@pytest.fixture
def warm(running_product: Product) -> Product:
    """The product, once its model is ready."""
    running_product.wait_until_ready()
    return running_product


@pytest.fixture
def create(running_product: Product) -> Iterator[Create]:
    """Makes meetings and deletes them at the end, if the test did not."""
    meetings: list[Meeting] = []

    def new(**body: Any) -> Meeting:
        body = {"title": "월요일 회의", "language": "ko", **body}
        reply = running_product.ask("POST", "/api/v1/meetings", body)
        assert reply.status == 201, reply
        names = ("id", "join_code", "host_token", "host_url")
        known = {name: reply.body[name] for name in names}
        meetings.append(Meeting(running_product, **known))
        return meetings[-1]

    yield new
    for meeting in meetings:
        meeting.delete()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
