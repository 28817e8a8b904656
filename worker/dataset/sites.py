"""A visit to a page with manners: robots.txt, one request at a time, pauses, patience.

Each site (scheme, host and port) has a `Site` of its own, which one thread uses.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from worker.dataset.robots import Robots
from worker.dataset.web import Reply, Web, WebError

TRIES = 3
BUSY = (429, 503)
REDIRECTS = (301, 302, 303, 307, 308)
GONE = (404, 410)
MOST_REDIRECTS = 5
LONGEST_WAIT = 120.0  # seconds; a site that asks for more is left for the next run
# Worth another try when the same command runs again.
TEMPORARY = frozenset(("busy", "unreachable", "server_error"))


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A listed page and what came of it: a reply, or the reason there is none."""

    url: str
    reply: Reply | None = None
    refused: str = ""


def site_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


class Site:
    """The pages of one site, one after the other.

    Args:
        address: "https://example.org".
        web: asks for pages.
        delay: seconds from one request to the next, at least.
        stop: set when the run is to end; waiting ends with it.
    """

    def __init__(
        self, address: str, web: Web, delay: float, stop: threading.Event
    ) -> None:
        self.address = address
        self._web = web
        self._delay = delay
        self._stop = stop
        self._free_at = 0.0  # time.monotonic
        self._robots: Robots | None = None

    def visit_all(self, urls: Iterable[str], tell) -> None:
        """`tell` a `Visit` of each page until the run is to end."""
        for url in urls:
            visit = self.visit(url)
            if self._stop.is_set():
                return
            tell(visit)

    def visit(self, url: str) -> Visit:
        try:
            return Visit(url=url, reply=self._follow(url))
        except WebError as error:
            return Visit(url=url, refused=error.reason)

    def _follow(self, url: str) -> Reply:
        """The page, also where it moved within the site; robots.txt allows each hop."""
        for _ in range(MOST_REDIRECTS):
            self._ask_robots(url)
            reply = self._patiently(url)
            if reply.status not in REDIRECTS:
                return _checked(reply)
            url = urljoin(url, reply.headers.get("location", ""))
            if urlsplit(url).hostname != urlsplit(self.address).hostname:
                raise WebError("moved_elsewhere")
        raise WebError("moved_too_often")

    def _ask_robots(self, url: str) -> None:
        if self._robots is None:
            self._pause()
            reply = self._web.robots(f"{self.address}/robots.txt")
            status, text = (reply.status, reply.text) if reply else (None, "")
            self._robots = Robots.of(status, text)
        if not self._robots.readable:
            raise WebError("robots_unreadable")
        if not self._robots.allows(url):
            raise WebError("robots")

    def _patiently(self, url: str) -> Reply:
        """A reply that is not "busy", after as long as the site asks for."""
        for attempt in range(TRIES):
            self._pause()
            reply = self._web.page(url)
            if reply.status not in BUSY:
                return reply
            wait = reply.retry_after
            if wait is None:
                wait = max(self._delay, 1.0) * 2**attempt * random.uniform(1, 1.25)
            if wait > LONGEST_WAIT:
                break
            self._free_at = max(self._free_at, time.monotonic() + wait)
        raise WebError("busy")

    def _pause(self) -> None:
        self._stop.wait(max(0.0, self._free_at - time.monotonic()))
        delay = self._robots.delay(self._delay) if self._robots else self._delay
        self._free_at = time.monotonic() + delay


def _checked(reply: Reply) -> Reply:
    """Raises: WebError "not_found", "server_error", "status_403"."""
    if reply.status == 200:
        return reply
    if reply.status in GONE:
        raise WebError("not_found")
    if reply.status >= 500:
        raise WebError("server_error")
    raise WebError(f"status_{reply.status}")
