"""What the workers have done, counted in Redis for /metrics."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

from redis import Redis
from redis.exceptions import RedisError

from protocol import Keys, Status
from worker.outcomes import Held, Outcome, Quiz, Skipped

log = logging.getLogger(__name__)


class Tally:
    """Numbers only: no meeting, no answer, no worker is named."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis

    def count(self, outcomes: Sequence[Outcome], seconds: float, tokens: int) -> None:
        """Add one batch. A store that is away costs the figures, never the batch."""
        speed = tokens / max(seconds, 1e-9)
        last = {"last_answers": len(outcomes), "last_tokens_per_second": speed}
        try:
            with self.redis.pipeline() as pipe:
                pipe.hincrby(Keys.TALLY, "batches", 1)
                pipe.hincrby(Keys.TALLY, "batch_answers", len(outcomes))
                pipe.hincrbyfloat(Keys.TALLY, "batch_seconds", seconds)
                pipe.hincrby(Keys.TALLY, "tokens", tokens)
                pipe.hset(Keys.TALLY, mapping=last)
                for name, count in Counter(map(_name, outcomes)).items():
                    pipe.hincrby(Keys.TALLY, name, count)
                pipe.execute()
        except RedisError as error:
            log.warning("A batch was not counted: %s", type(error).__name__)


def _name(outcome: Outcome) -> str:
    if isinstance(outcome, Quiz):
        return f"outcome:{Status.READY}:"
    skipped = isinstance(outcome, Skipped | Held)
    return f"outcome:{Status.SKIPPED if skipped else Status.FAILED}:{outcome.reason}"
