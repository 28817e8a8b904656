"""The first page, creating a meeting, and the language of the pages."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app import access, limiter, wording
from app.errors import NotFound, UserError
from app.meetings import store
from app.question_bank import bank
from app.sources import google_sheet
from app.views.forms import NewMeeting
from protocol import MAX_QUESTION, MAX_QUESTIONS, MAX_TITLE

blueprint = Blueprint("pages", __name__)
A_YEAR = 365 * 24 * 3600


@blueprint.get("/")
def home() -> str:
    """What this is, and the form that creates a meeting."""
    return _home(NewMeeting.empty(wording.current_language()))


@blueprint.post("/meetings")
def create() -> Response | tuple[str, int]:
    """Create a meeting and make this browser its host."""
    if not access.may_create():
        return render_template("login.html", error=None), 401
    limiter.count_creation()
    form = NewMeeting.read(request.form)
    try:
        created = store().create(**form.order())
    except UserError as error:
        return _home(form, error), error.status
    access.remember_host(created.meeting.id, created.host_token)
    return redirect(url_for("host.page", meeting_id=created.meeting.id), 303)


@blueprint.post("/language/<code>")
def choose_language(code: str) -> Response:
    """Remember the language in a cookie: of all pages, or of one meeting's big screen.

    Raises: NotFound for a language that is not spoken here, or another's meeting.
    """
    if code not in wording.LANGUAGES:
        raise NotFound
    response = redirect(_local(request.args.get("next", "/")), 303)
    config = current_app.config
    name, path = wording.COOKIE, "/"
    if meeting_id := request.args.get("screen"):
        meeting = access.host_meeting_or_404(meeting_id)
        name = wording.SCREEN_COOKIE
        path = url_for("host.page", meeting_id=meeting.id)
    response.set_cookie(
        name,
        code,
        path=path,
        max_age=A_YEAR,
        samesite="Lax",
        httponly=True,
        secure=config["SESSION_COOKIE_SECURE"] or request.is_secure,
    )
    return response


@blueprint.app_template_global()
def this_page() -> str:
    """The path of this page; the first page's if it can only be posted to."""
    try:
        current_app.create_url_adapter(request).match(request.path, method="GET")
    except HTTPException:
        return "/"
    return request.path


def _home(form: NewMeeting, error: UserError | None = None) -> str:
    return render_template(
        "home.html",
        form=form,
        error=error,
        may_create=access.may_create(),
        may_log_out=not access.is_open(),
        banks={code: bank(code) for code in wording.LANGUAGES},
        share_with=google_sheet.service_account_email(current_app.config["WEB"]),
        limits={
            "title": MAX_TITLE,
            "question": MAX_QUESTION,
            "questions": MAX_QUESTIONS,
        },
    )


def _local(target: str) -> str:
    """A path of this site, or the first page: never somebody else's address."""
    ours = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if ours else "/"
