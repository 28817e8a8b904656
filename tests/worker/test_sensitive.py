"""Hurtful, sexual and health content is found; what only sounds like it is not."""

from __future__ import annotations

import time

import pytest

from tests.worker.rows import rows
from worker.quality.sensitive import (
    is_about_health,
    is_hurtful,
    is_sexual,
    why_sensitive,
)


@pytest.mark.parametrize(
    "text",
    [
        "김영수 부장이 나한테 욕했다",
        "박과장 꼴보기 싫어요",
        "죽고 싶어요",
        "왕따를 당했어요",
        "ㅅㅂ 이런 거 왜 함",
        "Dave in accounting is an idiot",
        "I want to kill my boss",
        "I keep thinking about suicide",
    ],
)
def test_insults_bullying_threats_and_self_harm_are_hurtful(text):
    assert is_hurtful(text)


@pytest.mark.parametrize("text", ["야동 보기", "부장이 성희롱했어요", "watching porn"])
def test_sex_and_harassment_are_sexual(text):
    assert is_sexual(text)


@pytest.mark.parametrize(
    "text",
    [
        "위암 진단을 받았어요",
        "우울증 약이요",
        "아이를 유산했어요",
        "아버지가 돌아가신 날",
        "my miscarriage last spring",
        "I take my antidepressants",
        "my dad, he passed away in March",
    ],
)
def test_illness_treatment_and_grief_are_about_health(text):
    assert is_about_health(text)


@pytest.mark.parametrize(
    "text",
    [
        "배가 아프도록 웃었다",
        "맛있어서 죽겠다",
        "암벽 등반",
        "암산",
        "세계문화유산 다 돌기",
        "유산균",
        "자살골",
        "결정장애라 메뉴를 못 골라요",
        "새끼 고양이",
        "sick beats",
        "killer lasagne recipe",
        "die-hard fan",
        "I'd die for pizza",
        "Moby Dick",
        "my car died",
    ],
)
def test_what_only_sounds_like_it_is_harmless(text):
    assert why_sensitive("", text) is None


def test_the_question_is_context():
    assert why_sensitive("Star sign?", "Cancer") is None


def test_the_same_word_without_its_context_is_held_back():
    assert why_sensitive("News?", "Cancer") == "health"


@pytest.fixture(scope="module")
def figures() -> dict[str, float]:
    """Precision and recall on the labelled rows, printed."""
    labelled = rows("sensitive.jsonl")
    held = [row for row in labelled if why_sensitive(row["question"], row["answer"])]
    wanted = [row for row in labelled if row["kind"]]
    right = sum(row["kind"] is not None for row in held)
    found = {"precision": right / len(held), "recall": right / len(wanted)}
    print(f"sensitive: n={len(labelled)} sensitive={len(wanted)} {found}")
    return found


def test_at_least_97_of_100_answers_held_back_are_sensitive(figures):
    assert figures["precision"] >= 0.97


def test_at_least_97_of_100_sensitive_answers_are_held_back(figures):
    assert figures["recall"] >= 0.97


def test_fewer_than_1_in_100_everyday_answers_are_held_back():
    """Most of them do tell of a death or an operation."""
    everyday = rows("quiz_train.jsonl")
    held = [row for row in everyday if why_sensitive(row["question"], row["answer"])]
    print(f"sensitive: {len(held)} of {len(everyday)} everyday answers held back")
    assert len(held) < len(everyday) / 100


@pytest.mark.parametrize("text", ["", "\ud800", "😀" * 3000, "<>" * 3000, "١٢٣"])
def test_odd_text_is_harmless(text):
    assert why_sensitive(text, text) is None


@pytest.mark.parametrize("unit", ["죽 ", "dad ", "had a ", "유산 ", "kill ", "가"])
def test_ten_thousand_characters_take_less_than_three_seconds(unit):
    started = time.monotonic()
    why_sensitive("취미는?", unit * (10_000 // len(unit)))
    assert time.monotonic() - started < 3
