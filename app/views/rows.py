"""The shelf of training rows: in, through the host's hands, and out."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from app import access, limiter, links
from app.errors import NotFound, UserError
from app.meetings import Meeting, store
from app.rows import files
from app.rows.agreement import LEAST_ROWS, agreement
from app.rows.files import PROBLEMS_SHOWN, Drafts
from app.rows.gathering import REASONS, Gathered, gather
from app.rows.records import ACCEPT, DISPUTED, EDIT, HOST, OPEN, REJECT, SECOND
from app.views import judging
from app.views.host import speaking_meeting
from app.views.judging import Seat
from protocol import MAX_ROWS, MAX_ROWS_MB

blueprint = Blueprint("rows", __name__, url_prefix="/host/<meeting_id>/studio/rows")
STANDINGS = (ACCEPT, EDIT, REJECT, DISPUTED, OPEN)
DISPUTED_SHOWN = 50
LIMITS = {"rows": MAX_ROWS, "megabytes": MAX_ROWS_MB, "least": LEAST_ROWS}


@blueprint.get("")
def shelf(meeting_id: str) -> str:
    """How far the review is, and all that can be done with the rows."""
    return _page(speaking_meeting(meeting_id))


@blueprint.post("/upload")
def upload(meeting_id: str) -> Answer | tuple[str, int]:
    """Bring in a file of drafts; lines that are none are named."""
    meeting = speaking_meeting(meeting_id)
    limiter.count_upload()
    try:
        drafts = files.uploaded(request.files.get("file"))
        added = store().rows.add(meeting.id, drafts.rows)
    except NotFound:
        raise
    except UserError as error:
        return _page(meeting, error), error.status
    known = len(drafts.rows) - added
    if drafts.problems:
        return _page(meeting, drafts=drafts, added=added, known=known), 400
    return _back(meeting, added=added, known=known)


@blueprint.post("/meeting")
def bring_in(meeting_id: str) -> Answer | tuple[str, int]:
    """Bring in the meeting's own questions, as far as their people allow it."""
    meeting = speaking_meeting(meeting_id)
    rows = store().rows
    try:
        added, known = rows.add_gathered(meeting.id, lambda: _gathered(meeting))
    except NotFound:
        raise
    except UserError as error:
        return _page(meeting, error), error.status
    return _back(meeting, added=added, known=known)


@blueprint.get("/reviewed.jsonl")
def download(meeting_id: str) -> Response:
    """The reviewed rows: all, or with `which=accepted` those that are good."""
    meeting = access.host_meeting_or_404(meeting_id)
    only = request.args.get("which") == "accepted"
    text = files.as_jsonl(store().rows.reviewed(meeting.id), accepted_only=only)
    response = Response(text, content_type="application/jsonl; charset=utf-8")
    name = "accepted" if only else "reviewed"
    disposition = f'attachment; filename="icebreaker-{name}.jsonl"'
    response.headers["Content-Disposition"] = disposition
    return response


@blueprint.post("/link")
def renew_link(meeting_id: str) -> Answer:
    """A new link for the second reviewer; the old one opens nothing any more."""
    meeting = speaking_meeting(meeting_id)
    store().rows.renew_link(meeting.id)
    return _back(meeting, anchor="second")


@blueprint.post("/drop")
def drop(meeting_id: str) -> Answer:
    """Remove all rows; for ten minutes they can be brought back."""
    meeting = speaking_meeting(meeting_id)
    store().rows.drop(meeting.id)
    return _back(meeting)


@blueprint.post("/restore")
def restore(meeting_id: str) -> Answer:
    """Bring back what was removed."""
    meeting = speaking_meeting(meeting_id)
    store().rows.restore(meeting.id)
    return _back(meeting)


@blueprint.get("/review")
def review(meeting_id: str) -> str:
    """One row for the host to judge."""
    return judging.page(_seat(meeting_id))


@blueprint.post("/review/<row_id>")
def decide(meeting_id: str, row_id: str) -> judging.Answer:
    """What the host says about it."""
    return judging.decide(_seat(meeting_id), row_id)


@blueprint.post("/undo")
def undo(meeting_id: str) -> judging.Answer:
    """Take the host's last decision back."""
    return judging.undo(_seat(meeting_id))


def _seat(meeting_id: str) -> Seat:
    return Seat(meeting=speaking_meeting(meeting_id), reviewer=HOST, routes="rows")


def _back(meeting: Meeting, anchor: str | None = None, **said: int) -> Answer:
    where = {"meeting_id": meeting.id, "_anchor": anchor}
    return redirect(url_for("rows.shelf", **where, **said), 303)


def _page(
    meeting: Meeting,
    error: UserError | None = None,
    drafts: Drafts | None = None,
    added: int | None = None,
    known: int = 0,
) -> str:
    desk = store().rows.desk(meeting.id, HOST)
    standings = {row_id: desk.of(row_id).standing for row_id in desk.ids}
    # What is disputed is the host's to know only where the host has judged, too.
    disputed = [one for one in desk.ids if desk.standing(one) == DISPUTED]
    return render_template(
        "rows/shelf.html",
        meeting=meeting,
        error=error,
        drafts=drafts,
        problems_shown=PROBLEMS_SHOWN,
        added=request.args.get("added", type=int) if added is None else added,
        known=request.args.get("known", type=int) if added is None else known,
        desk=desk,
        counts={one: list(standings.values()).count(one) for one in STANDINGS},
        second=sum(SECOND in desk.of(row_id).by for row_id in desk.ids),
        agreement=agreement(desk.of(row_id) for row_id in desk.ids),
        disputed=store().rows.rows(meeting.id, disputed[:DISPUTED_SHOWN]),
        dropped=store().rows.dropped(meeting.id),
        gathered=_gathered(meeting),
        reasons=REASONS,
        link=_link(meeting),
        limits=LIMITS,
    )


def _gathered(meeting: Meeting) -> Gathered:
    """What the meeting can give by now.

    Raises: NotFound if it has been deleted.
    """
    snapshot = store().snapshot(meeting.id)
    if snapshot is None:
        raise NotFound
    return gather(snapshot)


def _link(meeting: Meeting) -> str:
    """The second reviewer's link, empty while there is none."""
    number = store().rows.link(meeting.id)
    if not number:
        return ""
    token = access.reviewer_token(meeting.id, number)
    return links.reviewer_url(meeting.id, token)
