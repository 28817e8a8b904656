"""Hostile answers end in a reason or in a quiz that can be shown.

Every third line runs here, `python -m tests.worker.hostile` runs all of them.
"""

from __future__ import annotations

import pytest

from privacy import holds_private_data, redact
from tests.worker import hostile
from worker.quality.sensitive import why_sensitive
from worker.quality.text import normalise
from worker.quality.usable import why_unusable

LINES = hostile.rows()
SAMPLE = LINES[::3]
CATEGORIES = ("code", "control tokens", "injection", "language", "list", "long")
CATEGORIES += ("markup", "private", "sensitive", "template", "unicode")


def lines_of(category: str) -> list[dict]:
    return [row for row in LINES if row["category"] == category]


@pytest.fixture(scope="module")
def made(model_dir):
    """Outcomes of the sample, all of one call."""
    from worker.loading import load_quiz_maker
    from worker.recipes import quiz

    maker = load_quiz_maker("gemma3_270m", quiz.ADAPTER, model_dir, batch_size=4)
    return hostile.outcomes(maker, SAMPLE)


def test_there_are_a_hundred_lines_of_every_kind():
    assert len(LINES) >= 100 and {row["category"] for row in LINES} == {*CATEGORIES}


@pytest.mark.model
@pytest.mark.parametrize("category", CATEGORIES)
def test_a_hostile_answer_is_skipped_or_its_quiz_is_safe(made, category):
    found = {
        row["answer"][:80]: hostile.faults(row, outcome)
        for row, outcome in zip(SAMPLE, made, strict=True)
        if row["category"] == category
    }
    assert {answer: wrong for answer, wrong in found.items() if wrong} == {}


@pytest.mark.model
def test_what_is_no_quiz_has_a_reason(made):
    from worker.quizmaker import Quiz

    assert all(one.reason for one in made if not isinstance(one, Quiz))


@pytest.mark.parametrize("row", lines_of("private"), ids=lambda row: row["answer"])
def test_personal_data_never_reaches_the_model(row):
    assert not holds_private_data(redact(normalise(row["answer"])))


@pytest.mark.parametrize("row", lines_of("private"), ids=lambda row: row["answer"])
def test_personal_data_is_found(row):
    assert holds_private_data(normalise(row["answer"]))


@pytest.mark.parametrize("row", lines_of("sensitive"), ids=lambda row: row["answer"])
def test_sensitive_answers_are_held_back(row):
    assert why_sensitive(row["question"], row["answer"])


@pytest.mark.parametrize("row", LINES, ids=range(len(LINES)))
def test_no_check_before_the_model_raises(row):
    question, answer = normalise(row["question"]), normalise(row["answer"])
    why_unusable(question, redact(answer))
    why_sensitive(question, answer)
