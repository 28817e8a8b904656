"""Training rows: read strictly, encoded without cutting, batched."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from worker.training.data import (
    DataError,
    batches,
    count_batches,
    encode_example,
    encode_pairs,
    fingerprint,
    read_rows,
    split,
)

ROW = {
    "lang": "en",
    "question": "Hobby?",
    "answer": "Tea",
    "quiz_question": "What does Alice like?",
    "options": ["Tea", "Chess", "Judo", "Hiking"],
    "correct": 1,
}
SEED_COLUMNS = (
    "question_crawling",
    "answer_crawling",
    "question_generated",
    "multiple_choice_generated",
    "answer_generated",
)
SEED_ROW = (
    "좋아하는 히어로?",
    "나의 히어로는 우리 아빠",
    "가장 좋아하는 히어로는 누구인가요?",
    "1. 나의 아빠 2. 슈퍼맨 3. 캡틴 아메리카 4. 헐크",
    "1",
)


def jsonl(folder: Path, *rows: dict) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def seed_csv(folder: Path, *rows: tuple[str, ...]) -> Path:
    path = folder / "seed.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([SEED_COLUMNS, *rows])
    return path


def test_jsonl_rows_are_read_as_they_are(tmp_path):
    assert read_rows(jsonl(tmp_path, ROW)) == [ROW]


def test_rows_marked_unusable_are_left_out(tmp_path):
    assert read_rows(jsonl(tmp_path, {"unusable": True}, ROW)) == [ROW]


def test_a_row_without_a_field_is_named_by_line(tmp_path):
    short = {name: value for name, value in ROW.items() if name != "answer"}
    with pytest.raises(DataError, match=r"rows\.jsonl:2 must have answer\."):
        read_rows(jsonl(tmp_path, ROW, short))


@pytest.mark.parametrize("change", [{"options": ["Tea"]}, {"correct": 0}])
def test_a_row_without_four_options_or_a_right_one_is_named(tmp_path, change):
    with pytest.raises(DataError, match=r"rows\.jsonl:1 must have 4 options"):
        read_rows(jsonl(tmp_path, ROW | change))


def test_a_line_that_is_no_json_is_named(tmp_path):
    """It raised a bare JSONDecodeError that said "line 1" for every line."""
    path = jsonl(tmp_path, ROW)
    path.write_text(path.read_text("utf-8") + "\n{", encoding="utf-8")
    with pytest.raises(DataError, match=r"rows\.jsonl:2 must be a JSON object\."):
        read_rows(path)


def test_the_seeds_csv_is_read(tmp_path):
    assert read_rows(seed_csv(tmp_path, SEED_ROW)) == [
        {
            "lang": "ko",
            "question": "좋아하는 히어로?",
            "answer": "나의 히어로는 우리 아빠",
            "quiz_question": "가장 좋아하는 히어로는 누구인가요?",
            "options": ["나의 아빠", "슈퍼맨", "캡틴 아메리카", "헐크"],
            "correct": 1,
        }
    ]


def test_options_of_the_csv_may_stand_on_lines(tmp_path):
    cell = "1. 나의 아빠\n2. 슈퍼맨\n3. 캡틴 아메리카\n4. 헐크"
    row = (*SEED_ROW[:3], cell, "4")
    assert read_rows(seed_csv(tmp_path, row))[0]["options"][3] == "헐크"


def test_a_csv_row_without_an_answer_is_named_by_line(tmp_path):
    with pytest.raises(DataError, match=r"seed\.csv:3 must have options"):
        read_rows(seed_csv(tmp_path, SEED_ROW, (*SEED_ROW[:4], "5")))


def test_a_csv_with_other_columns_is_refused(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"other\.csv:2"):
        read_rows(path)


def test_the_split_loses_no_row():
    rows = [{"n": n} for n in range(10)]
    kept, held_out = split(rows, 0.2, seed=0)
    assert sorted(row["n"] for row in kept + held_out) == list(range(10))


def test_the_split_holds_out_its_share():
    assert len(split([{"n": n} for n in range(10)], 0.2, seed=0)[1]) == 2


def test_the_same_seed_splits_the_same():
    rows = [{"n": n} for n in range(10)]
    assert split(rows, 0.2, seed=7) == split(rows, 0.2, seed=7)


def test_the_fingerprint_depends_on_the_rows():
    assert fingerprint([ROW]) != fingerprint([ROW | {"answer": "Coffee"}])


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("token_ids", [2, 11, 12, 20, 0, 0]),
        ("padding_mask", [1, 1, 1, 1, 0, 0]),
        ("at", [2, 3, 0]),
        ("targets", [20, 1, 0]),
        ("weights", [1, 1, 0]),
    ],
)
def test_docstring_example_of_an_encoded_row(name, values):
    example = encode_example([2, 11, 12], [20, 1], length=6, reply_length=3)
    assert example[name].tolist() == values


def test_an_example_that_just_fits_is_taken():
    example = encode_example([2, 11, 12], [20, 1], length=4, reply_length=2)
    assert example["token_ids"].tolist() == [2, 11, 12, 20]


@pytest.mark.parametrize(("length", "reply_length"), [(3, 2), (6, 1)])
def test_an_example_that_is_too_long_is_refused(length, reply_length):
    with pytest.raises(DataError, match=r"needs 4 tokens \(2 of them to learn\)"):
        encode_example([2, 11, 12], [20, 1], length=length, reply_length=reply_length)


class Letters:
    """A tokenizer of one id per letter."""

    start_token_id = 2
    end_token_id = 1

    def __call__(self, text: str) -> list[int]:
        return [ord(char) for char in text]


def test_pairs_are_padded_to_multiples():
    (arrays,) = encode_pairs([("ab", "c"), ("a", "cd")], Letters(), sequence_length=512)
    assert arrays["token_ids"].shape == (2, 32)
    assert arrays["targets"].shape == (2, 16)


def test_short_and_long_replies_are_groups_of_their_own():
    pairs = [("ab", "c"), ("a", "d" * 40), ("b", "e")]
    short, long = encode_pairs(pairs, Letters(), sequence_length=512)
    assert short["targets"].shape == (2, 16)
    assert long["targets"].shape == (1, 48)


def test_the_target_begins_with_a_space_and_ends_with_the_stop_token():
    (arrays,) = encode_pairs([("ab", "c")], Letters(), sequence_length=512)
    assert arrays["targets"][0, :4].tolist() == [ord(" "), ord("c"), 1, 0]


def test_a_pair_longer_than_the_sequence_is_refused():
    with pytest.raises(DataError, match="Shorten it or raise --sequence-length"):
        encode_pairs([("a" * 40, "c")], Letters(), sequence_length=32)


def numbered(first: int, count: int) -> dict[str, np.ndarray]:
    """A group whose rows are told apart by `at`."""
    return {
        "at": np.arange(first, first + count)[:, None],
        "weights": np.ones((count, 1), np.float32),
    }


def test_the_last_batch_is_filled_with_rows_of_no_weight():
    last = list(batches([numbered(0, 3)], 2))[1]
    assert last["at"].tolist() == [[2], [2]]
    assert last["weights"].tolist() == [[1.0], [0.0]]


def test_filling_a_batch_leaves_the_rows_alone():
    arrays = numbered(0, 1)
    list(batches([arrays], 2))
    assert arrays["weights"].tolist() == [[1.0]]


def test_a_batch_has_rows_of_one_group():
    groups = [numbered(0, 5), numbered(100, 4)]
    for batch in batches(groups, 2, np.random.default_rng(0)):
        assert len({at >= 100 for at in batch["at"].ravel()}) == 1


def test_a_shuffled_pass_shows_every_row_once():
    groups = [numbered(0, 5), numbered(100, 4)]
    passed = list(batches(groups, 2, np.random.default_rng(0)))
    seen = [int(b["at"][i, 0]) for b in passed for i in (0, 1) if b["weights"][i, 0]]
    assert sorted(seen) == [0, 1, 2, 3, 4, 100, 101, 102, 103]
    assert len(passed) == count_batches(groups, 2) == 5


def test_the_same_draw_gives_the_same_order():
    def order(seed):
        draw = np.random.default_rng(seed)
        return [b["at"].tolist() for b in batches([numbered(0, 9)], 2, draw)]

    assert order(1) == order(1) != order(2)
