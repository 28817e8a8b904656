"""Whether two phrases say the same."""

from __future__ import annotations

import pytest

from worker.quality.matching import same_fact, similarity, states_gold


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("Checks on the sourdough", "Check the sourdough", 1.0),
        ("26", "Twenty-six", 1.0),
        ("점자 도서", "낭독 도서 녹음하기", 0.5),
        ("고양이", "고양이 두 마리", 1.0),
        ("26살", "27살", 0.0),
        ("등산", "수영", 0.0),
        ("", "등산", 0.0),
        ("ㅋ", "ㅋㅋ", 0.0),
    ],
)
def test_similarity(one, other, share):
    assert similarity(one, other) == share


def test_similarity_has_no_direction():
    assert similarity("낭독 도서 녹음하기", "점자 도서") == 0.5


def test_half_of_the_words_is_not_the_same_fact():
    assert not same_fact("점자 도서", "낭독 도서 녹음하기")


def test_a_key_in_other_words_states_the_gold():
    assert states_gold("신문을 읽어 주기", "신문 읽기", ["뜨개질"])


def test_a_key_nearer_to_a_wrong_option_does_not():
    assert not states_gold("빨간 우산", "파란 우산", ["빨간 우산", "노란 우산"])


def test_another_phrasing_must_match_whole():
    assert states_gold("Spud!", "The potato", ["The avocado"], ["Spud"])
    assert not states_gold("A spud gun", "The potato", ["The avocado"], ["Spud"])
