"""Which answers hold something to ask about."""

from __future__ import annotations

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


def test_at_least_95_of_100_refused_answers_say_nothing():
    judged = [row for row in rows("usable.jsonl") if refused(row)]
    wrong = sum(row["usable"] for row in judged)
    assert 1 - wrong / len(judged) >= 0.95


def test_at_least_93_of_100_empty_answers_are_refused():
    empty = [row for row in rows("usable.jsonl") if not row["usable"]]
    assert sum(map(refused, empty)) / len(empty) >= 0.93


@pytest.mark.parametrize("name", ["quiz_test.jsonl", "quiz_train.jsonl"])
def test_no_answer_with_a_quiz_is_refused(name):
    assert [row["answer"] for row in rows(name) if refused(row)] == []
