"""Meetings take turns; a job that does harm does it alone."""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence

import pytest
from redis import Redis
from rq.job import Job, JobStatus

from app.jobs import Jobs
from protocol import QuizJob
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
from worker.fair import Turns
from worker.queue import ModelWorker


def of(meeting: str, count: int) -> list[QuizJob]:
    return [QuizJob(meeting=meeting, answer=f"a{n}", revision=1) for n in range(count)]


def order(handler: Handler) -> str:
    """The meetings of all jobs in the order in which they were made."""
    return "".join(job.meeting for batch in handler.batches for job in batch)


def test_five_answers_do_not_wait_for_the_five_hundred_of_another_meeting(
    redis: Redis, jobs: Jobs, worker: ModelWorker, handler: Handler
) -> None:
    for job in [*of("B", 500), *of("s", 5)]:
        jobs.enqueue(job)
    do_all(worker)
    made = order(handler)
    assert len(made) == 505
    assert made.rindex("s") < 12  # before it was made 505th
    assert leftovers(redis) == NOTHING


def test_each_meeting_keeps_the_order_of_its_answers(
    jobs: Jobs, worker: ModelWorker, handler: Handler
) -> None:
    for job in [*of("A", 20), *of("B", 3), *of("C", 9)]:
        jobs.enqueue(job)
    do_all(worker)
    for meeting, count in (("A", 20), ("B", 3), ("C", 9)):
        made = [j for batch in handler.batches for j in batch if j.meeting == meeting]
        assert made == of(meeting, count)


def test_a_meeting_that_comes_later_gets_its_turn_in_the_next_batch(
    jobs: Jobs, worker: ModelWorker, handler: Handler
) -> None:
    for job in of("A", 60):
        jobs.enqueue(job)

    def latecomer() -> None:
        if len(handler.batches) == 3:
            for job in of("z", 4):
                jobs.enqueue(job)

    handler.during = latecomer
    do_all(worker)
    assert sum(job.meeting == "z" for job in handler.batches[3]) == 4


def test_turns_go_on_where_the_last_batch_ended(redis: Redis) -> None:
    turns = Turns(redis)
    ids = [job.id for meeting in "ABC" for job in of(meeting, 2)]
    first = turns.choose(ids, 2)
    second = turns.choose([job_id for job_id in ids if job_id not in first], 2)
    assert [job_id[5] for job_id in first + second] == ["A", "B", "C", "A"]


def test_a_child_who_is_let_in_changes_nobodys_turn(redis: Redis) -> None:
    turns = Turns(redis)
    ids = [job.id for meeting in "ABC" for job in of(meeting, 2)]
    first = turns.choose(ids, 2)
    assert not turns.bring_urgent("q")
    redis.rpush("q", *ids, "chat-D-talk-1", "chat-E-talk-1")
    assert turns.bring_urgent("q")
    assert redis.lindex("q", 0) == b"chat-D-talk-1"
    second = turns.choose([job_id for job_id in ids if job_id not in first], 2)
    assert [job_id[5] for job_id in first + second] == ["A", "B", "C", "A"]


def test_a_job_taken_by_another_worker_meanwhile_is_not_brought_back(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns(redis)
    redis.rpush("q", "quiz-A-a0-1", "quiz-A-a1-1", "quiz-B-b0-1")
    choose = turns.choose

    def choose_late(ids: Sequence[str], places: int) -> list[str]:
        chosen = choose(ids, places)
        redis.lpop("q")
        return chosen

    monkeypatch.setattr(turns, "choose", choose_late)
    turns.arrange("q", 2)
    assert redis.lrange("q", 0, -1) == [b"quiz-B-b0-1", b"quiz-A-a1-1"]


def test_after_a_batch_failed_each_of_its_jobs_runs_alone(
    redis: Redis, jobs: Jobs, worker: ModelWorker, handler: Handler
) -> None:
    """So one poisoned answer costs one quiz, not eight."""
    team = people(9)

    def poison() -> None:
        if any(job.answer == "answer3" for job in handler.batches[-1]):
            raise OSError("the device is lost")

    handler.during = poison
    for job in team:
        jobs.enqueue(job)
    do_all(worker)
    failed = [job.answer for job in team if status(redis, job) is JobStatus.FAILED]
    assert failed == ["answer3"]
    assert handler.sizes == [1, 8] + [1] * 9


def test_a_job_that_hangs_is_ended_by_its_clock_and_takes_no_other_with_it(
    redis: Redis,
    jobs: Jobs,
    worker: ModelWorker,
    handler: Handler,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queue_module, "JOB_TIMEOUT", 1)
    team = people(4)

    def hang() -> None:
        if any(job.answer == "answer2" for job in handler.batches[-1]):
            signal.pause()

    handler.during = hang
    for job in team:
        jobs.enqueue(job)
    do_all(worker)
    failed = [job.answer for job in team if status(redis, job) is JobStatus.FAILED]
    assert failed == ["answer2"]


def test_what_an_exception_says_is_neither_kept_nor_logged(
    redis: Redis,
    jobs: Jobs,
    worker: ModelWorker,
    handler: Handler,
    caplog: pytest.LogCaptureFixture,
) -> None:
    handler.errors = {"alice": KeyError("갱시기를 좋아하는 김지민")}
    jobs.enqueue(ALICE)
    worker.work(burst=True, logging_level="INFO")
    [result] = Job.fetch(ALICE.id, connection=redis, serializer="json").results()[:1]
    told = json.dumps(result.exc_string, ensure_ascii=False) + caplog.text
    assert "JobFailed: KeyError" in told
    assert "갱시기" not in told and "김지민" not in told
