"""The key that signs cookies: made once, kept in the data folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from launcher.config import ConfigError


def secret_key_file(data_dir: Path) -> Path:
    """Path of the key file, created on the first call, readable by its owner only.

    Raises: ConfigError if the file is there and others may read it, or it is empty.
    """
    path = data_dir / "secret_key"
    if not path.exists():
        _create(path, secrets.token_urlsafe(48))
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
