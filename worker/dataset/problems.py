"""What is wrong with a row, by the same rules that the worker's own quizzes must keep.

Rows with a problem of `BAD` are not to be trained with; those of `DOUBTS` are for
somebody to look at once more, and are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from privacy import holds_private_data
from worker.dataset import rows
from worker.quality import checks
from worker.quality.metrics import well_formed
from worker.quality.orders import holds_orders
from worker.quality.sensitive import why_sensitive
from worker.quality.usable import why_unusable

ON_TOPIC = 0.34  # share of the original question's words that a question keeps
BAD = {
    "shape": "a field is missing or of the wrong kind",
    "duplicate": "another row before it says the same",
    "near_duplicate": "another row before it says nearly the same",
    "leak": "nearly the same as a row of the frozen test split",
    "too_long": "more tokens than the recipe's sequence has",
    "private": "a phone number, an address, an account, a link",
    "sensitive": "hurtful, sexual or about health",
    "no_answer": "the answer says nothing",
    "orders": "a sentence gives orders to the machine",
    "same_options": "two options are spelt alike",
    "key_in_question": "the question gives the right option away",
    "no_option": "an option is too long, cut, repeated or holds markup",
    "no_question": "the question is too short, too long or holds markup",
    "wrong_key": "the answer has no word of the right option",
}
DOUBTS = {
    "key_unsupported": "the answer has few of the right option's words",
    "another_right": "the answer has more words of another option",
    "options_overlap": "one option holds the words of another",
    "off_topic": "the question asks for something else",
    "odd_lengths": "one option is much longer than the others",
    "accepted_key": "the answer has no word of the right option; a person accepted it",
}
MEANINGS = BAD | DOUBTS


@dataclass(frozen=True, kw_only=True)
class Problem:
    name: str
    detail: str = ""

    @property
    def bad(self) -> bool:
        return self.name in BAD


def is_rejected(row: Mapping[str, Any]) -> bool:
    """Whether reviewers threw the row away; what is wrong with it matters no more."""
    review = row.get("review")
    return isinstance(review, dict) and review.get("verdict") == "reject"


def of_row(row: Mapping[str, Any]) -> list[Problem]:
    """Everything wrong with a row by itself; of a broken one only what is broken."""
    if faults := rows.faults(row):
        return [Problem(name="shape", detail=", ".join(faults))]
    found = list(_of_texts(row))
    if rows.is_draft(row):
        found += _of_options(row)
        found += _of_question(row)
        found += _of_key(row)
    return found


def _of_texts(row: Mapping[str, Any]) -> Iterator[Problem]:
    said = [row["question"], row["answer"]]
    said += [row["quiz_question"], *row["options"]] if rows.is_draft(row) else []
    if any(map(holds_private_data, said)):
        yield Problem(name="private")
    if kind := why_sensitive(row["question"], " ".join(said[1:])):
        yield Problem(name="sensitive", detail=kind)
    if reason := why_unusable(row["question"], row["answer"]):
        yield Problem(name="no_answer", detail=str(reason))
    if holds_orders(row["answer"]):
        yield Problem(name="orders")


def _of_options(row: Mapping[str, Any]) -> Iterator[Problem]:
    options = row["options"]
    if not well_formed(options):
        yield Problem(name="same_options")
    elif not checks.options_distinct(options):
        yield Problem(name="options_overlap")
    if broken := [one for one in options if not checks.showable(one)]:
        yield Problem(name="no_option", detail=repr(broken[0]))
    if not checks.lengths_balanced(options):
        yield Problem(name="odd_lengths")


def _of_question(row: Mapping[str, Any]) -> Iterator[Problem]:
    question, key = row["quiz_question"], row["options"][row["correct"] - 1]
    if not checks.readable(question):
        yield Problem(name="no_question")
    if not checks.gives_nothing_away(question, key, row["question"]):
        yield Problem(name="key_in_question", detail=repr(key))
    if checks.asks_the_survey(question, row["question"]) < ON_TOPIC:
        yield Problem(name="off_topic")


def _of_key(row: Mapping[str, Any]) -> Iterator[Problem]:
    """Signs that another option is the right one; docs/dataset.md has how good."""
    answer, key = row["answer"], row["options"][row["correct"] - 1]
    mine = checks.support(key, answer)
    if mine == 0:
        accepted = (row.get("review") or {}).get("verdict") in rows.GOOD
        name = "accepted_key" if accepted else "wrong_key"
        yield Problem(name=name, detail=repr(key))
    elif not checks.key_supported(key, answer):
        yield Problem(name="key_unsupported", detail=repr(key))
    for option in row["options"]:
        if checks.key_supported(option, answer) and (
            checks.support(option, answer) > mine
        ):
            yield Problem(name="another_right", detail=repr(option))
