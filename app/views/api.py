"""API v1. The contract is in `app/openapi.py` and served at /api/v1/openapi.json."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request

from app import access, limiter
from app.access import bearer_token, host_meeting_or_404, open_meeting_or_404
from app.errors import NotFound, UserError
from app.links import host_url, play_url, survey_url
from app.meetings import Quiz, SheetLink, store
from app.openapi import document
from app.question_bank import bank

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The contract of this API."""
    return jsonify(document())


@blueprint.post("/meetings")
def create() -> tuple[Response, int]:
    """A new meeting; without questions and sheet it asks the bank's easy ones.

    Raises: UserError without the password of a server that has one.
    """
    if not (access.is_open() or access.is_host_password(bearer_token())):
        raise UserError("login_needed")
    limiter.count_creation()
    body = body_of()
    language = text_of(body, "language", "ko")
    sheet = text_of(body, "google_sheet", "")
    questions = texts_of(body, "questions")
    if not questions and not sheet and language in ("ko", "en"):
        questions = list(bank(language).defaults)
    created = store().create(text_of(body, "title"), language, questions, sheet or None)
    meeting = created.meeting
    return jsonify(
        id=meeting.id,
        join_code=meeting.join_code,
        host_token=created.host_token,
        host_url=host_url(meeting.id, created.host_token),
        survey_url=survey_url(meeting.join_code),
        play_url=play_url(meeting.join_code),
    ), 201


@blueprint.post("/meetings/<join_code>/answers")
def answer(join_code: str) -> tuple[Response, int]:
    """One participant's answers, new or, with their token, changed."""
    meeting = open_meeting_or_404(join_code)
    limiter.count_answers(meeting.id)
    body = body_of()
    token = bearer_token()
    if token and not store().has_participant(meeting.id, token):
        raise NotFound("participant_unknown")
    token = token or access.token_for_key(meeting.id)
    submission = store().add_answers(
        meeting, text_of(body, "name"), _answers(body), participant_token=token
    )
    return jsonify(participant_token=submission.participant_token), 201


@blueprint.get("/meetings/<meeting_id>")
def show(meeting_id: str) -> Response:
    """The meeting with all its quizzes, for the host."""
    host_meeting_or_404(meeting_id)
    snapshot = store().snapshot(meeting_id)
    if snapshot is None:
        raise NotFound
    cards = store().deck(snapshot)
    kinds = {quiz: card.kind for card in cards for quiz in card.quizzes}
    shown = {
        "title": snapshot.meeting.title,
        "status": snapshot.status,
        "counts": snapshot.counts,
        "quizzes": [shown_quiz(q, kinds.get(q.id)) for q in snapshot.quizzes],
    }
    if snapshot.meeting.sheet:
        shown["sheet"] = _sheet(snapshot.meeting.sheet)
    response = jsonify(shown)
    response.set_etag(snapshot.etag)
    return response.make_conditional(request)


@blueprint.delete("/meetings/<meeting_id>")
def delete(meeting_id: str) -> Response:
    """Everything of the meeting, gone from Redis."""
    host_meeting_or_404(meeting_id)
    deleted = store().delete(meeting_id)
    return jsonify(deleted=deleted, at=_now())


def shown_quiz(quiz: Quiz, kind: str | None = None) -> dict[str, Any]:
    """A quiz as the API shows it; `kind` is how the big screen plays it."""
    shown = {
        "id": quiz.id,
        "participant": quiz.participant_name,
        "question": quiz.question,
        "options": quiz.options,
        "answer": quiz.answer,
        "status": quiz.status,
        "evidence": quiz.evidence,
        "checks": quiz.checks,
        "sources": quiz.sources,
        "review": quiz.review,
        "own": quiz.own,
        "kind": kind,
        "revision": quiz.revision,
    }
    return shown | {"reason": quiz.reason} if quiz.reason else shown


def _sheet(sheet: SheetLink) -> dict[str, Any]:
    return {"status": sheet.status, "problem": sheet.problem, "rows": sheet.rows}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def body_of() -> dict[str, Any]:
    """The request's JSON object.

    Raises: UserError for anything else, also for JSON nested beyond reason.
    """
    if not request.is_json:
        raise UserError("unsupported_type")
    try:
        body = json.loads(request.get_data())
    except (ValueError, RecursionError):
        raise UserError("body_not_json") from None
    if not isinstance(body, dict):
        raise UserError("body_not_json")
    return body


def text_of(body: dict[str, Any], field: str, default: str | None = None) -> str:
    """A string of the body.

    Raises: UserError if it is missing without a default, or of another type.
    """
    value = body.get(field)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise UserError("field_wrong", field=field, expected="a string")
    return value


def texts_of(body: dict[str, Any], field: str) -> list[str]:
    """A list of strings, empty if it is not there.

    Raises: UserError for anything else.
    """
    values = body.get(field)
    if values is None:
        return []
    if isinstance(values, list) and all(isinstance(value, str) for value in values):
        return values
    raise UserError("field_wrong", field=field, expected="a list of strings")


def _answers(body: dict[str, Any]) -> list[dict[str, str]]:
    answers = body.get("answers")
    if not isinstance(answers, list) or not all(isinstance(a, dict) for a in answers):
        raise UserError("field_wrong", field="answers", expected="a list of objects")
    return [
        {
            "question": text_of(answer, "question"),
            "text": text_of(answer, "answer"),
            "consent": text_of(answer, "consent", "named"),
        }
        for answer in answers
    ]
