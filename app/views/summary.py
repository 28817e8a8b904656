"""What the room has learned: for the host, and for everybody who took part."""

from __future__ import annotations

from flask import Blueprint, render_template

from app import access, links, quiz_files, quoting, wording
from app.errors import NotFound
from app.meetings import Meeting, store
from app.summary import Line, lines, lines_of_deck
from app.views.host import speaking_meeting

blueprint = Blueprint("summary", __name__)


@blueprint.get("/host/<meeting_id>/summary")
def host(meeting_id: str) -> str:
    """The summary with all that can be taken along."""
    meeting = speaking_meeting(meeting_id)
    found = host_lines(meeting)
    cards = [line.card for line in found]
    return _page(
        meeting,
        found,
        is_host=True,
        summary_url=links.summary_url(meeting.join_code),
        shortened=quiz_files.kahoot(cards, meeting.language).shortened,
    )


@blueprint.get("/s/<code>/summary")
def room(code: str) -> str:
    """The summary for participants and players of the meeting.

    Raises: NotFound for everybody else.
    """
    meeting = access.open_meeting_or_404(code)
    wording.speak(meeting.language)
    token = access.participant_token(meeting.id) or ""
    if not (
        store().has_participant(meeting.id, token)
        or store().play.has_player(meeting.id, token)
    ):
        raise NotFound
    return _page(meeting, lines(store().play.played(meeting.id)))


def host_lines(meeting: Meeting) -> list[Line]:
    """What was revealed; without a game, all that could be played."""
    found = lines(store().play.played(meeting.id))
    if found or store().play.is_on(meeting.id):
        return found
    snapshot = store().snapshot(meeting.id)
    return lines_of_deck(store().deck(snapshot)) if snapshot else []


def _page(meeting: Meeting, found: list[Line], **more: object) -> str:
    game = store().play.look(meeting.id)
    return render_template(
        "summary.html",
        meeting=meeting,
        lines=found,
        played=any(line.voted is not None for line in found),
        words=store().studio.words_kept(meeting.id),
        report=store().play.results(meeting.id, game)[1],
        excerpt=quoting.excerpt,
        key=quoting.key,
        **more,
    )
