"""From answers to quizzes: clean, ask the model, choose, repair, check, shuffle."""

from __future__ import annotations

import random
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from privacy import redact
from protocol import OptionSource, Reason, Recipe
from worker.adapter import Adapter
from worker.asking import (
    CANDIDATES,
    LONGEST_PROMPT,
    NEW_TOKENS,
    Ask,
    Plan,
    Reply,
    seeds,
)
from worker.keyfinder import Asked, KeyFinder
from worker.model import Gemma
from worker.outcomes import Failed, Held, Item, Outcome, Quiz, Skipped
from worker.plausibility import Plausibility
from worker.quality import checks, options
from worker.quality.candidates import Vote, agreed_question
from worker.quality.distractors import Bank
from worker.quality.options import Option
from worker.quality.orders import without_orders
from worker.quality.sensitive import why_sensitive
from worker.quality.text import normalise, whole_sentences
from worker.quality.usable import why_unusable
from worker.recipes import quiz as recipe
from worker.recipes.quiz import Draft

DRAFTS = Plan(new_tokens=NEW_TOKENS)
LONGEST = LONGEST_PROMPT - 3 * recipe.KEY_TOKENS  # leaves room for keys
_SENTENCE = re.compile(r"(?<=[.!?。…])\s+")


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    """A usable item with its prompt."""

    item: Item
    question: str
    answer: str
    reduced: bool
    sensitive: bool
    tokens: list[int]


