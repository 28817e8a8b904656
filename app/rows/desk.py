"""All rows as one reviewer sees them: what is where, what comes next, how far it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from app.rows.records import DISPUTED, HOST, NOTHING, OPEN, VERDICTS, Judged

# What a reviewer can choose to see. Only the host knows what is disputed.
SHOWN = {HOST: (OPEN, *VERDICTS, DISPUTED)}


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The rows of a meeting in their order, without their texts."""

    reviewer: str
    ids: list[str]
    judged: Mapping[str, Judged]
    can_undo: bool

    @property
    def filters(self) -> tuple[str, ...]:
        return SHOWN.get(self.reviewer, (OPEN, *VERDICTS))

    @property
    def counts(self) -> Counter[str]:
        """How many rows stand where, for this reviewer."""
        return Counter(self.standing(row_id) for row_id in self.ids)

    @property
    def said(self) -> Counter[str]:
        """How often this reviewer, alone, gave each verdict."""
        own = (self.of(row_id).by.get(self.reviewer) for row_id in self.ids)
        return Counter(one.verdict for one in own if one)

    @property
    def done(self) -> int:
        """How many rows this reviewer has judged."""
        return self.said.total()

    def of(self, row_id: str) -> Judged:
        return self.judged.get(row_id, NOTHING)

    def standing(self, row_id: str) -> str:
        """One of `filters`."""
        return self.of(row_id).standing_for(self.reviewer)

    def place(self, row_id: str) -> int:
        """The number of this row among all, from 1."""
        return self.ids.index(row_id) + 1

    def first(self, shown: str) -> str | None:
        """The first row that stands so."""
        return next((one for one in self.ids if self.standing(one) == shown), None)

    def near(self, row_id: str, shown: str, step: int) -> str | None:
        """The next row that stands so (`step` 1) or the one before (-1), round and
        round; None if there is no other."""
        start, count = self.ids.index(row_id), len(self.ids)
        for distance in range(1, count):
            other = self.ids[(start + step * distance) % count]
            if self.standing(other) == shown:
                return other
        return None
