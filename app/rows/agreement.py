"""How far two reviewers agree, with chance taken off.

Cohen's kappa: J. Cohen, "A coefficient of agreement for nominal scales", Educational
and Psychological Measurement 20 (1960), 37-46.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from app.rows.records import REVIEWERS, Judged

LEAST_ROWS = 10  # below this a figure says nothing


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Raw agreement and kappa of the rows that both judged."""

    rows: int
    share: float  # of rows with the same verdict
    kappa: float | None  # None where chance alone would agree on everything

    @property
    def enough(self) -> bool:
        return self.rows >= LEAST_ROWS


def agreement(judged: Iterable[Judged]) -> Agreement:
    """Of each reviewer's own verdicts: what the host settled later changes nothing."""
    pairs = [tuple(one.verdict for one in row.own) for row in judged]
    return agreement_of([pair for pair in pairs if len(pair) == len(REVIEWERS)])


def agreement_of(pairs: list[tuple[str, ...]]) -> Agreement:
    """Agreement of pairs of verdicts.

    Example: 20 yes-yes, 5 yes-no, 10 no-yes and 15 no-no agree in 70 %; by chance they
    would in 50 %, so kappa is (0.7 - 0.5) / (1 - 0.5) = 0.4.
    """
    count = len(pairs)
    if not count:
        return Agreement(rows=0, share=0.0, kappa=None)
    share = sum(one == other for one, other in pairs) / count
    first, second = (Counter(column) for column in zip(*pairs, strict=True))
    chance = sum(first[verdict] * second[verdict] for verdict in first) / count**2
    kappa = None if chance == 1 else (share - chance) / (1 - chance)
    return Agreement(rows=count, share=share, kappa=kappa)
