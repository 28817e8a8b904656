"""What a monitoring system reads: queue, workers and store, as they are in Redis.

Nothing is counted in this process, so any web process gives the same figures.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from rq.job import Job

from app.meetings import Meetings
from protocol import WorkerPhase, WorkerState
from protocol.keys import Keys

LOOKED_AT = 1000  # of a longer queue these jobs tell how long the oldest has waited


def exposition(store: Meetings) -> bytes:
    """All figures in the Prometheus text format."""
    registry = CollectorRegistry()
    registry.register(Figures(store))
    return generate_latest(registry)


class Figures(Collector):
    """Reads every figure when it is asked for."""

    def __init__(self, store: Meetings) -> None:
        self.store = store

    def collect(self) -> Iterator[Metric]:
        yield from self._queue()
        yield from self._workers(self.store.jobs.workers())
        yield from self._work()
        yield from self._store()

    def _queue(self) -> Iterator[Metric]:
        queue = self.store.jobs.queue
        running = queue.started_job_registry.get_job_count(cleanup=False)
        failed = queue.failed_job_registry.get_job_count(cleanup=False)
        yield _gauge("queue_jobs", "Jobs that wait", queue.count)
        yield _gauge("queue_oldest_seconds", "Age of the oldest", self._oldest())
        yield _gauge("running_jobs", "Jobs that are being made", running)
        yield _gauge("failed_jobs", "Jobs given up in the last hour", failed)

    def _oldest(self) -> float:
        """Seconds since the oldest waiting job was queued; turns change their order."""
        redis = self.store.redis
        waiting = redis.lrange(self.store.jobs.queue.key, 0, LOOKED_AT - 1)
        with redis.pipeline(transaction=False) as pipe:
            for job_id in waiting:
                pipe.hget(Job.key_for(job_id.decode()), "enqueued_at")
            stamps = [stamp.decode() for stamp in pipe.execute() if stamp]
        oldest = min(map(datetime.fromisoformat, stamps), default=None)
        return max(0.0, time.time() - oldest.timestamp()) if oldest else 0.0

    def _workers(self, workers: list[WorkerState]) -> Iterator[Metric]:
        phases = Counter(worker.phase for worker in workers)
        metric = GaugeMetricFamily(
            "icebreaker_workers", "Workers seen in the last 30 s", labels=["phase"]
        )
        for phase in WorkerPhase:
            metric.add_metric([phase], phases[phase])
        yield metric
        paces = [w.seconds_per_quiz for w in workers if w.seconds_per_quiz > 0]
        mean = sum(paces) / len(paces) if paces else 0.0
        yield _gauge("seconds_per_quiz", "Of the workers, lately", mean)

    def _work(self) -> Iterator[Metric]:
        """What all workers have done since the store was new."""
        found = self.store.redis.hgetall(Keys.TALLY)
        tally = {key.decode(): float(value) for key, value in found.items()}
        for name, words in (
            ("batches", "Batches made"),
            ("batch_answers", "Answers in them"),
            ("batch_seconds", "Time spent on them"),
            ("tokens", "Tokens written by the model"),
        ):
            yield CounterMetricFamily(
                f"icebreaker_{name}", words, value=tally.get(name, 0)
            )
        yield _gauge("last_batch_answers", "Its size", tally.get("last_answers", 0))
        speed = tally.get("last_tokens_per_second", 0)
        yield _gauge("last_batch_tokens_per_second", "Its speed", speed)
        outcomes = CounterMetricFamily(
            "icebreaker_outcomes", "What became of answers", labels=["status", "reason"]
        )
        for name, count in sorted(tally.items()):
            if name.startswith("outcome:"):
                outcomes.add_metric(name.split(":")[1:], count)
        yield outcomes
        yield from _studio(tally)

    def _store(self) -> Iterator[Metric]:
        memory = self.store.redis.info("memory")
        yield _gauge("meetings", "Meetings kept", len(self.store.live()))
        yield _gauge("store_bytes", "Memory of Redis", memory["used_memory"])
        yield _gauge("store_limit_bytes", "0: no limit", memory["maxmemory"])


def _studio(tally: Mapping[str, float]) -> Iterator[Metric]:
    """What was made in the studios, and how long it took."""
    made = CounterMetricFamily(
        "icebreaker_studio_outcomes",
        "Words, replies and abstracts",
        labels=["recipe", "status"],
    )
    seconds = CounterMetricFamily(
        "icebreaker_studio_seconds", "Time spent on them", labels=["recipe"]
    )
    for name, value in sorted(tally.items()):
        kind, *labels = name.split(":")
        if kind == "studio":
            made.add_metric(labels, value)
        elif kind == "studio_seconds":
            seconds.add_metric(labels, value)
    yield from (made, seconds)


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"icebreaker_{name}", words, value=value)
