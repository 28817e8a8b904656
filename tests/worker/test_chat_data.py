"""SudaGom's dialogues and labelled lines: frozen, apart, and fit to learn from."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

import pytest

from tests.worker.rows import rows
from worker.quality import childsafety
from worker.quality.text import fold
from worker.recipes import danger
from worker.recipes.dialogue import SUDAGOM, read_scene, read_turns
from worker.training import ear

TEST, TRAIN = rows("chat_test.jsonl"), rows("chat_train.jsonl")
SAFETY = rows("chat_safety.jsonl")


def spoken(dialogues: list[dict]) -> list[str]:
    return [turn["text"] for row in dialogues for turn in row["turns"]]


def digest(texts: list[str]) -> str:
    return hashlib.sha256(json.dumps(texts, ensure_ascii=False).encode()).hexdigest()


def test_the_test_dialogues_are_frozen():
    assert digest(spoken(TEST)) == (
        "8c2042be398836015767ea4a411597e744c64030617987f2610559c6adf86dac"
    )


def test_the_lines_no_rule_was_tuned_on_are_frozen():
    kept = [row["text"] for row in SAFETY if row["split"] in ("held", "fresh")]
    assert digest(kept) == (
        "c9690be3c4a9df2362c17feb8ed358a34253b1f1a8e80aec9958205b86fb2ce5"
    )


def test_the_test_dialogues_are_stratified():
    kinds = Counter((row["persona"] == SUDAGOM, row["kind"]) for row in TEST)
    assert kinds == {
        (True, "everyday"): 17,
        (False, "everyday"): 15,
        (True, "declined"): 3,
        (True, "delicate"): 3,
        (False, "delicate"): 2,
    }


def test_no_turn_of_the_test_is_learnt():
    learnt = set(map(fold, spoken(TRAIN)))
    assert [
        text for text in spoken(TEST) if fold(text) in learnt and len(text) > 8
    ] == []


def test_no_labelled_line_comes_twice():
    texts = Counter((row["side"], fold(row["text"])) for row in SAFETY)
    assert [text for text, times in texts.items() if times > 1] == []


@pytest.mark.parametrize("dialogues", [TEST, TRAIN], ids=["test", "train"])
def test_the_persona_has_the_last_word(dialogues):
    assert all(row["turns"][-1]["speaker"] != row["child"] for row in dialogues)


def test_what_is_learnt_is_safe_to_say():
    told = [
        turn.text
        for row in TRAIN
        for turn in read_turns(row)
        if not turn.by_child
        and childsafety.why_unsafe(turn.text, program=read_scene(row).is_program)
    ]
    assert len(told) <= 2, told


def test_the_ear_never_reads_what_it_is_measured_on():
    read = {text for text, _ in ear.lines()}
    kept = {row["text"] for row in SAFETY if row["split"] not in danger.LEARNT}
    assert read.isdisjoint(kept | set(spoken(TEST)))


def test_the_ear_learns_a_word_that_only_dangers_have():
    learnt = ear.learn(
        [("무서워 도와줘", True), ("도와줘", True)] * 3 + [("딸기", False)] * 3
    )
    assert learnt["weights"]["c:도와"] > 0 > learnt["weights"]["c:딸기"]
