"""The studio's desk: items in, what was made out, and nothing for what is gone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from redis import Redis

from protocol import Reason, Recipe, Status, StudioJob
from protocol.keys import Keys
from tests.fakes import everything_in
from worker.outcomes import Failed, Skipped
from worker.studiodesk import StudioDesk

JOB = StudioJob(recipe=Recipe.ABSTRACT, meeting="team", item="one", revision=2)
RECORD = {
    "recipe": "abstract",
    "status": "queued",
    "revision": 2,
    "made_at": 1.5,
    "summary": "표본 30명.",
}


class Maker:
    """Takes the summary for the item; what is made becomes the text."""

    during = staticmethod(lambda: None)

    def of_record(self, record: dict, seed_text: str) -> tuple[str, str]:
        return record["summary"], seed_text

    def to_record(self, record: dict, made: str) -> dict:
        self.during()
        return {"text": made}


@pytest.fixture
def desk(redis: Redis) -> StudioDesk:
    store(redis, RECORD)
    return StudioDesk(redis, Maker())


def store(redis: Redis, record: dict) -> None:
    redis.hset(Keys.studio("team"), "one", json.dumps(record))


def record(redis: Redis) -> dict:
    return json.loads(redis.hget(Keys.studio("team"), "one"))


def test_taking_a_job_reads_its_item_and_marks_it_as_running(desk, redis) -> None:
    assert desk.take(JOB) == ("표본 30명.", JOB.id)
    assert record(redis) == RECORD | {"status": "running"}


def test_what_was_made_joins_the_item(desk, redis) -> None:
    desk.take(JOB)
    assert desk.put(JOB, "표본은 30명이다.")
    assert record(redis) == RECORD | {"status": "ready", "text": "표본은 30명이다."}


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Failed(reason=Reason.NOT_SERVED), "failed"),
        (Skipped(reason=Reason.EMPTY), "skipped"),
    ],
)
def test_an_item_without_an_outcome_keeps_the_reason(desk, redis, outcome, status):
    assert desk.put(JOB, outcome)
    assert record(redis) == RECORD | {"status": status, "reason": outcome.reason}


@pytest.mark.parametrize(
    "change",
    [
        {"status": Status.READY},
        {"status": Status.FAILED},
        {"revision": 3},
        {"stopped": 7},
        {"recipe": "slang"},
    ],
    ids=str,
)
def test_an_item_that_is_settled_stopped_or_another_is_left_alone(
    desk, redis, change
) -> None:
    store(redis, RECORD | change)
    before = everything_in(redis)
    assert desk.take(JOB) is None
    assert not desk.put(JOB, "표본은 30명이다.")
    assert everything_in(redis) == before


def test_nothing_is_written_for_an_item_deleted_during_the_work(desk, redis) -> None:
    desk.take(JOB)
    redis.delete(Keys.studio("team"))
    assert not desk.put(JOB, "표본은 30명이다.")
    assert list(redis.scan_iter("*team*")) == []


def test_what_people_change_meanwhile_is_kept(desk, redis) -> None:
    desk.take(JOB)
    changes = iter([lambda: store(redis, record(redis) | {"kept": 1})])
    desk.maker.during = lambda: next(changes, lambda: None)()
    assert desk.put(JOB, "표본은 30명이다.")
    assert (record(redis)["kept"], record(redis)["status"]) == (1, "ready")


def test_a_newer_revision_that_comes_during_the_work_wins(desk, redis) -> None:
    desk.take(JOB)
    newer = RECORD | {"revision": 3}
    store(redis, newer)
    assert not desk.put(JOB, "표본은 30명이다.")
    assert record(redis) == newer
    assert desk.take(replace(JOB, revision=3))


def test_a_job_that_was_running_when_its_worker_died_is_taken_again(desk) -> None:
    assert desk.take(JOB) == desk.take(JOB)
