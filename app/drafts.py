"""A quiz in somebody's own words: cleaned, or refused with the limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from app.cleaning import clean_line
from app.errors import UserError
from app.records import Quiz
from privacy import redact
from protocol import MAX_OPTION, MAX_QUESTION, OptionSource

OPTIONS = 4


@dataclass(frozen=True, kw_only=True)
class QuizDraft:
    """What the host or the person it is about typed, as typed."""

    question: str
    options: tuple[str, ...]
    answer: int | None

    @classmethod
    def of(cls, quiz: Quiz) -> QuizDraft:
        options = (*quiz.options, *[""] * OPTIONS)[:OPTIONS]
        return cls(question=quiz.question, options=options, answer=quiz.answer)

    @classmethod
    def read(cls, form: MultiDict[str, str]) -> QuizDraft:
        return cls(
            question=form.get("question", ""),
            options=tuple(form.getlist("option")),
            answer=form.get("answer", type=int),
        )


def checked_draft(draft: QuizDraft) -> QuizDraft:
    """The draft with clean texts.

    Raises: UserError for an empty or long question or option, for options that are
        not four or not distinct, and for a right option that is none of them.
    """
    question = clean_line(draft.question)
    if not question:
        raise UserError("quiz_question_missing")
    if len(question) > MAX_QUESTION:
        raise UserError("question_too_long", length=len(question), limit=MAX_QUESTION)
    options = tuple(_checked_options(draft.options))
    if draft.answer not in range(1, OPTIONS + 1):
        raise UserError("right_option_unknown")
    return QuizDraft(question=question, options=options, answer=draft.answer)


def _checked_options(options: Sequence[str]) -> list[str]:
    cleaned = [clean_line(option) for option in options]
    if len(cleaned) != OPTIONS or not all(cleaned):
        raise UserError("option_missing")
    for option in cleaned:
        if len(option) > MAX_OPTION:
            raise UserError("option_too_long", length=len(option), limit=MAX_OPTION)
    # Not `folded`: "C" and "C++" are two options.
    plain = ["".join(option.casefold().split()) for option in cleaned]
    for option, text in zip(cleaned, plain, strict=True):
        if plain.count(text) > 1:
            raise UserError("options_repeated", option=option)
    return cleaned


def rewritten(
    record: dict[str, Any], draft: QuizDraft, answer_text: str
) -> dict[str, Any] | None:
    """The fields of the quiz record with the host's words; None if nothing differs.

    An option that was there before keeps its source. Evidence stays with the right
    option it belongs to; a new right option rests on itself where the answer has it.
    Raises: UserError.
    """
    draft = checked_draft(draft)
    before = list(record.get("options") or [])
    sources = list(record.get("sources") or [])
    known = dict(zip(before, sources, strict=False))
    right = draft.options[draft.answer - 1]
    was_right = before[record["answer"] - 1] if record.get("answer") else ""
    if (draft.question, [*draft.options], right) == (
        record.get("question"),
        before,
        was_right,
    ):
        return None
    evidence = record.get("evidence") or ""
    if right != was_right:
        evidence = right if right in redact(answer_text) else ""
    return {
        "question": draft.question,
        "options": list(draft.options),
        "answer": draft.answer,
        "sources": [_source(option, before, known) for option in draft.options],
        "evidence": evidence,
    }


def _source(option: str, before: list[str], known: dict[str, str]) -> str:
    if option not in before:
        return OptionSource.HOST
    return known.get(option, "")
