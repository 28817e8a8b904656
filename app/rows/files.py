"""Rows as files: drafts come in, reviewed rows go out; JSON, one object a line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import FileStorage

from app.cleaning import clean_line, clean_text
from app.drafts import QuizDraft, checked_draft
from app.errors import UserError
from app.rows.records import ACCEPT, EDIT, Record, Row, Wording
from app.submissions import LANGUAGES
from protocol import MAX_ANSWER, MAX_QUESTION, MAX_ROWS, MAX_ROWS_MB

MEGABYTE = 2**20
MAX_SOURCE = 2_000  # characters of an address or a title
MAX_DRAFTED_BY = 120
PROBLEMS_SHOWN = 20

_ID = re.compile("[0-9a-f]{16}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class LineError(Exception):
    """A line is no draft; `field` is where, empty for the whole line."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True, kw_only=True)
class LineProblem:
    """Why a line was left out: wording key `rows.line.{code}`, or `error.{code}`."""

    line: int
    key: str
    values: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Drafts:
    """What a file holds: its good rows, and the lines that are none."""

    rows: list[Row] = field(default_factory=list)
    problems: list[LineProblem] = field(default_factory=list)


def uploaded(upload: FileStorage | None) -> Drafts:
    """The drafts in an uploaded file.

    Raises: UserError for a file that cannot be used as a whole.
    """
    return read(upload.read(MAX_ROWS_MB * MEGABYTE + 1) if upload else b"")


def read(data: bytes) -> Drafts:
    """The drafts in the content of a file. A bad line costs that line only.

    Raises: UserError.
    """
    if len(data) > MAX_ROWS_MB * MEGABYTE:
        raise UserError("file_too_large", limit_mb=MAX_ROWS_MB)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError("rows_unreadable") from None
    lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not lines:
        raise UserError("rows_missing")
    if len(lines) > MAX_ROWS:
        raise UserError("rows_full", count=len(lines), limit=MAX_ROWS)
    return _read_lines(lines)


def _read_lines(lines: Iterable[tuple[int, str]]) -> Drafts:
    drafts = Drafts()
    for number, line in lines:
        try:
            drafts.rows.append(read_line(line))
        except LineError as error:
            problem = f"rows.line.{error.code}", error.values
        except UserError as error:
            problem = f"error.{error.code}", error.values
        else:
            continue
        key, values = problem
        drafts.problems.append(LineProblem(line=number, key=key, values=values))
    return drafts


def read_line(line: str) -> Row:
    """The draft in one line.

    Raises: LineError, UserError.
    """
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise LineError("json") from None
    if not isinstance(record, dict):
        raise LineError("json")
    row_id = _text(record, "id", 16)
    if not _ID.fullmatch(row_id):
        raise LineError("id")
    if record.get("lang") not in LANGUAGES:
        raise LineError("lang")
    return Row(
        id=row_id,
        lang=record["lang"],
        question=clean_line(_text(record, "question", MAX_QUESTION)),
        answer=_text(record, "answer", MAX_ANSWER),
        source=_source(record.get("source")),
        wording=_wording(record),
        drafted_by=clean_line(_text(record, "drafted_by", MAX_DRAFTED_BY)),
    )


def _text(record: Mapping[str, Any], name: str, limit: int) -> str:
    """A field that must hold some text."""
    value = record.get(name)
    text = clean_text(value) if isinstance(value, str) else ""
    if not text:
        raise LineError("missing", field=name)
    if len(text) > limit:
        raise LineError("long", field=name, length=len(text), limit=limit)
    return text


def _wording(record: Mapping[str, Any]) -> Wording:
    """The quiz of the draft.

    Raises: LineError, UserError.
    """
    options, correct = record.get("options"), record.get("correct")
    if not isinstance(options, list) or not all(isinstance(o, str) for o in options):
        raise LineError("missing", field="options")
    if not isinstance(correct, int) or isinstance(correct, bool):
        raise LineError("missing", field="correct")
    question = _text(record, "quiz_question", MAX_QUESTION)
    return checked_wording(question, options, correct)


def checked_wording(question: str, options: list[str], correct: int | None) -> Wording:
    """A quiz in somebody's words, cleaned.

    Raises: UserError.
    """
    draft = QuizDraft(question=question, options=tuple(options), answer=correct)
    draft = checked_draft(draft)
    return Wording(
        quiz_question=draft.question, options=draft.options, correct=draft.answer
    )


def _source(source: Any) -> Record | None:
    """Where a row comes from; None for one of a meeting."""
    if source is None:
        return None
    if not isinstance(source, dict):
        raise LineError("missing", field="source")
    collected = _text(source, "collected", 10)
    if not _DAY.fullmatch(collected):
        raise LineError("day")
    licence = source.get("licence")
    return {
        "url": clean_line(_text(source, "url", MAX_SOURCE)),
        "title": clean_line(str(source.get("title") or ""))[:MAX_SOURCE],
        "collected": collected,
        "licence": clean_line(str(licence))[:MAX_SOURCE] if licence else None,
    }


def as_jsonl(reviewed: Iterable[Record], *, accepted_only: bool = False) -> str:
    """Reviewed rows, all of them or those that were accepted, edited or not."""
    good = (ACCEPT, EDIT)
    return "".join(
        json.dumps(record, ensure_ascii=False) + "\n"
        for record in reviewed
        if not accepted_only or record["review"]["verdict"] in good
    )
