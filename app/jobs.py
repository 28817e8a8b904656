"""Answers and a studio's items on the queue, and the queue's view of them.

The web process names the worker's function only; messages carry ids, never texts.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from redis import Redis
from rq import Queue, Retry
from rq.exceptions import DuplicateJobError
from rq.job import Job, JobStatus
from rq.results import Result

from app.scripts import UNSETTLED
from app.studio.scripts import UNSETTLED as UNSETTLED_ITEM
from protocol import (
    FAILURE_TTL,
    JOB_RETRIES,
    JOB_TIMEOUT,
    JOB_TTL,
    MAKE_QUIZ,
    MAKE_STUDIO,
    QUEUE,
    RESULT_TTL,
    QuizJob,
    Recipe,
    StudioJob,
    WorkerState,
)
from protocol.keys import Keys

log = logging.getLogger(__name__)

AnyJob = QuizJob | StudioJob

PREFIXES = tuple(f"{recipe}-" for recipe in Recipe)
SERIALIZER = "json"
LAST_WORDS_SECONDS = 0.5  # for a worker to finish with a job that is deleted
# A job that ended without a word about its quiz is queued this often again.
SECOND_TRIES = 2


class JobView(StrEnum):
    """What a job is to us; RQ tells eleven states apart."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    GONE = "gone"  # no such job, or its hash has expired


VIEWS = {
    JobStatus.CREATED: JobView.WAITING,
    JobStatus.QUEUED: JobView.WAITING,
    JobStatus.DEFERRED: JobView.WAITING,
    JobStatus.SCHEDULED: JobView.WAITING,
    JobStatus.RATE_LIMITED: JobView.WAITING,
    JobStatus.READY_TO_ENQUEUE: JobView.WAITING,
    JobStatus.STARTED: JobView.RUNNING,
    JobStatus.FINISHED: JobView.DONE,
    JobStatus.FAILED: JobView.DEAD,
    JobStatus.STOPPED: JobView.DEAD,
    JobStatus.CANCELED: JobView.DEAD,
}


