"""Phrases of an answer that may be its key."""

from __future__ import annotations

import pytest

from worker.quality.phrases import LONGEST, phrases


@pytest.mark.parametrize(
    ("answer", "phrase"),
    [
        ("달리기는 꼴찌, 박 터뜨리기는 에이스", "박 터뜨리기"),
        ("윗몸일으키기는 1분에 47개까지 했습니다", "47개"),
        ("조개 올려놓고 누워 있는 해달이 제 노후입니다", "해달"),
        ("컵을 여기저기 놔두는 거요", "컵을 여기저기 놔두기"),
        ("mr okafor cos he does the accents", "Mr okafor"),
        ("I ring my sister in Perth", "Ring their sister"),
        ("Nine by the door. So twelve, of which I wear two.", "Two"),
    ],
)
def test_the_key_is_among_them(answer, phrase):
    assert phrase in phrases(answer)


def test_no_phrase_ends_in_a_particle_or_a_function_word():
    assert "로봇을" not in phrases("매주 로봇을 샀어요")
    assert "Bells of the" not in phrases("bells of the church")


def test_each_stands_there_once_and_none_is_too_long():
    found = phrases("첼로, 첼로, 첼로와 " + "가나다라마바사 " * 20)
    assert len(found) == len(set(found))
    assert max(map(len, found)) <= LONGEST


@pytest.mark.parametrize("answer", ["", "!!!", "ㅋㅋㅋ", "the of and", "🙂"])
def test_of_nothing_there_is_none(answer):
    assert phrases(answer) == []
