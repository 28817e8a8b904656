"""Jobs of workers that died come back; those of living ones stay."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest
from redis import Redis
from rq.job import JobStatus

from app.jobs import Jobs
from protocol import QuizJob
from tests.worker.steering import (
    ALICE,
    NOTHING,
    Handler,
    do_all,
    leftovers,
    new_worker,
    people,
    status,
)
from worker.queue import ModelWorker


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


def test_a_job_that_the_store_gave_without_saying_so_is_taken_at_the_next_look(
    redis: Redis, jobs: Jobs, worker: ModelWorker, handler: Handler
) -> None:
    """Valkey was killed in the midst; the worker lives on and holds nothing."""
    team = people(2)
    jobs.enqueue(team[0])
    queue = worker.queues[0]
    redis.lmove(queue.key, queue.intermediate_queue_key)
    jobs.enqueue(team[1])
    do_all(worker)
    assert sum(handler.sizes) == 2
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
