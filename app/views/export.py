"""Files the host takes along."""

from __future__ import annotations

from flask import Blueprint, Response

from app import exports, quiz_files
from app.access import host_meeting_or_404
from app.meetings import store
from app.views.summary import host_lines

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
blueprint = Blueprint("export", __name__, url_prefix="/host/<meeting_id>/export")


@blueprint.get("/rows.jsonl")
def jsonl(meeting_id: str) -> Response:
    """The host's quizzes as rows of our training data."""
    return _file(exports.as_jsonl(_rows(meeting_id)), "application/jsonl", "rows.jsonl")


@blueprint.get("/rows.csv")
def seed_csv(meeting_id: str) -> Response:
    """The same in the columns of the seed."""
    return _file(exports.as_seed_csv(_rows(meeting_id)), "text/csv", "rows.csv")


@blueprint.get("/quiz.csv")
def quiz_csv(meeting_id: str) -> Response:
    """The summary as a table."""
    meeting = host_meeting_or_404(meeting_id)
    return _file(quiz_files.as_csv(host_lines(meeting)), "text/csv", "quiz.csv")


@blueprint.get("/quiz.json")
def quiz_json(meeting_id: str) -> Response:
    """The summary for programs."""
    meeting = host_meeting_or_404(meeting_id)
    shown = quiz_files.as_json(meeting, host_lines(meeting))
    return _file(shown, "application/json", "quiz.json")


@blueprint.get("/kahoot.xlsx")
def kahoot(meeting_id: str) -> Response:
    """The summary as Kahoot imports it."""
    meeting = host_meeting_or_404(meeting_id)
    cards = [line.card for line in host_lines(meeting)]
    quiz = quiz_files.kahoot(cards, meeting.language)
    return _file(quiz_files.as_kahoot(quiz, meeting.title), XLSX, "kahoot.xlsx")


def _rows(meeting_id: str) -> list[exports.Row]:
    meeting = host_meeting_or_404(meeting_id)
    return exports.training_rows(store().snapshot(meeting.id))


def _file(content: str | bytes, media_type: str, name: str) -> Response:
    text = isinstance(content, str)
    response = Response(
        content, content_type=f"{media_type}; charset=utf-8" if text else media_type
    )
    response.headers["Content-Disposition"] = (
        f'attachment; filename="icebreaker-{name}"'
    )
    return response
