"""One request for one page: who asks, how long, how much, and only HTML."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import urllib3

from worker.dataset.pool import new_pool
from worker.dataset.robots import AGENT

CONNECT_SECONDS, READ_SECONDS = 10, 20
WHOLE_SECONDS = 60  # for a page that comes drop by drop
LARGEST = 5_000_000  # bytes of a page, unpacked
LARGEST_ROBOTS = 500_000  # RFC 9309: parsers read at least 500 KiB
HTML = ("text/html", "application/xhtml+xml")
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_HEAD = 2048  # bytes in which a page names its charset


class WebError(Exception):
    """There is no page to be had; `reason` is a name for the summary."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a server sent; `body` is empty where it was not asked for."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body, by the charset that header or page name, else UTF-8 or CP949."""
        named = _CHARSET.search(self.headers.get("content-type", "").encode())
        named = named or _CHARSET.search(self.body[:_HEAD])
        charsets = [named[1].decode()] if named else []
        for charset in [*charsets, "utf-8", "cp949"]:
            # Browsers read EUC-KR as its superset, too.
            charset = "cp949" if charset.lower() in ("euc-kr", "ks_c_5601") else charset
            try:
                return self.body.decode(charset)
            except (UnicodeDecodeError, LookupError):
                continue
        return self.body.decode("utf-8", errors="replace")

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait before asking again, if the server says how many."""
        said = self.headers.get("retry-after", "").strip()
        if said.isdigit():
            return float(said)
        try:
            return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
        except ValueError:
            return None


class Web:
    """Asks for pages under our own name, without cookies and without following."""

    def __init__(self, contact: str = "") -> None:
        about = f"; {contact}" if contact else ""
        self._pool = new_pool(
            {
                "User-Agent": f"{AGENT}/1 (pages for a quiz data set{about})",
                "Accept": "text/html,application/xhtml+xml",
                "Accept-Encoding": "gzip, deflate",
            },
            urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
        )

    def page(self, url: str) -> Reply:
        """Raises: WebError "not_html", "too_large", "unreachable"."""
        return self._get(url, LARGEST, HTML)

    def robots(self, url: str) -> Reply | None:
        """The reply to a site's robots.txt; None if there was none."""
        try:
            return self._get(url, LARGEST_ROBOTS, None)
        except WebError:
            return None

    def _get(self, url: str, largest: int, kinds: tuple[str, ...] | None) -> Reply:
        try:
            answer = self._pool.request(
                "GET", url, preload_content=False, redirect=False
            )
        except (urllib3.exceptions.HTTPError, UnicodeError):
            raise WebError("unreachable") from None
        try:
            headers = {name.lower(): text for name, text in answer.headers.items()}
            reply = Reply(status=answer.status, headers=headers)
            if reply.status != 200:
                return reply
            if kinds and reply.kind not in kinds:
                raise WebError("not_html")
            body = _read(answer, largest)
            return Reply(status=reply.status, headers=headers, body=body)
        finally:
            answer.close()  # what was not read stays unread


def _read(answer: urllib3.BaseHTTPResponse, largest: int) -> bytes:
    """The unpacked body. Raises: WebError "too_large", "unreachable"."""
    deadline = time.monotonic() + WHOLE_SECONDS
    body = bytearray()
    try:
        while part := answer.read1(65_536, decode_content=True):
            body += part
            if len(body) > largest:
                raise WebError("too_large")
            if time.monotonic() > deadline:
                raise WebError("unreachable")
    except urllib3.exceptions.HTTPError:
        raise WebError("unreachable") from None
    return bytes(body)
