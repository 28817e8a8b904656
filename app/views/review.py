"""What the host does to one quiz, each with a form of its own."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from app import quoting
from app.drafts import QuizDraft
from app.errors import NotFound, UserError
from app.meetings import Meeting, store
from app.records import Quiz
from app.views.host import back, render_page, speaking_meeting

blueprint = Blueprint(
    "review", __name__, url_prefix="/host/<meeting_id>/quizzes/<quiz_id>"
)
Answer = Response | tuple[str, int]


@blueprint.post("/approve")
def approve(meeting_id: str, quiz_id: str) -> Answer:
    """The host has read it and finds it good."""
    return _do(meeting_id, quiz_id, store().approve)


@blueprint.post("/show")
def show_anyway(meeting_id: str, quiz_id: str) -> Answer:
    """Play a quiz that was held back as sensitive."""
    return _do(meeting_id, quiz_id, store().show_anyway)


@blueprint.post("/regenerate")
def regenerate(meeting_id: str, quiz_id: str) -> Answer:
    """Make another quiz about the same answer."""
    return _do(meeting_id, quiz_id, store().regenerate)


@blueprint.post("/earlier")
def keep_earlier(meeting_id: str, quiz_id: str) -> Answer:
    """Keep the quiz that was there before it was made again."""
    return _do(meeting_id, quiz_id, store().keep_earlier)


@blueprint.post("/retry")
def retry(meeting_id: str, quiz_id: str) -> Answer:
    """Queue a failed or skipped quiz once more."""
    return _do(meeting_id, quiz_id, store().retry)


@blueprint.post("/drop")
def drop(meeting_id: str, quiz_id: str) -> Answer:
    """Take one quiz out of the meeting."""
    return _do(meeting_id, quiz_id, store().drop)


@blueprint.post("/restore")
def restore(meeting_id: str, quiz_id: str) -> Answer:
    """Undo a drop."""
    return _do(meeting_id, quiz_id, store().restore)


@blueprint.get("/edit")
def edit_form(meeting_id: str, quiz_id: str) -> str:
    """The quiz as a form.

    Raises: NotFound unless it is ready or held back.
    """
    meeting = speaking_meeting(meeting_id)
    quiz = _editable(meeting, quiz_id)
    return _edit_page(meeting, quiz, QuizDraft.of(quiz), quiz.revision)


@blueprint.post("/edit")
def edit(meeting_id: str, quiz_id: str) -> Answer:
    """Take over the host's words, or show them again with what is wrong."""
    meeting = speaking_meeting(meeting_id)
    quiz = _editable(meeting, quiz_id)
    draft = QuizDraft.read(request.form)
    seen = _revision()
    try:
        store().edit(meeting.id, quiz_id, draft, seen)
    except NotFound:
        raise
    except UserError as error:
        # After a change elsewhere the words may be sent again, now knowingly.
        shown = quiz.revision if error.code == "quiz_changed" else seen
        return _edit_page(meeting, quiz, draft, shown, error), error.status
    return back(meeting, f"quiz-{quiz_id}")


def _do(
    meeting_id: str, quiz_id: str, action: Callable[[str, str, int | None], None]
) -> Answer:
    """Do it to the revision on the host's page, then go back there."""
    meeting = speaking_meeting(meeting_id)
    try:
        action(meeting.id, quiz_id, _revision())
    except NotFound:
        raise
    except UserError as error:
        return render_page(meeting, error), error.status
    return back(meeting, f"quiz-{quiz_id}")


def _revision() -> int | None:
    return request.form.get("revision", type=int)


def _editable(meeting: Meeting, quiz_id: str) -> Quiz:
    snapshot = store().snapshot(meeting.id)
    for quiz in snapshot.quizzes if snapshot else []:
        if quiz.id == quiz_id and (quiz.status == "ready" or quiz.held):
            return quiz
    raise NotFound


def _edit_page(
    meeting: Meeting,
    quiz: Quiz,
    draft: QuizDraft,
    revision: int | None,
    error: UserError | None = None,
) -> str:
    options = (*draft.options, "", "", "", "")[:4]
    return render_template(
        "host/edit.html",
        meeting=meeting,
        quiz=quiz,
        draft=draft,
        options=options,
        revision=revision,
        error=error,
        marked=quoting.marked,
    )
