"""What happens without a visitor."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from rq.executions import Execution
from rq.job import Job, JobStatus

from app import housekeeper as chores
from app.housekeeper import Housekeeper
from app.meetings import Meeting, Meetings
from protocol import QuizJob
from protocol.keys import Keys
from tests.app.conftest import FOOD
from tests.fakes import FakeWorker
from tests.sheets_emulator import SheetsEmulator


def wait_until(true: Callable[[], object]) -> None:
    for _ in range(500):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("waited for 5 seconds")


def answer(store: Meetings, meeting: Meeting) -> QuizJob:
    store.add_answers(meeting, "앨리스", [{"question": FOOD, "text": "김치찌개"}])
    return store.unsettled(meeting.id)[0]


def test_ticks_feed_a_meeting_and_keep_to_the_pace(
    housekeeper: Housekeeper,
    sheet: SheetsEmulator,
    sheet_meeting: Meeting,
    store: Meetings,
    redis: Redis,
) -> None:
    sheet.rows[:] = [["이름", "취미"], ["앨리스", "등산"]]
    lease = Keys.sheet_lease(sheet_meeting.id)
    for _ in range(5):
        housekeeper.tick()
    wait_until(lambda: 0 < redis.ttl(lease) <= 10)
    assert store.snapshot(sheet_meeting.id).counts["participants"] == 1
    assert sheet.reads() == 1


def test_two_web_processes_read_a_sheet_once(
    housekeeper: Housekeeper,
    sheet: SheetsEmulator,
    sheet_meeting: Meeting,
    store: Meetings,
) -> None:
    sheet.rows[:] = [["이름", "취미"], ["앨리스", "등산"]]
    other = Housekeeper(store, housekeeper.config)
    for process in (housekeeper, other, housekeeper, other):
        process.tick()
    wait_until(sheet.reads)
    time.sleep(0.1)
    assert sheet.reads() == 1


def test_rate_limit_slows_the_poller_down(
    housekeeper: Housekeeper,
    sheet: SheetsEmulator,
    sheet_meeting: Meeting,
    redis: Redis,
) -> None:
    sheet.always = 429
    lease = Keys.sheet_lease(sheet_meeting.id)
    redis.set(lease, "1", ex=chores.READING_SECONDS)
    housekeeper.poll_safely(sheet_meeting)
    assert 50 < redis.ttl(lease) <= 60


def test_same_sheet_read_by_two_at_once_adds_each_row_once(
    housekeeper: Housekeeper,
    sheet: SheetsEmulator,
    sheet_meeting: Meeting,
    store: Meetings,
) -> None:
    """The lease of a reader that hangs runs out while it is still at work."""
    people = [[f"P{n}", f"취미 {n}"] for n in range(40)]
    sheet.rows[:] = [["이름", "취미"], *people]
    readers = [
        threading.Thread(target=housekeeper.poll, args=[sheet_meeting])
        for _ in range(3)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    snapshot = store.snapshot(sheet_meeting.id)
    assert snapshot.counts["participants"] == 40
    assert store.jobs.queue.count == 40


def test_job_of_a_dead_worker_comes_back(
    housekeeper: Housekeeper, store: Meetings, meeting: Meeting, redis: Redis
) -> None:
    """kill -9 while a job runs: its heartbeat stops and the entry runs out."""
    job = answer(store, meeting)
    redis.lpop(store.jobs.queue.key)
    running = Job.fetch(job.id, connection=redis, serializer="json")
    running.set_status(JobStatus.STARTED)
    with redis.pipeline() as pipe:
        execution = Execution.create(running, ttl=60, pipeline=pipe)
        pipe.execute()
    registry = store.jobs.queue.started_job_registry
    redis.zadd(registry.key, {execution.composite_key: time.time() - 1})
    housekeeper.tidy()
    assert store.jobs.queue.get_job_ids() == [job.id]


def test_crashed_jobs_are_settled(
    housekeeper: Housekeeper, store: Meetings, meeting: Meeting, worker: FakeWorker
) -> None:
    worker.replies["김치찌개"] = RuntimeError("no")
    answer(store, meeting)
    worker.work()
    housekeeper.tidy()
    assert store.snapshot(meeting.id).counts["failed"] == 1


def test_meeting_deleted_while_its_job_runs_leaves_nothing(
    housekeeper: Housekeeper,
    store: Meetings,
    meeting: Meeting,
    worker: FakeWorker,
    redis: Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The worker, when it ends the job, writes to the job's hash once more."""
    answer(store, meeting)
    make = worker.make

    def make_after_deletion(message: dict) -> None:
        store.delete(meeting.id)
        make(message)

    monkeypatch.setattr(worker, "make", make_after_deletion)
    worker.work()
    housekeeper.tidy()
    assert list(redis.scan_iter(f"*{meeting.id}*")) == []
    for registry in (
        store.jobs.queue.started_job_registry,
        store.jobs.queue.finished_job_registry,
        store.jobs.queue.failed_job_registry,
    ):
        assert registry.get_job_ids(cleanup=False) == []


def test_expired_meetings_are_no_longer_visited(
    store: Meetings, sheet_meeting: Meeting, redis: Redis
) -> None:
    assert [m.id for m in store.with_sheets()] == [sheet_meeting.id]
    redis.zadd(Keys.MEETINGS, {sheet_meeting.id: time.time() - 1})
    assert store.with_sheets() == []
    assert redis.zcard(Keys.MEETINGS) == 0


def test_no_error_ends_the_thread(
    housekeeper: Housekeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chores, "TICK_SECONDS", 0.001)
    errors = [RedisConnectionError("away"), ValueError("a bug")]
    ticks = []

    def tick() -> None:
        ticks.append(1)
        if errors:
            raise errors.pop()

    monkeypatch.setattr(housekeeper, "tick", tick)
    thread = threading.Thread(target=housekeeper.run, daemon=True)
    thread.start()
    wait_until(lambda: len(ticks) > 3)
    housekeeper.stopped.set()
    thread.join(5)
    assert not thread.is_alive()


def test_started_housekeeper_works_in_a_daemon_thread(app) -> None:
    housekeeper = chores.start(app)
    threads = {thread.name: thread for thread in threading.enumerate()}
    assert threads["housekeeper"].daemon
    housekeeper.stopped.set()
    threads["housekeeper"].join(5)


def test_what_was_deleted_leaves_the_file_soon_and_what_expired_within_the_hour(
    housekeeper: Housekeeper,
    store: Meetings,
    meeting: Meeting,
    redis: Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rewrites = []
    monkeypatch.setattr(store.redis, "bgrewriteaof", lambda: rewrites.append(1))
    for _ in range(3):
        housekeeper.forget()
    assert len(rewrites) == 1  # the hourly one
    store.delete(meeting.id)
    housekeeper.forget()
    assert len(rewrites) == 1  # a moment after the last
    redis.expire(
        Keys.FORGOTTEN, chores.FORGET_ANYWAY_SECONDS - chores.FORGET_SECONDS - 1
    )
    for _ in range(3):
        housekeeper.forget()
    assert len(rewrites) == 2
    assert not redis.exists(Keys.FORGETTING)
