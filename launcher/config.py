"""Settings of the launcher, read once and strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class ConfigError(Exception):
    """A setting cannot be used; the text names it and the next step."""


@dataclass(frozen=True, kw_only=True)
class LauncherConfig:
    """Where to listen and where to keep data. Each field is an environment name."""

    host: str = "127.0.0.1"
    port: int = 8000
    data_dir: Path = Path("var")
    redis_url: str = ""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> LauncherConfig:
        """Raises: ConfigError."""
        return cls(
            host=env.get("HOST") or cls.host,
            port=_port(env.get("PORT") or str(cls.port)),
            data_dir=Path(env.get("DATA_DIR") or cls.data_dir).expanduser().resolve(),
            redis_url=_redis_url(env.get("REDIS_URL", "")),
        )

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"

    def make_folders(self) -> None:
        """Create the data folder, readable by its owner only. Raises: ConfigError."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.logs.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise ConfigError(
                f"DATA_DIR must be a folder that can be written. Received: "
                f"{str(self.data_dir)!r} ({error.strerror}). Choose another: "
                f"make run DATA_DIR=/path/to/folder."
            ) from error


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise ConfigError(
        f"PORT must be a whole number from 1 to 65535. Received: {text!r}."
    )


def _redis_url(text: str) -> str:
    if not text or text.startswith(("redis://", "rediss://", "unix://")):
        return text
    raise ConfigError(
        "REDIS_URL must start with redis://, rediss:// or unix://. Leave it out to "
        "use the embedded Valkey."
    )
