"""Which answers hold something to ask about."""

from __future__ import annotations

import time

import pytest

from protocol import Reason
from tests.worker.rows import rows
from worker.quality.text import normalise
from worker.quality.usable import why_unusable


def refused(row: dict) -> bool:
    reason = why_unusable(normalise(row["question"]), normalise(row["answer"]))
    return reason is not None


@pytest.mark.parametrize(
    ("question", "answer", "reason"),
    [
        ("취미는?", "", Reason.EMPTY),
        ("취미는?", "없음 ㅋㅋ", Reason.MEANINGLESS),
        ("별명은?", "별명 없어요", Reason.MEANINGLESS),
        ("Hobby?", "I don't have one", Reason.MEANINGLESS),
        ("Hobby?", "asdf", Reason.MEANINGLESS),
        ("취미는?", "ㅁㄴㅇㄹ", Reason.MEANINGLESS),
        ("취미는?", "🏔", Reason.MEANINGLESS),
        ("취미는?", "취미는?", Reason.MEANINGLESS),
    ],
)
def test_answers_that_say_nothing(question, answer, reason):
    assert why_unusable(question, answer) == reason


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("취미는?", "등산"),
        ("나이는?", "7"),
        ("How many siblings?", "None, I grew up with three dogs"),
        ("MBTI?", "INTJ"),
    ],
)
def test_short_answers_that_say_something(question, answer):
    assert why_unusable(question, answer) is None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("운전하세요?", "네"),
        ("Do you drive?", "Yes"),
        ("입버릇은?", "그냥"),
        ("What is your go-to emoji?", "🦦"),
        ("별명은?", "없음이요, 진짜 '없음'이에요"),
        ("나의 장점은?", "약속 시간엔 핑계 없음"),
        ("외우는 숫자는?", "1234"),
    ],
)
def test_empty_words_are_an_answer_to_a_question_that_asks_for_them(question, answer):
    assert why_unusable(question, answer) is None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("추천하고 싶은 드라마는?", "네"),
        ("Favourite film?", "yes"),
        ("자신을 소개해 주세요", "자신을 소개"),
        ("취미는?", "넘어갈게요"),
        ("취미는?", "마너이라ㅓㅁㄴㅇ"),
        ("Favourite film?", "qweqwe"),
        ("Favourite film?", "none of your business"),
        ("소울푸드는?", "1234"),
    ],
)
def test_refusals_copies_and_keyboard_runs_are_no_answer(question, answer):
    assert why_unusable(question, answer) is Reason.MEANINGLESS


@pytest.fixture(scope="module")
def figures() -> dict[str, float]:
    """Precision and recall of "says nothing" on the labelled rows, printed."""
    labelled = rows("usable.jsonl")
    judged = [row for row in labelled if refused(row)]
    empty = [row for row in labelled if not row["usable"]]
    right = sum(not row["usable"] for row in judged)
    found = {"precision": right / len(judged), "recall": right / len(empty)}
    print(f"usable: n={len(labelled)} empty={len(empty)} refused={len(judged)} {found}")
    return found


def test_at_least_97_of_100_refused_answers_say_nothing(figures):
    assert figures["precision"] >= 0.97


def test_at_least_97_of_100_empty_answers_are_refused(figures):
    assert figures["recall"] >= 0.97


def test_ten_thousand_characters_are_judged_within_a_second():
    started = time.monotonic()
    for unit in ("a", "가", "없", "네 ", "so no ", "(x", "1"):
        why_unusable("취미는?", normalise(unit * (10_000 // len(unit))))
    assert time.monotonic() - started < 7


@pytest.mark.parametrize("name", ["quiz_test.jsonl", "quiz_train.jsonl"])
def test_no_answer_with_a_quiz_is_refused(name):
    assert [row["answer"] for row in rows(name) if refused(row)] == []
