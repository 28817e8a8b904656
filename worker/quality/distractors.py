"""The option bank: wrong options from the training rows, found by their question."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from worker.quality.text import fold

NEAREST = 6  # how many questions of the bank are asked for options
LIKE = 0.5  # how like they must be, beside the one most like
_HANGUL = ("가", "힣")
_WORD = re.compile("[a-z]{3,}|[가-힣]{2,}")


@dataclass(kw_only=True)
class Bank:
    """Options by survey question, indexed by the stems of the question's words."""

    rows: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    index: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def from_rows(cls, rows: Iterable[dict[str, Any]]) -> Bank:
        """A bank of all options of training rows."""
        bank = cls()
        for row in rows:
            text = f"{row['question']} {row['quiz_question']}"
            for word in _stems(text):
                bank.index[word].append(len(bank.rows))
            bank.rows.append((row["question"], tuple(row["options"])))
        return bank

    def options_for(self, question: str, key: str) -> tuple[list[str], list[str]]:
        """Options in the key's language.

        Returns:
            Options of the questions most like `question`, and of others, to fall
            back on.
        """
        hits: dict[int, float] = defaultdict(float)
        for word in _stems(question):
            places = self.index.get(word, ())
            for place in places:
                hits[place] += 1 / len(places)  # rare words tell more
        ranked = sorted(hits, key=hits.__getitem__, reverse=True)
        enough = LIKE * hits[ranked[0]] if ranked else 0
        near = [place for place in ranked[:NEAREST] if hits[place] >= enough]
        far = [*ranked[NEAREST : 4 * NEAREST], *range(0, len(self.rows), 97)]
        return self._options(near, key), self._options(far, key)[: 4 * NEAREST]

    def _options(self, places: Iterable[int], key: str) -> list[str]:
        return [
            option
            for place in places
            for option in self.rows[place][1]
            if _korean(option) == _korean(key) and fold(option) != fold(key)
        ]


def _stems(text: str) -> set[str]:
    """Rough stems, for 5,000 questions in no time: two syllables, or five letters."""
    words = _WORD.findall(text.casefold())
    return {word[:2] if _korean(word) else word[:5] for word in words}


def _korean(text: str) -> bool:
    return any(_HANGUL[0] <= char <= _HANGUL[1] for char in text)
