"""The host's page: invitation, progress, quizzes, upload, the end."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import segno
from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from markupsafe import Markup
from werkzeug.wrappers import Response

from app import access, exports, guide, limiter, links, quoting, wording
from app.errors import NotFound, UserError
from app.findings import findings
from app.meetings import Meeting, store
from app.records import KINDS
from app.sources import file, google_sheet
from app.views.panel import STARTED_AT, panel, unchanged_or

blueprint = Blueprint("host", __name__, url_prefix="/host/<meeting_id>")


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    state.app.extensions[STARTED_AT] = time.monotonic()


@blueprint.get("")
def page(meeting_id: str) -> str | tuple[str, int]:
    """The host's page; a stranger gets a page that can only trade in a host link."""
    try:
        meeting = speaking_meeting(meeting_id)
    except NotFound:
        return render_template("host/door.html", meeting_id=meeting_id), 404
    return render_page(meeting)


@blueprint.post("/session")
def open_session(meeting_id: str) -> tuple[str, int]:
    """Trade the token of the host link for a cookie.

    Raises: NotFound for a wrong token.
    """
    token = request.form.get("token", "")
    if not store().is_host(meeting_id, token):
        raise NotFound
    access.remember_host(meeting_id, token)
    return "", 204


@blueprint.get("/live")
def live(meeting_id: str) -> Response:
    """The part of the page that changes; 304 while it does not."""
    meeting = speaking_meeting(meeting_id)
    return unchanged_or(render_template("host/live.html", **_live(meeting)))


@blueprint.post("/upload")
def upload(meeting_id: str) -> Response | tuple[str, int]:
    """Take the answers of a CSV, XLSX or ZIP file."""
    meeting = speaking_meeting(meeting_id)
    limiter.count_upload()
    try:
        file.load(store(), meeting, request.files.get("file"))
    except UserError as error:
        return render_page(meeting, error), error.status
    return back(meeting)


@blueprint.post("/sheet")
def link_sheet(meeting_id: str) -> Response | tuple[str, int]:
    """Read answers from another Google Sheet from now on."""
    meeting = speaking_meeting(meeting_id)
    try:
        if not request.form.get("sheet", "").strip():
            raise UserError("sheet_missing")
        store().link_sheet(meeting.id, request.form["sheet"])
    except UserError as error:
        return render_page(meeting, error), error.status
    return back(meeting)


@blueprint.post("/people/<participant_id>/remove")
def remove_person(meeting_id: str, participant_id: str) -> Response:
    """Remove one person with all answers and quizzes."""
    meeting = speaking_meeting(meeting_id)
    store().remove_participant(meeting.id, participant_id)
    return back(meeting)


@blueprint.post("/mix")
def choose_mix(meeting_id: str) -> Response | tuple[str, int]:
    """Choose which kinds of question the big screen plays."""
    meeting = speaking_meeting(meeting_id)
    try:
        store().set_mix(meeting.id, request.form.getlist("kind"))
    except UserError as error:
        return render_page(meeting, error), error.status
    return back(meeting)


@blueprint.get("/delete")
def confirm_delete(meeting_id: str) -> str:
    """Ask once more, with what will be gone."""
    meeting = speaking_meeting(meeting_id)
    counts = store().snapshot(meeting.id).counts
    return render_template(
        "host/delete.html",
        meeting=meeting,
        counts=counts,
        studio=len(store().studio.items(meeting.id)),
        rows=store().rows.count(meeting.id),
    )


@blueprint.post("/delete")
def delete(meeting_id: str) -> Response:
    """Delete everything, and go to the receipt."""
    meeting = speaking_meeting(meeting_id)
    deleted = store().delete(meeting.id)
    access.forget_host(meeting.id)
    access.keep_receipt(
        {
            "meeting": meeting.id,
            "title": meeting.title,
            "language": meeting.language,
            "deleted": deleted,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
    )
    return redirect(url_for("host.deleted", meeting_id=meeting.id), 303)


@blueprint.get("/deleted")
def deleted(meeting_id: str) -> str:
    """The receipt: what was deleted and when.

    Raises: NotFound in any other browser.
    """
    receipt = access.receipt_or_404(meeting_id)
    wording.speak(receipt["language"])
    return render_template("host/deleted.html", receipt=receipt)


def speaking_meeting(meeting_id: str, *, to_everybody: bool = False) -> Meeting:
    """The host's meeting; this request's page speaks its language.

    Raises: NotFound for everybody else.
    """
    meeting = access.host_meeting_or_404(meeting_id)
    wording.speak(meeting.language, to_everybody=to_everybody)
    return meeting


def meeting_on_screen(meeting_id: str) -> Meeting:
    """The same for the big screen, which everybody looks at."""
    return speaking_meeting(meeting_id, to_everybody=True)


def back(meeting: Meeting, anchor: str | None = None) -> Response:
    """To the host's page, at this place of it."""
    return redirect(url_for("host.page", meeting_id=meeting.id, _anchor=anchor), 303)


def render_page(meeting: Meeting, error: UserError | None = None) -> str:
    return render_template(
        "host/page.html",
        error=error,
        survey_url=links.survey_url(meeting.join_code),
        qr=qr_code(links.survey_url(meeting.join_code)),
        topics=guide.order(meeting.language, meeting.id),
        topic_seconds=guide.SECONDS_PER_TOPIC,
        **_live(meeting),
    )


def _live(meeting: Meeting) -> dict[str, object]:
    now = panel(meeting)
    return {
        "meeting": meeting,
        "panel": now,
        "share_with": google_sheet.service_account_email(current_app.config["WEB"]),
        "marked": quoting.marked,
        "findings": findings,
        "kinds": KINDS,
        "alarmed": store().studio.alarmed(meeting.id),
        "playing": store().play.is_on(meeting.id),
        "exported": len(exports.training_rows(now.snapshot)),
    }


def qr_code(url: str) -> Markup:
    """The address as inline SVG that fills its box."""
    code = segno.make(url, error="m", micro=False)
    return Markup(code.svg_inline(border=2, omitsize=True, light="#fff", dark="#000"))
