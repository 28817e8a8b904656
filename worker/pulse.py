"""What the worker tells the pages about itself, every few seconds."""

from __future__ import annotations

import dataclasses
import logging
import threading

from redis import Redis
from redis.exceptions import RedisError

from protocol import WORKER_SEEN_SECONDS, Recipe, WorkerPhase, WorkerState
from protocol.keys import Keys

BEAT_SECONDS = 5
SMOOTHING = 0.3  # weight of the newest batch in the moving average

log = logging.getLogger(__name__)


class Pulse:
    """Keeps the worker's state in Redis alive from a thread of its own."""

    def __init__(self, redis: Redis, name: str, preset: str, adapter: str) -> None:
        self.redis = redis
        self.key = Keys.worker(name)
        self.state = WorkerState(
            phase=WorkerPhase.PREPARING, preset=preset, adapter=adapter
        )
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True, name="pulse")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Say good-bye: the pages need not wait for the key to expire."""
        self._stopped.set()
        self._thread.join(BEAT_SECONDS)
        try:
            self.redis.delete(self.key)
        except RedisError:
            log.warning("Redis does not answer; the key expires by itself")

    def report(self, phase: WorkerPhase, progress: float) -> None:
        """Tell the pages at once when the phase or the whole percent changes."""
        before = self.state
        changed = phase != before.phase or _percent(progress) > _percent(
            before.progress
        )
        self.state = dataclasses.replace(self.state, phase=phase, progress=progress)
        if changed or progress >= 1.0:
            self._tell()

    def serves(self, recipes: tuple[Recipe, ...]) -> None:
        """Tell the pages what this worker can make."""
        self.state = dataclasses.replace(self.state, recipes=recipes)
        self._tell()

    def uses(self, adapter: str) -> None:
        """Tell the pages the name of the quiz's adapter."""
        self.state = dataclasses.replace(self.state, adapter=adapter)
        self._tell()

    def finished(self, quizzes: int, seconds: float) -> None:
        """Count a batch into the moving average of seconds per quiz."""
        pace, old = seconds / quizzes, self.state.seconds_per_quiz
        smooth = old + SMOOTHING * (pace - old) if old else pace
        self.state = dataclasses.replace(self.state, seconds_per_quiz=smooth)

    def _beat(self) -> None:
        while not self._stopped.is_set():
            self._tell()
            self._stopped.wait(BEAT_SECONDS)

    def _tell(self) -> None:
        try:
            self.redis.set(self.key, self.state.to_json(), ex=WORKER_SEEN_SECONDS)
        except RedisError as error:
            log.warning("Redis does not answer: %s", type(error).__name__)


def _percent(share: float) -> int:
    return int(share * 100)
