"""One row on the desk of a reviewer: shown, judged, undone; the host's and the other's.

A view that uses this has `review`, `decide` and `undo` among its routes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.drafts import QuizDraft
from app.errors import NotFound, UserError
from app.meetings import Meeting, store
from app.quoting import key, marked
from app.rows.desk import Desk
from app.rows.files import checked_wording
from app.rows.notes import notes
from app.rows.records import (
    ACCEPT,
    DIFFICULTIES,
    DISPUTED,
    EDIT,
    HOST,
    OPEN,
    REJECT,
    SETTLED,
    Judged,
    Row,
    Verdict,
    Wording,
)
from protocol import MAX_OPTION, MAX_QUESTION

Answer = Response | tuple[str, int]
LIMITS = {"question": MAX_QUESTION, "option": MAX_OPTION}


@dataclass(frozen=True, kw_only=True)
class Seat:
    """Who judges the rows of which meeting, and under which routes."""

    meeting: Meeting
    reviewer: str  # one of records.REVIEWERS
    routes: str  # name of the blueprint

    def url(self, route: str, **values: str | int | None) -> str:
        where = f"{self.routes}.{route}"
        return url_for(where, meeting_id=self.meeting.id, **values)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One row as its reviewer sees it."""

    row: Row
    judged: Judged
    settles: bool  # the host ends a dispute here
    mine: Verdict | None  # what holds so far, as this reviewer decided
    wording: Wording

    @property
    def said(self) -> list[tuple[str, bool]]:
        """The answer in parts; what the right option rests on carries True."""
        return marked(self.row.answer, key(self.row.answer, self.wording.right, ""))

    @property
    def start(self) -> QuizDraft:
        """What an edit begins with: in a dispute, what somebody has edited already."""
        own = [one.wording for one in self.judged.own if one.wording]
        start = own[0] if own and self.settles and not self.mine else self.wording
        return QuizDraft(
            question=start.quiz_question, options=start.options, answer=start.correct
        )

    @property
    def notes(self) -> list[str]:
        return notes(self.row, self.wording)


def page(seat: Seat, error: UserError | None = None, row_id: str = "") -> str:
    """The row that was asked for, or the first one of what is shown."""
    desk = store().rows.desk(seat.meeting.id, seat.reviewer)
    shown = _shown(desk)
    row_id = row_id or request.args.get("row", "")
    if row_id not in desk.ids:
        row_id = desk.first(shown) or ""
    return render_template(
        "rows/review.html",
        seat=seat,
        meeting=seat.meeting,
        desk=desk,
        shown=shown,
        sheet=_sheet(seat, desk, row_id) if row_id else None,
        before=desk.near(row_id, shown, -1) if row_id else None,
        after=desk.near(row_id, shown, 1) if row_id else None,
        editing=bool(error) or "edit" in request.args,
        typed=QuizDraft.read(request.form) if error else None,
        error=error,
        limits=LIMITS,
        difficulties=DIFFICULTIES,
    )


def decide(seat: Seat, row_id: str) -> Answer:
    """Note what the form says about this row, and go on to the next.

    Raises: NotFound.
    """
    rows = store().rows
    desk = rows.desk(seat.meeting.id, seat.reviewer)
    sheet = _sheet(seat, desk, row_id)
    action = request.form.get("verdict", "")
    try:
        verdict = _verdict(sheet, action)
    except NotFound:
        raise
    except UserError as error:
        return page(seat, error, row_id), error.status
    rows.decide(seat.meeting.id, seat.reviewer, row_id, verdict, sheet.settles)
    desk = rows.desk(seat.meeting.id, seat.reviewer)
    shown = _shown(desk)
    stay = action == "difficulty"
    return _to(seat, shown, row_id if stay else desk.near(row_id, shown, 1))


def undo(seat: Seat) -> Answer:
    """Take the last decision back and show its row."""
    row_id = store().rows.undo(seat.meeting.id, seat.reviewer)
    return _to(seat, OPEN, row_id)


def _to(seat: Seat, shown: str, row_id: str | None) -> Response:
    return redirect(seat.url("review", show=shown, row=row_id), 303)


def _shown(desk: Desk) -> str:
    """Which rows the reviewer goes through."""
    asked = request.values.get("show", OPEN)
    return asked if asked in desk.filters else OPEN


def _sheet(seat: Seat, desk: Desk, row_id: str) -> Sheet:
    row, judged = store().rows.row(seat.meeting.id, row_id), desk.of(row_id)
    disputed = desk.standing(row_id) == DISPUTED
    settles = seat.reviewer == HOST and (disputed or SETTLED in judged.by)
    mine = judged.by.get(SETTLED if settles else seat.reviewer)
    wording = (mine.wording if mine else None) or row.wording
    return Sheet(row=row, judged=judged, settles=settles, mine=mine, wording=wording)


def _verdict(sheet: Sheet, action: str) -> Verdict:
    """What the form decides.

    Raises: NotFound for what cannot be decided here, UserError for words that make no
        quiz.
    """
    difficulty = request.form.get("difficulty")
    difficulty = difficulty if difficulty in DIFFICULTIES else None
    who = action.removeprefix("take-")
    match action:
        case "accept" | "reject":
            chosen = Verdict(verdict=ACCEPT if action == "accept" else REJECT)
        case "edit":
            chosen = _edited(sheet.row)
        case "difficulty" if sheet.mine:
            chosen = sheet.mine
        case "take-host" | "take-second" if sheet.settles and who in sheet.judged.by:
            chosen = sheet.judged.by[who]
            difficulty = difficulty or chosen.difficulty
        case _:
            raise NotFound
    return replace(chosen, difficulty=difficulty)


def _edited(row: Row) -> Verdict:
    """The row in the form's words; in its own words it is accepted as it is."""
    wording = checked_wording(
        request.form.get("question", ""),
        request.form.getlist("option"),
        request.form.get("answer", type=int),
    )
    if wording == row.wording:
        return Verdict(verdict=ACCEPT)
    return Verdict(verdict=EDIT, wording=wording)
