"""Figures of a whole set: whether something other than the answer tells the key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from worker.dataset.rows import NUM_OPTIONS, is_draft
from worker.quality.metrics import by_echo, by_length

Rows = Sequence[Mapping[str, Any]]
FEW = 20  # rows; shares of fewer say nothing
UNEVEN = 0.4  # of the keys in one place; a quarter is ideal
TELLING = 0.4  # of the keys found without reading the answer; a quarter is chance
ONE_LANGUAGE = 0.9


def balance(rows: Rows) -> dict[str, Any]:
    """Counts by language, kind, verdict and difficulty; place and length of the key.

    Args:
        rows: of a sound shape.

    Returns:
        Counts by name, and of drafts `key_at` (a share for each place), `by_length`
        and `by_echo`: how often "the longest option" and "the option that shares
        most words with the question" is the key.
    """
    found: dict[str, Any] = {"rows": len(rows), "language": _count(rows, "lang")}
    if any("kind" in row for row in rows):
        found["kind"] = _count(rows, "kind")
    reviews = [row["review"] for row in rows if row.get("review")]
    if reviews:
        found["verdict"] = _count(reviews, "verdict")
        found["difficulty"] = _count(reviews, "difficulty")
    quizzes = [
        {"question": row["quiz_question"]}
        | {"options": row["options"], "answer": row["correct"]}
        for row in rows
        if is_draft(row)
    ]
    if quizzes:
        places = Counter(quiz["answer"] for quiz in quizzes)
        found["key_at"] = [
            round(places[place] / len(quizzes), 3)
            for place in range(1, NUM_OPTIONS + 1)
        ]
        found["by_length"] = _mean([by_length(quiz) for quiz in quizzes])
        found["by_echo"] = _mean([by_echo(quiz) for quiz in quizzes])
    return found


def warnings(found: Mapping[str, Any]) -> list[str]:
    """What is out of balance, in words; nothing for a handful of rows."""
    count, said = found["rows"], []
    if count < FEW:
        return []
    language, most = max(found["language"].items(), key=lambda item: item[1])
    if most > ONE_LANGUAGE * count:
        said.append(f"{most / count:.0%} of the rows are in one language, {language}.")
    at = found.get("key_at", [0])
    if max(at) > UNEVEN:
        said.append(
            f"The right option is number {at.index(max(at)) + 1} in {max(at):.0%} of "
            "the rows. Our own recipe does not mind: it always writes it first."
        )
    if found.get("by_length", 0) > TELLING:
        said.append(f"The longest option is right in {found['by_length']:.0%}.")
    if found.get("by_echo", 0) > TELLING:
        said.append(
            f"The option nearest to the question is right in {found['by_echo']:.0%}."
        )
    return said


def _count(rows: Rows, name: str) -> dict[str, int]:
    return dict(Counter(row.get(name) or "not said" for row in rows).most_common())


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 3)


def token_lengths(rows: Rows, preset: Path) -> list[int]:
    """Positions that each row needs in training, its longest example counted.

    The same count as `worker.training.data.encode_example` refuses by: prompt with
    its first token, reply with its last, less the one that is never read.
    """
    from worker.presets.backbone import load_tokenizer
    from worker.recipes import quiz

    tokenizer = load_tokenizer(preset)

    def needs(row: Mapping[str, Any]) -> int:
        if not is_draft(row):
            prompt = quiz.build_prompt(row["question"], row["answer"])
            return len(tokenizer(prompt)) + 1
        return max(
            len(tokenizer(prompt)) + len(tokenizer(" " + target)) + 1
            for prompt, target in quiz.training_pairs(row)
        )

    return [needs(row) for row in rows]


def spread(lengths: Sequence[int]) -> dict[str, int]:
    """Median, 95th percentile and largest of some lengths."""
    ordered = sorted(lengths) or [0]
    return {
        "median": ordered[len(ordered) // 2],
        "p95": ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))],
        "largest": ordered[-1],
    }