class QuizMaker:
    """Makes quizzes with one loaded model.

    The key comes first. Then a few quizzes are written around it, for a question and
    wrong options.
    """

    recipe = Recipe.QUIZ
    unit = "answer"
    needs = "question and answer"  # of an input line

    def __init__(self, gemma: Gemma, bank: Bank) -> None:
        self.gemma = gemma
        self.keys = KeyFinder(gemma)
        self.plausibility = Plausibility(gemma)
        self.bank = bank

    @classmethod
    def shipped(cls, gemma: Gemma) -> QuizMaker:
        """With the option bank of the training rows."""
        rows = (row for path in recipe.TRAIN_FILES for row in recipe.read_rows(path))
        return cls(gemma, Bank.from_rows(rows))

    def replaced(self, adapter: Adapter) -> QuizMaker:
        """The same maker with another adapter, which takes this one's place."""
        return QuizMaker(self.gemma.replaced(adapter), self.bank)

    def warm_up(self, progress=lambda share: None) -> None:
        """Compile every shape and load the analysers before the first user."""
        with ThreadPoolExecutor(1) as analysers:
            analysers.submit(why_sensitive, "준비", "ready")
            self.gemma.warm_up(progress)

    def make(self, items: Sequence[Item]) -> list[Outcome]:
        """One outcome per item, in order; a bad item costs only itself."""
        made = dict(self.stream(items))
        return [made[i] for i in range(len(items))]

    def stream(self, items: Sequence[Item]) -> Iterator[tuple[int, Outcome]]:
        """Each item's place and outcome, as soon as it is made."""
        return self.gemma.hold(map(self._talk, items))

    @staticmethod
    def of_line(row: Mapping[str, Any], seed_text: str) -> Item:
        """The answer of an input line of `worker.generate`. Raises: KeyError."""
        question, answer = str(row["question"]), str(row["answer"])
        return Item(question=question, answer=answer, seed_text=seed_text)

    @staticmethod
    def to_line(made: Quiz | Held) -> dict[str, Any]:
        """What an output line says; where options come from is for hosts."""
        fields = asdict(made.quiz if isinstance(made, Held) else made)
        return {"quiz": {k: v for k, v in fields.items() if k != "sources"}}

    def _talk(self, item: Item) -> Generator[list[Ask], list[Reply], Outcome]:
        """The conversation that makes one quiz: key, then drafts around it."""
        prepared = self._prepare(item)
        if isinstance(prepared, Skipped):
            return prepared
        chosen = yield from self.keys.find(
            Asked(
                question=prepared.question,
                answer=prepared.answer,
                seed_text=item.seed_text,
                avoid=tuple(item.avoid),
            )
        )
        if not chosen:
            return Failed(reason=Reason.UNPARSABLE)
        (written,) = yield [self._drafts(prepared, chosen.key)]
        drafts = [recipe.parse_reply(text) for text in written.texts]
        wrong = yield from self._wrong_options(prepared, chosen.key, drafts)
        return self._finish(prepared, chosen, wrong, drafts)

    def _drafts(self, prepared: _Prepared, key: str) -> Ask:
        """Drafts of the quiz, begun by its key."""
        begun = self.gemma.continuation(recipe.key_prefix(key))
        return Ask(
            prompt=prepared.tokens + begun,
            seeds=seeds(prepared.item.seed_text, "quiz", CANDIDATES),
            plan=DRAFTS,
        )

    def _prepare(self, item: Item) -> _Prepared | Skipped:
        question, said = normalise(item.question), normalise(item.answer)
        if reason := why_unusable(question, said):
            return Skipped(reason=reason)
        said = without_orders(said)
        if not said:
            return Skipped(reason=Reason.MEANINGLESS)
        answer = redact(said)
        if answer != said and why_unusable(question, answer):
            return Skipped(reason=Reason.PRIVATE)
        question = redact(question)
        kept = answer
        tokens = self._encode(question, kept)
        while len(tokens) > LONGEST and len(kept) > 1:
            kept = whole_sentences(answer, int(len(kept) * 0.8))
            tokens = self._encode(question, kept)
        return _Prepared(
            item=item,
            question=question,
            answer=kept,
            reduced=kept != answer,
            sensitive=why_sensitive(question, said) is not None,
            tokens=tokens,
        )

    def _encode(self, question: str, answer: str) -> list[int]:
        return self.gemma.encode(recipe.build_prompt(question, answer))

    def _finish(
        self,
        prepared: _Prepared,
        chosen: Vote,
        wrong: list[Option],
        drafts: list[Draft | None],
    ) -> Outcome:
        item, key = prepared.item, chosen.key
        if len(wrong) < 3:
            return Failed(reason=Reason.UNPARSABLE)
        question = agreed_question(key, prepared.question, drafts, item.avoid)
        question = question or recipe.quoted_question(prepared.question)
        quiz = _assemble(prepared, chosen, question, wrong, drafts)
        return Held(quiz=quiz) if prepared.sensitive else quiz

    def _wrong_options(
        self, prepared: _Prepared, key: str, drafts: list[Draft | None]
    ) -> Generator[list[Ask], list[Reply], list[Option]]:
        """Three wrong options that the model does not take for true as well."""
        ranked, seed_text = self._ranked(prepared, key, drafts), prepared.item.seed_text
        three = options.choose_three(key, ranked, seed_text)
        true = yield from self._true(prepared, three)
        if not true:
            return three
        sure = [
            one
            for one in ranked
            if one not in true
            and (one in three or not options.is_spoken_of(one.text, prepared.answer))
        ]
        return options.choose_three(key, sure, seed_text)

    def _true(
        self, prepared: _Prepared, chosen: list[Option]
    ) -> Generator[list[Ask], list[Reply], list[Option]]:
        """Those of some options that the answer speaks of, and says of the question."""
        spoken_of = [
            one for one in chosen if options.is_spoken_of(one.text, prepared.answer)
        ]
        believed = yield from self.keys.check(
            prepared.question, prepared.answer, [one.text for one in spoken_of]
        )
        return [
            one
            for one, yes in zip(spoken_of, believed, strict=True)
            if yes >= options.BELIEVED
        ]

    def _ranked(
        self, prepared: _Prepared, key: str, drafts: list[Draft | None]
    ) -> list[Option]:
        """Wrong options, best first: the room's, then the most plausible others."""
        near, far = self.bank.options_for(prepared.question, key)
        said = options.from_room(key, prepared.answer, prepared.item.room)
        others = options.distinct(
            [
                *options.from_drafts(key, drafts)[: options.WEIGHED // 2],
                *options.from_bank(key, near, far),
            ]
        )
        others = options.not_asked(prepared.question, key, others)[: options.WEIGHED]
        plausible = self.plausibility.of(prepared.question, others)
        return options.by_form(key, said) + options.by_worth(key, others, plausible)


def _assemble(
    prepared: _Prepared,
    chosen: Vote,
    question: str,
    wrong: list[Option],
    drafts: list[Draft | None],
) -> Quiz:
    key = chosen.key
    shuffled = [Option(text=key, source=OptionSource.ANSWER), *wrong]
    random.Random(prepared.item.seed_text).shuffle(shuffled)
    texts = tuple(option.text for option in shuffled)
    return Quiz(
        question=question,
        options=texts,
        answer=texts.index(key) + 1,
        sources=tuple(option.source for option in shuffled),
        evidence=evidence_of(key, prepared.answer),
        checks={
            "key_supported": checks.key_supported(key, prepared.answer),
            "gives_nothing_away": checks.gives_nothing_away(
                question, key, prepared.question
            ),
            "options_distinct": checks.options_distinct(texts),
            "lengths_balanced": checks.lengths_balanced(texts),
            "whole_answer_read": not prepared.reduced,
            "agreement": round(chosen.agreement, 2),
            "drafts": len(drafts),
            "well_formed_drafts": sum(bool(d and d.well_formed) for d in drafts),
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
