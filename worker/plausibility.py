"""How much likelier a question makes a text than no question does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from protocol import OptionSource
from worker.quality.options import Option
from worker.recipes import quiz as recipe
from worker.weighing import UNLIKELY

if TYPE_CHECKING:
    from worker.model import Gemma

REMEMBERED = 50_000  # numbers; about 10 MB


class Plausibility:
    """Asks the model, and remembers what it said of the bank's options.

    Everybody in a meeting answers the same few questions, for which the bank has the
    same options each time. What people wrote is not remembered.
    """

    def __init__(self, gemma: Gemma) -> None:
        self.gemma = gemma
        self._known: dict[tuple[int, str], float] = {}

    def of(self, question: str, options: Sequence[Option]) -> list[float]:
        """For each option how much likelier the question makes it, natural logarithm.

        `UNLIKELY` if there is no room to weigh it.
        """
        asked, nothing = (self._likely(text, options) for text in (question, ""))
        return [
            one - other if UNLIKELY not in (one, other) else UNLIKELY
            for one, other in zip(asked, nothing, strict=True)
        ]

    def _likely(self, question: str, options: Sequence[Option]) -> list[float]:
        """Log-probability of each option as what is said to a question."""
        asked = hash(question)  # its words are not kept either
        texts = [one.text for one in options if (asked, one.text) not in self._known]
        prompt = self.gemma.encode(recipe.build_key_prompt(question, ""))
        found = self.gemma.weigh(prompt, texts) if texts else []
        likely = dict(zip(texts, found, strict=True))
        likely |= {
            one.text: self._known[asked, one.text]
            for one in options
            if one.text not in likely
        }
        self._remember(asked, options, likely)
        return [likely[one.text] for one in options]

    def _remember(
        self, asked: int, options: Sequence[Option], likely: dict[str, float]
    ) -> None:
        if len(self._known) > REMEMBERED:
            self._known.clear()
        self._known |= {
            (asked, one.text): likely[one.text]
            for one in options
            if one.source is OptionSource.BANK and likely[one.text] != UNLIKELY
        }
