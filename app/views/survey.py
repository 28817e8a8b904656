"""The participant's pages: answer, change, take back."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access, limiter, wording
from app.errors import UserError
from app.meetings import Meeting, store
from app.submissions import CONSENTS
from app.views.forms import Replies
from protocol import MAX_ANSWER, MAX_NAME

blueprint = Blueprint("survey", __name__)


@blueprint.get("/s/<code>")
def page(code: str) -> str | Response:
    """The survey, with what this person sent before."""
    meeting = _meeting(code)
    if code != meeting.join_code:  # typed in small letters
        return redirect(url_for("survey.page", code=meeting.join_code))
    access.expect_participant(meeting.id)
    return _page(meeting, _stored(meeting))


@blueprint.post("/s/<code>")
def send(code: str) -> Response | tuple[str, int]:
    """Store the answers; what is wrong comes back with everything still typed in."""
    meeting = _meeting(code)
    limiter.count_answers(meeting.id)
    token = access.participant_token(meeting.id)
    replies = Replies.read(meeting, request.form, known=_stored(meeting).known)
    try:
        submission = store().add_answers(
            meeting, replies.name, replies.entries(), token, train=replies.train
        )
    except UserError as error:
        return _page(meeting, replies, error), error.status
    access.remember_participant(meeting.id, submission.participant_token)
    return redirect(url_for("survey.thanks", code=meeting.join_code), 303)


@blueprint.get("/s/<code>/thanks")
def thanks(code: str) -> str | Response:
    """What was sent, with the ways to change it or take it back."""
    meeting = _meeting(code)
    replies = _stored(meeting)
    if not replies.known:
        return redirect(url_for("survey.page", code=meeting.join_code))
    return render_template("survey/thanks.html", meeting=meeting, replies=replies)


@blueprint.post("/s/<code>/leave")
def leave(code: str) -> str:
    """Remove this person's answers and the quizzes made of them."""
    meeting = _meeting(code)
    token = access.participant_token(meeting.id)
    replies = _stored(meeting)
    answers = len(store().quizzes_of(meeting.id, token or ""))
    if replies.known:
        person = store().add_answers(meeting, replies.name, [], token)
        store().remove_participant(meeting.id, person.participant_id)
    access.forget_participant(meeting.id)
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return render_template(
        "survey/left.html", meeting=meeting, answers=answers, now=now
    )


def _meeting(code: str) -> Meeting:
    meeting = access.open_meeting_or_404(code)
    wording.speak(meeting.language)
    return meeting


def _stored(meeting: Meeting) -> Replies:
    token = access.participant_token(meeting.id)
    name, answers = store().answers_of(meeting.id, token) if token else ("", {})
    train = bool(token) and store().may_train(meeting.id, token)
    return Replies.stored(meeting, name, answers, train)


def _page(meeting: Meeting, replies: Replies, error: UserError | None = None) -> str:
    return render_template(
        "survey/page.html",
        meeting=meeting,
        replies=replies,
        error=error,
        consents=CONSENTS,
        limits={"name": MAX_NAME, "answer": MAX_ANSWER},
    )
