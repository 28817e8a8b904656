"""The quiz as files: Excel, programs and Kahoot read them, and names stay out."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pytest

from app.kinds import Card, Words
from app.meetings import Meetings
from app.quiz_files import (
    CSV_COLUMNS,
    KAHOOT_ANSWER,
    KAHOOT_HEADING_ROW,
    KAHOOT_QUESTION,
    KAHOOT_SECONDS,
    as_csv,
    as_json,
    as_kahoot,
    kahoot,
    shortened,
)
from app.summary import Line
from app.wording import text


def card(question: str = "이 사람의 음식은?", **more: object) -> Card:
    fields = {
        "id": "a",
        "kind": "said",
        "quizzes": ("a",),
        "topic": "좋아하는 음식은?",
        "question": question,
        "options": ("갱시기", "수제비", "호박죽", "국수"),
        "answer": 1,
        "people": ("p",),
        "words": (Words(name="김지민", text="할머니의 갱시기요"),),
    }
    return Card(**fields | more)


def guess(words: str) -> Card:
    question = text("card.guess_who", "ko", words=words)
    said = (Words(name="김지민", text=words),)
    return card(question, kind="guess_who", words=said)


def cells(data: bytes) -> list[tuple]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return list(book.active.iter_rows(min_row=KAHOOT_HEADING_ROW, values_only=True))


def test_csv_survives_excel_and_korean() -> None:
    lines = [Line(card=card("=SUM(1,2)"), voted=5, right=3), Line(card=card())]
    content = as_csv(lines)
    assert content.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"))))
    assert list(rows[0]) == list(CSV_COLUMNS)
    assert rows[0]["question"] == "'=SUM(1,2)" and rows[0]["about"] == "김지민"
    assert (rows[0]["votes"], rows[0]["votes_right"]) == ("5", "3")
    assert rows[1]["votes"] == "" and rows[1]["right_option"] == "갱시기"


def test_an_unnamed_answer_stays_unnamed_in_every_file(store: Meetings) -> None:
    unnamed = card(people=(), words=(Words(name="", text="갱시기요"),))
    meeting = store.create("모임", "ko", ["좋아하는 음식은?"]).meeting
    lines = [Line(card=unnamed)]
    assert "김지민" not in as_csv(lines) + as_json(meeting, lines)
    shown = json.loads(as_json(meeting, lines))
    assert shown["quizzes"][0]["said"] == [{"name": "", "text": "갱시기요"}]
    assert shown["quizzes"][0]["votes"] is None


def test_kahoot_finds_its_columns_where_its_template_has_them() -> None:
    head, row = cells(as_kahoot(kahoot([card()], "ko"), "모임"))
    assert head == (
        None,
        "Question - max 120 characters",
        "Answer 1 - max 75 characters",
        "Answer 2 - max 75 characters",
        "Answer 3 - max 75 characters",
        "Answer 4 - max 75 characters",
        "Time limit (sec) – 5, 10, 20, 30, 60, 90, 120, or 240 secs",
        "Correct answer(s) - choose at least one",
    )
    assert row[:6] == (1, "이 사람의 음식은?", "갱시기", "수제비", "호박죽", "국수")
    assert row[6] in KAHOOT_SECONDS and row[7] == 1


def test_what_is_too_long_for_kahoot_is_cut_at_a_word_and_reported() -> None:
    long = card(
        "정말 " * 60 + "좋아하는 음식은?", options=("가 " * 39, "나", "다", "라")
    )
    made = kahoot([card(), long], "ko")
    for question, *options in made.rows:
        assert len(question) <= KAHOOT_QUESTION
        assert all(len(option) <= KAHOOT_ANSWER for option in options)
    assert [one.number for one in made.shortened] == [2, 2]
    assert made.shortened[0].cut.endswith("정말 …")


def test_a_cut_quote_still_asks_whose_it_is() -> None:
    made = kahoot([guess("기차를 타고 아무 역에나 내려서 걸어요. " * 5)], "ko")
    question = made.rows[0][0]
    assert len(question) <= KAHOOT_QUESTION and question.endswith("누구의 답일까요?")


@pytest.mark.parametrize("risky", ["=1+1", "+82", "@home", "-1"])
def test_no_cell_of_the_xlsx_is_a_formula(risky: str) -> None:
    quiz = kahoot([card(risky, options=(risky, "나", "다", "라"))], "ko")
    book = openpyxl.load_workbook(io.BytesIO(as_kahoot(quiz, risky)))
    types = {cell.data_type for row in book.active.iter_rows() for cell in row}
    assert "f" not in types
    assert book.active.cell(KAHOOT_HEADING_ROW + 1, 2).value == risky


@pytest.mark.parametrize(
    ("line", "limit", "cut"),
    [
        ("짧아요", 12, "짧아요"),
        ("하루 종일 걷고 또 걸었어요", 12, "하루 종일 걷고 또 …"),
        ("가나다라마바사아자차카타파", 12, "가나다라마바사아자차 …"),
        ("a" * 12, 12, "a" * 12),
    ],
)
def test_texts_are_cut_at_words(line: str, limit: int, cut: str) -> None:
    assert shortened(line, limit) == cut
    assert len(shortened(line, limit)) <= limit
