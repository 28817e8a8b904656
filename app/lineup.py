"""Which cards a game plays: as many as fit, everybody equally often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from app.kinds import Card, is_playable, said
from app.records import Snapshot
from app.rounds import Round

# A round without a timer: half a minute to think, half a minute to laugh.
UNTIMED_SECONDS = 30
TALK_SECONDS = 30


def rounds_for(minutes: int, timer_seconds: int) -> int:
    """How many rounds fit. Example: 10 minutes without a timer are 10 rounds."""
    return max(1, minutes * 60 // ((timer_seconds or UNTIMED_SECONDS) + TALK_SECONDS))


def lineup(cards: Sequence[Card], limit: int) -> list[Card]:
    """At most `limit` cards of the deck, in the order in which they are played.

    Everybody whom a card names is named equally often, plus or minus one, and nobody
    in two cards in a row where that can be avoided. Unnamed cards keep their share
    and their place among the others: by it nobody can tell who wrote them.
    """
    unnamed = [card for card in cards if not card.people]
    share = round(min(limit, len(cards)) * len(unnamed) / (len(cards) or 1))
    named = [card for card in cards if card.people]
    chosen = _by_turns(named, limit - share)
    for card in unnamed[: limit - len(chosen)]:
        place = cards.index(card) * (len(chosen) + 1) // len(cards)
        chosen.insert(place, card)
    return chosen


def _by_turns(cards: Sequence[Card], limit: int) -> list[Card]:
    """One card after the other, about those who were asked about least."""
    left, chosen = list(cards), []
    shown = Counter({person: 0 for card in cards for person in card.people})
    while len(chosen) < limit:
        before = set(chosen[-1].people) if chosen else set()
        fair = _fair(left, shown)
        if not fair:
            break
        card = min(
            fair,
            key=lambda card: (
                max(shown[person] for person in card.people),
                not before.isdisjoint(card.people),
            ),
        )
        left.remove(card)
        shown.update(card.people)
        chosen.append(card)
    return chosen


def _fair(cards: list[Card], shown: Counter[str]) -> list[Card]:
    """The cards after which nobody is two ahead of anybody."""
    low, high = min(shown.values(), default=0), max(shown.values(), default=0)
    lowest = {person for person, times in shown.items() if times == low}
    return [
        card
        for card in cards
        if max(high, *(shown[person] + 1 for person in card.people))
        - (low + lowest.issubset(card.people))
        <= 1
    ]


def frozen(snapshot: Snapshot, cards: Sequence[Card], first: int = 0) -> list[Round]:
    """The cards of this snapshot as rounds, from place `first` on."""
    quizzes = {quiz.id: quiz for quiz in snapshot.quizzes}
    return [
        Round(
            card=card,
            place=place,
            marks=tuple(quizzes[quiz].mark for quiz in card.quizzes),
            authors=tuple(quizzes[quiz].participant for quiz in card.quizzes),
        )
        for place, card in enumerate(cards, first)
    ]


def refreshed(round_: Round, snapshot: Snapshot) -> Round | None:
    """The round as it can be played now, or None if it cannot.

    Its place is frozen. What the host has corrected since, or the person has written
    anew, is played in its new words; a card that quotes or names more than one answer
    is played as it is or not at all.
    """
    quizzes = {quiz.id: quiz for quiz in snapshot.quizzes if is_playable(quiz)}
    card = round_.card
    if not all(quiz in quizzes for quiz in card.quizzes):
        return None
    now = tuple(quizzes[quiz].mark for quiz in card.quizzes)
    if card.kind == "said":
        return replace(round_, card=said(quizzes[card.quizzes[0]]), marks=now)
    named = all(quizzes[quiz].consent == "named" for quiz in card.quizzes)
    return round_ if named and now == round_.marks else None
