"""What the programs print: to the terminal with their name, and to a log file each."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from logging import Formatter, LogRecord, makeLogRecord
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

LOG_BYTES = 5_000_000
# A carriage return at the very end may be half of a line end: wait for what follows.
_END = re.compile(rb"\r?\n|\r(?!\Z)")
_CLEAR_LINE = "\x1b[K"


class Output:
    """One terminal shared by several programs, line by line."""

    def __init__(self, logs: Path, terminal: TextIO | None = None) -> None:
        self._logs = logs
        self._terminal = terminal or sys.stdout
        self._interactive = self._terminal.isatty()
        self._drawing = False  # an unfinished progress line is on the terminal

    def say(self, text: str) -> None:
        """A sentence of the launcher itself."""
        self._show(text + "\n")

    def line(self, name: str, text: str) -> None:
        self._show(f"{name:<6} | {text}\n")

    def progress(self, name: str, text: str) -> None:
        """A line that the next one replaces; drawn on real terminals only."""
        if self._interactive and text:
            self._show(f"\r{name:<6} | {text}{_CLEAR_LINE}", drawing=True)

    def log_path(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _show(self, text: str, *, drawing: bool = False) -> None:
        if self._drawing and not drawing:
            text = f"\r{_CLEAR_LINE}{text}"
        self._drawing = drawing
        try:
            self._terminal.write(text)
            self._terminal.flush()
        except (OSError, ValueError):
            pass  # the terminal was closed; the log files go on


class Patient(RotatingFileHandler):
    """A log on a full disk loses lines; it neither complains nor ends its writer."""

    def handleError(self, record: LogRecord) -> None:  # logging's own name
        pass

    def close(self) -> None:
        with suppress(OSError):  # what it could not write until now
            super().close()


class LogFile:
    """Time-stamped lines; one older file is kept."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)
        self._file = Patient(path, maxBytes=LOG_BYTES, backupCount=1)
        self._file.setFormatter(Formatter("%(asctime)s %(message)s"))

    def write(self, text: str) -> None:
        self._file.emit(_record(text))

    def close(self) -> None:
        self._file.close()


class Lines:
    """Bytes of one program in, whole lines out.

    A carriage return ends a progress text, which is drawn but not logged.
    """

    def __init__(self, name: str, output: Output, *, quiet: bool = False) -> None:
        self._name = name
        self._quiet = quiet
        self._output = output
        self._log = LogFile(output.log_path(name))
        self._rest = b""

    def feed(self, data: bytes) -> None:
        self._rest += data
        while end := _END.search(self._rest):
            text = self._rest[: end.start()].decode("utf-8", "replace")
            self._rest = self._rest[end.end() :]
            if end[0] == b"\r":
                self._output.progress(self._name, text)
            else:
                self._emit(text)

    def close(self) -> None:
        """Print what has no line end, close the log."""
        if self._rest:
            self.feed(b"\n")
        self._log.close()

    def _emit(self, text: str) -> None:
        if not self._quiet:
            self._output.line(self._name, text)
        self._log.write(text)


def _record(text: str) -> LogRecord:
    return makeLogRecord({"msg": text, "args": ()})
