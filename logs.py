"""How both processes log: lines for people, or one JSON object a line for machines.

A line says which request or job it is about, never what a person wrote: of an exception
it keeps the type and the place, since its words may quote an answer.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType

# Fields of a line that are given with `extra=`.
FIELDS = ("request", "endpoint", "status", "milliseconds", "jobs", "seconds")

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def begin(
    form: str,
    context: Callable[[], Mapping[str, str]] = dict,
    level: int = logging.INFO,
) -> None:
    """Log to stderr from now on, as "text" or "json".

    `context` adds fields to every line, such as the id of the current request.
    """
    handler = logging.StreamHandler(sys.stderr)
    kind = JsonLines if form == "json" else TextLines
    handler.setFormatter(kind(context))
    logging.basicConfig(level=level, handlers=[handler], force=True)


class TextLines(logging.Formatter):
    """`INFO app.errors The words. request=4f1c...`"""

    def __init__(self, context: Callable[[], Mapping[str, str]] = dict) -> None:
        super().__init__("%(levelname)s %(name)s %(message)s")
        self._context = context

    def formatMessage(self, record: logging.LogRecord) -> str:
        said = super().formatMessage(record)
        more = [f"{name}={value}" for name, value in self.fields(record).items()]
        return " ".join([said, *more])

    def formatException(self, ei: ExcInfo) -> str:
        return without_words(ei)

    def fields(self, record: logging.LogRecord) -> dict[str, object]:
        given = {name: getattr(record, name, None) for name in FIELDS}
        found = {name: value for name, value in given.items() if value is not None}
        return dict(self._context()) | found


class JsonLines(TextLines):
    """`{"time", "level", "logger", "message", "request", ...}`"""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **self.fields(record),
        }
        if record.exc_info and record.exc_info[0]:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def without_words(exc_info: ExcInfo) -> str:
    """A traceback without what the exception says and without source lines.

    Example: "ValueError\\n  app/answers.py:62 add_answers".
    """
    kind, _, trace = exc_info
    places = [
        f"  {frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(trace)
    ]
    return "\n".join([kind.__name__, *places])
