"""The RQ worker: several jobs in one model call, heartbeats, recovery, an allow-list.

RQ's `SimpleWorker` runs jobs in this process, where the model is. On top of it:

- jobs waiting in the queue are taken together and made in one batch, yet each keeps
  its own status, result and retries;
- a thread renews the worker's and the jobs' heartbeats, so that a killed worker is
  noticed within `3 * BEAT_SECONDS` instead of after the job's timeout;
- meetings take turns in the queue (worker/fair.py), and who waits for a reply in a
  conversation gets it between two steps of a batch;
- a job that ended its worker or its batch once runs alone from then on, so it takes no
  other job with it;
- jobs of a worker that died on this machine are put back at start;
- only the jobs of worker/safejob.py are accepted, and no function is imported by name;
- a job that was deleted while it ran, with its meeting, leaves no trace.

It uses RQ's private execution methods; rq==3.0.0 is pinned, and so are they by tests.
"""

from __future__ import annotations

import logging
import math
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext

from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.job import Job
from rq.timeouts import JobTimeoutException
from rq.utils import as_text, now
from rq.worker import WorkerStatus

from protocol import JOB_RETRIES, JOB_TIMEOUT
from worker.fair import Turns
from worker.safejob import Message
from worker.safejob import SafeJob as SafeJob

BEAT_SECONDS = 5
GATHER_SECONDS = 0.05  # how long a batch waits for more jobs
LOOK_SECONDS = 0.3  # how often a batch looks for urgent jobs
FIRST_BATCH = 1  # after a pause: the first quiz of a meeting comes at once

log = logging.getLogger(__name__)

Handler = Callable[[Sequence[Message]], Sequence[BaseException | None]]


class JobFailed(Exception):
    """What Redis and the log keep of an exception: its type and place, not its words.

    The words may quote an answer.
    """


