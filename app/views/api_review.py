"""API v1, single quizzes: what the host's page can do, for programs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from app.access import host_meeting_or_404
from app.drafts import QuizDraft
from app.errors import NotFound, UserError
from app.meetings import Meeting, Quiz, store
from app.views.api import body_of, shown_quiz, text_of, texts_of

blueprint = Blueprint(
    "api_review",
    __name__,
    url_prefix="/api/v1/meetings/<meeting_id>/quizzes/<quiz_id>",
)
EDITED = ("question", "options", "answer")


@blueprint.patch("")
def change(meeting_id: str, quiz_id: str) -> Response:
    """Approve, edit, show anyway or undo a drop: exactly one of these.

    Raises: UserError for a body that asks for none or two of them.
    """
    meeting = host_meeting_or_404(meeting_id)
    body = body_of()
    revision = _revision(body)
    asked = {field for field in ("review", "status", "dropped") if field in body}
    edits = any(field in body for field in EDITED)
    if len(asked) + edits != 1:
        raise UserError(
            "field_wrong",
            field="The body",
            expected="an edit, or one of review, status and dropped",
        )
    if edits:
        quiz = _quiz(meeting, quiz_id)
        seen = quiz.revision if revision is None else revision
        store().edit(meeting.id, quiz_id, _draft(body, quiz), seen)
    else:
        _decide(meeting, quiz_id, asked.pop(), body, revision)
    return _shown(meeting, quiz_id)


def _decide(
    meeting: Meeting,
    quiz_id: str,
    field: str,
    body: dict[str, Any],
    revision: int | None,
) -> None:
    wanted = {"review": "approved", "status": "ready", "dropped": False}
    value = body[field]
    if value != wanted[field] or type(value) is not type(wanted[field]):
        shown = "false" if field == "dropped" else f"'{wanted[field]}'"
        raise UserError("field_wrong", field=field, expected=shown)
    actions = {
        "review": store().approve,
        "status": store().show_anyway,
        "dropped": store().restore,
    }
    actions[field](meeting.id, quiz_id, revision)


@blueprint.delete("")
def drop(meeting_id: str, quiz_id: str) -> Response:
    """Take the quiz out of the meeting."""
    meeting = host_meeting_or_404(meeting_id)
    store().drop(meeting.id, quiz_id)
    snapshot = store().snapshot(meeting.id)
    for quiz in snapshot.dropped if snapshot else []:
        if quiz.id == quiz_id:
            return jsonify(dropped={"id": quiz.id, "revision": quiz.revision})
    raise NotFound


@blueprint.post("/regenerate")
def regenerate(meeting_id: str, quiz_id: str) -> tuple[Response, int]:
    """Make another quiz about the same answer."""
    meeting = host_meeting_or_404(meeting_id)
    store().regenerate(meeting.id, quiz_id)
    return _shown(meeting, quiz_id), 202


@blueprint.post("/earlier")
def keep_earlier(meeting_id: str, quiz_id: str) -> Response:
    """Keep the quiz that was there before it was made again."""
    meeting = host_meeting_or_404(meeting_id)
    store().keep_earlier(meeting.id, quiz_id)
    return _shown(meeting, quiz_id)


def _quiz(meeting: Meeting, quiz_id: str) -> Quiz:
    snapshot = store().snapshot(meeting.id)
    for quiz in snapshot.quizzes if snapshot else []:
        if quiz.id == quiz_id:
            return quiz
    raise NotFound


def _shown(meeting: Meeting, quiz_id: str) -> Response:
    snapshot = store().snapshot(meeting.id)
    if snapshot is None:
        raise NotFound
    cards = store().deck(snapshot)
    kinds = {quiz: card.kind for card in cards for quiz in card.quizzes}
    return jsonify(shown_quiz(_quiz(meeting, quiz_id), kinds.get(quiz_id)))


def _revision(body: dict[str, Any]) -> int | None:
    return _whole_number(body, "revision") if "revision" in body else None


def _draft(body: dict[str, Any], quiz: Quiz) -> QuizDraft:
    """The quiz with what the body changes."""
    options = texts_of(body, "options") if "options" in body else quiz.options
    return QuizDraft(
        question=text_of(body, "question", quiz.question),
        options=tuple(options),
        answer=_whole_number(body, "answer") if "answer" in body else quiz.answer,
    )


def _whole_number(body: dict[str, Any], field: str) -> int:
    value = body[field]
    if not isinstance(value, int) or isinstance(value, bool):
        raise UserError("field_wrong", field=field, expected="a whole number")
    return value
