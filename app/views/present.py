"""The big screen: the waiting room, then one quiz after the other."""

from __future__ import annotations

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from app import access, guide, links, quoting, wording
from app.meetings import Meeting
from app.views.host import qr_code
from app.views.panel import panel, unchanged_or

blueprint = Blueprint("present", __name__, url_prefix="/host/<meeting_id>/present")


@blueprint.get("")
def page(meeting_id: str) -> str:
    """The stage with all slides."""
    meeting = _meeting(meeting_id)
    return render_template("present/page.html", **_slides(meeting))


@blueprint.get("/live")
def live(meeting_id: str) -> Response:
    """The slides alone; new quizzes join them while the room waits."""
    meeting = _meeting(meeting_id)
    return unchanged_or(render_template("present/slides.html", **_slides(meeting)))


def _meeting(meeting_id: str) -> Meeting:
    meeting = access.host_meeting_or_404(meeting_id)
    wording.speak(meeting.language)
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
    }
