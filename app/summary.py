"""What the room has learned about itself: the rounds that were revealed.

Nothing of a quiz that was not played, pulled or changed since is in here, so everybody
who took part may see it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.cleaning import folded
from app.kinds import Card, Words
from app.rounds import Round


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that the room learned."""

    card: Card
    voted: int | None = None  # None: nobody was asked to vote
    right: int = 0

    @property
    def words(self) -> tuple[Words, ...]:
        """What the people themselves said, where that says more than the line does."""
        if self.card.kind == "guess_who":
            return ()
        right = folded(self.card.right)
        return tuple(one for one in self.card.words if folded(one.text) != right)

    @property
    def names(self) -> list[str]:
        """Whom it is about, as far as they are named."""
        return [words.name for words in self.card.words if words.name]


def lines(rounds: Iterable[Round]) -> list[Line]:
    """The revealed rounds of a game, in the order in which they were played."""
    return [Line(card=one.card, voted=one.voted, right=one.right) for one in rounds]


def lines_of_deck(cards: Iterable[Card]) -> list[Line]:
    """All cards, for the host of a meeting in which no game was played."""
    return [Line(card=card) for card in cards]
