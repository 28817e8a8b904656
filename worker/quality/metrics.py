"""What holds for one quiz of a labelled row, and shares with their interval.

A judgement maps a metric's name to 1.0, 0.0, or what lies between where a tie is
broken by chance; None where the metric says nothing about the quiz, such as the key's
position of a quiz that was not made.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from worker.quality import checks
from worker.quality.matching import same_fact, states_gold
from worker.quality.text import fold
from worker.quality.words import content_words

Row = Mapping[str, Any]
Quiz = Mapping[str, Any]
Judgement = dict[str, float | None]

NUM_OPTIONS = 4
# A quiz that was not made fails these; the others are shares of the quizzes made.
DUTIES = ("right_key", "all_checks", "well_formed")
REQUIRED = (
    "key_supported",
    "gives_nothing_away",
    "options_distinct",
    "lengths_balanced",
)
RULE = "keeps_"  # before a recorded rule's name in a judgement
NOTES = ("whole_answer_read",)  # said of the quiz, no rule it could break


def wilson(hits: float, n: int) -> tuple[float, float]:
    """95 % confidence interval of a share (Wilson, 1927).

    Example: (8, 10) -> (0.49, 0.943).
    """
    if n == 0:
        return 0.0, 1.0
    z, share = 1.96, hits / n
    middle = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    bottom = 1 + z * z / n
    return round((middle - spread) / bottom, 3), round((middle + spread) / bottom, 3)


def share(values: Sequence[float | None]) -> dict[str, Any]:
    """The mean of the values that are not None, with their n and its interval."""
    known = [value for value in values if value is not None]
    return {
        "share": round(sum(known) / len(known), 4) if known else None,
        "n": len(known),
        "interval": wilson(sum(known), len(known)),
    }


def judge(row: Row, quiz: Quiz | None) -> Judgement:
    """What holds for the quiz made of a labelled row, None if there is none.

    A key is right if it says what the gold option says, or is one of the row's `also`
    phrasings, and no gold wrong option fits better: the question must ask what the
    survey asked, so another true detail of the answer counts as wrong.

    Args:
        row: `question`, `answer`, `options`, `correct` (1 to 4) and perhaps `also`.
        quiz: `question`, `options`, `answer` (1 to 4) and `checks`.
    """
    if quiz is None:
        return dict.fromkeys(DUTIES, 0.0)
    options, place = quiz["options"], quiz["answer"]
    key, others = options[place - 1], _others(quiz)
    right = states_gold(key, *_gold(row))
    twice = two_right(row, quiz, right)
    told = not checks.gives_nothing_away(quiz["question"], key, row["question"])
    judgement: dict[str, Any] = {
        "right_key": right,
        "all_checks": passes_all(quiz["checks"]),
        "well_formed": well_formed(options),
        "well_formed_drafts": drafts_well_formed(quiz["checks"]),
        "two_right": twice,
        "two_right_at_most": twice or supported_too(row, quiz),
        "leak": told,
        "duplicate": not checks.options_distinct(options),
        "key_longest": len(key) > max(map(len, others), default=0),
        "by_length": by_length(quiz),
        "by_echo": by_echo(quiz),
    }
    judgement |= {f"key_at_{n}": place == n for n in range(1, NUM_OPTIONS + 1)}
    rules = rules_of(quiz["checks"])
    judgement |= {f"{RULE}{name}": kept for name, kept in rules.items()}
    return {
        name: None if value is None else float(value)
        for name, value in judgement.items()
    }


def passes_all(recorded: Mapping[str, Any]) -> bool:
    """Whether every rule recorded with the quiz holds, the four oldest among them."""
    rules = rules_of(recorded)
    return all(rules.get(name) for name in REQUIRED) and all(rules.values())


def rules_of(recorded: Mapping[str, Any]) -> dict[str, bool]:
    """The rules among what is recorded: what is true or false, and none of `NOTES`."""
    return {
        name: value
        for name, value in recorded.items()
        if isinstance(value, bool) and name not in NOTES
    }


def well_formed(options: Sequence[str]) -> bool:
    """Four options, none of them empty and no two spelt alike."""
    spelt = {fold(option) or option.strip() for option in options} - {""}
    return len(options) == len(spelt) == NUM_OPTIONS


def drafts_well_formed(recorded: Mapping[str, Any]) -> float | None:
    """Share of the model's drafts that were well-formed quizzes before any repair.

    Drafts of one answer are alike, so each quiz counts once with its share: the
    interval then does not pretend that every draft is an observation of its own.
    """
    drafts = recorded.get("drafts")
    return recorded["well_formed_drafts"] / drafts if drafts else None


def two_right(row: Row, quiz: Quiz, right: bool) -> bool:
    """Whether an option that is not the key is right, as the labels tell it.

    It says what the gold option says, or what the key says where the key is `right`.
    A wrong key beside the right option counts here too: both cannot be shown.
    """
    key = quiz["options"][quiz["answer"] - 1]
    return any(
        states_gold(option, *_gold(row)) or (right and same_fact(option, key))
        for option in _others(quiz)
    )


def supported_too(row: Row, quiz: Quiz) -> bool:
    """Whether the answer has another option's words as fully as the key's.

    What a person rejects stands in the answer as well, so options that say the same
    as one of the row's gold wrong options are known to be false and do not count.
    Any other word of the answer does, whether or not it answers the question. So
    this bounds `two_right` from above: of 13 such quizzes read, one was arguable.
    """
    answer, key = row["answer"], quiz["options"][quiz["answer"] - 1]
    _, wrong, _ = _gold(row)
    return any(
        checks.key_supported(option, answer)
        and checks.support(option, answer) >= checks.support(key, answer)
        and not any(same_fact(option, false) for false in wrong)
        for option in _others(quiz)
    )


def by_length(quiz: Quiz) -> float:
    """How often "always the longest option" finds the key."""
    return chance_of_key([len(option) for option in quiz["options"]], quiz["answer"])


def by_echo(quiz: Quiz) -> float:
    """How often "the option that shares most words with the question" does.

    Example: "Which tea does she drink?" with ("Black tea", "Milk", "Water", "Juice")
    and answer 1 -> 1.0; with no shared word at all -> 0.25.
    """
    asked = set(content_words(quiz["question"]))
    shared = [len(asked & set(content_words(option))) for option in quiz["options"]]
    return chance_of_key(shared, quiz["answer"])


def chance_of_key(scores: Sequence[float], answer: int) -> float:
    """Probability that the best-scored option is the key, ties broken by lot.

    Example: ([3, 5, 5, 1], 2) -> 0.5; ([3, 5, 5, 1], 1) -> 0.0.
    """
    best = max(scores)
    return (scores[answer - 1] == best) / sum(score == best for score in scores)


def _others(quiz: Quiz) -> list[str]:
    """The options the quiz calls wrong."""
    return [o for n, o in enumerate(quiz["options"], 1) if n != quiz["answer"]]


def _gold(row: Row) -> tuple[str, list[str], Sequence[str]]:
    """The row's right option, its wrong ones, and other phrasings of the right one."""
    gold = row["options"][row["correct"] - 1]
    wrong = [option for option in row["options"] if option != gold]
    return gold, wrong, row.get("also", ())
