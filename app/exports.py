"""Quizzes the host found good, as rows to train with, in two formats.

A row holds no name of a participant and no contact details, and nothing of an answer
that was withheld. Quizzes that only went through unseen are not among them.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass

from app.cleaning import harmless_cell
from app.kinds import is_playable
from app.names import Names
from app.records import Quiz, Snapshot
from privacy import redact
from protocol import SEED_BLOG, SEED_COLUMNS

STAND_INS = {"ko": "○○", "en": "someone"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One quiz, with its options in the places in which they are played."""

    lang: str
    number: int  # of the survey question in this meeting, from 1
    question: str
    answer: str
    quiz_question: str
    options: tuple[str, ...]
    correct: int

    @property
    def sound(self) -> bool:
        """Whether its options are still something, and distinct, without names."""
        return all(self.options) and len(set(self.options)) == len(self.options)


def training_rows(snapshot: Snapshot) -> list[Row]:
    """The approved and edited quizzes of a meeting, without names.

    A quiz whose options are the same without the names in them is left out.
    """
    return [row for _, row in quizzes_as_rows(snapshot) if row.sound]


def quizzes_as_rows(snapshot: Snapshot) -> list[tuple[Quiz, Row]]:
    """The approved and edited quizzes of a meeting, each with its row."""
    names = Names(person.name for person in snapshot.participants)
    lang = snapshot.meeting.language
    numbers: dict[str, int] = {}
    rows = []
    for quiz in snapshot.quizzes:
        number = numbers.setdefault(quiz.survey_question, len(numbers) + 1)
        if quiz.review and is_playable(quiz):
            rows.append((quiz, _row(quiz, lang, number, names)))
    return rows


def _row(quiz: Quiz, lang: str, number: int, names: Names) -> Row:
    def clean(text: str) -> str:
        return names.removed(redact(text), STAND_INS[lang])

    return Row(
        lang=lang,
        number=number,
        question=clean(quiz.survey_question),
        answer=clean(quiz.answer_text),
        quiz_question=clean(quiz.question),
        options=tuple(clean(option) for option in quiz.options),
        correct=quiz.answer,
    )


def as_jsonl(rows: Iterable[Row]) -> str:
    """One JSON object a line, in the form of our training data: the right option
    stands first, `correct` is 1."""
    return "".join(
        json.dumps(
            {
                "lang": row.lang,
                "question": row.question,
                "answer": row.answer,
                "quiz_question": row.quiz_question,
                "options": _right_first(row),
                "correct": 1,
            },
            ensure_ascii=False,
        )
        + "\n"
        for row in rows
    )


def _right_first(row: Row) -> list[str]:
    right = row.options[row.correct - 1]
    return [right, *(option for option in row.options if option != right)]


def as_seed_csv(rows: Iterable[Row]) -> str:
    """The columns of the data this project began with; a BOM lets Excel see UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(SEED_COLUMNS)
    for row in rows:
        numbered = (f"{n}. {option}" for n, option in enumerate(row.options, 1))
        cells = (
            SEED_BLOG,
            row.question,
            row.number,
            row.answer,
            row.quiz_question,
            " ".join(numbered),
            row.correct,
        )
        writer.writerow([harmless_cell(cell) for cell in cells])
    return "\ufeff" + out.getvalue()
