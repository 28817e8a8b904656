"""The test rows never change, and no training row tells their answers."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

import pytest

from tests.worker.rows import rows
from worker.quality.text import fold

TEST = rows("quiz_test.jsonl")
TRAIN = rows("quiz_train.jsonl")


def count(rows: list[dict], *names: str) -> dict:
    return dict(Counter(tuple(row[name] for name in names) for row in rows))


def test_the_test_rows_are_frozen():
    pairs = [[row["question"], row["answer"]] for row in TEST]
    text = json.dumps(pairs, ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == (
        "6adb1500030ebfbb615ce149579d6325d730f0af656d93035918d7e3addc6949"
    )


def test_no_answer_is_in_both_files():
    told = {fold(row["answer"]) for row in TRAIN}
    assert [row["answer"] for row in TEST if fold(row["answer"]) in told] == []


def test_languages_of_the_test_rows():
    assert count(TEST, "lang") == {("ko",): 219, ("en",): 116}


def test_languages_of_the_training_rows():
    assert count(TRAIN, "lang") == {("ko",): 6251, ("en",): 2898}


def test_kinds_of_the_test_rows():
    assert count(TEST, "lang", "kind") == {
        ("ko", "plain"): 83,
        ("ko", "buried"): 54,
        ("ko", "negation"): 33,
        ("ko", "number"): 17,
        ("ko", "noisy"): 16,
        ("ko", "clause"): 16,
        ("en", "plain"): 30,
        ("en", "buried"): 29,
        ("en", "negation"): 21,
        ("en", "number"): 12,
        ("en", "noisy"): 12,
        ("en", "clause"): 12,
    }


def test_kinds_of_the_training_rows():
    assert count(TRAIN, "lang", "kind") == {
        ("ko", "buried"): 1534,
        ("ko", "plain"): 1330,
        ("ko", "clause"): 1284,
        ("ko", "noisy"): 764,
        ("ko", "negation"): 704,
        ("ko", "number"): 635,
        ("en", "buried"): 717,
        ("en", "plain"): 603,
        ("en", "clause"): 558,
        ("en", "negation"): 357,
        ("en", "number"): 353,
        ("en", "noisy"): 310,
    }


@pytest.mark.parametrize("rows", [TEST, TRAIN], ids=["test", "train"])
def test_every_row_has_four_options_that_differ(rows):
    folded = [{fold(option) or option for option in row["options"]} for row in rows]
    assert [options for options in folded if len(options) != 4] == []
