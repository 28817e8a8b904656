"""What the worker refuses: whoever writes to Redis must not run code here."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis
from rq.job import Job, JobStatus

from app.jobs import Jobs
from protocol import MAKE_QUIZ, QuizJob
from protocol.keys import Keys
from tests.fakes import everything_in
from tests.worker.steering import (
    ALICE,
    NOTHING,
    Handler,
    do_all,
    leftovers,
    status,
)
from worker.queue import ModelWorker, SafeJob

WRONG_MESSAGES = {
    "another function": ("os.system", None, [ALICE.to_json()], {}),
    "a method": (MAKE_QUIZ, "builtins.str", [ALICE.to_json()], {}),
    "no message": (MAKE_QUIZ, None, [], {}),
    "two messages": (MAKE_QUIZ, None, [ALICE.to_json(), ALICE.to_json()], {}),
    "options": (MAKE_QUIZ, None, [ALICE.to_json()], {"shell": True}),
    "an extra field": (MAKE_QUIZ, None, [ALICE.to_json() | {"text": "hi"}], {}),
    "a missing field": (MAKE_QUIZ, None, [{"meeting": "team"}], {}),
    "a wrong type": (MAKE_QUIZ, None, [ALICE.to_json() | {"revision": "1"}], {}),
    "arguments by name": (MAKE_QUIZ, None, {"0": ALICE.to_json()}, {}),
    "a number": (MAKE_QUIZ, None, 7, {}),
}


@pytest.mark.parametrize("content", WRONG_MESSAGES.values(), ids=WRONG_MESSAGES)
def test_a_wrong_message_is_refused_for_good_and_the_next_job_is_done(
    redis: Redis, jobs: Jobs, worker: ModelWorker, handler: Handler, content: tuple
) -> None:
    bob = QuizJob(meeting="team", answer="bob", revision=1)
    jobs.enqueue(ALICE)
    found = Job.fetch(ALICE.id, connection=redis, serializer="json")
    redis.hset(found.key, "data", found.serializer.dumps(content))
    jobs.enqueue(bob)
    do_all(worker)
    assert handler.batches == [[bob]]
    assert status(redis, ALICE) is JobStatus.FAILED
    assert status(redis, bob) is JobStatus.FINISHED
    assert leftovers(redis) == NOTHING


@dataclass(frozen=True)
class Bomb:
    """Makes a folder as soon as it is unpickled."""

    folder: Path

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.folder),)


def test_a_pickled_message_is_refused_and_runs_no_code(
    redis: Redis, jobs: Jobs, worker: ModelWorker, handler: Handler, tmp_path: Path
) -> None:
    bomb = Bomb(tmp_path / "exploded")
    jobs.enqueue(ALICE)
    message = pickle.dumps((MAKE_QUIZ, None, [bomb], {}))
    redis.hset(Job.key_for(ALICE.id), "data", message)
    do_all(worker)
    assert handler.batches == []
    assert not bomb.folder.exists()
    assert status(redis, ALICE) is JobStatus.FAILED
    assert leftovers(redis) == NOTHING


def test_no_callback_and_no_address_that_stands_in_redis_is_used(
    redis: Redis, jobs: Jobs, worker: ModelWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError(f"looked up {args}")

    monkeypatch.setattr("rq.job.import_attribute", refuse)
    monkeypatch.setattr("rq.job.Webhook.send", refuse)
    jobs.enqueue(ALICE)
    hook = '[{"url": "http://127.0.0.1:9", "job_status": "finished"}]'
    redis.hset(
        Job.key_for(ALICE.id),
        mapping={"success_callback_name": "os.system", "webhooks": hook},
    )
    do_all(worker)
    assert status(redis, ALICE) is JobStatus.FINISHED


def test_a_job_gives_no_function_to_call(redis: Redis) -> None:
    job = SafeJob.create(MAKE_QUIZ, args=[{}], connection=redis, serializer="json")
    with pytest.raises(PermissionError, match=r"quiz\.make"):
        _ = job.func


def test_jobs_say_nothing_personal_in_redis_or_in_the_log(
    redis: Redis,
    jobs: Jobs,
    worker: ModelWorker,
    handler: Handler,
    caplog: pytest.LogCaptureFixture,
) -> None:
    redis.hset(Keys.answers("team"), "alice", '{"text": "Grandma makes soup"}')
    jobs.enqueue(ALICE)
    found = Job.fetch(ALICE.id, connection=redis, serializer="json")
    assert found.description == ALICE.id
    do_all(worker)
    redis.delete(Keys.answers("team"))
    assert "soup" not in everything_in(redis)
    assert "soup" not in caplog.text
    assert not worker.log_job_description
