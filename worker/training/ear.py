"""Learn the second ear's weights: `python -m worker.training.ear`; seconds, no GPU.

Logistic regression over `ear.features`, on the lines of chat_safety.jsonl that the
rules were tuned on and on what children say in the training dialogues. The lines with
split "train" are for the model (`worker.recipes.danger`) alone: with them this ear
gives fewer false alarms, but hears fewer dangers told in new words (docs/LOG.md). The
other lines and the test dialogues are never read here.
"""

from __future__ import annotations

import json
import sys

import numpy as np

from worker.quality import childsafety, ear
from worker.recipes import chat
from worker.recipes.dialogue import read_turns

SEEN = 2  # times a feature must be seen to get a weight
STEPS, RATE, SHRINK = 300, 0.1, 3e-4
HEARD = 0.5  # log-odds, balanced; the bias is moved so that "heard" is above 0
TINY = 0.05  # weights below are not kept


def lines() -> list[tuple[str, bool]]:
    """Messages, and whether they tell of a danger."""
    dialogues, labelled = map(chat.read_rows, chat.TRAIN_FILES)
    found = [
        (row["text"], row["kind"] is not None)
        for row in labelled
        if row["split"] == "tuned"
    ]
    for row in dialogues:
        if row["kind"] == "everyday":
            said = [turn.text for turn in read_turns(row) if turn.by_child]
            found += [(text, False) for text in said if not childsafety.by_rule(text)]
    return found


def learn(examples: list[tuple[str, bool]]) -> dict:
    """Weights of the features and a bias, as `ear` reads them."""
    found = [ear.features(childsafety.as_meant(text)) for text, _ in examples]
    wanted = np.array([danger for _, danger in examples], np.float64)
    names = _often([name for one in found for name in one])
    place = {name: n for n, name in enumerate(names)}
    table = np.zeros((len(found), len(names)))
    for n, one in enumerate(found):
        for name in one & place.keys():
            table[n, place[name]] = 1 / np.sqrt(len(one))
    weights, bias = _fit(table, wanted)
    kept = zip(names, weights.tolist(), strict=True)
    return {
        "bias": round(float(bias) - HEARD, 3),
        "weights": {name: round(w, 2) for name, w in kept if abs(w) >= TINY},
    }


def _often(names: list[str]) -> list[str]:
    unique, times = np.unique(names, return_counts=True)
    return unique[times >= SEEN].tolist()


def _fit(table: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, float]:
    """Adam on the log-loss, both classes weighing the same.

    Args:
        table: float `(lines, features)`.
        wanted: float `(lines,)`, 0 or 1.
    """
    weights, bias = np.zeros(table.shape[1]), 0.0
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    share = np.where(wanted == 1, 0.5 / wanted.sum(), 0.5 / (1 - wanted).sum())
    for step in range(1, STEPS + 1):
        guess = 1 / (1 + np.exp(-(table @ weights + bias)))
        wrong = share * (guess - wanted)
        slope = table.T @ wrong + SHRINK * weights
        mean = 0.9 * mean + 0.1 * slope
        square = 0.999 * square + 0.001 * slope**2
        size = np.sqrt(square / (1 - 0.999**step)) + 1e-8
        weights -= RATE * mean / (1 - 0.9**step) / size
        bias -= RATE * 5 * wrong.sum()
    return weights, bias


def main() -> int:
    examples = lines()
    learnt = learn(examples)
    text = json.dumps(learnt, ensure_ascii=False, indent=0)
    ear.WEIGHTS.write_text(text + "\n", encoding="utf-8")
    dangers = sum(danger for _, danger in examples)
    print(
        f"{len(examples)} lines, {dangers} dangerous; {len(learnt['weights'])} weights"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
