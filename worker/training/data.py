"""Training rows: read them, split them, turn them into arrays."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from worker.training.files import DataError, Row, parsed

# The seed's CSV: four numbered options in one cell, the right number in another.
_OPTION = re.compile(r"(?:^|\s)([1-4])\.\s*(.+?)(?=\s+[1-4]\.\s|$)", re.DOTALL)
_QUOTED_FORMULA = re.compile(r"^'(?= *[=+\-@\t\r])")
_HANGUL = re.compile("[가-힣]")
SHORT_REPLY = 32  # tokens


def read_rows(path: Path) -> list[Row]:
    """Rows of a JSONL file of ours or of a CSV with the seed's columns.

    A JSONL row has `lang, question, answer, quiz_question, options, correct` and
    perhaps `kind`; rows marked `unusable` are left out. The CSV has
    `question_crawling, answer_crawling, question_generated,
    multiple_choice_generated, answer_generated`.

    Raises:
        DataError: naming file, line and what is missing.
    """
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [
                from_seed(row, f"{path.name}:{line}")
                for line, row in enumerate(csv.DictReader(file), start=2)
            ]
    with path.open(encoding="utf-8") as file:
        rows = [
            _checked(parsed(text, f"{path.name}:{line}"), f"{path.name}:{line}")
            for line, text in enumerate(file, start=1)
            if text.strip()
        ]
    return [row for row in rows if not row.get("unusable")]


def _checked(row: Row, place: str) -> Row:
    if row.get("unusable"):
        return row
    missing = {"question", "answer", "quiz_question", "options", "correct"} - set(row)
    if missing:
        raise DataError(f"{place} must have {', '.join(sorted(missing))}.")
    if len(row["options"]) != 4 or row["correct"] not in (1, 2, 3, 4):
        raise DataError(f"{place} must have 4 options and correct from 1 to 4.")
    return row


def from_seed(row: Row, place: str) -> Row:
    """A row of the seed's CSV as one of ours.

    The quotation mark that our exports put before what a spreadsheet would take for a
    formula is taken away again.

    Raises:
        DataError: naming `place`, if there are no four options or no right number.
    """
    row = {name: _QUOTED_FORMULA.sub("", text or "") for name, text in row.items()}
    cell = row.get("multiple_choice_generated", "")
    options = [text.strip() for _, text in _OPTION.findall(cell)]
    number = row.get("answer_generated", "").strip()
    if len(options) != 4 or number not in ("1", "2", "3", "4"):
        raise DataError(
            f"{place} must have options '1. .. 2. .. 3. .. 4. ..' and an answer "
            f"from 1 to 4. Received: {cell!r} and {number!r}."
        )
    return {
        "lang": "ko" if _HANGUL.search(row["question_generated"]) else "en",
        "question": row["question_crawling"],
        "answer": row["answer_crawling"],
        "quiz_question": row["question_generated"],
        "options": options,
        "correct": int(number),
    }


def split(rows: Sequence[Row], share: float, seed: int) -> tuple[list[Row], list[Row]]:
    """Shuffle with `seed` and put `share` of the rows aside for validation."""
    order = np.random.default_rng(seed).permutation(len(rows))
    held_out = round(len(rows) * share)
    return (
        [rows[i] for i in order[held_out:]],
        [rows[i] for i in order[:held_out]],
    )


def fingerprint(rows: Iterable[Row]) -> str:
    """First 16 hex digits of a SHA-256 over the rows, for the adapter's card."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row, sort_keys=True, ensure_ascii=False).encode())
    return digest.hexdigest()[:16]


