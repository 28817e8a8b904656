"""The clock jumps in the middle of a batch: one quiz an answer all the same."""

from __future__ import annotations

import pytest
from redis import Redis
from rq import executions, registry
from rq.utils import current_timestamp

from app.meetings import Created, Meetings
from protocol import JOB_RETRIES, QuizJob
from tests.worker.steering import NOTHING, Handler, do_all, leftovers, new_worker
from tests.worker.test_desk import FOOD, QUIZ
from worker.desk import Desk
from worker.queue import ModelWorker

AN_HOUR = 3600


@pytest.fixture
def created(store: Meetings) -> Created:
    created = store.create("팀", "ko", [FOOD])
    for n in range(5):
        entries = [{"question": FOOD, "text": f"갱시기 {n}"}]
        store.add_answers(created.meeting, f"사람 {n}", entries)
    return created


def jump(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    """From now on RQ, in worker and web alike, reads another time."""
    for module in (registry, executions):
        monkeypatch.setattr(
            module, "current_timestamp", lambda: current_timestamp() + seconds
        )


class Writer(Handler):
    """Writes a quiz for each job, as the real maker does."""

    def __init__(self, redis: Redis) -> None:
        super().__init__()
        self.desk = Desk(redis, adapter="quiz-7")
        self.written: list[QuizJob] = []

    def __call__(self, jobs):
        taken = [job for job in jobs if self.desk.take(job)]
        outcomes = super().__call__(jobs)
        self.written += [job for job in taken if self.desk.put(job, QUIZ)]
        return outcomes


@pytest.mark.parametrize("seconds", [AN_HOUR, -AN_HOUR])
def test_each_answer_gets_one_quiz_though_the_clock_jumps(
    redis: Redis,
    store: Meetings,
    created: Created,
    monkeypatch: pytest.MonkeyPatch,
    seconds: int,
) -> None:
    """An hour ahead, all running jobs look abandoned, again and again."""
    handler = Writer(redis)

    def tidy_after_the_jump() -> None:
        jump(monkeypatch, seconds)
        for _ in range(JOB_RETRIES + 2):
            store.jobs.bring_back_abandoned()
            store.jobs.reconcile(store.unsettled(created.meeting.id))

    handler.during = tidy_after_the_jump
    worker: ModelWorker = new_worker(redis, handler)
    for _ in range(3):
        do_all(worker)
        store.jobs.reconcile(store.unsettled(created.meeting.id))
    counts = store.snapshot(created.meeting.id).counts
    assert counts["ready"] + counts["failed"] == 5
    assert counts["failed"] == 0
    assert len(handler.written) == len({job.id for job in handler.written}) == 5
    assert leftovers(redis) | {"executions": 0} == NOTHING
