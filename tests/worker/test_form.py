"""What form a phrase has, and whether it stands out beside another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from worker.quality.form import Form, form_of, is_whole, stands_out

TRAIN = Path(__file__).parents[2] / "worker" / "data" / "quiz_train.jsonl"


@pytest.mark.parametrize(
    ("phrase", "form"),
    [
        ("초록 티셔츠", Form.THING),
        ("엄마 아빠 첫 데이트 날", Form.THING),
        ("낚싯바늘이요", Form.THING),
        ("사진 찍기", Form.DOING),
        ("무서워서 못 탐", Form.DOING),
        ("지갑을 잃은 일", Form.EVENT),
        ("비가 올 때", Form.WHEN),
        ("혼자 먹는다", Form.SENTENCE),
        ("밤새 짜 주셔서", Form.BECAUSE),
        ("가기 싫어서요.", Form.BECAUSE),
        ("집 앞 편의점에서", Form.WHERE),
        ("ㅋㅋ", Form.THING),
        ("A beekeeper", Form.THING),
        ("Bouldering", Form.THING),
        ("Knitting a scarf", Form.DOING),
        ("String theory", Form.THING),
        ("By ordering it online", Form.BY),
        ("Because it rained", Form.BECAUSE),
        ("In the kitchen", Form.WHERE),
        ("After lunch", Form.WHEN),
        ("Outside", Form.THING),
        ("", Form.THING),
    ],
)
def test_a_phrase_shows_its_form(phrase: str, form: Form) -> None:
    assert form_of(phrase) is form


@pytest.mark.parametrize(
    ("key", "option", "odd"),
    [
        ("초록 티셔츠", "형이 보내 줘서", True),
        ("지갑을 잃은 일", "사진 찍기", False),
        ("지갑을 잃은 일", "비가 올 때", False),
        ("By the bell", "Rolling down the hill", True),
        ("초록 티셔츠", "사진 찍기", True),
        ("종이접기", "사진 찍기", False),
        ("비석치기", "공기놀이", False),
        ("A vet", "Fisherman", False),
        ("초록 티셔츠", "혼자 먹는다", True),
        ("네 멋대로 해라", "동백꽃 필 무렵", False),
    ],
)
def test_another_form_stands_out(key, option, odd) -> None:
    assert stands_out(option, key) is odd


@pytest.mark.parametrize(
    "phrase", ["나간 주말 오후 늦은", "바다를", "엄마의", "Oasis and the", "A"]
)
def test_a_phrase_that_breaks_off_is_no_whole_one(phrase: str) -> None:
    assert not is_whole(phrase)


def test_options_that_people_wrote_are_whole_and_mostly_of_the_keys_form() -> None:
    rows = [json.loads(line) for line in TRAIN.read_text("utf-8").splitlines()[:400]]
    rows = [row for row in rows if not row.get("unusable")]
    pairs = [
        (option, row["options"][row["correct"] - 1])
        for row in rows
        for option in row["options"]
    ]
    assert sum(not is_whole(option) for option, _ in pairs) <= 0.002 * len(pairs)
    assert sum(stands_out(*pair) for pair in pairs) <= 0.05 * len(pairs)