class Jobs:
    """The queue."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.queue = Queue(QUEUE, connection=redis, serializer=SERIALIZER)
        self._unsettled = redis.register_script(UNSETTLED)
        self._unsettled_item = redis.register_script(UNSETTLED_ITEM)

    def enqueue(self, job: AnyJob) -> None:
        """Queue `job`; nothing happens if it is queued or running already."""
        try:
            self.queue.enqueue(
                MAKE_QUIZ if isinstance(job, QuizJob) else MAKE_STUDIO,
                job.to_json(),
                job_id=job.id,
                unique=True,
                retry=Retry(max=JOB_RETRIES),
                job_timeout=JOB_TIMEOUT,
                ttl=JOB_TTL,
                result_ttl=RESULT_TTL,
                failure_ttl=FAILURE_TTL,
                description=job.id,
            )
        except DuplicateJobError:
            log.debug("%s is queued already", job.id)

    def view(self, jobs: Iterable[AnyJob]) -> list[JobView]:
        """What RQ knows about each job."""
        ids = [job.id for job in jobs]
        fetched = Job.fetch_many(ids, self.redis, serializer=SERIALIZER)
        return [
            VIEWS[job.get_status(refresh=False)] if job else JobView.GONE
            for job in fetched
        ]

    def reconcile(self, unsettled: Sequence[AnyJob]) -> dict[str, int]:
        """Bring quizzes and items whose job was lost or gave up back on their way.

        A crash between the write of an answer and its job, a job that RQ abandoned
        and a job that expired all end here. Returns how many were queued again and
        how many are failed now.
        """
        done = {"queued": 0, "failed": 0}
        for job, view in zip(unsettled, self.view(unsettled), strict=True):
            match view:
                case JobView.GONE:
                    self.enqueue(job)
                    done["queued"] += 1
                case JobView.DEAD:
                    done["failed"] += self._settle(job, tries=0) == b"failed"
                case JobView.DONE if self._settle(job, SECOND_TRIES) == b"again":
                    self.forget([job.id])
                    self.enqueue(job)
                    done["queued"] += 1
        return done

    def _settle(self, job: AnyJob, tries: int) -> bytes:
        if isinstance(job, StudioJob):
            keys = [Keys.meeting(job.meeting), Keys.studio(job.meeting)]
            return self._unsettled_item(keys=keys, args=[job.item, job.revision, tries])
        keys = [Keys.quizzes(job.meeting), Keys.earlier(job.meeting)]
        return self._unsettled(keys=keys, args=[job.answer, job.revision, tries])

    def bring_back_abandoned(self) -> None:
        """Requeue, or fail, the jobs whose worker stopped beating."""
        self.queue.started_job_registry.cleanup()

    def job_ids(self, meeting: str = "", item: str = "") -> Iterator[str]:
        """Ids of all jobs in Redis: of one answer or item, of one meeting, or all."""
        about = f"-{meeting or '*'}-{item or '*'}-"
        for key in self.redis.scan_iter(match=f"rq:job:*{about}*", count=500):
            job_id = key.decode().removeprefix("rq:job:")
            if job_id.startswith(PREFIXES):
                yield job_id

    def forget(self, job_ids: Iterable[str]) -> int:
        """Remove jobs with everything RQ keeps about them. Returns the count."""
        gone = set(job_ids)
        if not gone:
            return 0
        registries = (
            self.queue.finished_job_registry,
            self.queue.failed_job_registry,
            self.queue.deferred_job_registry,
            self.queue.scheduled_job_registry,
            self.queue.canceled_job_registry,
        )
        running = self._still_running(gone)
        with self.redis.pipeline() as pipe:
            for job_id in gone:
                pipe.lrem(self.queue.key, 0, job_id)
                pipe.lrem(self.queue.intermediate_queue_key, 0, job_id)
                for registry in registries:
                    pipe.zrem(registry.key, job_id)
                pipe.delete(
                    Job.key_for(job_id),
                    Job.dependents_key_for(job_id),
                    f"{Job.key_for(job_id)}:dependencies",
                    Result.get_key(job_id),
                    f"rq:executions:{job_id}",
                )
            for execution in running:
                pipe.zrem(self.queue.started_job_registry.key, execution)
                pipe.delete(f"rq:execution:{execution}")
            pipe.execute()
        return len(gone)

    def _still_running(self, job_ids: set[str]) -> list[str]:
        """Executions of these jobs, after a moment for those that are about to end.

        A worker that has stored its quiz writes about the job right after that; what
        it wrote later would outlive the job.
        """
        deadline = time.monotonic() + LAST_WORDS_SECONDS
        while (running := self._executions(job_ids)) and time.monotonic() < deadline:
            time.sleep(LAST_WORDS_SECONDS / 10)
        return running

    def _executions(self, job_ids: set[str]) -> list[str]:
        """`job:execution` for every run of these jobs."""
        entries = self.redis.zrange(self.queue.started_job_registry.key, 0, -1)
        names = [entry.decode() for entry in entries]
        return [name for name in names if name.rpartition(":")[0] in job_ids]

    def workers(self) -> list[WorkerState]:
        """Every worker that beat lately."""
        keys = list(self.redis.scan_iter(match=Keys.WORKERS, count=500))
        states = self.redis.mget(keys) if keys else []
        return [WorkerState.from_json(state) for state in states if state]


def meeting_of(job_id: str) -> str:
    """The meeting a job belongs to."""
    _recipe, _, rest = job_id.partition("-")
    return rest.rsplit("-", 2)[0]


def expected_seconds(unsettled: int, workers: list[WorkerState]) -> float | None:
    """Time until all quizzes are made, or None while nobody has measured it."""
    paces = [1 / w.seconds_per_quiz for w in workers if w.seconds_per_quiz > 0]
    return unsettled / sum(paces) if paces else None


def makers(workers: Iterable[WorkerState], recipe: Recipe) -> list[WorkerState]:
    """Those of the workers that can make what this recipe makes."""
    return [one for one in workers if recipe in one.recipes]
