"""150 phones at once against the real web process: nothing lost, nothing doubled.

`python -m benchmarks.crowd` plays ten rounds, on the store as it is in production.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.meetings import Meetings
from launcher.programs import WEB
from tests.e2e.conftest import _free_port
from tests.e2e.crowd import play
from tests.e2e.phones import Phone
from tests.ground.running import until
from tests.rooms import PlayRoom, room

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]
PHONES = 150
ROUNDS = 3
SEEN_SECONDS = 2.0


@pytest.fixture
def web(redis_url: str, tmp_path: Path) -> Iterator[int]:
    """The port of gunicorn as `make run` starts it, on the tests' Valkey."""
    port = _free_port()
    settings = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "SECRET_KEY": "k" * 32,
        "REDIS_URL": redis_url,
    }
    log = tmp_path / "web.log"
    with log.open("wb") as out:
        env = os.environ | settings
        process = subprocess.Popen(WEB, cwd=ROOT, env=env, stdout=out, stderr=out)
    try:
        until(lambda: "Listening at" in log.read_text())
        yield port
    finally:
        process.terminate()
        process.wait(30)
    assert "Traceback" not in log.read_text()


@pytest.fixture
def crowd(web: int, store: Meetings) -> Iterator[tuple[PlayRoom, list[Phone]]]:
    """A room in which everybody has joined."""
    table = room(store, people=6)
    code = table.meeting.join_code
    phones = [Phone(web, code, f"손님 {n}", n) for n in range(PHONES)]
    for phone in phones:
        phone.start()
    assert all(phone.joined.wait(30) for phone in phones)
    yield table, phones
    for phone in phones:
        phone.stopped.set()
    for phone in phones:
        phone.join(15)


def test_150_phones_lose_no_vote_and_see_each_reveal_at_once(
    crowd: tuple[PlayRoom, list[Phone]],
) -> None:
    table, phones = crowd
    assert table.look().players == PHONES
    tally = play(table, phones, ROUNDS)
    assert [phone.troubles for phone in phones if phone.troubles] == []
    assert (tally.votes, tally.lost, tally.doubled) == (PHONES * ROUNDS, 0, 0)
    assert tally.slowest < SEEN_SECONDS
