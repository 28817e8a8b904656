"""The worker's queue on a real Valkey, with a handler instead of a model."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.job import Job, JobStatus

from app.jobs import Jobs
from protocol import MAKE_QUIZ, QUEUE, Keys, QuizJob
from tests.fakes import everything_in
from worker import queue as queue_module
from worker.queue import ModelWorker, SafeJob

BATCH = 8
ALICE = QuizJob(meeting="team", answer="alice", revision=1)


class Handler:
    """A model that notes its batches and does as it is told.

    Attributes:
        batches: the messages of each call.
        errors: answer -> the exception its job ends with.
        during: called in the middle of each batch.
    """

    def __init__(self) -> None:
        self.batches: list[list[QuizJob]] = []
        self.errors: dict[str, BaseException] = {}
        self.during: Callable[[], None] = lambda: None

    def __call__(self, jobs: Sequence[QuizJob]) -> list[BaseException | None]:
        self.batches.append(list(jobs))
        self.during()
        return [self.errors.get(job.answer) for job in jobs]

    @property
    def sizes(self) -> list[int]:
        return [len(batch) for batch in self.batches]


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def jobs(redis: Redis) -> Jobs:
    return Jobs(redis)


@pytest.fixture
def worker(redis: Redis, handler: Handler) -> ModelWorker:
    return new_worker(redis, handler)


def new_worker(redis: Redis, handler: Handler) -> ModelWorker:
    queue = Queue(QUEUE, connection=redis, serializer="json", job_class=SafeJob)
    worker = ModelWorker(
        [queue],
        connection=redis,
        serializer="json",
        job_class=SafeJob,
        worker_ttl=30,
        handler=handler,
        batch_size=BATCH,
    )
    # RQ's commands are not ours, and their thread takes a second to end.
    worker.subscribe = lambda: None
    return worker


def people(count: int) -> list[QuizJob]:
    return [
        QuizJob(meeting="team", answer=f"answer{n}", revision=1) for n in range(count)
    ]


def do_all(worker: ModelWorker) -> None:
    worker.work(burst=True, logging_level="CRITICAL")


def status(redis: Redis, job: QuizJob) -> JobStatus:
    return Job.fetch(job.id, connection=redis, serializer="json").get_status()


def leftovers(redis: Redis) -> dict[str, int]:
    """What is still on its way: in the queue, between queue and worker, running."""
    queue = Queue(QUEUE, connection=redis, serializer="json")
    return {
        "queued": queue.count,
        "between": redis.llen(queue.intermediate_queue_key),
        "running": len(redis.zrange(queue.started_job_registry.key, 0, -1)),
        "executions": len(list(redis.scan_iter("rq:execution*"))),
    }


NOTHING = {"queued": 0, "between": 0, "running": 0, "executions": 0}


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
    from redis.exceptions import ConnectionError as Away

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


def test_jobs_deleted_while_they_run_leave_no_trace(
    redis: Redis,
    jobs: Jobs,
    worker: ModelWorker,
    handler: Handler,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queue_module, "BEAT_SECONDS", 0.05)
    bob = QuizJob(meeting="others", answer="bob", revision=1)
    kept: list[bytes] = []

    def delete_meeting() -> None:
        jobs.forget(list(jobs.job_ids("team")))
        time.sleep(0.3)
        kept.extend(redis.scan_iter("*team*"))

    first = QuizJob(meeting="others", answer="first", revision=1)
    for job in (first, ALICE, bob):
        jobs.enqueue(job)
    handler.during = delete_meeting
    do_all(worker)
    assert handler.batches == [[first], [bob]]  # Alice's job went before it started
    jobs.enqueue(ALICE)
    do_all(worker)
    assert handler.batches[-1] == [ALICE]
    assert kept == []
    assert list(redis.scan_iter("*team*")) == []
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


def test_jobs_of_a_worker_that_died_on_this_machine_are_put_back_at_once(
    redis: Redis, jobs: Jobs, handler: Handler
) -> None:
    team = people(3)
    dead = new_worker(redis, Handler())
    die_with(dead, jobs, team, redis)
    redis.hset(dead.key, "pid", pid_of_the_past())
    worker = new_worker(redis, handler)
    worker.recover()
    assert worker.queues[0].count == 3
    do_all(worker)
    assert sorted(j.answer for b in handler.batches for j in b) == [
        "answer0",
        "answer1",
        "answer2",
    ]
    # What the dead worker noted about its executions expires by itself.
    assert leftovers(redis) | {"executions": 0} == NOTHING
    assert all(redis.ttl(key) > 0 for key in redis.scan_iter("rq:execution*"))
    assert redis.exists(dead.key) == 0


@pytest.mark.parametrize(
    "record", [{"hostname": "another-machine"}, {"pid": os.getppid()}]
)
def test_jobs_of_a_living_or_a_distant_worker_are_left_alone(
    redis: Redis, jobs: Jobs, handler: Handler, record: dict[str, object]
) -> None:
    other = new_worker(redis, Handler())
    die_with(other, jobs, people(2), redis)
    redis.hset(other.key, mapping={"pid": pid_of_the_past()} | record)
    worker = new_worker(redis, handler)
    worker.recover()
    assert worker.queues[0].count == 0
    assert redis.exists(other.key) == 1


def test_a_new_container_with_the_same_process_id_recovers_its_own_jobs(
    redis: Redis, jobs: Jobs, handler: Handler
) -> None:
    before = new_worker(redis, Handler())
    die_with(before, jobs, people(2), redis)
    redis.hset(before.key, mapping={"pid": os.getpid()})
    worker = new_worker(redis, handler)
    worker.recover()
    assert worker.queues[0].count == 2


def test_jobs_stuck_between_queue_and_worker_are_put_back(
    redis: Redis, jobs: Jobs, worker: ModelWorker, handler: Handler
) -> None:
    team = people(3)
    for job in team:
        jobs.enqueue(job)
    queue = worker.queues[0]
    for _ in range(2):
        redis.lmove(queue.key, queue.intermediate_queue_key)
    worker.recover()
    assert leftovers(redis) == NOTHING | {"queued": 3}
    do_all(worker)
    assert sum(handler.sizes) == 3
    assert leftovers(redis) == NOTHING


def test_a_job_that_kills_its_worker_each_time_is_given_up(
    redis: Redis, jobs: Jobs, handler: Handler
) -> None:
    jobs.enqueue(ALICE)
    for _ in range(3):
        dead = new_worker(redis, Handler())
        dead.register_birth()
        take(dead)
        redis.hset(dead.key, "pid", pid_of_the_past())
        new_worker(redis, handler).recover()
    assert status(redis, ALICE) is JobStatus.FAILED
    assert leftovers(redis) | {"executions": 0} == NOTHING


def die_with(
    worker: ModelWorker, jobs: Jobs, work: list[QuizJob], redis: Redis
) -> None:
    """Take these jobs and say nothing more, as after `kill -9`."""
    worker.register_birth()
    for job in work:
        jobs.enqueue(job)
    for _ in work:
        take(worker)
    assert leftovers(redis)["running"] == len(work)


def take(worker: ModelWorker) -> None:
    job, queue = worker.dequeue_job_and_maintain_ttl(1)
    assert worker._start([job], queue)


def pid_of_the_past() -> int:
    """The id of a process of this machine that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_the_recovery_knows_this_machine_by_its_name(worker: ModelWorker) -> None:
    worker.register_birth()
    assert worker.connection.hget(worker.key, "hostname").decode() == (
        socket.gethostname()
    )


def test_no_thread_is_left_after_a_batch(
    redis: Redis, jobs: Jobs, worker: ModelWorker
) -> None:
    jobs.enqueue(ALICE)
    before = threading.active_count()
    do_all(worker)
    assert threading.active_count() <= before
