"""Training answers made from other training answers."""

from __future__ import annotations

import pytest

from worker.quality.particles import mend_particle
from worker.recipes.augment import joined, rejecting, swapped

ROW = {
    "lang": "en",
    "question": "Hobby?",
    "answer": "Chess as a child, Judo now",
    "quiz_question": "What does this person do?",
    "options": ["Judo", "Hiking", "Chess", "Tea"],
    "correct": 1,
}
BESIDE = {"lang": "en", "question": "Dream job?", "answer": "Baker", "options": []}


def test_a_rejection_names_its_key():
    answer, key = rejecting(ROW)
    assert key in answer


def test_a_rejection_names_another_option():
    answer, key = rejecting(ROW)
    assert any(option in answer for option in ROW["options"] if option != key)


def test_the_same_row_is_rejected_the_same_way():
    assert rejecting(ROW) == rejecting(dict(ROW))


def test_a_korean_row_gets_a_korean_sentence():
    row = {"lang": "ko", "answer": "차", "options": ["등산", "체스", "차", "유도"]}
    answer, _ = rejecting(row)
    assert not any("a" <= char <= "z" for char in answer.casefold())


def test_an_option_with_a_dollar_stays_text():
    row = {"lang": "en", "answer": "x", "options": ["$yes", "$no", "$5", "${nor}"]}
    answer, key = rejecting(row)
    assert key in answer


def test_a_wrong_option_takes_the_place_of_the_key():
    row = ROW | {"answer": "I do Judo", "options": ["Judo", "Tea", "Tea", "Tea"]}
    assert swapped(row) == ("I do Tea", "Tea")


def test_two_options_of_an_answer_change_places():
    row = ROW | {"options": ["Judo", "Chess", "Chess", "Chess"]}
    assert swapped(row) == ("Judo as a child, Chess now", "Chess")


@pytest.mark.parametrize("answer", ["I do karate", "Judo, always Judo", "judo"])
def test_without_one_place_for_the_key_nothing_is_swapped(answer):
    assert swapped(ROW | {"answer": answer}) is None


def test_a_swapped_korean_word_takes_the_fitting_particle():
    options = ["그림책", "영화", "영화", "영화"]
    row = {"answer": "저는 그림책을 좋아해요", "options": options, "correct": 1}
    assert swapped(row) == ("저는 영화를 좋아해요", "영화")


def test_a_joined_answer_has_both_texts_and_the_key():
    answer, key = joined(ROW, BESIDE)
    assert "Baker" in answer and "Judo now" in answer
    assert key == "Judo"


@pytest.mark.parametrize(
    "beside",
    [
        BESIDE | {"lang": "ko"},
        BESIDE | {"question": "Which hobby would you try?"},
        BESIDE | {"answer": "long " * 100},
    ],
)
def test_answers_that_could_be_mixed_up_are_not_joined(beside):
    assert joined(ROW, beside) is None


@pytest.mark.parametrize(
    ("word", "following", "mended"),
    [
        ("나무", "을 심었다", "를 심었다"),
        ("책", "를 읽는다", "을 읽는다"),
        ("서울", "으로 갔다", "로 갔다"),
        ("부산", "로 갔다", "으로 갔다"),
        ("매듭", "예요", "이에요"),
        ("차", "이에요", "예요"),
        ("책", " 을 읽는다", " 을 읽는다"),
        ("tea", "를 마신다", "를 마신다"),
        ("책", "", ""),
    ],
)
def test_a_particle_fits_the_word_before_it(word, following, mended):
    assert mend_particle(word, following) == mended
