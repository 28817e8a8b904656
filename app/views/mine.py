"""The quizzes about oneself, seen before the room sees them; what one says to them."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access, quoting, wording
from app.drafts import QuizDraft
from app.errors import NotFound, UserError
from app.meetings import Meeting, store
from app.records import Quiz
from app.views.panel import unchanged_or
from protocol import Reason

blueprint = Blueprint("mine", __name__, url_prefix="/s/<code>/mine")
Answer = str | Response | tuple[str, int]


@blueprint.get("")
def page(code: str) -> str | Response:
    """All quizzes about this person; without answers, the survey."""
    meeting = _meeting(code)
    if not _quizzes(meeting):
        return redirect(url_for("survey.page", code=meeting.join_code))
    return _page(meeting)


@blueprint.get("/live")
def live(code: str) -> Response:
    """The part of the page that changes.

    Raises: NotFound once there is nothing of this person.
    """
    meeting = _meeting(code)
    if not _quizzes(meeting):
        raise NotFound
    return unchanged_or(render_template("mine/live.html", **_live(meeting)))


@blueprint.post("/<quiz_id>/<action>")
def decide(code: str, quiz_id: str, action: str) -> Answer:
    """OK, make another, with or without my name, pull, and their undoing."""
    actions = {
        "confirm": store().confirm,
        "another": store().make_another,
        "take_back": store().take_back,
        "hide_name": store().hide_name,
        "show_name": store().show_name,
        "pull": store().pull,
        "put_back": store().put_back,
    }
    meeting = _meeting(code)
    if action not in actions:
        raise NotFound
    try:
        actions[action](meeting.id, _token(meeting), quiz_id, _revision())
    except NotFound:
        raise
    except UserError as error:
        return _page(meeting, error), error.status
    return _back(meeting, quiz_id)


@blueprint.get("/<quiz_id>/edit")
def edit_form(code: str, quiz_id: str) -> str:
    """The quiz as a form."""
    meeting = _meeting(code)
    quiz = _editable(meeting, quiz_id)
    return _edit_page(meeting, quiz, QuizDraft.of(quiz), quiz.revision)


@blueprint.post("/<quiz_id>/edit")
def edit(code: str, quiz_id: str) -> Answer:
    """Take over another right option, or hand new words to the host."""
    meeting = _meeting(code)
    quiz = _editable(meeting, quiz_id)
    draft = QuizDraft.read(request.form)
    seen = _revision()
    try:
        store().correct(meeting.id, _token(meeting), quiz_id, draft, seen)
    except NotFound:
        raise
    except UserError as error:
        shown = quiz.revision if error.code == "quiz_changed" else seen
        return _edit_page(meeting, quiz, draft, shown, error), error.status
    return _back(meeting, quiz_id)


def _meeting(code: str) -> Meeting:
    meeting = access.open_meeting_or_404(code)
    wording.speak(meeting.language)
    return meeting


def _token(meeting: Meeting) -> str:
    return access.participant_token(meeting.id) or ""


def _revision() -> int | None:
    return request.form.get("revision", type=int)


def _quizzes(meeting: Meeting) -> list[Quiz]:
    return store().quizzes_of(meeting.id, _token(meeting))


def _editable(meeting: Meeting, quiz_id: str) -> Quiz:
    quiz = store().quiz_of(meeting.id, _token(meeting), quiz_id)
    if not quiz.on_screen:
        raise NotFound
    return quiz


def _back(meeting: Meeting, quiz_id: str) -> Response:
    anchor = f"quiz-{quiz_id}"
    return redirect(url_for("mine.page", code=meeting.join_code, _anchor=anchor), 303)


def _page(meeting: Meeting, error: UserError | None = None) -> str:
    return render_template("mine/page.html", error=error, **_live(meeting))


def _live(meeting: Meeting) -> dict[str, object]:
    quizzes = _quizzes(meeting)
    return {
        "meeting": meeting,
        "quizzes": quizzes,
        "states": {quiz.id: _state(quiz) for quiz in quizzes},
    }


def _state(quiz: Quiz) -> str:
    """What the page says about a quiz: the last part of a wording key."""
    if quiz.pulled:
        return "pulled"
    if quiz.dropped:
        return "dropped"
    if quiz.reason == Reason.WITHHELD:
        return "withheld"
    if quiz.proposed:
        return "proposed"
    if quiz.held:
        return "held"
    if not quiz.settled:
        return "making"
    if not quiz.on_screen:
        return "not_made"
    return "named" if quiz.consent == "named" else "anonymous"


def _edit_page(
    meeting: Meeting,
    quiz: Quiz,
    draft: QuizDraft,
    revision: int | None,
    error: UserError | None = None,
) -> str:
    return render_template(
        "mine/edit.html",
        meeting=meeting,
        quiz=quiz,
        draft=draft,
        options=(*draft.options, "", "", "", "")[:4],
        revision=revision,
        error=error,
        marked=quoting.marked,
    )
