"""The whole product under load while its processes are killed at random.

    python -m benchmarks.soak [--minutes 30] [--seed 1] [--calm 0.2]

Launcher, gunicorn, Valkey with its append-only file and the real worker process run
as `make run` starts them; only the model is a fast stand-in (tests/fast_worker.py).
Rooms of people answer and change their answers all the time; every 10 to 30 s one of
the processes gets SIGKILL or SIGTERM. The last part of the time (`--calm`) nobody is
killed: memory is measured there. Each accepted answer is looked up in the end.

accepted   answers that the server confirmed (201)
outcomes   accepted answers that the host sees exactly once, made or skipped
lost       accepted answers without an outcome
doubled    answers that the host sees twice, or whose finished quiz changed by itself
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

from benchmarks.soak_load import Load, Site

ROOT = Path(__file__).parents[1]
LAUNCH = (
    "import os, sys; from launcher.__main__ import main; sys.exit(main(os.environ,"
    " {'worker': (sys.executable, '-m', 'tests.fast_worker')}))"
)
VICTIMS = {  # a word of the command line
    "worker": "tests.fast_worker",
    "web": "gunicorn",
    "valkey": "valkey-server",
}


class Processes:
    """The running product."""

    def __init__(self, data: Path, port: int, settings: dict[str, str]) -> None:
        self.log = (data / "soak.log").open("wb")
        env = os.environ | {"DATA_DIR": str(data), "PORT": str(port), **settings}
        env.pop("REDIS_URL", None)
        self._launcher = subprocess.Popen(
            [sys.executable, "-c", LAUNCH],
            cwd=ROOT,
            env=env,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def found(self, name: str) -> list[psutil.Process]:
        """The processes of a program, parents first."""
        children = psutil.Process(self._launcher.pid).children(recursive=True)
        return [child for child in children if VICTIMS[name] in _command(child)]

    def memory(self) -> dict[str, float]:
        """Megabytes of each program, all its processes together."""
        return {name: sum(map(_rss, self.found(name))) / 2**20 for name in VICTIMS}

    def stop(self) -> int:
        self._launcher.send_signal(signal.SIGINT)
        return self._launcher.wait(240)


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _rss(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


def strike(processes: Processes, chance: random.Random) -> str | None:
    """Send one process a signal. Returns what was done."""
    name = chance.choice(list(VICTIMS))
    number = chance.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM))
    victims = processes.found(name)
    if not victims:
        return None
    chance.choice(victims).send_signal(number)
    return f"{name} {number.name}"


def run(minutes: float, seed: int, calm: float) -> int:
    """One soak. Returns 0 if nothing was lost or doubled."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="icebreaker-soak-") as folder:
        site = Site(f"http://127.0.0.1:{free_port()}")
        port = int(site.url.rpartition(":")[2])
        processes = Processes(Path(folder), port, {"FAST_SECONDS": "0.05"})
        try:
            site.wait_until_ready(60)
            load = Load(site, seed)
            load.start()
            ends = time.monotonic() + 60 * minutes
            struck = harass(processes, chance, ends - 60 * minutes * calm)
            time.sleep(min(40, 60 * minutes * calm / 2))
            before = processes.memory()
            time.sleep(max(0, ends - time.monotonic()))
            load.stop()
            site.wait_until_ready(60)
            verdict = load.verdict()
            after = processes.memory()
        finally:
            processes.stop()
    print(table(minutes, struck, verdict, before, after))
    return int(bool(verdict["lost"] or verdict["doubled"]))


def harass(processes: Processes, chance: random.Random, until: float) -> Counter[str]:
    """Kill something every 10 to 30 s."""
    struck: Counter[str] = Counter()
    while time.monotonic() < until:
        time.sleep(min(chance.uniform(10, 30), max(0, until - time.monotonic())))
        if done := strike(processes, chance):
            struck[done] += 1
    return struck


def table(
    minutes: float,
    struck: Counter[str],
    verdict: dict[str, int],
    before: dict[str, float],
    after: dict[str, float],
) -> str:
    """What happened, as Markdown."""
    rows = [("minutes", f"{minutes:g}"), ("signals sent", struck.total())]
    rows += [(f"- {name}", count) for name, count in sorted(struck.items())]
    rows += list(verdict.items())
    for name in VICTIMS:
        rows.append((f"MB {name}", f"{before[name]:.0f} -> {after[name]:.0f}"))
    return "\n".join(["| | |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows)])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--calm", type=float, default=0.2, help="share of the time without kills"
    )
    given = parser.parse_args()
    return run(given.minutes, given.seed, given.calm)


if __name__ == "__main__":
    sys.exit(main())
