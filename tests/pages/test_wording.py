"""Both languages say everything, with the same values."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from app import guide, wording
from app.errors import PROBLEMS
from app.question_bank import bank
from protocol import MAX_QUESTIONS, Reason

KOREAN, ENGLISH = wording.sentences("ko"), wording.sentences("en")
ROOT = Path(__file__).parents[2]


def values_in(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert KOREAN.keys() == ENGLISH.keys()


def test_both_languages_use_the_same_values() -> None:
    for key in KOREAN:
        assert values_in(KOREAN[key]) == values_in(ENGLISH[key]), key


def test_every_key_in_a_template_has_a_sentence() -> None:
    for template in (ROOT / "templates").rglob("*.html"):
        for key in re.findall(r"\bt\('([a-z_.0-9]+)'[,)]", template.read_text()):
            assert key in KOREAN, f"{template.name}: {key}"


def test_every_error_and_reason_has_a_sentence() -> None:
    for code in PROBLEMS:
        assert f"error.{code}" in KOREAN, code
    for reason in Reason:
        assert f"reason.{reason}" in KOREAN, reason


@pytest.mark.parametrize(
    ("count", "english"), [(1, "1 person answered"), (1200, "1,200 people answered")]
)
def test_english_counts_choose_their_noun(count: int, english: str) -> None:
    assert wording.text("people.title", "en", n=count) == english


@pytest.mark.parametrize(
    ("word", "expected"),
    [("갱시기", "갱시기가"), ("호박죽", "호박죽이"), ("7", "7이"), ("Ann", "Ann가")],
)
def test_korean_particles_fit_the_last_sound(word: str, expected: str) -> None:
    assert f"{wording.Word(word):이|가}" == expected


def test_ro_follows_rieul_as_it_follows_a_vowel() -> None:
    assert f"{wording.Word('서울'):으로|로}" == "서울로"
    assert f"{wording.Word('부산'):으로|로}" == "부산으로"


def test_braces_in_a_value_are_not_filled_in_again() -> None:
    text = wording.text("thanks.hello", "en", name="{n} {0}")
    assert text == "Thank you, {n} {0}"


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_the_bank_offers_36_questions_and_a_short_default_set(language: str) -> None:
    questions = bank(language).questions
    assert len(questions) == len(set(questions)) == 36
    assert 3 <= len(bank(language).defaults) <= 4 < MAX_QUESTIONS
    assert set(bank(language).defaults) <= set(questions)
    shown = [q for shelf in bank(language).shelves for q in shelf.questions]
    assert sorted(shown) == sorted(questions)


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_the_guide_has_60_topics_and_none_that_hurts(language: str) -> None:
    topics = guide.topics(language)
    assert len(topics) == len(set(topics)) == 60
    avoided = "나이|몇 살|건강|연봉|월급|종교|정치|결혼|부모|\\bage\\b|salary|religion"
    avoided += "|politic|health|married|\\bmoney\\b"
    assert not [topic for topic in topics if re.search(avoided, topic, re.I)]


def test_the_guide_changes_with_time_and_never_repeats_within_a_round() -> None:
    pace = guide.SECONDS_PER_TOPIC
    seen = [guide.topic("ko", "meeting", n * pace) for n in range(60)]
    assert len(set(seen)) == 60
    assert guide.topic("ko", "meeting", 60 * pace) == seen[0]
    assert guide.order("ko", "meeting") != guide.order("ko", "another")
