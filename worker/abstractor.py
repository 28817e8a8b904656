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
from worker.quality.coverage import coverage
from worker.quality.guard import Written
from worker.quality.text import normalise, whole_sentences
from worker.quality.unsupported import as_records
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
    """Drafts of one abstract; those that begin as it does are read before new ones."""

    def __init__(
        self, gemma: Gemma, prompt: list[int], summary: str, seed_text: str
    ) -> None:
        self.gemma, self.prompt, self.summary = gemma, prompt, summary
        self.seed_text = seed_text
        self._known: list[str] = []
        self._whole: set[str] = set()  # those that the model has ended
        self._read: set[str] = set()  # beginnings whose known drafts were offered
        self._rounds = 0

    @property
    def first(self) -> str | None:
        """The first whole draft, which was not drawn."""
        return (self._known or [None])[0] or None

    def of(self, so_far: str) -> Generator[list[Ask], list[Reply], list[str]]:
        """Drafts of what follows `so_far`; when asked again, new ones."""
        if so_far in self._whole and coverage(self.summary, so_far) >= TOLD:
            return []
        rests = [] if so_far in self._read else self._rests(so_far)
        self._read.add(so_far)
        return rests or (yield from self._new(so_far))

    def _rests(self, so_far: str) -> list[str]:
        """What known drafts go on with."""
        begun = [one for one in self._known if one.startswith(so_far)]
        rests = [one[len(so_far) :].strip() for one in begun]
        return [rest for rest in rests if rest]

    def _new(self, so_far: str) -> Generator[list[Ask], list[Reply], list[str]]:
        begun = self.gemma.continuation(so_far) if so_far else []
        longer = self.prompt + begun
        if len(longer) > LONGEST_WRITTEN or self._rounds == ROUNDS:
            return []  # the abstract is as long as it can be
        self._rounds += 1
        seed_text = f"{self.seed_text} {self._rounds}"
        (written,) = yield [ask_for(longer, DRAFTS, WHOLE, seed_text)]
        rests = [recipe.parse_reply(text) or "" for text in written.texts]
        drafts = [f"{so_far} {rest}".strip() for rest in rests]
        self._known += drafts
        for draft, text in zip(drafts, written.texts, strict=True):
            if recipe.END_OF_TURN in text:
                self._whole.add(draft)
        return rests
