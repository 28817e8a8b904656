"""Keras runs on JAX here, whatever the machine prefers; a worker without a model."""

from __future__ import annotations

import os

import pytest
from redis import Redis

from app.jobs import Jobs
from tests.worker.steering import Handler, new_worker
from worker.queue import ModelWorker

os.environ.setdefault("KERAS_BACKEND", "jax")


@pytest.fixture(scope="session")
def tiny():
    """The module `tests.worker.tiny`; importing it takes Keras' seconds."""
    from tests.worker import tiny

    return tiny


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def jobs(redis: Redis) -> Jobs:
    return Jobs(redis)


@pytest.fixture
def worker(redis: Redis, handler: Handler) -> ModelWorker:
    return new_worker(redis, handler)
