"""Secrets that are made once and kept in the data folder."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from launcher.config import ConfigError

# Read from a screen and typed: no 0/O, 1/l/i.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def secret_key_file(data_dir: Path) -> Path:
    """Path of the file with the key that signs cookies.

    Raises: ConfigError if the file is there and others may read it, or it is empty.
    """
    return _kept(data_dir / "secret_key", lambda: secrets.token_urlsafe(48))


def host_password_file(data_dir: Path) -> Path:
    """Path of the file with the password that hosts log in with.

    Raises: ConfigError as above.
    """
    return _kept(data_dir / "host_password", _password)


def _password() -> str:
    """Twelve letters, 59 bits; such as "k7mw-q2xt-9hre"."""
    groups = ("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
    return "-".join(groups)


def _kept(path: Path, new: Callable[[], str]) -> Path:
    """The file, written on the first call, readable by its owner only."""
    if not path.exists():
        _create(path, new())
    if path.stat().st_mode & 0o077:
        raise ConfigError(
            f"{path} must be readable by its owner only. Run: chmod 600 {path}"
        )
    if not path.read_text("ascii").strip():
        raise ConfigError(f"{path} is empty. Delete it and start again.")
    return path


def _create(path: Path, key: str) -> None:
    """Write beside and rename: a file that exists is complete."""
    fresh = path.with_suffix(f".{os.getpid()}")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(key + "\n")
    fresh.replace(path)
