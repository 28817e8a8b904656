"""Every setting of the web process, read once and strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app.errors import ConfigError

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, kw_only=True)
class WebConfig:
    """Settings of one web process. `.env.example` explains each of them."""

    secret_key: str
    redis_url: str
    host: str = "127.0.0.1"  # where gunicorn listens; it reads the variable itself
    host_password: str | None = None  # None: whoever reaches the page may be a host
    metrics_token: str | None = None  # None: /metrics answers this machine only
    log_format: str = "text"
    google_application_credentials: Path | None = None
    sheets_api_url: str | None = None  # tests only: a local Sheets API
    sheet_poll_seconds: int = 10
    retention_days: int = 7
    trusted_proxies: int = 0
    public_url: str | None = None  # None: taken from each request
    secure_cookies: bool = False

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> WebConfig:
        """Read all settings from `env`.

        Raises: ConfigError naming the first variable that is missing or wrong.
        """
        public_url = _web_url(env, "PUBLIC_URL")
        return cls(
            secret_key=_required(env, "SECRET_KEY"),
            redis_url=_redis_url(env, "REDIS_URL"),
            host=env.get("HOST") or "127.0.0.1",
            host_password=_host_password(env),
            metrics_token=_secret(env, "METRICS_TOKEN"),
            log_format=_choice(env, "LOG_FORMAT", ("text", "json")),
            google_application_credentials=_file(env, "GOOGLE_APPLICATION_CREDENTIALS"),
            sheets_api_url=_loopback_url(env, "SHEETS_API_URL"),
            sheet_poll_seconds=_number(env, "SHEET_POLL_SECONDS", 10, 1, 3600),
            retention_days=_number(env, "RETENTION_DAYS", 7, 1, 365),
            trusted_proxies=_number(env, "TRUSTED_PROXIES", 0, 0, 9),
            public_url=public_url,
            secure_cookies=_switch(env, "SECURE_COOKIES")
            or (public_url or "").startswith("https:"),
        )


def _required(env: Mapping[str, str], name: str) -> str:
    value = _secret(env, name)
    if value is None:
        raise ConfigError(
            f"{name} is not set. Copy .env.example to .env and fill it in, "
            "or start with `make run`, which makes one."
        )
    return value


def _secret(env: Mapping[str, str], name: str, shortest: int = 16) -> str | None:
    """The value of `name`, or the content of the file that `name`_FILE points to."""
    value = env.get(name, "")
    path = env.get(f"{name}_FILE", "")
    if not value and path:
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ConfigError(
                f"{name}_FILE must be a readable text file. Received: {path!r}."
            ) from None
    if value and len(value) < shortest:
        raise ConfigError(
            f"{name} must have at least {shortest} characters. Received: {len(value)}. "
            "Write the output of `openssl rand -hex 32` there."
        )
    return value or None


def _host_password(env: Mapping[str, str]) -> str | None:
    """What hosts log in with; needed wherever others can reach the page.

    Raises: ConfigError.
    """
    password = _secret(env, "HOST_PASSWORD", shortest=12)
    host = env.get("HOST") or "127.0.0.1"
    if password is None and host not in LOOPBACK:
        raise ConfigError(
            "HOST_PASSWORD is not set, but HOST lets other machines in. Received: "
            f"HOST={host!r}. Choose a password of 12 or more characters for everybody "
            "who may create meetings, or listen on 127.0.0.1 only."
        )
    return password


def _redis_url(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "")
    if not value:
        raise ConfigError(
            f"{name} is not set. Give the address of a Redis server, such as "
            "redis://127.0.0.1:6379/0, or start with `make run`, which brings its own."
        )
    if urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
        # The address may hold a password, so it is not repeated here.
        raise ConfigError(f"{name} must start with redis://, rediss:// or unix://.")
    return value


def _file(env: Mapping[str, str], name: str) -> Path | None:
    value = env.get(name, "")
    if not value:
        return None
    path = Path(value)
    if not path.is_file():
        raise ConfigError(
            f"{name} must be the key file of a service account. Received: {value!r}. "
            "Check the path, or remove the variable to run without Google Sheets."
        )
    return path


def _loopback_url(env: Mapping[str, str], name: str) -> str | None:
    """A test server on this machine: real credentials must never go elsewhere."""
    value = _web_url(env, name)
    if value and urlsplit(value).hostname not in LOOPBACK:
        raise ConfigError(
            f"{name} must point to this machine (127.0.0.1). Received: {value!r}. "
            "Remove it to talk to Google."
        )
    return value


def _web_url(env: Mapping[str, str], name: str) -> str | None:
    value = env.get(name, "").rstrip("/")
    if not value:
        return None
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(
            f"{name} must be an address such as https://quiz.example.org. "
            f"Received: {value!r}."
        )
    return value


def _number(
    env: Mapping[str, str], name: str, default: int, lowest: int, highest: int
) -> int:
    text = env.get(name, "")
    if not text:
        return default
    if text.isascii() and text.isdigit() and lowest <= int(text) <= highest:
        return int(text)
    raise ConfigError(
        f"{name} must be a whole number from {lowest} to {highest}. Received: {text!r}."
    )


def _switch(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name, "") or "false"
    if text not in {"true", "false"}:
        raise ConfigError(f"{name} must be 'true' or 'false'. Received: {text!r}.")
    return text == "true"


def _choice(env: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    text = env.get(name) or known[0]
    if text not in known:
        raise ConfigError(f"{name} must be one of {known}. Received: {text!r}.")
    return text
