"""Settings of the worker: strict, and clear about what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.config import ConfigError, WorkerConfig

ROOT = Path(__file__).parents[2]
URL = "redis://127.0.0.1:6379/0"


@pytest.mark.parametrize("env", [{}, {"REDIS_URL": ""}, {"REDIS_URL": "  "}])
def test_a_missing_redis_is_named(env):
    with pytest.raises(ConfigError, match=r"REDIS_URL is not set\. `make run` sets it"):
        WorkerConfig.from_env(env)


def test_only_redis_has_no_default():
    assert WorkerConfig.from_env({"REDIS_URL": URL}) == WorkerConfig(
        redis_url=URL,
        data_dir=Path("var").resolve(),
        preset="gemma3_270m",
        adapter=Path("worker/adapters/quiz"),
    )


def test_every_setting_is_read(tmp_path):
    env = {
        "REDIS_URL": URL,
        "DATA_DIR": str(tmp_path),
        "PRESET": "tiny",
        "WEIGHTS": "int8",
        "ADAPTER": "mine",
    }
    assert WorkerConfig.from_env(env) == WorkerConfig(
        redis_url=URL,
        data_dir=tmp_path,
        preset="tiny",
        weights="int8",
        adapter=Path("mine"),
    )


def test_weights_of_a_kind_that_is_not_there_are_refused():
    with pytest.raises(ConfigError, match=r"WEIGHTS must be one of bfloat16, int8\."):
        WorkerConfig.from_env({"REDIS_URL": URL, "WEIGHTS": "int4"})


def test_an_empty_setting_is_no_setting():
    config = WorkerConfig.from_env({"REDIS_URL": URL, "PRESET": ""})
    assert config.preset == "gemma3_270m"


@pytest.mark.parametrize("name", ["DATA_DIR", "PRESET", "WEIGHTS", "ADAPTER"])
def test_every_setting_is_in_the_example_file(name):
    assert name in (ROOT / ".env.example").read_text("utf-8")
