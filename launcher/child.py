"""One supervised program: started, read, started again when it dies, stopped."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from launcher.output import Lines, Output

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0  # who lived this long starts over with the first pause

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run. `ready` tells when the next program may start (None: at once)."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    stop_seconds: float = 10.0
    ready: Callable[[], bool] | None = None
    on_ready: Callable[[], None] = lambda: None
    keep_open: Sequence[int] = ()  # file descriptors it inherits
    quiet: bool = False  # its words go to its log only


class Child:
    """The running process of a `Program`."""

    def __init__(self, program: Program, output: Output) -> None:
        self.program = program
        self.was_ready = False
        self.failures = 0  # in a row, without a steady life in between
        self._output = output
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: Lines | None = None
        self._started_at = 0.0
        self._start_at = 0.0

    @property
    def name(self) -> str:
        return self.program.name

    @property
    def running(self) -> bool:
        return self._process is not None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def due(self) -> bool:
        """It is down and its pause is over."""
        return not self.running and time.monotonic() >= self._start_at

    def start(self) -> None:
        """Run in a session of its own: Ctrl-C reaches the launcher only."""
        self._lines = Lines(self.name, self._output, quiet=self.program.quiet)
        self._process = subprocess.Popen(
            self.program.command,
            env=dict(self.program.environment),
            cwd=self.program.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=tuple(self.program.keep_open),
            # Safe here: the launcher has one thread, and that thread never ends
            # before the process does (the signal follows the thread).
            preexec_fn=_end_with_parent if _libc else None,
        )
        os.set_blocking(self.fileno(), False)
        self._started_at = time.monotonic()

    def fileno(self) -> int:
        """Descriptor of its output, for the selector."""
        assert self._process and self._process.stdout
        return self._process.stdout.fileno()

    def read(self) -> bool:
        """Pass on what it printed since the last call. False once its output ended."""
        assert self._lines
        try:
            while data := os.read(self.fileno(), 65536):
                self._lines.feed(data)
        except BlockingIOError:
            return True
        return False

    def poll(self) -> int | None:
        """Exit code if it has just ended, else None."""
        return self._process.poll() if self._process else None

    def is_ready(self) -> bool:
        """True from the first time its own check said so."""
        if self.was_ready or not self.running:
            return self.was_ready
        if self.program.ready is None or self.program.ready():
            self.was_ready = True
            self.program.on_ready()
        return self.was_ready

    def bury(self) -> float:
        """After its end: drain, free, plan the next start. Returns the pause."""
        assert self._process and self._process.stdout and self._lines
        self.kill()  # whatever it left behind in its session
        self.read()
        self._lines.close()
        self._process.stdout.close()
        if time.monotonic() - self._started_at > STEADY_SECONDS:
            self.failures = 0
        pause = min(FIRST_PAUSE * 2**self.failures, LONGEST_PAUSE)
        self.failures += 1
        self._process = None
        self._start_at = time.monotonic() + pause
        return pause

    def terminate(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def kill(self) -> None:
        """End the whole session of the process, at once."""
        if self._process:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                return


def _end_with_parent() -> None:
    """In the new process, on Linux: ask for SIGTERM when the launcher dies."""
    assert _libc
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
