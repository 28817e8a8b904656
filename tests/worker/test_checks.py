"""Rules a quiz must keep."""

from __future__ import annotations

import pytest

from worker.quality import checks


@pytest.mark.parametrize(
    ("option", "answer", "share"),
    [
        ("파란 우산", "우산이 파란 거요", 1.0),
        ("Chess", "I play chess", 1.0),
        ("수영", "등산이요", 0.0),
        ("", "등산이요", 0.0),
    ],
)
def test_support_is_the_share_of_words_in_the_answer(option, answer, share):
    assert checks.support(option, answer) == share


def test_a_number_word_supports_its_digits():
    assert checks.key_supported("26살", "스물여섯 살")


def test_another_number_is_not_supported():
    assert not checks.key_supported("27살", "26살이에요")


def test_a_question_with_the_key_gives_it_away():
    asked = "이 사람이 등산을 하는 곳은?"
    assert not checks.gives_nothing_away(asked, "등산", "취미는?")


def test_a_key_that_the_survey_named_may_stand_in_the_question():
    asked = "쌀떡과 밀떡 중 좋아하는 것은?"
    assert checks.gives_nothing_away(asked, "밀떡", "떡볶이는 쌀떡? 밀떡?")


def test_options_that_say_the_same_are_not_distinct():
    assert not checks.options_distinct(["등산", "등산을 하기", "독서", "요리"])


def test_options_with_other_numbers_are_distinct():
    assert checks.options_distinct(["3 cats", "4 cats", "5 cats", "6 cats"])


@pytest.mark.parametrize(
    "option",
    [
        "",
        "🏔",
        "a" * 41,
        "=SUM(A1)",
        "<b>x</b>",
        "010-1234-5678",
        "na na na na",
        "1. Hiking",
    ],
)
def test_not_every_option_can_be_shown(option):
    assert not checks.showable(option)


@pytest.mark.parametrize("option", ["등산", "a" * 40, "Version 2.0", "C++", "24/7"])
def test_ordinary_options_can_be_shown(option):
    assert checks.showable(option)


@pytest.mark.parametrize("question", ["뭐?", "x" * 81, "https://a.example 는 뭔가요?"])
def test_not_every_question_is_readable(question):
    assert not checks.readable(question)


def test_an_ordinary_question_is_readable():
    assert checks.readable("이 사람의 취미는 무엇인가요?")


def test_one_option_far_longer_than_the_others_is_unbalanced():
    assert not checks.lengths_balanced(["aaaa", "bbbbb", "cccc", "d" * 20])


def test_short_options_are_balanced():
    assert checks.lengths_balanced(["a", "b", "c", "dddddd"])


@pytest.mark.parametrize(
    ("question", "share"),
    [("이 사람의 취미는 무엇인가요?", 1.0), ("이 사람의 나이는?", 0.0)],
)
def test_a_question_keeps_the_words_of_the_survey(question, share):
    assert checks.asks_the_survey(question, "취미는?") == share


def test_a_wrong_option_must_not_say_what_the_key_says():
    assert not checks.names_no_other("등산", "등산 가기")
