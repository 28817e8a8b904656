"""Files the host takes along."""

from __future__ import annotations

from flask import Blueprint, Response

from app import exports
from app.access import host_meeting_or_404
from app.meetings import store

blueprint = Blueprint("export", __name__, url_prefix="/host/<meeting_id>/export")


@blueprint.get("/rows.jsonl")
def jsonl(meeting_id: str) -> Response:
    """The host's quizzes as rows of our training data."""
    return _file(exports.as_jsonl(_rows(meeting_id)), "application/jsonl", "jsonl")


@blueprint.get("/rows.csv")
def seed_csv(meeting_id: str) -> Response:
    """The same in the columns of the seed."""
    return _file(exports.as_seed_csv(_rows(meeting_id)), "text/csv", "csv")


def _rows(meeting_id: str) -> list[exports.Row]:
    meeting = host_meeting_or_404(meeting_id)
    return exports.training_rows(store().snapshot(meeting.id))


def _file(text: str, media_type: str, ending: str) -> Response:
    response = Response(text, content_type=f"{media_type}; charset=utf-8")
    response.headers["Content-Disposition"] = (
        f'attachment; filename="icebreaker-rows.{ending}"'
    )
    return response
