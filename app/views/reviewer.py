"""The second reviewer's pages: one row of one meeting at a time, and nothing else."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from app import access, wording
from app.errors import NotFound
from app.rows.records import SECOND
from app.views import judging
from app.views.judging import Seat

blueprint = Blueprint("reviewer", __name__, url_prefix="/rows/<meeting_id>")


@blueprint.get("")
def review(meeting_id: str) -> str | tuple[str, int]:
    """A row to judge; a stranger gets a page that can only trade in a link."""
    try:
        seat = _seat(meeting_id)
    except NotFound:
        return render_template("rows/door.html", meeting_id=meeting_id), 404
    return judging.page(seat)


@blueprint.post("/session")
def open_session(meeting_id: str) -> tuple[str, int]:
    """Trade the token of the link for a cookie.

    Raises: NotFound for a wrong token.
    """
    token = request.form.get("token", "")
    access.reviewers_meeting_or_404(meeting_id, token)
    access.remember_reviewer(meeting_id, token)
    return "", 204


@blueprint.post("/review/<row_id>")
def decide(meeting_id: str, row_id: str) -> judging.Answer:
    """What the second reviewer says about it."""
    return judging.decide(_seat(meeting_id), row_id)


@blueprint.post("/undo")
def undo(meeting_id: str) -> judging.Answer:
    """Take the second reviewer's last decision back."""
    return judging.undo(_seat(meeting_id))


def _seat(meeting_id: str) -> Seat:
    token = access.reviewers_token(meeting_id)
    meeting = access.reviewers_meeting_or_404(meeting_id, token)
    wording.speak(meeting.language)
    return Seat(meeting=meeting, reviewer=SECOND, routes="reviewer")
