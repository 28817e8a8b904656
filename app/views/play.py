"""The game on a phone: come in, choose, see what the others chose."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import UTC, datetime

from flask import Blueprint, jsonify, make_response, redirect, render_template, request
from flask import url_for as to
from werkzeug.wrappers import Response

from app import access, guide, wording
from app.answers import participant_id_of
from app.cleaning import folded
from app.errors import NotFound, UserError
from app.meetings import Meeting, store
from app.rounds import Game
from app.screen import Screen, Seat, screen, seat
from protocol import MAX_NAME

blueprint = Blueprint("play", __name__)
Refused = tuple[str, int]


@blueprint.get("/j")
def code() -> str | Response | Refused:
    """A field for the six characters on the big screen."""
    typed = request.args.get("code", "").strip()
    if not typed:
        return render_template("play/code.html", typed="", error=None)
    try:
        meeting = access.open_meeting_or_404(typed.replace(" ", "").replace("-", ""))
    except NotFound:
        error = UserError("code_unknown")
        page = render_template("play/code.html", typed=typed, error=error)
        return page, error.status
    return redirect(to("play.page", code=meeting.join_code), 303)


@blueprint.get("/play/<code>")
def page(code: str) -> str | Response:
    """The game, or the door to it for somebody who is not in yet."""
    meeting = _meeting(code)
    if code != meeting.join_code:  # typed in small letters
        return redirect(to("play.page", code=meeting.join_code))
    game = store().play.look(meeting.id, _player_id(meeting.id))
    if game.me is None:
        return _door(meeting)
    snapshot = store().snapshot(meeting.id)
    room = store().room_topics(snapshot) if snapshot else []
    return render_template("play/page.html", room=room, **_shown(meeting, game))


@blueprint.get("/play/<code>/live")
def live(code: str) -> Response:
    """The part of the page that changes; 304, at the price of one look, if not."""
    return _poll(code, lambda meeting, game: _fragment(meeting, game))


@blueprint.get("/play/<code>/state")
def state(code: str) -> Response:
    """The same for programs, as JSON."""
    return _poll(code, lambda meeting, game: jsonify(_state(meeting, game)))


@blueprint.post("/play/<code>/join")
def join(code: str) -> Response | Refused:
    """Come in under a name; who answered the survey here is known already."""
    meeting = _meeting(code)
    name, person = request.form.get("name", ""), request.form.get("person")
    token = access.participant_token(meeting.id)
    known, _ = store().answers_of(meeting.id, token) if token else ("", {})
    asked = None if known or person is not None else _namesake(meeting.id, name)
    if asked:
        return _door(meeting, name=name, asked=asked), 200
    token = token or secrets.token_urlsafe(24)
    try:
        store().play.join(meeting.id, token, known or name, person or None)
    except UserError as error:
        return _door(meeting, name=name, error=error), error.status
    access.remember_participant(meeting.id, token)
    return redirect(to("play.page", code=meeting.join_code), 303)


@blueprint.post("/play/<code>/rounds/<card>/vote")
def vote(code: str, card: str) -> Response | Refused:
    """Choose an option, or another one."""
    meeting = _meeting(code)
    choice = request.form.get("choice", 0, type=int)
    return _act(
        meeting,
        lambda player: store().play.vote(meeting.id, player, card, choice),
    )


@blueprint.post("/play/<code>/rounds/<card>/story")
def story(code: str, card: str) -> Response | Refused:
    """Tell the story behind the answer, or pass."""
    meeting = _meeting(code)
    told = request.form.get("story") == "tell"
    return _act(
        meeting, lambda player: store().play.story(meeting.id, player, card, told)
    )


def _meeting(code: str) -> Meeting:
    meeting = access.open_meeting_or_404(code)
    wording.speak(meeting.language)
    return meeting


def _player_id(meeting_id: str) -> str:
    """Who this browser is in the meeting, whether playing or not; "" if nobody."""
    token = access.participant_token(meeting_id)
    return participant_id_of(meeting_id, token) if token else ""


def _poll(code: str, answer) -> Response:
    meeting_id = store().id_of(code)
    game = store().play.look(meeting_id, _player_id(meeting_id))
    if game.join_code != code:
        access.open_meeting_or_404(code)  # a wrong guess is counted
        raise NotFound
    if request.if_none_match.contains_weak(game.etag):
        response = Response(status=304)
    else:
        response = make_response(answer(_meeting(code), game))
    response.set_etag(game.etag)
    return response


def _act(meeting: Meeting, step) -> Response | Refused:
    """Do it, then back to the game; what is refused is said on the page."""
    try:
        step(_player_id(meeting.id))
    except NotFound:
        raise
    except UserError as error:
        return render_template("play/refused.html", meeting=meeting, error=error), (
            error.status
        )
    return redirect(to("play.page", code=meeting.join_code), 303)


def _namesake(meeting_id: str, name: str) -> str | None:
    """The participant of this name who is not in yet: it may be the same person,
    who answered on another device or in a form."""
    inside = {player.person for player in store().play.players(meeting_id)}
    for person in store().participants(meeting_id):
        if folded(person.name) == folded(name) and person.id not in inside:
            return person.id
    return None


def _door(
    meeting: Meeting,
    name: str = "",
    asked: str | None = None,
    error: UserError | None = None,
) -> str:
    token = access.participant_token(meeting.id)
    known, _ = store().answers_of(meeting.id, token) if token else ("", {})
    return render_template(
        "play/door.html",
        meeting=meeting,
        known=known,
        name=name,
        asked=asked,
        error=error,
        limit=MAX_NAME,
    )


def _views(meeting: Meeting, game: Game) -> tuple[Screen, Seat]:
    results = (None, None)
    if game.phase in ("revealed", "ended"):
        results = store().play.results(meeting.id, game)
    return screen(game, meeting.language, *results), seat(game)


def _shown(meeting: Meeting, game: Game) -> dict[str, object]:
    waited = (datetime.now(UTC) - meeting.created_at).total_seconds()
    shown, mine = _views(meeting, game)
    token = access.participant_token(meeting.id) or ""
    return {
        "meeting": meeting,
        "answered": store().has_participant(meeting.id, token),
        "screen": shown,
        "seat": mine,
        "topic": guide.topic(meeting.language, meeting.id, waited),
        "topics": guide.order(meeting.language, meeting.id),
        "topic_seconds": guide.SECONDS_PER_TOPIC,
    }


def _fragment(meeting: Meeting, game: Game) -> str:
    return render_template("play/live.html", **_shown(meeting, game))


def _state(meeting: Meeting, game: Game) -> dict[str, object]:
    shown, mine = _views(meeting, game)
    me = mine.me.name if mine.me else None
    return {"screen": asdict(shown), "me": asdict(mine) | {"me": me}}
