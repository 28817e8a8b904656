"""`collect`: the pages of a list, politely, to candidates with a note of their source.

Beside the output stands a log, OUTPUT.pages: one line for each page with what came of
it. A run that was killed goes on from there; pages that a site was too busy for, or
that could not be reached, are tried again.
"""

from __future__ import annotations

import argparse
import json
import logging
import queue
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit

from tqdm import tqdm

from privacy import redact
from worker.dataset import rows
from worker.training.files import DataError

MISSING = "collect needs trafilatura and protego. Install them: make dataset, or\n"
MISSING += "pip install --no-deps --require-hashes -r requirements/dataset.txt"
SITES_AT_ONCE = 8


def add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--pages", type=Path, required=True, help="addresses, one a line; # comments")
    add("--output", type=Path, required=True, help="JSONL; an existing one goes on")
    add("--delay", type=float, default=1.0, help="seconds between two of a site")
    add("--contact", default="", help="told to each site: an address or a page of you")


def run(options: argparse.Namespace) -> int:
    sites, web = needed()
    if not (options.contact.isascii() and options.contact.isprintable()):
        raise DataError("--contact must be plain ASCII: it goes into a header.")
    listed = read_pages(options.pages)
    candidates = rows.read_begun(options.output)
    log = options.output.with_name(options.output.name + ".pages")
    done = finished(log, candidates)
    left = [url for url in listed if url not in done]
    work = Collection(options.output, log, candidates)
    started = time.monotonic()
    with tqdm(total=len(left), unit="page", file=sys.stderr) as bar:
        for visit in visits(left, web.Web(options.contact), options.delay, sites):
            bar.set_postfix(candidates=work.take(visit), refresh=False)
            bar.update()
    summary = {"pages": len(listed), "already": len(listed) - len(left)}
    summary |= work.summary() | {"seconds": round(time.monotonic() - started, 1)}
    print(json.dumps(summary))
    return 0


def needed():
    """What reads pages, which `make run` does not install."""
    names = ("sites", "web", "pages")
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # the bar is enough
    try:
        sites, web, _ = (import_module(f"worker.dataset.{name}") for name in names)
    except ImportError:
        raise DataError(MISSING) from None
    return sites, web


def read_pages(path: Path) -> list[str]:
    """The addresses of a list, each once, without what follows a #.

    Raises:
        DataError: naming the line of what is no address of a page.
    """
    found = {}
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith("#"):
            continue
        if not _is_address(line):
            raise DataError(
                f"{path}:{number} must be an address that begins with http:// or "
                f"https:// and holds no password. Received: {line!r}."
            )
        found[urldefrag(line).url] = True
    if not found:
        raise DataError(f"{path} must hold at least one address.")
    return list(found)


def _is_address(line: str) -> bool:
    try:
        parts = urlsplit(line)
        parts.port  # noqa: B018 - raises for what is no number
    except ValueError:
        return False
    named = bool(parts.hostname) and not (parts.username or parts.password)
    return parts.scheme in ("http", "https") and named and " " not in line


def finished(log: Path, candidates: Sequence[dict[str, Any]]) -> set[str]:
    """The pages that need no visit any more.

    Without a log, those that gave a candidate; a page whose line in the log was lost
    to a kill is visited again, and what it gave before is known by its words.
    """
    from worker.dataset.sites import TEMPORARY

    if not log.exists():
        return {row["source"]["url"] for row in candidates if row.get("source")}
    lines = rows.read_begun(log)
    return {line["url"] for line in lines if line["outcome"] not in TEMPORARY}


def visits(urls: Sequence[str], web, delay: float, sites) -> Iterator[Any]:
    """A visit to each page, as they come in; sites side by side, each in order."""
    by_host: dict[str, list[str]] = {}
    for url in urls:
        by_host.setdefault(sites.host_of(url), []).append(url)
    told: queue.SimpleQueue = queue.SimpleQueue()
    stop = threading.Event()

    def work(host: str) -> None:
        try:
            sites.Site(web, delay, stop).visit_all(by_host[host], told.put)
        finally:
            told.put(None)

    with ThreadPoolExecutor(SITES_AT_ONCE) as pool:
        futures = [pool.submit(work, host) for host in by_host]
        try:
            left = len(futures)
            while left:
                visit = told.get()
                left -= visit is None
                if visit is not None:
                    yield visit
        finally:
            stop.set()
            for future in futures:
                future.cancel()
    for future in futures:
        future.result()  # an error of ours ends the run


class Collection:
    """The two files of a run, and the figures of its summary."""

    def __init__(self, output: Path, log: Path, known: list[dict[str, Any]]) -> None:
        from worker.dataset.sifting import Sieve

        self._output, self._log = output, log
        self._sieve = Sieve(known)
        self._fetched = self._candidates = 0
        self._refused: Counter[str] = Counter()

    def take(self, visit) -> int:
        """Write down a visit; the number of candidates so far."""
        outcome, found = visit.refused, []
        if visit.reply is not None:
            self._fetched += 1
            outcome, found = self._look(visit)
        if outcome not in ("candidates", "nothing_found"):
            self._refused[outcome] += 1
        rows.append(self._output, found)
        line = {"url": visit.url, "outcome": outcome, "candidates": len(found)}
        rows.append(self._log, [line | {"at": _now()}])
        self._candidates += len(found)
        return self._candidates

    def _look(self, visit) -> tuple[str, list[dict[str, Any]]]:
        """What came of a page that was sent, and its candidates."""
        from worker.dataset import pairs
        from worker.dataset.pages import Page

        page = Page(visit.reply.text, visit.reply.headers, visit.url)
        if page.refuses:
            return "asks_to_be_left_out", []
        source = {
            "url": visit.url,
            "title": redact(page.title),
            "collected": _now()[:10],
            "licence": page.licence,
        }
        said = [*pairs.of_data(page.data()), *pairs.of_lines(page.lines())]
        found = self._sieve.sift(pairs.distinct(said), source)
        return ("candidates" if found else "nothing_found"), found

    def summary(self) -> dict[str, Any]:
        return {
            "fetched": self._fetched,
            "refused": dict(sorted(self._refused.items())),
            "candidates": self._candidates,
            "dropped": dict(sorted(self._sieve.dropped.items())),
            "redacted": self._sieve.redacted,
            "shortened": self._sieve.shortened,
        }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
