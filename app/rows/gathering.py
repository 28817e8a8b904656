"""A meeting's own questions as training rows: with consent, without names.

What the host approved or edited may become a row, if the person who answered said in
the survey that their answers may help to train the model. Without that nothing does.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from app import exports
from app.cleaning import folded
from app.records import Quiz, Snapshot
from app.rows.records import Row, Wording
from protocol import OptionSource

# Why a quiz that the host found good becomes no row: wording keys `rows.not.{why}`.
NO_CONSENT = "no_consent"
BORROWED = "borrowed"  # an option is somebody else's words, without their consent
SENSITIVE = "sensitive"
NAMES = "names"  # without names its options are not distinct
REASONS = (NO_CONSENT, BORROWED, SENSITIVE, NAMES)


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """The rows of a meeting, and how many quizzes became none."""

    rows: list[Row] = field(default_factory=list)
    people: dict[str, list[str]] = field(
        default_factory=dict
    )  # by row: who it rests on
    left_out: Counter[str] = field(default_factory=Counter)  # by one of REASONS
    agreed: int = 0  # participants who let their answers train the model
    asked: int = 0  # all of them


def gather(snapshot: Snapshot) -> Gathered:
    """What this meeting can give, by now."""
    agreed = {person.id for person in snapshot.participants if person.train}
    found = Gathered(agreed=len(agreed), asked=len(snapshot.participants))
    for quiz, row in exports.quizzes_as_rows(snapshot):
        lenders = _lenders(quiz, snapshot)
        reason = _reason(quiz, row, lenders, agreed)
        if reason:
            found.left_out[reason] += 1
            continue
        drafted = _drafted(snapshot, quiz, row)
        found.rows.append(drafted)
        found.people[drafted.id] = sorted({quiz.participant, *(lenders or ())})
    return found


def _reason(
    quiz: Quiz, row: exports.Row, lenders: set[str] | None, agreed: Collection[str]
) -> str:
    """Why this quiz becomes no row; empty if it does."""
    if quiz.participant not in agreed:
        return NO_CONSENT
    if lenders is None or not lenders <= set(agreed):
        return BORROWED
    if quiz.sensitive:
        return SENSITIVE
    return "" if row.sound else NAMES


def _lenders(quiz: Quiz, snapshot: Snapshot) -> set[str] | None:
    """Whose answers its options were borrowed from, everybody who said the same
    included; None if that cannot be told any more."""
    lenders: set[str] = set()
    everybody = [*snapshot.quizzes, *snapshot.dropped]
    pairs = zip(quiz.options, quiz.sources, strict=False)
    for option in (text for text, source in pairs if source == OptionSource.ROOM):
        said = {
            other.participant
            for other in everybody
            if other.survey_question == quiz.survey_question
            and folded(option) in (folded(other.right), folded(other.answer_text))
        }
        if not said:
            return None
        lenders |= said
    return lenders


def _drafted(snapshot: Snapshot, quiz: Quiz, row: exports.Row) -> Row:
    """The row as a draft. Its id tells the same quiz again, and nothing about it."""
    told = f"{snapshot.meeting.id}:{quiz.id}".encode()
    by = "icebreaker, host" if quiz.review == "edited" else "icebreaker"
    return Row(
        id=hashlib.sha256(told).hexdigest()[:16],
        lang=row.lang,
        question=row.question,
        answer=row.answer,
        source=None,
        wording=Wording(
            quiz_question=row.quiz_question, options=row.options, correct=row.correct
        ),
        drafted_by=by,
    )
