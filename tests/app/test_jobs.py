"""Jobs: what RQ says about them, and how lost ones come back."""

from __future__ import annotations

import json

import pytest
from redis import Redis
from rq.job import Job, JobStatus

from app.jobs import SECOND_TRIES, VIEWS, JobView, expected_seconds, meeting_of
from app.meetings import Meeting, Meetings
from protocol import QuizJob, Status, WorkerPhase, WorkerState
from protocol.keys import Keys
from tests.app.conftest import FOOD
from tests.fakes import FakeWorker


@pytest.fixture
def job(store: Meetings, meeting: Meeting) -> QuizJob:
    """The queued job of Alice's one answer."""
    store.add_answers(meeting, "앨리스", [{"question": FOOD, "text": "김치찌개"}])
    return store.unsettled(meeting.id)[0]


def quiz(store: Meetings, job: QuizJob):
    return store.snapshot(job.meeting).quizzes[0]


def reconcile(store: Meetings, job: QuizJob) -> dict[str, int]:
    return store.jobs.reconcile(store.unsettled(job.meeting))


def rq_job(redis: Redis, job: QuizJob) -> Job:
    return Job.fetch(job.id, connection=redis, serializer="json")


def test_every_rq_status_has_a_view() -> None:
    assert set(VIEWS) == set(JobStatus)


def test_messages_hold_ids_only(job: QuizJob, redis: Redis) -> None:
    stored = repr(redis.hgetall(Job.key_for(job.id)))
    assert "앨리스" not in stored and repr("김치찌개".encode())[2:-1] not in stored
    fetched = rq_job(redis, job)
    assert fetched.args == [job.to_json()]
    assert fetched.description == job.id
    assert fetched.retries_left == 2


def test_queued_twice_is_one_job(store: Meetings, job: QuizJob) -> None:
    store.jobs.enqueue(job)
    assert store.jobs.queue.get_job_ids() == [job.id]


def test_waiting_job_is_left_alone(store: Meetings, job: QuizJob) -> None:
    assert reconcile(store, job) == {"queued": 0, "failed": 0}


def test_lost_job_is_queued_again(
    store: Meetings, job: QuizJob, redis: Redis, worker: FakeWorker
) -> None:
    """The process died between the write of the answer and its job."""
    store.jobs.forget([job.id])
    assert store.jobs.view([job]) == [JobView.GONE]
    assert reconcile(store, job) == {"queued": 1, "failed": 0}
    worker.work()
    assert quiz(store, job).status == Status.READY


def test_crashed_job_marks_its_quiz_failed(
    store: Meetings, job: QuizJob, worker: FakeWorker
) -> None:
    worker.replies["김치찌개"] = RuntimeError("out of memory")
    worker.work()
    assert len(worker.seen) == 3  # once, and two retries
    assert quiz(store, job).status == Status.QUEUED
    assert reconcile(store, job) == {"queued": 0, "failed": 1}
    assert quiz(store, job).status == Status.FAILED
    assert quiz(store, job).reason == "crashed"
    store.retry(job.meeting, job.answer)
    worker.replies.clear()
    worker.work()
    assert quiz(store, job).status == Status.READY


def test_settled_quiz_of_a_failed_job_stays(
    store: Meetings, job: QuizJob, redis: Redis
) -> None:
    rq_job(redis, job).set_status(JobStatus.FAILED)
    record = json.dumps({"status": "ready", "revision": 1})
    unsettled = store.unsettled(job.meeting)
    redis.hset(Keys.quizzes(job.meeting), job.answer, record)
    assert store.jobs.reconcile(unsettled) == {"queued": 0, "failed": 0}
    assert quiz(store, job).status == Status.READY


def test_silent_job_is_tried_again_and_then_failed(
    store: Meetings, job: QuizJob, worker: FakeWorker
) -> None:
    worker.replies["김치찌개"] = None
    for _ in range(SECOND_TRIES):
        worker.work()
        assert reconcile(store, job) == {"queued": 1, "failed": 0}
    worker.work()
    reconcile(store, job)
    assert quiz(store, job).status == Status.FAILED
    assert quiz(store, job).reason == "crashed"


def test_forgotten_jobs_leave_no_trace(
    store: Meetings, job: QuizJob, redis: Redis, worker: FakeWorker
) -> None:
    worker.replies["김치찌개"] = RuntimeError("no")
    worker.work()
    store.jobs.forget([job.id])
    assert list(redis.scan_iter(f"*{job.id}*")) == []
    assert store.jobs.queue.failed_job_registry.get_job_ids(cleanup=False) == []


def test_a_job_id_tells_its_meeting() -> None:
    job = QuizJob(meeting="a-b_c", answer="0123", revision=12)
    assert meeting_of(job.id) == "a-b_c"


def test_expected_time_counts_all_workers() -> None:
    def at(pace: float) -> WorkerState:
        return WorkerState(phase=WorkerPhase.READY, seconds_per_quiz=pace)

    assert expected_seconds(10, []) is None
    assert expected_seconds(10, [at(0.0)]) is None
    assert expected_seconds(10, [at(2.0)]) == 20
    assert expected_seconds(10, [at(2.0), at(2.0), at(0.0)]) == 10


def test_workers_are_seen_while_they_beat(
    store: Meetings, worker: FakeWorker, redis: Redis
) -> None:
    assert store.jobs.workers() == []
    worker.beat(WorkerPhase.LOADING)
    assert [state.phase for state in store.jobs.workers()] == [WorkerPhase.LOADING]
    redis.delete(Keys.worker("fake"))
    assert store.jobs.workers() == []
