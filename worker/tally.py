"""What the workers have done, counted in Redis for /metrics."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError

from protocol import Recipe, Status
from protocol.keys import Keys
from worker.outcomes import Failed, Held, Outcome, Skipped

log = logging.getLogger(__name__)


class Tally:
    """Numbers only: no meeting, no answer, no worker is named."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis

    def count(self, outcomes: Sequence[Outcome], seconds: float, tokens: int) -> None:
        """Add a batch of quizzes."""
        speed = tokens / max(seconds, 1e-9)
        with self._adding() as pipe:
            pipe.hincrby(Keys.TALLY, "batches", 1)
            pipe.hincrby(Keys.TALLY, "batch_answers", len(outcomes))
            pipe.hincrbyfloat(Keys.TALLY, "batch_seconds", seconds)
            pipe.hincrby(Keys.TALLY, "tokens", tokens)
            pipe.hset(Keys.TALLY, "last_answers", len(outcomes))
            pipe.hset(Keys.TALLY, "last_tokens_per_second", speed)
            for name, count in Counter(map(_name, outcomes)).items():
                pipe.hincrby(Keys.TALLY, name, count)

    def count_studio(
        self, recipe: Recipe, outcomes: Sequence[Any], seconds: float
    ) -> None:
        """Add a batch of a studio's items."""
        with self._adding() as pipe:
            pipe.hincrbyfloat(Keys.TALLY, f"studio_seconds:{recipe}", seconds)
            for status, count in Counter(map(_status, outcomes)).items():
                pipe.hincrby(Keys.TALLY, f"studio:{recipe}:{status}", count)

    @contextmanager
    def _adding(self) -> Iterator[Pipeline]:
        """A store that is away costs the figures, never the batch."""
        try:
            with self.redis.pipeline() as pipe:
                yield pipe
                pipe.execute()
        except RedisError as error:
            log.warning("A batch was not counted: %s", type(error).__name__)


def _name(outcome: Outcome) -> str:
    return f"outcome:{_status(outcome)}:{getattr(outcome, 'reason', '')}"


def _status(outcome: Any) -> Status:
    if isinstance(outcome, Failed):
        return Status.FAILED
    return Status.SKIPPED if isinstance(outcome, Skipped | Held) else Status.READY
