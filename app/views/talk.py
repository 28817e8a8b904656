"""The child's page of a conversation: read, say something, and goodbye."""

from __future__ import annotations

import secrets

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access, limiter, wording
from app.errors import NotFound, UserError
from app.meetings import Meeting, store
from app.studio.items import Talk
from app.views.panel import unchanged_or
from app.views.workshop import workshop
from protocol import MAX_MESSAGE, Recipe

blueprint = Blueprint("talk", __name__, url_prefix="/talk/<meeting_id>/<item_id>")
Answer = str | Response | tuple[str, int]


@blueprint.get("")
def page(meeting_id: str, item_id: str) -> Answer:
    """The conversation; a stranger gets a page that can only trade in a link."""
    try:
        meeting, talk = _talk(meeting_id, item_id)
    except NotFound:
        here = {"meeting_id": meeting_id, "item_id": item_id}
        return render_template("talk/door.html", **here), 404
    return _page(meeting, talk)


@blueprint.post("/session")
def open_session(meeting_id: str, item_id: str) -> tuple[str, int]:
    """Trade the token of the link for a cookie.

    Raises: NotFound for a wrong token.
    """
    token = request.form.get("token", "")
    store().studio.talk_of(meeting_id, item_id, token)
    access.remember_talk(item_id, token)
    return "", 204


@blueprint.get("/live")
def live(meeting_id: str, item_id: str) -> Response:
    """The part of the page that changes; 304 while it does not."""
    meeting, talk = _talk(meeting_id, item_id)
    return unchanged_or(render_template("talk/live.html", **_live(meeting, talk)))


@blueprint.post("/say")
def say(meeting_id: str, item_id: str) -> Answer:
    """Add what the child says; what is wrong comes back in words."""
    meeting, talk = _talk(meeting_id, item_id)
    limiter.count_message(meeting.id, talk.id)
    words, sent = request.form.get("text", ""), request.form.get("sent", "")
    try:
        store().studio.say(meeting.id, talk.id, words, sent)
    except NotFound:
        raise
    except UserError as error:
        return _page(meeting, talk, error, words), error.status
    here = {"meeting_id": meeting.id, "item_id": talk.id}
    return redirect(url_for("talk.page", **here), 303)


def _talk(meeting_id: str, item_id: str) -> tuple[Meeting, Talk]:
    meeting, talk = access.talk_or_404(meeting_id, item_id)
    wording.speak(meeting.language)
    return meeting, talk


def _page(
    meeting: Meeting, talk: Talk, error: UserError | None = None, words: str = ""
) -> str:
    return render_template(
        "talk/page.html",
        error=error,
        words=words,
        sent=secrets.token_urlsafe(12),
        limit=MAX_MESSAGE,
        **_live(meeting, talk),
    )


def _live(meeting: Meeting, talk: Talk) -> dict[str, object]:
    return {"meeting": meeting, "talk": talk, "workshop": workshop(Recipe.CHAT)}
