"""`python -m worker`: settings, model, warm-up, then quizzes until told to stop."""

from __future__ import annotations

import logging
import os
import sys
import time
import uuid
from collections.abc import Iterator, Sequence

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from tqdm import tqdm

from protocol import QUEUE, QuizJob, Reason, WorkerPhase
from worker.config import ConfigError, WorkerConfig
from worker.desk import Desk
from worker.loading import load_quiz_maker
from worker.outcomes import Failed, Item, Outcome
from worker.pulse import Pulse
from worker.queue import ModelWorker, SafeJob
from worker.quizmaker import QuizMaker

WORKER_TTL = 30  # seconds; also how often an idle worker looks for lost jobs
# Longer than an idle worker waits for a job in one call; redis-py's own 5 s is not.
REDIS_SECONDS = WORKER_TTL
SETTINGS_REFUSED = 2

log = logging.getLogger("worker")


def main(env) -> int:
    """Run one worker. Returns the exit code: 0 stopped, 2 a setting is wrong."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("jax").setLevel(logging.WARNING)  # it misses a TPU otherwise
    from worker.adapter import AdapterError
    from worker.presets import PresetError

    try:
        config = WorkerConfig.from_env(env)
        redis = connect(config.redis_url)
        pulse = Pulse(redis, uuid.uuid4().hex[:12], config.preset, config.adapter.name)
        pulse.start()
        maker = load_quiz_maker(
            config.preset, config.adapter, config.data_dir, Reporter(pulse)
        )
    except (ConfigError, PresetError, AdapterError) as error:
        print(error, file=sys.stderr)
        return SETTINGS_REFUSED
    maker.warm_up(lambda share: pulse.report(WorkerPhase.WARMING, share))
    pulse.report(WorkerPhase.READY, 1.0)
    log.info("ready")
    serve(redis, maker, pulse, config.adapter.name)
    pulse.stop()
    return 0


class Reporter:
    """Tells the pages how far loading is and draws a bar for the first conversion."""

    def __init__(self, pulse: Pulse) -> None:
        self.pulse = pulse
        self.bar: tqdm | None = None

    def __call__(self, phase: WorkerPhase, share: float) -> None:
        self.pulse.report(phase, share)
        if phase is not WorkerPhase.PREPARING or (self.bar is None and share == 1.0):
            return
        if self.bar is None:
            self.bar = tqdm(total=100, desc="Preparing the model", unit="%")
        self.bar.update(round(100 * share) - self.bar.n)
        if share == 1.0:
            self.bar.close()


def connect(url: str, patience_seconds: float = 30) -> Redis:
    """A Redis client, once the server answers.

    Raises:
        ConfigError: if it does not answer in time.
    """
    redis = Redis.from_url(url, socket_timeout=REDIS_SECONDS, health_check_interval=30)
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            redis.ping()
            return redis
        except RedisError:
            if time.monotonic() > deadline:
                raise ConfigError(
                    f"No Redis answers at REDIS_URL within {patience_seconds:.0f} "
                    "seconds. Start it, or correct the address."
                ) from None
            time.sleep(0.2)


def serve(redis: Redis, maker: QuizMaker, pulse: Pulse, adapter: str) -> None:
    """Take jobs from the queue until SIGTERM or SIGINT."""
    queue = Queue(QUEUE, connection=redis, serializer="json", job_class=SafeJob)
    worker = ModelWorker(
        [queue],
        connection=redis,
        serializer="json",
        job_class=SafeJob,
        worker_ttl=WORKER_TTL,
        maintenance_interval=WORKER_TTL,
        handler=Quizzes(maker, Desk(redis, adapter), pulse),
        batch_size=maker.gemma.batch_size,
    )
    worker.recover()
    worker.work(logging_level="WARNING")


class Quizzes:
    """The handler of a batch: read the answers, make quizzes, store them."""

    def __init__(self, maker: QuizMaker, desk: Desk, pulse: Pulse) -> None:
        self.maker, self.desk, self.pulse = maker, desk, pulse

    def __call__(self, jobs: Sequence[QuizJob]) -> list[BaseException | None]:
        started = time.monotonic()
        taken = [(job, self.desk.take(job)) for job in jobs]
        work = [(job, item) for job, item in taken if item]
        if work:
            for job, outcome in self._make(work):
                self.desk.put(job, outcome)
            self.pulse.finished(len(work), time.monotonic() - started)
        return [None] * len(jobs)

    def _make(
        self, work: list[tuple[QuizJob, Item]]
    ) -> Iterator[tuple[QuizJob, Outcome]]:
        """Outcomes as they come; if the model fails, each that is left gets a try."""
        left = dict(enumerate(work))
        try:
            for place, outcome in self.maker.stream([item for _, item in work]):
                yield left.pop(place)[0], outcome
            return
        except (ValueError, RuntimeError) as error:
            log.error("The model failed on %d: %s", len(left), type(error).__name__)
        if len(work) == 1:
            yield work[0][0], Failed(reason=Reason.MODEL_ERROR)
            return
        for one in left.values():
            yield from self._make([one])


if __name__ == "__main__":
    sys.exit(main(os.environ))
