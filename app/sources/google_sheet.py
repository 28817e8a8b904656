"""Answers from a Google Sheet, read with a service account. Only gspread's home.

gspread is imported at the first reading: a web process without sheets stays small.
"""

from __future__ import annotations

import functools
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from app.config import WebConfig

if TYPE_CHECKING:
    from gspread import Client

# What Google Forms calls the tab of its answers.
FORM_TABS = ("설문지 응답 시트", "form responses", "form_responses")
# The default is to wait for ever.
TIMEOUT_SECONDS = (3.05, 10)
# gspread's own BackOffHTTPClient never gives up (burnash/gspread #1599, 6.2.1). The
# poller comes back by itself, so four tries within a few seconds are enough.
TRIES = 4
FIRST_PAUSE_SECONDS = 0.5
TEMPORARY = frozenset({408, 429, *range(500, 600)})
# Text as people see it: 0123 stays 0123, and a date is not a number of days.
AS_SHOWN = {"valueRenderOption": "FORMATTED_VALUE", "majorDimension": "ROWS"}


class SheetProblem(Exception):
    """Why a sheet could not be read; `code` is a `SheetLink.problem`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TabGone(Exception):
    """The tab that was read so far has been renamed or deleted."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The cells of one tab."""

    tab: str
    values: list[list[str]]


def service_account_email(config: WebConfig) -> str | None:
    """The address to share a sheet with; None without usable credentials."""
    path = config.google_application_credentials
    if path is None:
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))["client_email"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read(config: WebConfig, spreadsheet_id: str, tab: str | None) -> Reading:
    """All cells of the tab with the answers, one request if `tab` is known.

    Raises: SheetProblem.
    """
    client = _client(config)
    try:
        if tab:
            try:
                return _values(client, spreadsheet_id, tab)
            except TabGone:
                pass
        return _values(client, spreadsheet_id, _find_tab(client, spreadsheet_id))
    except TabGone:
        raise SheetProblem("unavailable") from None  # renamed between two requests


def _find_tab(client: Client, spreadsheet_id: str) -> str:
    get = functools.partial(client.http_client.fetch_sheet_metadata, spreadsheet_id)
    tabs = [sheet["properties"]["title"] for sheet in _patiently(get)["sheets"]]
    return choose_tab(tabs)


def choose_tab(tabs: list[str]) -> str:
    """The tab that Google Forms writes, else the first."""
    forms = (tab for tab in tabs if tab.casefold().startswith(FORM_TABS))
    return next(forms, tabs[0])


def _values(client: Client, spreadsheet_id: str, tab: str) -> Reading:
    quoted = "'" + tab.replace("'", "''") + "'"
    get = functools.partial(
        client.http_client.values_get, spreadsheet_id, quoted, params=AS_SHOWN
    )
    values = _patiently(get).get("values", [])  # no key at all if every cell is blank
    return Reading(tab=tab, values=[[str(cell) for cell in row] for row in values])


def _client(config: WebConfig) -> Client:
    if config.google_application_credentials is None:
        raise SheetProblem("no_credentials")
    path = str(config.google_application_credentials)
    return _connect(path, config.sheets_api_url)


@functools.cache
def _connect(credentials: str, api_url: str | None) -> Client:
    """One client a process; it keeps its access token until that expires."""
    import gspread

    class LocalClient(gspread.HTTPClient):
        """Sends everything to `api_url`, which the settings allow on loopback only."""

        def request(
            self, method: str, endpoint: str, *args: Any, **options: Any
        ) -> Any:
            url = f"{api_url}{urlsplit(endpoint).path}"
            return super().request(method, url, *args, **options)

    try:
        client = gspread.service_account(
            filename=credentials,
            scopes=gspread.auth.READONLY_SCOPES[:1],  # sheets, not the whole Drive
            http_client=LocalClient if api_url else gspread.HTTPClient,
        )
    except (OSError, ValueError, KeyError):
        raise SheetProblem("no_credentials") from None
    client.set_timeout(TIMEOUT_SECONDS)
    return client


def _patiently(get: Callable[[], Any]) -> Any:
    """`get()`, tried again after temporary errors.

    Raises: SheetProblem, TabGone.
    """
    pause = FIRST_PAUSE_SECONDS
    for _ in range(TRIES - 1):
        try:
            return _once(get)
        except SheetProblem as problem:
            if problem.code not in ("rate_limited", "unavailable"):
                raise
        time.sleep(pause * random.uniform(0.5, 1.5))
        pause *= 2
    return _once(get)


def _once(get: Callable[[], Any]) -> Any:
    """`get()`, with every failure as one of our codes."""
    from google.auth.exceptions import GoogleAuthError, RefreshError
    from gspread.exceptions import APIError
    from requests.exceptions import RequestException

    try:
        return get()
    except APIError as error:
        raise _problem(error.response.status_code) from None
    except RefreshError as error:
        temporary = getattr(error, "retryable", False)
        code = "unavailable" if temporary else "no_credentials"
        raise SheetProblem(code) from None
    except (GoogleAuthError, RequestException):
        raise SheetProblem("unavailable") from None


def _problem(status: int) -> Exception:
    """What an HTTP status says. Not `APIError.code`: it is -1 for an HTML page."""
    if status in TEMPORARY:
        return SheetProblem("rate_limited" if status == 429 else "unavailable")
    codes = {400: TabGone(), 401: SheetProblem("no_credentials")}
    codes |= {403: SheetProblem("not_shared"), 404: SheetProblem("not_found")}
    return codes.get(status, SheetProblem("unavailable"))
