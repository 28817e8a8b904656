"""The programs of the product and what each of them is told."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from launcher.announce import Announcer
from launcher.child import Program
from launcher.config import LauncherConfig
from launcher.secret import secret_key_file
from launcher.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent
WEB = (sys.executable, "-m", "gunicorn", "app:create_app_from_env()")
WORKER = (sys.executable, "-m", "worker")

# A worker finishes its batch first, about a minute on two cores.
WORKER_STOP_SECONDS = 180.0
WEB_STOP_SECONDS = 30.0  # longer than gunicorn's graceful_timeout

_WEB_ONLY = frozenset(
    {"SECRET_KEY", "SECRET_KEY_FILE", "GOOGLE_APPLICATION_CREDENTIALS"}
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
    if not env.get("SECRET_KEY") and not env.get("SECRET_KEY_FILE"):
        settings["SECRET_KEY_FILE"] = str(secret_key_file(config.data_dir))
    return settings


def with_commands(
    plan: list[Program], commands: Mapping[str, tuple[str, ...]]
) -> list[Program]:
    """The plan with other commands for some names; tests run stand-ins this way."""
    return [
        replace(program, command=commands.get(program.name, program.command))
        for program in plan
    ]
