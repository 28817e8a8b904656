"""Batches on a real Valkey: results, retries, heartbeats, deletion, the end."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import datetime

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as Away
from rq.job import Job, JobStatus

from app.jobs import Jobs
from protocol import QuizJob
from tests.fakes import everything_in
from tests.worker.steering import (
    ALICE,
    NOTHING,
    Handler,
    do_all,
    leftovers,
    people,
    status,
)
from worker import queue as queue_module
from worker.queue import ModelWorker


def test_eleven_jobs_become_few_batches_and_each_has_its_own_result(
    redis: Redis, jobs: Jobs, worker: ModelWorker, handler: Handler
) -> None:
    team = people(11)
    for job in team:
        jobs.enqueue(job)
    do_all(worker)
    assert handler.sizes == [1, 8, 2]
    assert [job for batch in handler.batches for job in batch] == team
    for job in team:
        found = Job.fetch(job.id, connection=redis, serializer="json")
        assert found.get_status() is JobStatus.FINISHED
        assert found.latest_result().type.name == "SUCCESSFUL"
    assert leftovers(redis) == NOTHING


def test_the_first_job_after_a_pause_goes_alone(
    redis: Redis, jobs: Jobs, worker: ModelWorker, handler: Handler
) -> None:
    for part in (people(6)[:3], people(6)[3:]):
        for job in part:
            jobs.enqueue(job)
        do_all(worker)
    assert handler.sizes == [1, 2, 1, 2]


def test_a_job_that_fails_leaves_the_others_of_its_batch_alone(
    redis: Redis, jobs: Jobs, worker: ModelWorker, handler: Handler
) -> None:
    team = people(5)
    handler.errors = {"answer2": ValueError("no quiz")}
    for job in team:
        jobs.enqueue(job)
    do_all(worker)
    failed = [job.answer for job in team if status(redis, job) is JobStatus.FAILED]
    assert failed == ["answer2"]
    assert leftovers(redis) == NOTHING


def test_a_failing_job_is_tried_three_times_in_all(
    redis: Redis, jobs: Jobs, worker: ModelWorker, handler: Handler
) -> None:
    handler.errors = {"alice": ValueError("no quiz")}
    jobs.enqueue(ALICE)
    do_all(worker)
    assert handler.batches == [[ALICE]] * 3
    assert status(redis, ALICE) is JobStatus.FAILED


def test_an_exception_in_the_model_fails_each_job_and_the_worker_goes_on(
    redis: Redis, jobs: Jobs, worker: ModelWorker, handler: Handler
) -> None:
    team = people(4)

    def fall_twice() -> None:
        if len(handler.batches) <= 2:
            raise MemoryError("too large")

    handler.during = fall_twice
    for job in team:
        jobs.enqueue(job)
    do_all(worker)
    assert len(handler.batches) > 2
    assert {status(redis, job) for job in team} == {JobStatus.FINISHED}
    assert leftovers(redis) == NOTHING


def test_heartbeats_are_renewed_while_a_batch_runs(
    redis: Redis,
    jobs: Jobs,
    worker: ModelWorker,
    handler: Handler,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queue_module, "BEAT_SECONDS", 0.1)
    registry = worker.queues[0].started_job_registry.key
    seen: list[tuple[float, datetime]] = []

    def watch() -> None:
        for _ in range(2):
            [(_, lives_until)] = redis.zrange(registry, 0, -1, withscores=True)
            beat = redis.hget(worker.key, "last_heartbeat").decode()
            seen.append((lives_until, datetime.fromisoformat(beat)))
            time.sleep(1.2)

    handler.during = watch
    jobs.enqueue(ALICE)
    do_all(worker)
    (first_lease, first_beat), (last_lease, last_beat) = seen
    assert last_lease > first_lease
    assert last_beat > first_beat
    assert status(redis, ALICE) is JobStatus.FINISHED


def test_a_batch_survives_a_store_that_is_away_for_a_moment(
    redis: Redis,
    jobs: Jobs,
    worker: ModelWorker,
    handler: Handler,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queue_module, "BEAT_SECONDS", 0.02)
    beats: list[int] = []

    def fail(*args: object) -> None:
        beats.append(1)
        raise Away("for a moment")

    def wait() -> None:
        monkeypatch.setattr(worker, "heartbeat", fail)
        while len(beats) < 3:
            time.sleep(0.01)
        monkeypatch.undo()

    handler.during = wait
    jobs.enqueue(ALICE)
    do_all(worker)
    assert status(redis, ALICE) is JobStatus.FINISHED


def test_jobs_deleted_while_they_run_leave_no_trace_and_disturb_no_other(
    redis: Redis,
    jobs: Jobs,
    worker: ModelWorker,
    handler: Handler,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queue_module, "BEAT_SECONDS", 0.05)
    first = QuizJob(meeting="others", answer="first", revision=1)
    bob = QuizJob(meeting="others", answer="bob", revision=1)
    seen_after_some_beats: list[bytes] = []

    def delete_meeting() -> None:
        if ALICE in handler.batches[-1]:
            jobs.forget(list(jobs.job_ids("team")))
            time.sleep(0.3)
            seen_after_some_beats.extend(redis.scan_iter("*team*"))

    handler.during = delete_meeting
    for job in (first, ALICE, bob):
        jobs.enqueue(job)
    do_all(worker)
    assert handler.batches == [[first], [ALICE, bob]]
    assert seen_after_some_beats == []
    assert "team" not in everything_in(redis)
    assert status(redis, bob) is JobStatus.FINISHED


def test_a_failing_job_that_was_deleted_is_not_tried_again(
    redis: Redis, jobs: Jobs, worker: ModelWorker, handler: Handler
) -> None:
    handler.errors = {"alice": ValueError("no quiz")}
    handler.during = lambda: jobs.forget([ALICE.id]) and None
    jobs.enqueue(ALICE)
    do_all(worker)
    assert handler.batches == [[ALICE]]
    assert "team" not in everything_in(redis)


def test_sigterm_in_a_batch_finishes_the_batch_and_stops(
    redis: Redis, jobs: Jobs, worker: ModelWorker, handler: Handler
) -> None:
    team = people(11)
    for job in team:
        jobs.enqueue(job)

    def ask_to_stop() -> None:
        if handler.sizes == [1, 8]:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.05)

    handler.during = ask_to_stop
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        worker.work(logging_level="CRITICAL")
    finally:
        for number, old in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
            signal.signal(number, old)
    assert handler.sizes == [1, 8]
    assert {status(redis, job) for job in team[:9]} == {JobStatus.FINISHED}
    assert leftovers(redis) == NOTHING | {"queued": 2}


def test_no_thread_is_left_after_a_batch(
    redis: Redis, jobs: Jobs, worker: ModelWorker
) -> None:
    jobs.enqueue(ALICE)
    before = threading.active_count()
    do_all(worker)
    assert threading.active_count() <= before
