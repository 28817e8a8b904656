"""The quiz of a meeting as files for other programs: CSV, JSON, Kahoot's XLSX.

Names stand in them only where the answer was given with the name.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.cleaning import clean_line, harmless_cell
from app.kinds import Card
from app.records import Meeting
from app.summary import Line
from app.wording import text

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

CSV_COLUMNS = (
    *("number", "kind", "survey_question", "question"),
    *("option_1", "option_2", "option_3", "option_4", "answer", "right_option"),
    *("about", "words", "votes", "votes_right"),
)
KAHOOT_QUESTION = 120  # characters
KAHOOT_ANSWER = 75
KAHOOT_SECONDS = (5, 10, 20, 30, 60, 90, 120, 240)
# Kahoot's template: row 8 has the headings, column A the numbers.
KAHOOT_HEADINGS = (
    f"Question - max {KAHOOT_QUESTION} characters",
    *(f"Answer {n} - max {KAHOOT_ANSWER} characters" for n in range(1, 5)),
    "Time limit (sec) – 5, 10, 20, 30, 60, 90, 120, or 240 secs",
    "Correct answer(s) - choose at least one",
)
KAHOOT_HEADING_ROW = 8
_WIDTHS = (5, 60, 28, 28, 28, 28, 20, 20)


@dataclass(frozen=True, kw_only=True)
class Shortened:
    """A text that was too long for Kahoot."""

    number: int  # of the question, from 1
    full: str
    cut: str


@dataclass(frozen=True, kw_only=True)
class KahootQuiz:
    """The rows of Kahoot's import, and what was cut for them."""

    rows: list[tuple[str, ...]] = field(default_factory=list)
    correct: list[int] = field(default_factory=list)
    shortened: list[Shortened] = field(default_factory=list)


def as_csv(lines: Iterable[Line]) -> str:
    """One row a question; a BOM lets Excel see UTF-8, no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for number, line in enumerate(lines, 1):
        card = line.card
        cells = (
            *(number, card.kind, card.topic, card.question, *card.options),
            *(card.answer, card.right, _joined(line.names)),
            _joined(words.text for words in card.words),
            *(("", "") if line.voted is None else (line.voted, line.right)),
        )
        writer.writerow([harmless_cell(cell) for cell in cells])
    return "\ufeff" + out.getvalue()


def _joined(texts: Iterable[str]) -> str:
    return " / ".join(texts)


def as_json(meeting: Meeting, lines: Iterable[Line]) -> str:
    """The same as a document: title, language, quizzes."""
    shown = {
        "title": meeting.title,
        "language": meeting.language,
        "created_at": meeting.created_at.isoformat(timespec="seconds"),
        "quizzes": [_record(line) for line in lines],
    }
    return json.dumps(shown, ensure_ascii=False, indent=2) + "\n"


def _record(line: Line) -> dict[str, object]:
    card = line.card
    votes = None
    if line.voted is not None:
        votes = {"all": line.voted, "right": line.right}
    return {
        "kind": card.kind,
        "survey_question": card.topic,
        "question": card.question,
        "options": list(card.options),
        "answer": card.answer,
        "said": [{"name": words.name, "text": words.text} for words in card.words],
        "votes": votes,
    }


def kahoot(cards: Sequence[Card], language: str) -> KahootQuiz:
    """The cards within Kahoot's limits, cut at a word where they are longer.

    A question that quotes an answer is cut inside the quote, so that it still asks.
    """
    quiz = KahootQuiz()
    for number, card in enumerate(cards, 1):
        texts = [clean_line(one) for one in (card.question, *card.options)]
        cut = [_question(card, texts[0], language)]
        cut += [shortened(option, KAHOOT_ANSWER) for option in texts[1:]]
        quiz.rows.append(tuple(cut))
        quiz.correct.append(card.answer)
        quiz.shortened.extend(
            Shortened(number=number, full=full, cut=short)
            for full, short in zip(texts, cut, strict=True)
            if full != short
        )
    return quiz


def _question(card: Card, question: str, language: str) -> str:
    if len(question) <= KAHOOT_QUESTION or card.kind != "guess_who":
        return shortened(question, KAHOOT_QUESTION)
    around = len(text("card.guess_who", language, words=""))
    words = shortened(card.words[0].text, KAHOOT_QUESTION - around)
    return text("card.guess_who", language, words=words)


def shortened(line: str, limit: int) -> str:
    """`line`, or as many of its first words as fit with an ellipsis behind them.

    Example, with limit=12: "하루 종일 걷고 또 걸었어요" becomes "하루 종일 걷고 또 …".
    """
    if len(line) <= limit:
        return line
    head = line[: limit - 1]  # one more than fits: it may end with the word
    words = head.rsplit(" ", 1)[0] if " " in head.strip() else line[: limit - 2]
    return f"{words.rstrip()[: limit - 2]} …"


def as_kahoot(quiz: KahootQuiz, title: str, seconds: int = 30) -> bytes:
    """An XLSX file for Kahoot's spreadsheet import."""
    from openpyxl import Workbook  # 12 MB; most processes never make one

    book = Workbook()
    sheet = book.active
    sheet.title = "Quiz"
    _write(sheet, 2, 2, clean_line(title))
    for column, heading in enumerate(KAHOOT_HEADINGS, 2):
        _write(sheet, KAHOOT_HEADING_ROW, column, heading)
    for number, (texts, answer) in enumerate(
        zip(quiz.rows, quiz.correct, strict=True), 1
    ):
        row = KAHOOT_HEADING_ROW + number
        for column, cell in enumerate((number, *texts, seconds, answer), 1):
            _write(sheet, row, column, cell)
    for letter, width in zip("ABCDEFGH", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write(sheet: Worksheet, row: int, column: int, value: str | int) -> None:
    """A text stays a text, also if it looks like a formula."""
    cell = sheet.cell(row, column, value)
    if isinstance(value, str):
        cell.data_type = "s"
