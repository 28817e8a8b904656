"""A visit to a page with manners: robots.txt, one request at a time, pauses, patience.

Each host has a `Site` of its own, which one thread uses.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

from worker.dataset.robots import Robots
from worker.dataset.web import Reply, Web, WebError

T = TypeVar("T")
TRIES = 3
BUSY = (429, 503)
REDIRECTS = (301, 302, 303, 307, 308)
GONE = (404, 410)
MOST_REDIRECTS = 5
LONGEST_WAIT = 120.0  # seconds; a site that asks for more is left for the next run
# Worth another try when the same command runs again.
TEMPORARY = frozenset(("busy", "unreachable", "server_error", "robots_unreadable"))


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A listed page and what came of it: a reply, or the reason there is none."""

    url: str
    reply: Reply | None = None
    refused: str = ""


def host_of(url: str) -> str:
    """Host and port: what is asked one page at a time, by http or https."""
    return urlsplit(url).netloc.lower()


def origin_of(url: str) -> str:
    """What one robots.txt speaks for."""
    return f"{urlsplit(url).scheme}://{host_of(url)}"


class Site:
    """The pages of one host, one after the other.

    Args:
        web: asks for pages.
        delay: seconds from a reply to the next request, at least.
        stop: set when the run is to end; waiting ends with it.
    """

    def __init__(self, web: Web, delay: float, stop: threading.Event) -> None:
        self._web = web
        self._stop = stop
        self._free_at = 0.0  # time.monotonic
        self._pause_seconds = delay
        self._robots: dict[str, Robots] = {}  # by origin

    def visit_all(self, urls: Iterable[str], tell: Callable[[Visit], None]) -> None:
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
        """The page, also where it moved within the host; robots.txt allows each hop."""
        host = urlsplit(url).hostname
        for _ in range(MOST_REDIRECTS):
            self._ask_robots(url)
            reply = self._patiently(url)
            if reply.status not in REDIRECTS:
                return _checked(reply)
            url = urljoin(url, reply.headers.get("location", ""))
            if urlsplit(url).hostname != host:
                raise WebError("moved_elsewhere")
        raise WebError("moved_too_often")

    def _ask_robots(self, url: str) -> None:
        origin = origin_of(url)
        if origin not in self._robots:
            robots = self._robots[origin] = self._read_robots(f"{origin}/robots.txt")
            self._pause_seconds = max(self._pause_seconds, robots.delay)
        if not self._robots[origin].readable:
            raise WebError("robots_unreadable")
        if not self._robots[origin].allows(url):
            raise WebError("robots")

    def _read_robots(self, url: str) -> Robots:
        """The rules at an address, also where it leads to another of this host."""
        host = urlsplit(url).hostname
        for _ in range(MOST_REDIRECTS):
            reply = self._after_a_pause(self._web.robots, url)
            if reply is None or reply.status not in REDIRECTS:
                break
            url = urljoin(url, reply.headers.get("location", ""))
            if urlsplit(url).hostname != host:
                break
        return Robots.of(reply.status, reply.text) if reply else Robots.of(None, "")

    def _patiently(self, url: str) -> Reply:
        """A reply that is not "busy", after as long as the site asks for."""
        for attempt in range(TRIES):
            reply = self._after_a_pause(self._web.page, url)
            if reply.status not in BUSY:
                return reply
            wait = reply.retry_after
            if wait is None:
                wait = max(self._pause_seconds, 1.0) * 2**attempt
                wait *= random.uniform(1, 1.25)
            if wait > LONGEST_WAIT:
                break
            self._free_at = max(self._free_at, time.monotonic() + wait)
        raise WebError("busy")

    def _after_a_pause(self, ask: Callable[[str], T], url: str) -> T:
        """One request; the next pause begins when its reply is here."""
        if self._stop.wait(max(0.0, self._free_at - time.monotonic())):
            raise WebError("stopped")
        try:
            return ask(url)
        finally:
            self._free_at = time.monotonic() + self._pause_seconds


def _checked(reply: Reply) -> Reply:
    """Raises: WebError "not_found", "server_error", "status_403"."""
    if reply.status == 200:
        return reply
    if reply.status in GONE:
        raise WebError("not_found")
    if reply.status >= 500:
        raise WebError("server_error")
    raise WebError(f"status_{reply.status}")
