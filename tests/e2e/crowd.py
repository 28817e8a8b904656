"""What a crowd of phones voted against what the server kept."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

from tests.e2e.phones import Phone
from tests.ground.running import until
from tests.rooms import PlayRoom

CHANGE_OF_MIND_SECONDS = 0.5


@dataclass
class Tally:
    """A game in numbers.

    Attributes:
        votes: choices that the server confirmed last, one for each phone and round.
        lost: confirmed choices that were not kept, or kept as another.
        doubled: kept votes, or votes on a screen, without a phone of their own.
        slowest: seconds from a reveal until the last phone showed it.
    """

    votes: int = 0
    lost: int = 0
    doubled: int = 0
    polls: int = 0
    slowest: float = 0.0


def play(table: PlayRoom, phones: list[Phone], rounds: int) -> Tally:
    """Everybody who joined plays so many rounds."""
    shown_at = {}
    for number in range(rounds):
        table.start() if number == 0 else table.next()
        card = table.look().round.card.id
        until(lambda card=card: all(card in phone.choices for phone in phones), 30)
        time.sleep(CHANGE_OF_MIND_SECONDS)
        table.reveal()
        shown_at[card] = time.monotonic()
        until(lambda card=card: all(card in phone.revealed for phone in phones), 10)
    return _count(table, phones, shown_at)


def _count(table: PlayRoom, phones: list[Phone], shown_at: dict[str, float]) -> Tally:
    tally = Tally(polls=sum(phone.asked for phone in phones))
    names = {player.id: player.name for player in table.play.players(table.id)}
    played = table.play.played(table.id)
    assert [one.card.id for one in played] == list(shown_at)
    for one in played:
        card = one.card.id
        kept = [(names[player], vote.choice) for player, vote in one.votes.items()]
        sent = [(phone.name_in_game, phone.choices[card]) for phone in phones]
        tally.votes += len(sent)
        tally.lost += (Counter(sent) - Counter(kept)).total()
        tally.doubled += (Counter(kept) - Counter(sent)).total()
        tally.doubled += max(0, sum(one.counts) - len(sent))
        for phone in phones:
            seen, counts = phone.revealed[card]
            tally.lost += tuple(counts) != one.counts
            tally.slowest = max(tally.slowest, seen - shown_at[card])
    return tally
