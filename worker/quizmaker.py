"""From answers to quizzes: clean, ask the model, choose, repair, check, shuffle."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from protocol import Reason
from worker.model import Gemma
from worker.quality import checks
from worker.quality.candidates import Choice, choose, three_wrong
from worker.quality.distractors import Bank
from worker.quality.privacy import redact
from worker.quality.text import normalise, whole_sentences
from worker.quality.usable import why_unusable
from worker.quality.words import content_words
from worker.recipes import quiz as recipe

CANDIDATES = 8
_SENTENCE = re.compile(r"(?<=[.!?。…])\s+")


@dataclass(frozen=True, kw_only=True)
class Item:
    """One answer to make a quiz of. The same `seed_text` gives the same quiz."""

    question: str
    answer: str
    seed_text: str


@dataclass(frozen=True, kw_only=True)
class Quiz:
    """A quiz worth showing; `answer` is the right option's number, 1 to 4."""

    question: str
    options: tuple[str, ...]
    answer: int
    evidence: str
    checks: dict


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """No quiz can be made of this answer."""

    reason: Reason


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The model wrote nothing usable; another try may."""

    reason: Reason


Outcome = Quiz | Skipped | Failed


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    """A usable item with its prompt."""

    item: Item
    question: str
    answer: str
    reduced: bool
    tokens: list[int]


class QuizMaker:
    """Makes quizzes with one loaded model."""

    def __init__(self, gemma: Gemma, bank: Bank, candidates: int = CANDIDATES) -> None:
        self.gemma = gemma
        self.bank = bank
        self.candidates = candidates

    def warm_up(self, progress=lambda share: None) -> None:
        """Compile every shape and load the analysers before the first user."""
        content_words("준비 ready")
        self.gemma.warm_up(self.candidates, recipe.NEW_TOKENS, progress)

    def make(self, items: Sequence[Item]) -> list[Outcome]:
        """One outcome per item, in order; a bad item costs only itself."""
        prepared = [self._prepare(item) for item in items]
        usable = [one for one in prepared if isinstance(one, _Prepared)]
        written = iter(self._write(usable))
        return [
            self._finish(one, next(written)) if isinstance(one, _Prepared) else one
            for one in prepared
        ]

    def _prepare(self, item: Item) -> _Prepared | Skipped:
        question, said = normalise(item.question), normalise(item.answer)
        if reason := why_unusable(question, said):
            return Skipped(reason=reason)
        answer = redact(said)
        if answer != said and why_unusable(question, answer):
            return Skipped(reason=Reason.PRIVATE)
        question = redact(question)
        kept = answer
        tokens = self._encode(question, kept)
        while not self.gemma.fits(tokens) and len(kept) > 1:
            kept = whole_sentences(answer, int(len(kept) * 0.8))
            tokens = self._encode(question, kept)
        return _Prepared(
            item=item,
            question=question,
            answer=kept,
            reduced=kept != answer,
            tokens=tokens,
        )

    def _encode(self, question: str, answer: str) -> list[int]:
        return self.gemma.encode(recipe.build_prompt(question, answer))

    def _write(self, prepared: list[_Prepared]) -> list[list[str]]:
        if not prepared:
            return []
        seeds = np.stack([_seeds(p.item.seed_text, self.candidates) for p in prepared])
        return self.gemma.reply(
            [p.tokens for p in prepared], seeds, new_tokens=recipe.NEW_TOKENS
        )

    def _finish(self, prepared: _Prepared, replies: list[str]) -> Outcome:
        drafts = [recipe.parse_reply(reply) for reply in replies]
        choice = choose(prepared.question, prepared.answer, drafts)
        if choice is None:
            return Failed(reason=Reason.UNPARSABLE)
        wrong = three_wrong(choice.key, choice.distractors)
        if len(wrong) < 3:
            spare = self.bank.options_for(prepared.question, choice.key)
            wrong = three_wrong(choice.key, [*wrong, *choice.distractors, *spare])
        if len(wrong) < 3:
            return Failed(reason=Reason.UNPARSABLE)
        return _assemble(prepared, choice, wrong)


def _assemble(prepared: _Prepared, choice: Choice, wrong: list[str]) -> Quiz:
    options = [choice.key, *wrong]
    random.Random(prepared.item.seed_text).shuffle(options)
    return Quiz(
        question=choice.question,
        options=tuple(options),
        answer=options.index(choice.key) + 1,
        evidence=evidence_of(choice.key, prepared.answer),
        checks={
            "key_supported": checks.key_supported(choice.key, prepared.answer),
            "gives_nothing_away": checks.gives_nothing_away(
                choice.question, choice.key, prepared.question
            ),
            "options_distinct": checks.options_distinct(options),
            "lengths_balanced": checks.lengths_balanced(options),
            "whole_answer_read": not prepared.reduced,
            "agreement": round(choice.agreement, 2),
        },
    )


def evidence_of(key: str, answer: str) -> str:
    """The words of the answer the key rests on: itself, or the nearest sentence.

    Example: ("새 보기", "작년엔 뜨개질. 지금은 새를 봐요.") -> "지금은 새를 봐요."
    """
    place = answer.casefold().find(key.casefold())
    if place >= 0:
        return answer[place : place + len(key)]
    sentences = _SENTENCE.split(answer)
    return max(sentences, key=lambda sentence: checks.support(key, sentence))


def _seeds(text: str, count: int) -> np.ndarray:
    """`count` uint32 seeds that depend on `text` alone."""
    digest = hashlib.sha256(text.encode()).digest()
    return np.random.default_rng(list(digest)).integers(
        0, 2**32, size=count, dtype=np.uint32
    )
