"""Scenes of this meeting that a word could be made for."""

from __future__ import annotations

from app.kinds import is_playable
from app.records import Snapshot
from app.wording import text

ANSWERS = 5
SHORTEST = 8  # characters of an answer that tells of a moment
LONGEST = 120
WRITTEN = 3


def suggestions(snapshot: Snapshot) -> list[str]:
    """The meeting's own occasion, some answers, and scenes that everybody knows.

    Of the answers those that may be used and that the worker has looked through,
    without contact details; nobody is named.
    """
    language = snapshot.meeting.language
    told = [quiz.answer_text for quiz in snapshot.quizzes if is_playable(quiz)]
    fit = [one for one in told if SHORTEST <= len(one) <= LONGEST]
    return [
        text("scene.title", language, title=snapshot.meeting.title),
        *list(dict.fromkeys(fit))[:ANSWERS],
        *(text(f"scene.{n}", language) for n in range(1, WRITTEN + 1)),
    ]
