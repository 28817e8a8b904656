"""A worker whose model does as a test says, and what to ask about its queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from redis import Redis
from rq import Queue, Retry
from rq.job import Job, JobStatus

from protocol import JOB_RETRIES, MAKE_STUDIO, QUEUE, QuizJob, Recipe, StudioJob
from worker.queue import ModelWorker, SafeJob

BATCH = 8
ALICE = QuizJob(meeting="team", answer="alice", revision=1)


Message = QuizJob | StudioJob


class Handler:
    """A model that notes its batches and does as it is told.

    Attributes:
        batches: the messages of each call.
        errors: answer -> the exception its job ends with.
        during: called in the middle of each batch.
    """

    def __init__(self) -> None:
        self.batches: list[list[Message]] = []
        self.errors: dict[str, BaseException] = {}
        self.during: Callable[[], None] = lambda: None

    def __call__(self, jobs: Sequence[Message]) -> list[BaseException | None]:
        self.batches.append(list(jobs))
        self.during()
        return [self.errors.get(getattr(job, "answer", "")) for job in jobs]

    @property
    def sizes(self) -> list[int]:
        return [len(batch) for batch in self.batches]


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


def studio_job(recipe: Recipe, meeting: str = "team", item: str = "one") -> StudioJob:
    return StudioJob(recipe=recipe, meeting=meeting, item=item, revision=1)


def enqueue(redis: Redis, job: StudioJob) -> None:
    """As the web process does."""
    queue = Queue(QUEUE, connection=redis, serializer="json")
    queue.enqueue(
        MAKE_STUDIO, job.to_json(), job_id=job.id, retry=Retry(max=JOB_RETRIES)
    )


def do_all(worker: ModelWorker) -> None:
    worker.work(burst=True, logging_level="CRITICAL")


def status(redis: Redis, job: Message) -> JobStatus:
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
