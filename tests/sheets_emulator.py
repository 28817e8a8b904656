"""A local Google Sheets API: the REST shapes that gspread reads, and its failures.

A real HTTP server, so that time-outs, retries and HTML error pages are real, too.
It answers `POST /token` for service accounts, the metadata of a spreadsheet and the
values of one tab. Error bodies follow Google's documentation.
"""

from __future__ import annotations

import functools
import json
import re
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

BOOK = "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"
LINK = f"https://docs.google.com/spreadsheets/d/{BOOK}/edit#gid=0"
FORM_TAB = "설문지 응답 시트1"
EMAIL = "icebreaker@example-project.iam.gserviceaccount.com"
HTML = "html"  # as a status: a 502 page of a proxy in front of the API

STATUSES = {
    400: ("INVALID_ARGUMENT", "Unable to parse range"),
    401: ("UNAUTHENTICATED", "Request had invalid authentication credentials."),
    403: ("PERMISSION_DENIED", "The caller does not have permission"),
    404: ("NOT_FOUND", "Requested entity was not found."),
    429: (
        "RESOURCE_EXHAUSTED",
        "Quota exceeded for quota metric 'Read requests' and limit "
        "'Read requests per minute per user' of service 'sheets.googleapis.com'.",
    ),
    500: ("INTERNAL", "Internal error encountered."),
    503: ("UNAVAILABLE", "The service is currently unavailable."),
}


class SheetsEmulator:
    """One spreadsheet behind a local address.

    Attributes:
        tabs: title -> rows of cells. Change it as a form or a person would.
        failures: one status for each coming request; `HTML` is a 502 page.
        always: a status for every request, until it is None again.
        seen: "METHOD path" of every request.
    """

    def __init__(self, tab: str = FORM_TAB) -> None:
        self.tabs: dict[str, list[list[str]]] = {tab: []}
        self.failures: deque[int | str] = deque()
        self.always: int | str | None = None
        self.seen: list[str] = []
        self.tokens: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> SheetsEmulator:
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=[0.01], daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def rows(self) -> list[list[str]]:
        """The rows of the first tab."""
        return next(iter(self.tabs.values()))

    def reads(self) -> int:
        """How many requests for cells there were."""
        return sum("/values/" in line for line in self.seen)

    def write_credentials(self, path: Path) -> Path:
        """A service account's key file whose tokens come from this server."""
        path.write_text(json.dumps(service_account(self.url)), encoding="utf-8")
        return path

    def answer(self, path: str) -> tuple[int, dict[str, Any] | str]:
        """Status and body for a GET of `path`."""
        failure = self.failures.popleft() if self.failures else self.always
        if failure is not None:
            return _failure(failure)
        match = re.fullmatch(r"/v4/spreadsheets/([\w-]+)(?:/values/(.+))?", path)
        if not match or match[1] != BOOK:
            return _failure(404)
        return self._values(match[2]) if match[2] else (200, self._metadata())

    def _metadata(self) -> dict[str, Any]:
        return {
            "spreadsheetId": BOOK,
            "properties": {
                "title": "설문(응답)",
                "locale": "ko_KR",
                "timeZone": "Asia/Seoul",
            },
            "sheets": [
                {"properties": {"sheetId": n, "title": title, "index": n}}
                for n, title in enumerate(self.tabs)
            ],
            "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{BOOK}/edit",
        }

    def _values(self, range_: str) -> tuple[int, dict[str, Any] | str]:
        title = range_.removeprefix("'").removesuffix("'").replace("''", "'")
        if title not in self.tabs:
            return _failure(400)
        rows = [_without_blank_end(row) for row in self.tabs[title]]
        while rows and not rows[-1]:
            rows.pop()
        body = {"range": f"{range_}!A1:Z1000", "majorDimension": "ROWS"}
        # Google leaves `values` out if every cell is blank.
        return 200, body | ({"values": rows} if rows else {})


def _without_blank_end(row: list[str]) -> list[str]:
    """Google sends no empty cells at the end of a row."""
    row = list(row)
    while row and row[-1] == "":
        row.pop()
    return row


def _failure(status: int | str) -> tuple[int, dict[str, Any] | str]:
    if status == HTML:
        return 502, "<html><title>502 Bad Gateway</title></html>"
    name, message = STATUSES[int(status)]
    error: dict[str, Any] = {"code": status, "message": message, "status": name}
    if status == 429:
        error["details"] = [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "RATE_LIMIT_EXCEEDED",
                "domain": "googleapis.com",
            }
        ]
    return int(status), {"error": error}


def _handler(emulator: SheetsEmulator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            emulator.seen.append(f"GET {path}")
            if self.headers.get("Authorization") not in emulator.tokens:
                self._send(*_failure(401))
                return
            self._send(*emulator.answer(path))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            emulator.seen.append(f"POST {self.path}")
            token = f"ya29.local-{len(emulator.tokens)}"
            emulator.tokens.append(f"Bearer {token}")
            body = {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}
            self._send(200, body)

        def _send(self, status: int, body: dict[str, Any] | str) -> None:
            html = isinstance(body, str)
            content = body if html else json.dumps(body, ensure_ascii=False)
            data = content.encode()
            self.send_response(status)
            kind = "text/html" if html else "application/json; charset=UTF-8"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            """Tests look at `seen` instead."""

    return Handler


@functools.cache
def private_key() -> str:
    """A key made now, which signs nothing real."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def service_account(url: str) -> dict[str, str]:
    """The key file of a made-up service account."""
    return {
        "type": "service_account",
        "project_id": "example-project",
        "private_key_id": "none",
        "private_key": private_key(),
        "client_email": EMAIL,
        "client_id": "1",
        "token_uri": f"{url}/token",
    }


if __name__ == "__main__":  # `python tests/sheets_emulator.py KEYFILE`: by hand
    import sys

    local = SheetsEmulator()
    local.tabs[FORM_TAB] = [["타임스탬프", "이름", "취미가 뭐예요?"]]
    local.write_credentials(Path(sys.argv[1]))
    print(f"SHEETS_API_URL={local.url} GOOGLE_APPLICATION_CREDENTIALS={sys.argv[1]}")
    print(f"Sheet: {LINK}")
    local.start()
    threading.Event().wait()
