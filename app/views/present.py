"""The big screen: the waiting room, then one quiz after the other."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app import access, guide, links, quoting, wording
from app.errors import NotFound
from app.meetings import Meeting, store
from app.views.host import qr_code
from app.views.panel import panel, unchanged_or

blueprint = Blueprint("present", __name__, url_prefix="/host/<meeting_id>/present")


@blueprint.get("")
def page(meeting_id: str) -> str | Response:
    """The stage with all slides, solutions among them. While phones play there is
    one big screen only, and that one keeps them until the reveal."""
    meeting = _meeting(meeting_id)
    if store().play.is_on(meeting.id):
        return redirect(url_for("game.page", meeting_id=meeting.id))
    return render_template("present/page.html", **_slides(meeting))


@blueprint.get("/live")
def live(meeting_id: str) -> Response:
    """The slides alone; new quizzes join them while the room waits."""
    meeting = _meeting(meeting_id)
    if store().play.is_on(meeting.id):
        raise NotFound
    return unchanged_or(render_template("present/slides.html", **_slides(meeting)))


def _meeting(meeting_id: str) -> Meeting:
    meeting = access.host_meeting_or_404(meeting_id)
    wording.speak(meeting.language, to_everybody=True)
    return meeting


def _slides(meeting: Meeting) -> dict[str, object]:
    survey_url = links.survey_url(meeting.join_code)
    return {
        "meeting": meeting,
        "panel": panel(meeting),
        "survey_url": survey_url,
        "qr": qr_code(survey_url),
        "topics": guide.order(meeting.language, meeting.id),
        "topic_seconds": guide.SECONDS_PER_TOPIC,
        "excerpt": quoting.excerpt,
        "key": quoting.key,
    }
