"""The option bank: wrong options from the training rows, found by their question."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from worker.quality.text import fold
from worker.quality.words import content_words

NEAREST = 6  # how many questions of the bank are asked for options
_HANGUL = ("가", "힣")


@dataclass(kw_only=True)
class Bank:
    """Options by survey question, indexed by the question's content words."""

    rows: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    index: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def from_rows(cls, rows: Iterable[dict[str, Any]]) -> Bank:
        """A bank of all options of training rows."""
        bank = cls()
        for row in rows:
            text = f"{row['question']} {row['quiz_question']}"
            for word in set(content_words(text)):
                bank.index[word].append(len(bank.rows))
            bank.rows.append((row["question"], tuple(row["options"])))
        return bank

    def options_for(self, question: str, key: str) -> list[str]:
        """Options of the questions nearest to `question`, in the key's language."""
        hits: Counter[int] = Counter()
        for word in set(content_words(question)):
            for place in self.index.get(word, ()):
                hits[place] += 1
        nearest = [place for place, _ in hits.most_common(NEAREST * 4)]
        found: list[str] = []
        for place in [*nearest, *range(0, len(self.rows), 97)]:
            for option in self.rows[place][1]:
                if _korean(option) == _korean(key) and fold(option) != fold(key):
                    found.append(option)
            if len(found) >= 4 * NEAREST:
                break
        return found


def _korean(text: str) -> bool:
    return any(_HANGUL[0] <= char <= _HANGUL[1] for char in text)