class ModelWorker(SimpleWorker):
    """Hands batches of jobs to a handler that holds the model.

    `handler` gets the messages of a batch and returns, for each, None or the exception
    that job failed with.
    """

    def __init__(self, *args, handler: Handler, batch_size: int, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.handler = handler
        self.batch_size = batch_size
        self.log_job_description = False
        self.turns = Turns(self.connection)
        self._last_batch_size = 0
        self._next_look = 0.0  # when to look again for urgent jobs
        self._interrupted = False

    def get_heartbeat_ttl(self, job, working_time: float = 0.0) -> int:
        return math.ceil(BEAT_SECONDS * 3)

    def maintain_heartbeats(self, job, execution) -> None:
        if execution.id in self.executions:
            super().maintain_heartbeats(job, execution)

    def dequeue_job_and_maintain_ttl(self, timeout, max_idle_time=None):
        try:
            for queue in self.queues:
                self.turns.arrange(queue.key, self.batch_size)
        except RedisError as error:  # RQ waits for it to come back
            log.warning("The queue keeps its order: %s", type(error).__name__)
        return super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)

    @property
    def should_run_maintenance_tasks(self) -> bool:
        """Before each wait for a job RQ asks whether it is time to clean up.

        This worker holds no job then. A store that was killed may have given it one
        without being able to say so, which RQ would leave lying for ten minutes.
        """
        for queue in self.queues:
            if self.connection.scard(f"rq:workers:{queue.name}") <= 1:
                self._put_back_unstarted(queue)
        return super().should_run_maintenance_tasks

    def execute_job(self, job, queue) -> None:
        """Run `job` together with others that wait in the queue."""
        self.set_state(WorkerStatus.BUSY)  # from here on SIGTERM waits for the batch
        try:
            for jobs in _together([job, *self._more_jobs(queue)]):
                self._do(jobs, queue)
        finally:
            self.set_state(WorkerStatus.IDLE)

    def meanwhile(self) -> None:
        """Do an urgent job that waits, for whoever calls this in the midst of a batch.

        Its time counts as the batch's.
        """
        busy = self._interrupted or self._stop_requested
        if busy or time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK_SECONDS
        self._interrupted = True
        try:
            for queue in self.queues:
                if self.turns.bring_urgent(queue.key) and (job := self._next(queue)):
                    self._do([job], queue)
        except RedisError as error:
            log.warning("Nobody was let in: %s", type(error).__name__)
        finally:
            self._interrupted = False

    def _do(self, jobs: list[Job], queue) -> None:
        batch = self._start(jobs, queue)
        outcomes = self._run(batch)
        for (one, execution, _), outcome in zip(batch, outcomes, strict=True):
            self._settle(one, queue, execution, outcome)
            if self._interrupted and isinstance(outcome, JobTimeoutException):
                raise outcome  # it was the alarm of the batch

    def _more_jobs(self, queue) -> list[Job]:
        """Jobs that are waiting, up to a batch. After a pause the first goes alone."""
        limit = self.batch_size if self._last_batch_size else FIRST_BATCH
        jobs: list[Job] = []
        deadline = time.monotonic() + GATHER_SECONDS
        while len(jobs) + 1 < limit and time.monotonic() < deadline:
            if job := self._next(queue):
                jobs.append(job)
            else:
                time.sleep(GATHER_SECONDS / 5)
        self._last_batch_size = 1 + len(jobs) if queue.count else 0
        return jobs

    def _next(self, queue) -> Job | None:
        """The job at the head of the queue, which is ours from now on."""
        taken = self.queue_class.dequeue_any(
            [queue],
            None,
            connection=self.connection,
            job_class=self.job_class,
            serializer=self.serializer,
            death_penalty_class=self.death_penalty_class,
        )
        return taken[0] if taken else None

    def _start(self, jobs: list[Job], queue) -> list[tuple]:
        """Jobs marked as started with their message; refused ones fail at once."""
        batch = []
        for job in jobs:
            if self._deleted(job):  # while it waited for the batch before
                queue.intermediate_queue.remove(job.id)
                continue
            execution = self.prepare_execution(job)
            try:
                message = job.message()
            except (PermissionError, ValueError):
                self._refuse(job, queue, execution)
                continue
            self.prepare_job_execution(job, True)
            job.started_at = now()
            batch.append((job, execution, message))
        return batch

    def _refuse(self, job: Job, queue, execution) -> None:
        """Fail a job for good: what it says will not change."""
        queue.intermediate_queue.remove(job.id)
        job.retries_left = None
        self._finalize_failure(job, queue, execution, sys.exc_info())

    def _run(self, batch: list[tuple]) -> Sequence[BaseException | None]:
        if not batch:
            return []
        stop = threading.Event()
        beat = threading.Thread(target=self._beat, args=(batch, stop), daemon=True)
        beat.start()
        try:
            with self._clock():
                return self.handler([message for _, _, message in batch])
        except (Exception, SystemExit) as error:  # the queue's boundary: recorded below
            ids = [job.id for job, _, _ in batch]
            name = type(error).__name__
            log.error("A batch failed: %s", name, extra={"jobs": ids})
            return [error] * len(batch)
        finally:
            stop.set()
            beat.join(BEAT_SECONDS)

    def _clock(self):
        """Ends what takes too long; there is one alarm, which is the batch's."""
        if self._interrupted:
            return nullcontext()
        return self.death_penalty_class(JOB_TIMEOUT, JobTimeoutException)

    def _beat(self, batch: list[tuple], stop: threading.Event) -> None:
        while not stop.wait(BEAT_SECONDS):
            try:
                self.heartbeat()
                for job, execution, _ in batch:
                    if not self._deleted(job):
                        self.maintain_heartbeats(job, execution)
            except RedisError as error:
                log.warning("No heartbeat: %s", type(error).__name__)

    def _deleted(self, job: Job) -> bool:
        return not self.connection.exists(job.key)

    def _settle(self, job, queue, execution, outcome: BaseException | None) -> None:
        if self._deleted(job):
            self._forget(job, execution)
        elif outcome is None:
            self._finalize_success(job, queue, execution, None)
        else:
            self._finalize_failure(job, queue, execution, _without_words(outcome))

    def _forget(self, job: Job, execution) -> None:
        """End a job that was deleted while it ran, without writing about it."""
        with self.connection.pipeline() as pipe:
            self.cleanup_execution(job, pipe, execution)
            pipe.execute()

    def recover(self) -> None:
        """Put back the jobs of workers that died on this machine."""
        for key in self.all_keys(connection=self.connection):
            if key != self.key and self._died_here(key):
                self._expire_executions(key)
                self._forget_worker(key)
        for queue in self.queues:
            queue.started_job_registry.cleanup()
            self._put_back_unstarted(queue)

    def _died_here(self, key: str) -> bool:
        host, pid = self.connection.hmget(key, "hostname", "pid")
        if not pid or as_text(host) != socket.gethostname():
            return False
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return int(pid) == os.getpid()  # a container's process ids start over

    def _expire_executions(self, key: str) -> None:
        for execution in self.connection.smembers(f"{key}:executions"):
            for queue in self.queues:
                registry = queue.started_job_registry.key
                self.connection.zadd(registry, {execution: 1}, xx=True)

    def _forget_worker(self, key: str) -> None:
        with self.connection.pipeline() as pipe:
            pipe.srem("rq:workers", key)
            for queue in self.queues:
                pipe.srem(f"rq:workers:{queue.name}", key)
            pipe.delete(key, f"{key}:executions")
            pipe.execute()

    def _put_back_unstarted(self, queue) -> None:
        """Jobs popped from the queue by a worker that died before starting them."""
        for job_id in queue.intermediate_queue.get_job_ids():
            if job_id not in queue.started_job_registry:
                with self.connection.pipeline() as pipe:
                    pipe.lrem(queue.intermediate_queue_key, 1, job_id)
                    pipe.lpush(queue.key, job_id)
                    pipe.execute()


def _together(jobs: list[Job]) -> list[list[Job]]:
    """New jobs in one batch, then each that was tried before alone."""
    new = [job for job in jobs if not _was_tried(job)]
    alone = [[job] for job in jobs if _was_tried(job)]
    return [new, *alone] if new else alone


def _was_tried(job: Job) -> bool:
    return job.retries_left is not None and job.retries_left < JOB_RETRIES


def _without_words(error: BaseException) -> tuple:
    """`error` as `sys.exc_info()` gives it, with its type for a message."""
    return JobFailed, JobFailed(type(error).__name__), error.__traceback__
