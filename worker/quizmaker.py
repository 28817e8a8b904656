"""From answers to quizzes: clean, ask the model, choose, repair, check, shuffle."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from privacy import redact
from protocol import Reason
from worker.model import CANDIDATES, NEW_TOKENS, PROMPT_BUCKETS, Gemma, Plan
from worker.quality import checks
from worker.quality.candidates import (
    Vote,
    agreed_question,
    three_wrong,
    vote,
    wrong_options,
)
from worker.quality.distractors import Bank
from worker.quality.text import normalise, squeeze, whole_sentences
from worker.quality.usable import why_unusable
from worker.quality.words import content_words
from worker.recipes import quiz as recipe
from worker.recipes.quiz import Draft
from worker.sampling import Sampling

# Tries at the key, then quizzes written around the chosen one.
KEYS = Plan(
    new_tokens=recipe.KEY_TOKENS, sampling=Sampling(temperature=1.0, top_p=0.95)
)
DRAFTS = Plan(new_tokens=NEW_TOKENS)
LONGEST_PROMPT = PROMPT_BUCKETS[-1] - recipe.KEY_TOKENS - 2  # room for the key
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
    """Makes quizzes with one loaded model.

    The key comes first: several short tries, a vote. Then a few quizzes are written
    around it, for a question and wrong options.
    """

    def __init__(self, gemma: Gemma, bank: Bank) -> None:
        self.gemma = gemma
        self.bank = bank

    def warm_up(self, progress=lambda share: None) -> None:
        """Compile every shape and load the analysers before the first user."""
        with ThreadPoolExecutor(1) as analysers:
            analysers.submit(content_words, "준비 ready")
            self.gemma.warm_up(progress)

    def make(self, items: Sequence[Item]) -> list[Outcome]:
        """One outcome per item, in order; a bad item costs only itself."""
        outcomes: list[Outcome | _Prepared] = [self._prepare(item) for item in items]
        usable = [i for i, one in enumerate(outcomes) if isinstance(one, _Prepared)]
        prepared = [outcomes[i] for i in usable]
        for i, outcome in zip(usable, self._make(prepared), strict=True):
            outcomes[i] = outcome
        return outcomes

    def _make(self, prepared: list[_Prepared]) -> list[Outcome]:
        votes = self._choose_keys(prepared)
        sure = [i for i, chosen in enumerate(votes) if chosen]
        drafts = self._write([(prepared[i], votes[i].key) for i in sure])
        outcomes: list[Outcome] = [Failed(reason=Reason.UNPARSABLE)] * len(prepared)
        for i, written in zip(sure, drafts, strict=True):
            outcomes[i] = self._finish(prepared[i], votes[i], written)
        return outcomes

    def _choose_keys(self, prepared: list[_Prepared]) -> list[Vote | None]:
        prompts = [
            self.gemma.encode(recipe.build_key_prompt(one.question, one.answer))
            for one in prepared
        ]
        seeds = [_seeds(one.item.seed_text, "key", CANDIDATES) for one in prepared]
        tries = self.gemma.reply(prompts, seeds, KEYS)
        return [
            vote(one.answer, [squeeze(key).rstrip(".") for key in keys])
            for one, keys in zip(prepared, tries, strict=True)
        ]

    def _write(self, chosen: list[tuple[_Prepared, str]]) -> list[list[Draft | None]]:
        """Drafts of each quiz, begun by its key."""
        prompts = [
            one.tokens + self.gemma.continuation(recipe.key_prefix(key))
            for one, key in chosen
        ]
        seeds = [_seeds(one.item.seed_text, "quiz", CANDIDATES) for one, _ in chosen]
        replies = self.gemma.reply(prompts, seeds, DRAFTS)
        return [[recipe.parse_reply(text) for text in texts] for texts in replies]

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
        while len(tokens) > LONGEST_PROMPT and len(kept) > 1:
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

    def _finish(
        self, prepared: _Prepared, chosen: Vote, drafts: list[Draft | None]
    ) -> Outcome:
        question = agreed_question(chosen.key, prepared.question, drafts)
        wrong = self._wrong_options(prepared.question, chosen.key, drafts)
        if len(wrong) < 3:
            return Failed(reason=Reason.UNPARSABLE)
        question = question or recipe.quoted_question(prepared.question)
        return _assemble(prepared, chosen, question, wrong)

    def _wrong_options(
        self, survey_question: str, key: str, drafts: list[Draft | None]
    ) -> list[str]:
        """Three wrong options: agreed ones first, then the bank's, then any draft's."""
        pool = list(wrong_options(key, drafts, trusted_only=True))
        if len(three_wrong(key, pool)) < 3:
            pool = [
                *three_wrong(key, pool),
                *self.bank.options_for(survey_question, key),
            ]
        if len(three_wrong(key, pool)) < 3:
            pool = [*pool, *wrong_options(key, drafts, trusted_only=False)]
        return three_wrong(key, pool)


def _assemble(
    prepared: _Prepared, chosen: Vote, question: str, wrong: list[str]
) -> Quiz:
    key = chosen.key
    options = [key, *wrong]
    random.Random(prepared.item.seed_text).shuffle(options)
    return Quiz(
        question=question,
        options=tuple(options),
        answer=options.index(key) + 1,
        evidence=evidence_of(key, prepared.answer),
        checks={
            "key_supported": checks.key_supported(key, prepared.answer),
            "gives_nothing_away": checks.gives_nothing_away(
                question, key, prepared.question
            ),
            "options_distinct": checks.options_distinct(options),
            "lengths_balanced": checks.lengths_balanced(options),
            "whole_answer_read": not prepared.reduced,
            "agreement": round(chosen.agreement, 2),
        },
    )


def evidence_of(key: str, answer: str) -> str:
    """The words of the answer the key rests on: itself, or the nearest sentence.

    Empty if no sentence has any of the key's words.

    Example: ("Bird watching", "Last year knitting. Now I watch birds.") ->
    "Now I watch birds."
    """
    place = answer.casefold().find(key.casefold())
    if place >= 0:
        return answer[place : place + len(key)]
    sentences = _SENTENCE.split(answer)
    best = max(sentences, key=lambda sentence: checks.support(key, sentence))
    return best if checks.support(key, best) else ""


def _seeds(text: str, purpose: str, count: int) -> np.ndarray:
    """`count` uint32 seeds that depend on text and purpose alone."""
    digest = hashlib.sha256(f"{purpose} {text}".encode()).digest()
    return np.random.default_rng(list(digest)).integers(
        0, 2**32, size=count, dtype=np.uint32
    )
