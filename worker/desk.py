"""Where the worker reads answers and puts quizzes: the meeting's own keys in Redis."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from redis import Redis

from protocol import SETTLED, QuizJob, Status
from protocol.keys import Keys
from worker.outcomes import Held, Item, Outcome, Quiz, Skipped
from worker.quality.sensitive import why_sensitive

# Replace a quiz record only if it still exists at the same revision and is not settled:
# a deleted meeting stays deleted, an answer changed meanwhile keeps its newer place in
# the queue, and what the host has seen is not changed by a job that ran twice.
_REPLACE = """
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if not stored then return 0 end
local quiz = cjson.decode(stored)
if quiz.revision ~= tonumber(ARGV[2]) then return 0 end
if quiz.status ~= 'queued' and quiz.status ~= 'running' then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
"""


class Desk:
    """Answers in, quizzes out, for jobs that may be late, doubled or withdrawn."""

    def __init__(self, redis: Redis, adapter: str = "") -> None:
        self.redis = redis
        self.adapter = adapter
        self._replace = redis.register_script(_REPLACE)

    def take(self, job: QuizJob) -> Item | None:
        """The answer of a job, now marked as running.

        None if there is nothing to do: the meeting is gone, the answer has changed,
        or its quiz is settled already (a job runs again after a crash).
        """
        answer = self.redis.hget(Keys.answers(job.meeting), job.answer)
        record = self.redis.hget(Keys.quizzes(job.meeting), job.answer)
        if not answer or not record:
            return None
        stored = json.loads(record)
        if stored["revision"] != job.revision or Status(stored["status"]) in SETTLED:
            return None
        if not self._write(job, {"status": Status.RUNNING}):
            return None
        said = json.loads(answer)
        return Item(
            question=said["question"],
            answer=said["text"],
            seed_text=job.id,
            room=self._room(job, said),
            avoid=tuple(stored.get("avoid") or ()),
        )

    def _room(self, job: QuizJob, said: dict[str, Any]) -> tuple[str, ...]:
        """What other participants said to the same question and let us use.

        The right option of their quiz if there is one, else their own words.
        """
        quizzes = self.redis.hgetall(Keys.quizzes(job.meeting))
        found = []
        for answer, text in self.redis.hgetall(Keys.answers(job.meeting)).items():
            other = json.loads(text)
            if (
                other["question"] == said["question"]
                and other["participant"] != said["participant"]
                and other["consent"] != "none"
            ):
                record = json.loads(quizzes.get(answer, b"{}"))
                found += _said(other, record)
        return tuple(dict.fromkeys(found))

    def put(self, job: QuizJob, outcome: Outcome) -> bool:
        """Store an outcome. False if the answer was changed or deleted meanwhile."""
        return self._write(job, self._record(outcome))

    def _record(self, outcome: Outcome) -> dict[str, Any]:
        if isinstance(outcome, Quiz):
            return (
                {"status": Status.READY} | asdict(outcome) | {"adapter": self.adapter}
            )
        if isinstance(outcome, Held):
            held = {"status": Status.SKIPPED, "reason": outcome.reason}
            return self._record(outcome.quiz) | held
        skipped = isinstance(outcome, Skipped)
        return {
            "status": Status.SKIPPED if skipped else Status.FAILED,
            "reason": outcome.reason,
        }

    def _write(self, job: QuizJob, record: dict[str, Any]) -> bool:
        text = json.dumps(record | {"revision": job.revision}, ensure_ascii=False)
        args = [job.answer, job.revision, text]
        return bool(self._replace(keys=[Keys.quizzes(job.meeting)], args=args))


def _said(answer: dict[str, Any], record: dict[str, Any]) -> list[str]:
    """One answer as an option, in a list; empty if it must not be shown."""
    status = record.get("status")
    if status == Status.READY and not record.get("dropped"):
        return [record["options"][record["answer"] - 1]]
    if answer["consent"] == "distractor" and not why_sensitive("", answer["text"]):
        return [answer["text"]]
    return []
