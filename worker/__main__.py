"""`python -m worker`: settings, model, warm-up, then jobs until told to stop."""

from __future__ import annotations

import logging
import os
import sys
import time
import uuid
from collections.abc import Mapping
from functools import partial

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from tqdm import tqdm

import logs
from protocol import QUEUE, Recipe, WorkerPhase
from worker.config import ConfigError, WorkerConfig
from worker.desk import Desk
from worker.handlers import ByRecipe, Quizzes, Studio, batches
from worker.loading import load_quiz_maker
from worker.pulse import Pulse
from worker.queue import ModelWorker, SafeJob
from worker.quizmaker import QuizMaker
from worker.shelf import Shelf
from worker.siblings import MAKERS, Siblings
from worker.studiodesk import StudioDesk
from worker.swapping import Serving, Swaps, shelves_of

WORKER_TTL = 30  # seconds; also how often an idle worker looks for lost jobs
# Longer than an idle worker waits for a job in one call; redis-py's own 5 s is not.
REDIS_SECONDS = WORKER_TTL
LOADING_SECONDS = 60
SETTINGS_REFUSED = 2

log = logging.getLogger("worker")


def main(env) -> int:
    """Run one worker. Returns the exit code: 0 stopped, 2 a setting is wrong."""
    begin_log(env)
    logging.getLogger("jax").setLevel(logging.WARNING)  # it misses a TPU otherwise
    from worker.adapter import AdapterError
    from worker.presets import PresetError

    try:
        config = WorkerConfig.from_env(env)
        redis = connect(config.redis_url)
        shelves = shelves_of(config)
        in_use = {recipe: shelf.in_use() for recipe, shelf in shelves.items()}
        adapter = in_use.pop(Recipe.QUIZ)
        pulse = Pulse(redis, uuid.uuid4().hex[:12], config.preset, adapter.name)
        pulse.start()
        maker = load_quiz_maker(
            config.preset,
            adapter,
            config.data_dir,
            Reporter(pulse),
            dtype=config.weights,
        )
    except (ConfigError, PresetError, AdapterError) as error:
        print(error, file=sys.stderr)
        return SETTINGS_REFUSED
    maker.warm_up(lambda share: pulse.report(WorkerPhase.WARMING, share))
    pulse.report(WorkerPhase.READY, 1.0)
    log.info("ready")
    siblings = Siblings(maker.gemma, in_use)

    def tell() -> None:
        pulse.serves((Recipe.QUIZ, *siblings.served))

    tell()  # before they are loaded, too: a job that comes earlier loads its own
    loading = siblings.load(tell)
    serve(redis, maker, pulse, adapter.name, siblings, shelves)
    loading.join(LOADING_SECONDS)  # a compiler that is cut off may crash the process
    pulse.stop()
    return 0


def begin_log(env) -> None:
    """Log as LOG_FORMAT says; a line for every batch is for machines only."""
    form = env.get("LOG_FORMAT") or "text"
    logs.begin(form)
    batches.setLevel(logging.INFO if form == "json" else logging.WARNING)


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


def serve(
    redis: Redis,
    maker: QuizMaker,
    pulse: Pulse,
    adapter: str,
    siblings: Siblings | None = None,
    shelves: Mapping[Recipe, Shelf] | None = None,
) -> None:
    """Take jobs from the queue until SIGTERM or SIGINT."""
    siblings = siblings or Siblings(None, {})
    swaps = Swaps(Serving(maker, adapter), siblings, pulse, shelves or {})
    swaps.start()
    queue = Queue(QUEUE, connection=redis, serializer="json", job_class=SafeJob)
    worker = ModelWorker(
        [queue],
        connection=redis,
        serializer="json",
        job_class=SafeJob,
        worker_ttl=WORKER_TTL,
        maintenance_interval=WORKER_TTL,
        handler=handlers_of(redis, swaps),
        batch_size=maker.gemma.batch_size,
    )
    worker.recover()
    siblings.let_in(worker.meanwhile)
    worker.work(logging_level="WARNING")


def handlers_of(redis: Redis, swaps: Swaps) -> ByRecipe:
    """What becomes of the jobs of each recipe, with what is in use by then."""

    def quizzes() -> Quizzes:
        serving = swaps.serving
        return Quizzes(serving.maker, Desk(redis, serving.adapter), swaps.pulse)

    return ByRecipe(
        {Recipe.QUIZ: quizzes}
        | {recipe: partial(studio, redis, swaps.siblings, recipe) for recipe in MAKERS}
    )


def studio(redis: Redis, siblings: Siblings, recipe: Recipe) -> Studio:
    """The handler of a studio's recipe; its adapter is loaded if it is not yet."""
    maker = siblings.maker(recipe)
    return Studio(maker, StudioDesk(redis, maker))


if __name__ == "__main__":
    sys.exit(main(os.environ))