def encode_example(
    prompt: Sequence[int], target: Sequence[int], *, length: int, reply_length: int
) -> dict[str, np.ndarray]:
    """Arrays of one example; only the target is learned.

    Args:
        prompt: token ids, with the beginning-of-sequence token.
        target: token ids, with the stop token.
        length: int, positions of the input.
        reply_length: int, positions of the loss.

    Returns:
        A dict of `token_ids` int32 and `padding_mask` bool, both `(length,)`, and
        `at`, `targets` int32 and `weights` float32, each `(reply_length,)`: the
        hidden state at `at[i]` has to predict `targets[i]`.

    Raises:
        DataError: if the example needs more positions; nothing is cut.

    Example, prompt [2, 11, 12], target [20, 1], length 6 and reply_length 3:

        token_ids     [2, 11, 12, 20, 0, 0]
        padding_mask  [1,  1,  1,  1, 0, 0]
        at            [2, 3, 0]
        targets       [20, 1, 0]
        weights       [1, 1, 0]
    """
    used = len(prompt) + len(target) - 1
    if used > length or len(target) > reply_length:
        raise DataError(
            f"An example needs {used} tokens ({len(target)} of them to learn); the "
            f"limits are {length} and {reply_length}. Shorten it or raise "
            "--sequence-length."
        )
    example = {
        "token_ids": np.zeros(length, np.int32),
        "padding_mask": np.arange(length) < used,
        "at": np.zeros(reply_length, np.int32),
        "targets": np.zeros(reply_length, np.int32),
        "weights": np.zeros(reply_length, np.float32),
    }
    size = len(target)
    example["token_ids"][:used] = [*prompt, *target[:-1]]
    example["at"][:size] = np.arange(len(prompt) - 1, used)
    example["targets"][:size] = target
    example["weights"][:size] = 1.0
    return example


def encode_pairs(pairs, tokenizer, *, sequence_length: int):
    """Pairs of prompt and target as groups of arrays `(n, ...)` of `encode_example`.

    Short replies and long ones are groups of their own, each padded to its longest,
    rounded up to 32 positions (16 of the reply): a batch has one shape and little
    padding, and a task with short replies weighs as much as one with long ones.

    Raises:
        DataError: if a pair needs more than `sequence_length` tokens.
    """
    encoded = [
        (
            [tokenizer.start_token_id, *map(int, tokenizer(prompt))],
            [*map(int, tokenizer(" " + target)), tokenizer.end_token_id],
        )
        for prompt, target in pairs
    ]
    short = [one for one in encoded if len(one[1]) <= SHORT_REPLY]
    long = [one for one in encoded if len(one[1]) > SHORT_REPLY]
    return [_stack(group, sequence_length) for group in (short, long) if group]


def _stack(encoded, sequence_length: int) -> dict[str, np.ndarray]:
    longest = max(len(prompt) + len(target) - 1 for prompt, target in encoded)
    reply = max(len(target) for _, target in encoded)
    length = min(sequence_length, -(-longest // 32) * 32)
    examples = [
        encode_example(prompt, target, length=length, reply_length=-(-reply // 16) * 16)
        for prompt, target in encoded
    ]
    return {name: np.stack([e[name] for e in examples]) for name in examples[0]}


def count_batches(groups, size: int) -> int:
    """Steps of one pass over all groups."""
    return sum(-(-len(arrays["at"]) // size) for arrays in groups)


def draw_rows(groups, size: int, draw: np.random.Generator | None = None):
    """Group number and up to `size` row numbers for each batch of one pass.

    In random order if `draw` is given; a batch has rows of one group only.
    """
    chosen = []
    for number, arrays in enumerate(groups):
        count = len(arrays["at"])
        order = draw.permutation(count) if draw else np.arange(count)
        chosen += [(number, order[i : i + size]) for i in range(0, count, size)]
    if draw:
        draw.shuffle(chosen)
    return chosen


def batches(groups, size: int, draw: np.random.Generator | None = None):
    """Batches of exactly `size` rows of one group; in random order if `draw` is given.

    The last one of a group is filled with rows of weight 0.
    """
    for number, rows in draw_rows(groups, size, draw):
        yield batch_of(groups[number], rows, size)


def batch_of(arrays, rows, size: int) -> dict[str, np.ndarray]:
    """The numbered rows, filled up to `size` with rows of weight 0."""
    filled = np.concatenate((rows, np.repeat(rows[:1], size - len(rows))))
    batch = {name: values[filled] for name, values in arrays.items()}
    batch["weights"] = batch["weights"].copy()
    batch["weights"][len(rows) :] = 0.0
    return batch
