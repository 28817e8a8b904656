"""The programs of the product and what each of them is told."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from launcher.address import is_loopback
from launcher.announce import Announcer
from launcher.child import Program
from launcher.config import LauncherConfig
from launcher.secret import host_password_file, secret_key_file
from launcher.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent
WEB = (sys.executable, "-m", "gunicorn", "app:create_app_from_env()")
WORKER = (sys.executable, "-m", "worker")

# A worker finishes its batch first, about a minute on two cores.
WORKER_STOP_SECONDS = 180.0
WEB_STOP_SECONDS = 30.0  # longer than gunicorn's graceful_timeout

_SECRETS = ("SECRET_KEY", "HOST_PASSWORD", "METRICS_TOKEN")
_WEB_ONLY = frozenset(
    {
        *_SECRETS,
        *(f"{name}_FILE" for name in _SECRETS),
        "GOOGLE_APPLICATION_CREDENTIALS",
    }
)


def programs(
    config: LauncherConfig, env: Mapping[str, str], announcer: Announcer
) -> list[Program]:
    """In starting order; they are stopped in reverse. Raises: ConfigError."""
    valkey = None if config.redis_url else Valkey(config.data_dir)
    shared = dict(env) | {
        "DATA_DIR": str(config.data_dir),
        "REDIS_URL": config.redis_url or valkey.url,
        "PYTHONUNBUFFERED": "1",
    }
    announcer.password_file = made_password(config, env)
    worker = Program(
        name="worker",
        command=WORKER,
        environment={n: v for n, v in shared.items() if n not in _WEB_ONLY},
        folder=ROOT,
        stop_seconds=WORKER_STOP_SECONDS,
    )
    web = Program(
        name="web",
        command=WEB,
        environment=shared | _web_settings(config, env),
        folder=ROOT,
        stop_seconds=WEB_STOP_SECONDS,
        ready=announcer.page_answers,
        on_ready=announcer.announce_page,
    )
    return [worker, web] if valkey is None else [valkey.program(), worker, web]


def _web_settings(config: LauncherConfig, env: Mapping[str, str]) -> dict[str, str]:
    settings = {"HOST": config.host, "PORT": str(config.port)}
    if not _is_given(env, "SECRET_KEY"):
        settings["SECRET_KEY_FILE"] = str(secret_key_file(config.data_dir))
    if password := made_password(config, env):
        settings["HOST_PASSWORD_FILE"] = str(password)
    return settings


def made_password(config: LauncherConfig, env: Mapping[str, str]) -> Path | None:
    """The file with the hosts' password, where others can reach the page and nobody
    chose one."""
    if is_loopback(config.host) or _is_given(env, "HOST_PASSWORD"):
        return None
    return host_password_file(config.data_dir)


def _is_given(env: Mapping[str, str], name: str) -> bool:
    return bool(env.get(name) or env.get(f"{name}_FILE"))


def with_commands(
    plan: list[Program], commands: Mapping[str, tuple[str, ...]]
) -> list[Program]:
    """The plan with other commands for some names; tests run stand-ins this way."""
    return [
        replace(program, command=commands.get(program.name, program.command))
        for program in plan
    ]
