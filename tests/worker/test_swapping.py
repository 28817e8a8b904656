"""A worker process takes up another adapter under load; no job is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from redis import Redis

from app.jobs import Jobs
from app.meetings import Meetings
from protocol import Recipe, Status
from protocol.keys import Keys
from tests.fast_worker import FastMaker
from worker.adapter import Adapter
from worker.pulse import Pulse
from worker.recipes import quiz
from worker.shelf import Shelf
from worker.siblings import Siblings
from worker.swapping import Serving, Swaps

JOBS = 200
FOOD = "Best food?"


@pytest.fixture
def shelf(tmp_path) -> Shelf:
    return Shelf(tmp_path, "fast", "quiz", Path("fast"))


@pytest.fixture
def put(shelf, tmp_path) -> Callable[[str], str]:
    """Puts an adapter made on a day on the shelf and in use; gives its name."""

    def put(made: str) -> str:
        card = {"recipe": "quiz", "prompt_version": quiz.PROMPT_VERSION, "made": made}
        weights = {"decoder_block_0/query/a": np.ones((2, 2), np.float32)}
        Adapter(weights=weights, card=card).save(tmp_path / "new")
        name = shelf.put(tmp_path / "new")
        shelf.use(name)
        return name

    return put


@pytest.fixture
def work(redis: Redis, redis_url: str, tmp_path) -> Iterator[None]:
    """A worker process that follows the shelf, 8 jobs in 0.15 s."""
    settings = {"REDIS_URL": redis_url, "DATA_DIR": str(tmp_path)}
    settings |= {"FAST_SECONDS": "0.15", "FAST_BATCH": "8"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fast_worker"], env=os.environ | settings
    )
    yield
    process.terminate()
    assert process.wait(20) == 0


@pytest.fixture
def made(redis: Redis, store: Meetings, jobs: Jobs) -> Callable[[], list[dict]]:
    """Puts the jobs on the queue; tells the quizzes that are ready so far."""
    meeting = store.create("Team", "en", [FOOD]).meeting
    for n in range(JOBS):
        store.add_answers(meeting, f"Person {n}", [{"question": FOOD, "text": f"x{n}"}])
    for job in store.unsettled(meeting.id):
        jobs.enqueue(job)

    def look() -> list[dict]:
        stored = map(json.loads, redis.hvals(Keys.quizzes(meeting.id)))
        return [one for one in stored if one["status"] == Status.READY]

    return look


def wait(ready: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_each_of_200_quizzes_names_the_adapter_that_made_it(work, made, put):
    wait(lambda: len(made()) >= 20)
    name = put("2026-11-22")
    wait(lambda: len(made()) == JOBS)
    by_new = [one for one in made() if one["adapter"] == name]
    by_old = [one for one in made() if one["adapter"] == "fast"]
    assert len(by_new) + len(by_old) == JOBS
    assert len(by_old) >= 20 and len(by_new) >= 20
    assert all(one["question"].startswith("2026-11-22 ") for one in by_new)
    assert all(one["question"].startswith("Who said") for one in by_old)


def test_an_adapter_that_cannot_be_read_leaves_the_old_one_in_use(
    redis, shelf, put, caplog
):
    maker = FastMaker()
    pulse = Pulse(redis, "one", preset="", adapter="fast")
    swaps = Swaps(
        Serving(maker, "fast"), Siblings(None, {}), pulse, {Recipe.QUIZ: shelf}
    )
    shelf.folder.mkdir(parents=True)
    shelf.use("broken")
    swaps.look()
    assert swaps.serving == Serving(maker, "fast")
    assert "quiz keeps its adapter" in caplog.text
    name = put("2026-11-22")
    swaps.look()
    assert (swaps.serving.adapter, pulse.state.adapter) == (name, name)
