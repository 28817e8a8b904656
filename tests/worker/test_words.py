"""Content words and numbers, in both languages."""

from __future__ import annotations

import pytest

from worker.quality.words import content_words, numbers, word_list


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("루이보스 차를 들고 다녀요", ("루이보스", "차", "들", "다니")),
        ("Checks on the sourdough", ("check", "sourdough")),
        ("신문을 읽어 주기", ("신문", "읽")),
    ],
)
def test_stems_that_carry_meaning(text, words):
    assert content_words(text) == words


def test_korean_particles_make_no_difference():
    assert content_words("신문을 읽어 주기") == content_words("신문 읽어 주기")


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("스물두 살", "22"),
        ("고양이 두 마리", "2"),
        ("열두 시", "12"),
        ("네 시간", "4"),
        ("스무 살", "20"),
        ("1,000원", "1000"),
        ("twenty-six cats", "26"),
        ("three hundred", "300"),
        ("five hundred twenty thousand", "520000"),
        ("3.5km", "3.5"),
    ],
)
def test_number_words_become_digits(text, digits):
    assert numbers(text) == {digits}


@pytest.mark.parametrize("text", ["세상", "두부", "한국", "네모", "hundred"])
def test_words_that_only_look_like_numbers_are_none(text):
    assert numbers(text) == frozenset()


def test_comments_of_a_word_list_are_left_out():
    assert "#" not in word_list("nothing")
