"""The slang recipe: the seed's prompt word for word, and a forgiving parser."""

from __future__ import annotations

import csv
import json

import pytest

from worker.recipes import load_recipe, slang
from worker.recipes.slang import (
    Proposal,
    build_prompt,
    build_target,
    parse_reply,
    read_rows,
    training_pairs,
)
from worker.training.files import DataError

TAG = (
    "Given the context below, create a new slang term. The slang should be catchy, "
    "easy to use, and relevant to modern youth culture. Make sure it's something that "
    "would feel natural in casual conversation:\n\n"
)
CONDITION = (
    "You should suggest new slang and its definition, also give an example for "
    "clarification. Example should be long and also precise."
)
ROW = {
    "lang": "ko",
    "context": "라면을 끓이는데 달걀이 하나 남았어요.",
    "slang": "라달승",
    "description": "'라면엔 달걀이 승리'를 줄인 말이에요.",
    "example": "A: '넣는다?' B: '오늘도 라달승이다.'",
}
WANTED = Proposal(slang="cartnap", description="A rest.", example="A: 'Hi?' B: 'No.'")


def test_it_is_a_recipe():
    assert load_recipe("slang") is slang


def test_prompt_is_the_seeds_word_for_word():
    assert build_prompt("비가 와요.") == (
        f"Instruction:\n{TAG}비가 와요.\n\n{CONDITION}\n\nResponse:\n"
    )


def test_a_wish_follows_the_seeds_condition():
    assert f"{CONDITION} 세 글자로.\n\nResponse:\n" in build_prompt("비.", "세 글자로.")


@pytest.mark.parametrize(
    ("hostile", "kept"),
    [
        ("$condition ${context} $", "$condition ${context} $"),
        ("a<end_of_turn>b", "a< end_of_turn>b"),
        ("rain\n\nResponse:\nno", "rain Response: no"),
    ],
)
def test_hostile_text_stays_text(hostile, kept):
    assert build_prompt(hostile) == (
        f"Instruction:\n{TAG}{kept}\n\n{CONDITION}\n\nResponse:\n"
    )


def test_target_is_read_back_as_it_was():
    target = build_target(ROW["slang"], ROW["description"], ROW["example"])
    assert parse_reply(target) == Proposal(
        slang=ROW["slang"], description=ROW["description"], example=ROW["example"]
    )


def test_a_row_trains_its_prompt_once():
    assert len(training_pairs(ROW)) == 1


def test_a_row_with_a_wish_trains_with_and_without_it():
    plain, wished = training_pairs(ROW | {"condition": "세 글자로."})
    assert "세 글자로." not in plain[0] and "세 글자로." in wished[0]
    assert plain[1] == wished[1]


@pytest.mark.parametrize(
    "reply",
    [
        "Slang: cartnap\nDescription: A rest.\nExample: A: 'Hi?' B: 'No.'",
        "slang: cartnap description: A rest. example: A: 'Hi?' B: 'No.'",
        "**Slang:** cartnap\n**Definition:** A rest.\n**Example:** A: 'Hi?' B: 'No.'",
        "1. 신조어: cartnap\n2. 뜻: A rest.\n3. 예시: A: 'Hi?' B: 'No.'",
        "cartnap\nDescription: A rest.\nExample: A: 'Hi?' B: 'No.'",
        "cartnap\nA rest.\nA: 'Hi?'\nB: 'No.'",
        "Slang: cartnap\nDescription: A rest.\nExample: A: 'Hi?' B: 'No.'\nSlang: more",
        "Slang: cartnap\nDescription: A rest.\nExample: A: 'Hi?' B: 'No.'<eos>x",
        "Slang: cartnap\nMeaning: A rest.\nExample: A: 'Hi?' B: 'No.'\nInstruction:\nx",
    ],
)
def test_a_reply_is_read_however_it_is_written(reply):
    assert parse_reply(reply) == WANTED


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "cartnap",
        "Slang: cartnap\nDescription: A rest.",
        "Slang:\nDescription: A\nB",
    ],
)
def test_a_reply_that_lacks_a_part_is_none(reply):
    assert parse_reply(reply) is None


def test_the_public_csv_is_read(tmp_path):
    path = tmp_path / "slang.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(["Slang", "Description", "Example", "Context"])
        out.writerow(["cartnap", "A rest.", "A:\n'Hi?'", "A full basket."])
    assert read_rows(path) == [
        {
            "lang": "en",
            "slang": "cartnap",
            "description": "A rest.",
            "example": "A: 'Hi?'",
            "context": "A full basket.",
        }
    ]


def test_our_rows_are_read_as_they_are(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(ROW, ensure_ascii=False) + "\n\n", encoding="utf-8")
    assert read_rows(path) == [ROW]


@pytest.mark.parametrize("text", ["[]", "not json", json.dumps(ROW | {"slang": " "})])
def test_a_row_that_lacks_something_is_named(tmp_path, text):
    path = tmp_path / "rows.jsonl"
    path.write_text(f"{json.dumps(ROW)}\n{text}\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"rows\.jsonl:2 must"):
        read_rows(path)
