"""Stand-ins that tests can steer: a worker without a model, and how to watch one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from redis import Redis
from rq import Queue, SimpleWorker
from rq.job import Job

from protocol import (
    QUEUE,
    WORKER_SEEN_SECONDS,
    QuizJob,
    Recipe,
    WorkerPhase,
    WorkerState,
)
from protocol.keys import Keys

Reply = dict[str, Any] | Exception | None


def ready_quiz(text: str) -> dict[str, Any]:
    """A quiz as the worker writes it, about this text."""
    return {
        "status": "ready",
        "question": f"Who wrote this: {text[:40]}?",
        "options": [text[:40] or "?", "Tea", "Running", "Chess"],
        "answer": 1,
        "evidence": text[:40],
        "checks": {"supported": True},
    }


class FakeWorker:
    """A real RQ worker whose model is a function from an answer's text to a quiz.

    Attributes:
        replies: text -> quiz record, an exception to raise, or None to say nothing.
        seen: every job it took, in order.
    """

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.replies: dict[str, Reply] = {}
        self.seen: list[QuizJob] = []

    def beat(
        self,
        phase: WorkerPhase = WorkerPhase.READY,
        pace: float = 0.5,
        recipes: tuple[Recipe, ...] = tuple(Recipe),
    ) -> None:
        """Be seen by the pages, as a worker in this phase that makes these."""
        state = WorkerState(phase=phase, seconds_per_quiz=pace, recipes=recipes)
        key = Keys.worker("fake")
        self.redis.set(key, state.to_json(), ex=WORKER_SEEN_SECONDS)

    def work(self) -> None:
        """Do every job on the queue."""
        worker = SimpleWorker(
            [
                Queue(
                    QUEUE,
                    connection=self.redis,
                    serializer="json",
                    job_class=_job_class(self.make),
                )
            ],
            connection=self.redis,
            serializer="json",
            job_class=_job_class(self.make),
        )
        worker.work(burst=True, logging_level="CRITICAL")

    def make(self, message: dict[str, Any]) -> None:
        """The job: read the answer, write its quiz if the revision still counts."""
        job = QuizJob.from_json(message)
        self.seen.append(job)
        answer = self.redis.hget(Keys.answers(job.meeting), job.answer)
        stored = self.redis.hget(Keys.quizzes(job.meeting), job.answer)
        if not answer or not stored or json.loads(stored)["revision"] != job.revision:
            return
        text = json.loads(answer)["text"]
        reply = self.replies.get(text, ready_quiz(text))
        if isinstance(reply, Exception):
            raise reply
        if reply is not None:
            record = reply | {"revision": job.revision}
            self.redis.hset(Keys.quizzes(job.meeting), job.answer, json.dumps(record))


def _job_class(function: Callable[[dict[str, Any]], None]) -> type[Job]:
    """Jobs that call `function`, whatever function their message names."""

    class FakeJob(Job):
        @property
        def func(self) -> Callable[[dict[str, Any]], None]:
            return function

    return FakeJob


def everything_in(redis: Redis) -> str:
    """All keys and values in Redis as one text, to look for what must not be there."""
    readers = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1),
        b"stream": redis.xrange,
    }
    found = {key: readers[redis.type(key)](key) for key in redis.scan_iter()}
    return repr(found)
