"""Settings of the worker process, read once and strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from protocol import Recipe
from worker.loading import BFLOAT16, DTYPES


class ConfigError(ValueError):
    """A setting is missing or wrong; the text names it and the next step."""


@dataclass(frozen=True, kw_only=True)
class WorkerConfig:
    """Every setting of the worker."""

    redis_url: str
    data_dir: Path = Path("var")
    preset: str = "gemma3_270m"
    weights: str = BFLOAT16
    adapter: Path = Path("worker/adapters/quiz")
    slang_adapter: Path = Path("worker/adapters/slang")
    chat_adapter: Path = Path("worker/adapters/chat")
    abstract_adapter: Path = Path("worker/adapters/abstract")
    log_format: str = "text"

    @property
    def adapters(self) -> dict[Recipe, Path]:
        """The folder of each adapter; a studio's that is not there is not served."""
        return {
            Recipe.QUIZ: self.adapter,
            Recipe.SLANG: self.slang_adapter,
            Recipe.CHAT: self.chat_adapter,
            Recipe.ABSTRACT: self.abstract_adapter,
        }

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> WorkerConfig:
        """Read the settings from a mapping such as `os.environ`.

        Raises:
            ConfigError: naming the variable and what to do.
        """
        redis_url = env.get("REDIS_URL", "").strip()
        if not redis_url:
            raise ConfigError(
                "REDIS_URL is not set. `make run` sets it; otherwise give the address "
                "of a Redis server, such as redis://127.0.0.1:6379/0."
            )
        weights = env.get("WEIGHTS") or cls.weights
        if weights not in DTYPES:
            raise ConfigError(
                f"WEIGHTS must be one of {', '.join(DTYPES)}. Received: {weights!r}."
            )
        log_format = env.get("LOG_FORMAT") or cls.log_format
        if log_format not in ("text", "json"):
            raise ConfigError(
                f"LOG_FORMAT must be 'text' or 'json'. Received: {log_format!r}."
            )
        return cls(
            redis_url=redis_url,
            log_format=log_format,
            data_dir=Path(env.get("DATA_DIR") or cls.data_dir).resolve(),
            preset=env.get("PRESET") or cls.preset,
            weights=weights,
            adapter=Path(env.get("ADAPTER") or cls.adapter),
            slang_adapter=Path(env.get("SLANG_ADAPTER") or cls.slang_adapter),
            chat_adapter=Path(env.get("CHAT_ADAPTER") or cls.chat_adapter),
            abstract_adapter=Path(env.get("ABSTRACT_ADAPTER") or cls.abstract_adapter),
        )
