"""The `.env` file: the same one for `make run` and docker compose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from launcher.config import ConfigError

_LINE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)")


def read(path: Path) -> dict[str, str]:
    """The settings in `path` that have a value; none when there is no such file.

    Raises: ConfigError, naming the line, never its content: it may be a secret.
    """
    if not path.is_file():
        return {}
    settings = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ConfigError(f"{path.name}, line {number} must read NAME=value.")
        name, value = match[1], _unquote(match[2].strip())
        if value:
            settings[name] = value
    return settings


def merged(path: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """`environment`, with what it leaves out taken from the file."""
    return read(path) | dict(environment)


def _unquote(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
