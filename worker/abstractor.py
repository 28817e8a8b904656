"""From a summary to an abstract that says nothing else: draft, guard, draft again.

A draft is a whole abstract. As long as its sentences hold it is followed; where one
does not, the rest is drafted anew, from what holds.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from protocol import Reason, Recipe
from worker.asking import ROOM, Ask, Plan, Reply, ask_for
from worker.model import Gemma
from worker.outcomes import Failed, Skipped
from worker.quality import guard
from worker.quality.abstract_metrics import repetition
from worker.quality.coverage import coverage
from worker.quality.guard import Written
from worker.quality.sentences import sentences
from worker.quality.text import normalise, whole_sentences
from worker.quality.unsupported import as_records, unsupported
from worker.recipes import abstract as recipe

DRAFTS = 4
ROUNDS = 8  # of drafting, in all
TOLD = 0.9  # share of the summary's facts with which the model may end
WHOLE = Plan(new_tokens=256)  # a whole abstract, or the rest of one
LONGEST = ROOM - 2 * WHOLE.new_tokens  # tokens of a prompt
LONGEST_WRITTEN = ROOM - WHOLE.new_tokens  # of a prompt and the abstract so far


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What an abstract may say. The same `seed_text` gives the same abstract."""

    text: str
    seed_text: str


@dataclass(frozen=True, kw_only=True)
class Abstract(Written):
    """What the guard wrote. `first` is the model's first whole draft, as it was."""

    first: str | None = None


class Abstractor:
    """Writes abstracts with one loaded model."""

    recipe = Recipe.ABSTRACT
    unit = "summary"
    needs = "summary"  # of an input line

    def __init__(self, gemma: Gemma) -> None:
        self.gemma = gemma

    @classmethod
    def shipped(cls, gemma: Gemma) -> Abstractor:
        """With what comes with the product: nothing but the model."""
        return cls(gemma)

    def stream(self, items: Sequence[Summary]) -> Iterator[tuple[int, Any]]:
        """Each summary's place and outcome, as soon as it is made."""
        return self.gemma.hold(map(self._talk, items))

    def _talk(self, item: Summary) -> Generator[list[Ask], list[Reply], Any]:
        summary = normalise(item.text)
        if not summary:
            return Skipped(reason=Reason.EMPTY)
        drafts = _Drafts(self.gemma, self._prompt(summary), summary, item.seed_text)
        writing = guard.write_by_turns(summary)
        so_far = next(writing)
        while True:
            offered = yield from drafts.of(so_far)
            try:
                so_far = writing.send(offered)
            except StopIteration as end:
                made: Written = end.value
                if not made.text:
                    return Failed(reason=Reason.UNPARSABLE)
                return Abstract(**vars(made), first=drafts.first)

    def _prompt(self, summary: str) -> list[int]:
        """The prompt; of a summary with no room, its first whole sentences."""
        kept = summary
        while True:
            prompt = self.gemma.encode(recipe.build_prompt(kept))
            if len(prompt) <= LONGEST or len(kept) < 2:
                return prompt
            kept = whole_sentences(summary, int(len(kept) * 0.8))

    @staticmethod
    def of_record(record: Mapping[str, Any], seed_text: str) -> Summary:
        """The summary of a studio's item."""
        return Summary(text=record["summary"], seed_text=seed_text)

    @staticmethod
    def to_record(record: Mapping[str, Any], made: Abstract) -> dict[str, Any]:
        """What a ready item of a studio gets."""
        return {
            "text": made.text,
            "unsupported": as_records(made.unsupported),
            "dropped": list(made.dropped),
            "missing": [asdict(fact) for fact in made.missing],
        }

    @staticmethod
    def of_line(row: Mapping[str, Any], seed_text: str) -> Summary:
        """The summary of an input line of `worker.generate`. Raises: KeyError."""
        return Summary(text=str(row["summary"]), seed_text=seed_text)

    @staticmethod
    def to_line(made: Abstract) -> dict[str, Any]:
        """What an output line of `worker.generate` says."""
        return {"abstract": made.text, "unsupported": as_records(made.unsupported)}


class _Drafts:
    """Drafts of one abstract; the best that begins as it does is followed."""

    def __init__(
        self, gemma: Gemma, prompt: list[int], summary: str, seed_text: str
    ) -> None:
        self.gemma, self.prompt, self.summary = gemma, prompt, summary
        self.seed_text = seed_text
        self.first: str | None = None  # the first whole draft, which was not drawn
        self._worth: dict[str, float] = {}  # of known drafts
        self._whole: set[str] = set()  # those that the model has ended
        self._offered: set[str] = set()  # beginnings whose drafts were offered
        self._rounds = 0

    def of(self, so_far: str) -> Generator[list[Ask], list[Reply], list[str]]:
        """Drafts of what follows `so_far`; when asked again, new ones among them."""
        if so_far in self._whole and coverage(self.summary, so_far) >= TOLD:
            return []
        if so_far in self._offered or not self._rests(so_far):
            yield from self._draft(so_far)
        self._offered.add(so_far)
        rests = self._rests(so_far)
        return next(([one] for one in rests if self._holds(one)), rests)

    def _rests(self, so_far: str) -> list[str]:
        """What known drafts go on with, the best one first."""
        begun = [one for one in self._worth if one.startswith(so_far)]
        begun.sort(key=lambda one: -self._worth[one])
        rests = [one[len(so_far) :].strip() for one in begun]
        return [rest for rest in rests if rest]

    def _holds(self, rest: str) -> bool:
        return not unsupported(sentences(rest)[0], self.summary)

    def _draft(self, so_far: str) -> Generator[list[Ask], list[Reply], None]:
        begun = self.gemma.continuation(so_far) if so_far else []
        longer = self.prompt + begun
        if len(longer) > LONGEST_WRITTEN or self._rounds == ROUNDS:
            return  # the abstract is as long as it can be
        self._rounds += 1
        seed_text = f"{self.seed_text} {self._rounds}"
        (written,) = yield [ask_for(longer, DRAFTS, WHOLE, seed_text)]
        for text in written.texts:
            rest = recipe.parse_reply(text) or ""
            self.first = self.first or rest or None
            draft = _without_repeats(f"{so_far} {rest}")
            self._worth[draft] = self._worth_of(draft)
            if recipe.END_OF_TURN in text:
                self._whole.add(draft)

    def _worth_of(self, draft: str) -> float:
        """How much of the summary what holds in a draft tells, without circles."""
        told = " ".join(one for one in sentences(draft) if self._holds(one))
        return coverage(self.summary, told) - repetition(told)


def _without_repeats(text: str) -> str:
    """The text without sentences that say what one before has said."""
    kept: list[str] = []
    for one in sentences(text):
        if not guard.repeats(one, kept):
            kept.append(one)
    return " ".join(kept)
