"""The part of the API's contract that is about single quizzes and the host."""

from __future__ import annotations

from app.openapi_parts import Schema, items, operation, record, text
from app.records import KINDS
from protocol import MAX_OPTION, MAX_QUESTION, OptionSource, Reason, Status

_HOST: list[Schema] = [{"host": []}]
_BASE = "/api/v1/meetings/{id}/quizzes/{quiz_id}"
_NUMBER: Schema = {"type": "integer"}


def paths() -> Schema:
    """Approve, edit, make again, drop, and their undoing."""
    return {
        _BASE: {
            "patch": operation(
                "Approve, edit, show a quiz that is held back, or undo a drop; "
                "exactly one of these",
                {"200": ("The quiz now", "Quiz")},
                errors=("400", "404", "409", "413", "415", "429"),
                body="QuizChange",
                parameter="id quiz_id",
                security=_HOST,
            ),
            "delete": operation(
                "Drop the quiz: out of the meeting and its counts, until it is undone",
                {"200": ("The dropped quiz", "Dropped")},
                errors=("404", "409", "429"),
                parameter="id quiz_id",
                security=_HOST,
            ),
        },
        f"{_BASE}/regenerate": {
            "post": _step("Make another quiz about the same answer", "202")
        },
        f"{_BASE}/earlier": {
            "post": _step("Keep the quiz that was there before it was made again")
        },
    }


def _step(summary: str, status: str = "200") -> Schema:
    return operation(
        summary,
        {status: ("The quiz now", "Quiz")},
        errors=("404", "409", "429"),
        parameter="id quiz_id",
        security=_HOST,
    )


def schemas() -> Schema:
    """What these operations take and give."""
    answer = {"type": "integer", "minimum": 1, "maximum": 4}
    options = items(text(MAX_OPTION), minItems=4, maxItems=4)
    return {
        "Quiz": record(
            "id participant question options answer status evidence checks "
            "sources review own kind revision",
            id=text(),
            participant=text(description="Empty if the answer is anonymous"),
            question=text(description="Empty until the quiz is ready"),
            options=items(text(), maxItems=4),
            answer=answer | {"type": ["integer", "null"]},
            status=text(enum=list(Status)),
            reason=text(enum=list(Reason)),
            evidence=text(),
            checks={"type": "object"},
            sources=items(
                text(enum=[*OptionSource, ""]), description="One for each option"
            ),
            review={"type": ["string", "null"], "enum": ["approved", "edited", None]},
            own={
                "type": ["string", "null"],
                "enum": ["ok", "fixed", None],
                "description": "What the person it is about says to it",
            },
            kind={
                "type": ["string", "null"],
                "enum": [*KINDS, None],
                "description": "How the big screen plays this answer, if it does",
            },
            revision=_NUMBER,
        ),
        "QuizChange": record(
            "",
            question=text(MAX_QUESTION, description="Left out: as it is"),
            options=options | {"description": "Left out: as they are"},
            answer=answer | {"description": "Left out: as it is"},
            review=text(enum=["approved"]),
            status=text(enum=["ready"], description="Show a quiz that is held back"),
            dropped={"type": "boolean", "enum": [False]},
            revision=_NUMBER
            | {"description": "The revision looked at; 409 if there is another now"},
        ),
        "Dropped": record(
            "dropped", dropped=record("id revision", id=text(), revision=_NUMBER)
        ),
    }
