"""The game on the big screen, with the host's buttons.

What is shown here is what everybody may see: before the reveal no answer of these
views holds the solution, so the host can play along. (The host's own page, the editor
in which quizzes are read and corrected before the game, does show them.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import links
from app.errors import NotFound, UserError
from app.lineup import rounds_for
from app.meetings import Meeting, Snapshot, store
from app.rounds import MINUTES, SECONDS, Game, Switches
from app.screen import screen
from app.views.host import meeting_on_screen as speaking_meeting
from app.views.host import qr_code
from app.views.panel import unchanged_or

blueprint = Blueprint("game", __name__, url_prefix="/host/<meeting_id>/game")
Answer = Response | tuple[str, int]


@blueprint.get("")
def page(meeting_id: str) -> str:
    """The big screen of a game with phones."""
    meeting = speaking_meeting(meeting_id)
    return render_template("game/page.html", **_shown(meeting))


@blueprint.get("/live")
def live(meeting_id: str) -> Response:
    """The part that changes."""
    meeting = speaking_meeting(meeting_id)
    return unchanged_or(render_template("game/live.html", **_shown(meeting)))


@blueprint.post("/start")
def start(meeting_id: str) -> Answer:
    """Freeze the deck, as the host wants to play, and open the first round."""
    meeting = speaking_meeting(meeting_id)
    return _do(meeting, lambda: _start(meeting))


@blueprint.post("/step")
def step(meeting_id: str) -> Answer:
    """What comes next: the reveal, then the next round, then the end."""
    meeting = speaking_meeting(meeting_id)
    game = store().play.look(meeting.id)
    if game.phase == "asking" and game.standing:
        return _do(meeting, lambda: store().play.reveal(meeting.id, _at()))
    return _do(meeting, lambda: _next(meeting))


@blueprint.post("/skip")
def skip(meeting_id: str) -> Answer:
    """Leave this card out."""
    meeting = speaking_meeting(meeting_id)
    return _do(meeting, lambda: _next(meeting))


@blueprint.post("/pause")
def pause(meeting_id: str) -> Answer:
    """Rest, or go on."""
    meeting = speaking_meeting(meeting_id)
    return _do(meeting, lambda: store().play.pause(meeting.id, _at()))


@blueprint.post("/end")
def end(meeting_id: str) -> Answer:
    """Stop here and show what the room knows about itself."""
    meeting = speaking_meeting(meeting_id)
    return _do(meeting, lambda: store().play.end(meeting.id, _at()))


@blueprint.post("/more")
def more(meeting_id: str) -> Answer:
    """Play on with cards that were left out or became ready later."""
    meeting = speaking_meeting(meeting_id)
    return _do(meeting, lambda: _more(meeting))


@blueprint.post("/again")
def again(meeting_id: str) -> Answer:
    """Back to the lobby."""
    meeting = speaking_meeting(meeting_id)
    return _do(meeting, lambda: store().play.again(meeting.id))


@blueprint.post("/board")
def board(meeting_id: str) -> Answer:
    """Show the leaderboard, or hide it."""
    meeting = speaking_meeting(meeting_id)
    switches = store().play.look(meeting.id).switches
    turned = replace(switches, leaderboard=not switches.leaderboard)
    return _do(meeting, lambda: store().play.switch(meeting.id, turned))


@blueprint.post("/players/<player_id>/remove")
def remove_player(meeting_id: str, player_id: str) -> Answer:
    """Ask somebody out of the game; their answers stay."""
    meeting = speaking_meeting(meeting_id)
    return _do(meeting, lambda: store().play.forget(meeting.id, player_id))


def _snapshot(meeting: Meeting) -> Snapshot:
    """Raises: NotFound if it was deleted just now."""
    snapshot = store().snapshot(meeting.id)
    if snapshot is None:
        raise NotFound
    return snapshot


def _at() -> str:
    return request.form.get("at", "")


def _start(meeting: Meeting) -> None:
    snapshot = _snapshot(meeting)
    form = request.form
    switches = Switches(
        minutes=_one_of(MINUTES, form.get("minutes", 10, type=int)),
        seconds=_one_of(SECONDS, form.get("seconds", 0, type=int)),
        names_first="names_first" in form,
        options_only="options_only" in form,
        leaderboard="leaderboard" in form,
        speed="speed" in form,
    )
    store().play.start(snapshot, store().deck(snapshot), switches)
    _next(meeting, "ready:")


def _one_of(choices: tuple[int, ...], value: int) -> int:
    if value not in choices:
        raise UserError("bad_request")
    return value


def _next(meeting: Meeting, at: str | None = None) -> None:
    snapshot = _snapshot(meeting)
    store().play.next(snapshot, _at() if at is None else at)


def _more(meeting: Meeting) -> None:
    snapshot = _snapshot(meeting)
    game = store().play.look(meeting.id)
    limit = rounds_for(game.switches.minutes, game.switches.seconds)
    spare = store().play.spare(snapshot, store().deck(snapshot))
    store().play.add(snapshot, spare[:limit])
    if game.phase == "ended":
        _next(meeting, game.at)


def _do(meeting: Meeting, step: Callable[[], None]) -> Answer:
    """Do it, then back to the screen. A second press of the same button is nothing
    new: the screen has moved on already."""
    try:
        step()
    except NotFound:
        raise
    except UserError as error:
        if error.code != "game_moved":
            shown = render_template("game/page.html", error=error, **_shown(meeting))
            return shown, error.status
    return redirect(url_for("game.page", meeting_id=meeting.id), 303)


def _shown(meeting: Meeting) -> dict[str, object]:
    play = store().play
    game = play.look(meeting.id)
    results = (None, None)
    if game.phase in ("revealed", "ended"):
        results = play.results(meeting.id, game)
    play_url = links.play_url(meeting.join_code)
    shown = {
        "meeting": meeting,
        "screen": screen(game, meeting.language, *results),
        "code_url": links.code_url(),
        "minutes": MINUTES,
        "seconds": SECONDS,
    }
    if game.phase in ("", "ready", "ended"):
        shown |= _waiting(meeting, game) | {"qr": qr_code(play_url)}
    return shown


def _waiting(meeting: Meeting, game: Game) -> dict[str, object]:
    """Who is in, and how many cards there are to play."""
    snapshot = _snapshot(meeting)
    cards = store().deck(snapshot)
    if game.phase:
        cards = store().play.spare(snapshot, cards)
    making = snapshot.counts["queued"] + snapshot.counts["running"]
    return {
        "people": store().play.players(meeting.id),
        "ready": len(cards),
        "making": making,
    }
