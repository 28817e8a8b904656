"""The questions of a meeting in the order in which the big screen plays them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from app.cleaning import folded
from app.kinds import Card, Room, guess_who, is_playable, said, who_shares
from app.records import KINDS, Quiz, Snapshot

# How much of the deck each kind aims at. The kinds that are switched on share it.
SHARES = {"said": 0.60, "guess_who": 0.25, "who_shares": 0.15}


def deck(snapshot: Snapshot, mix: Iterable[str] = KINDS) -> list[Card]:
    """All cards of a meeting, always the same for the same snapshot.

    Aims at 60 % `said`, 25 % `guess_who` and 15 % `who_shares` as far as the answers
    allow; the kinds that are on share what the others leave. An answer is used in one
    card only: an answer asked about as `guess_who` is not asked about as `said`. What
    the host edited is always played as the host wrote it, if `said` is on.

    Everybody named comes once before anybody comes twice, and nobody twice in a row
    where that can be avoided. Unnamed cards lie anywhere between, drawn by lot: by a
    place that depended on their author, the room could tell who is missing.
    """
    room, on = Room(snapshot), set(mix)
    left = {quiz.id: quiz for quiz in snapshot.quizzes if is_playable(quiz)}
    aims = _aims(len(left), on)
    free = [q for q in left.values() if q.review != "edited" or "said" not in on]
    cards = _take(_pairs(free, room), aims["who_shares"], left)
    # Without `said` there is nothing else to make of an answer.
    limit = aims["guess_who"] if "said" in on else len(left) * ("guess_who" in on)
    cards += _take(_guesses(free, room), limit, left)
    if "said" in on:
        cards += [said(quiz) for quiz in left.values()]
    elif "who_shares" in on:
        cards += _take(_pairs(list(left.values()), room), len(left), left)
    return _ordered(cards, room)


def _aims(answers: int, on: set[str]) -> dict[str, int]:
    """How many cards of each kind, 0 for those switched off."""
    shares = {kind: share for kind, share in SHARES.items() if kind in on}
    whole = sum(shares.values())
    return {
        kind: round(answers * shares[kind] / whole) if kind in shares else 0
        for kind in KINDS
    }


def _take(cards: Iterator[Card], limit: int, left: dict[str, Quiz]) -> list[Card]:
    """Up to `limit` cards whose answers are still `left`; they are used up."""
    taken: list[Card] = []
    while len(taken) < limit and (card := next(cards, None)):
        if all(quiz in left for quiz in card.quizzes):
            for quiz in card.quizzes:
                del left[quiz]
            taken.append(card)
    return taken


def _pairs(quizzes: list[Quiz], room: Room) -> Iterator[Card]:
    """One card for each thing that two named people said alike."""
    alike: dict[tuple[str, str], list[Quiz]] = defaultdict(list)
    for quiz in quizzes:
        if quiz.consent == "named":
            alike[folded(quiz.survey_question), folded(quiz.right)].append(quiz)
    for _, group in sorted(alike.items(), key=lambda item: room.lot(*item[0])):
        group.sort(key=lambda quiz: room.lot("pair", quiz.id))
        first, *others = group
        other = next((q for q in others if q.participant != first.participant), None)
        if other and (card := who_shares(first, other, room)):
            yield card


def _guesses(quizzes: list[Quiz], room: Room) -> Iterator[Card]:
    """Cards about one person after the other, then everybody's second."""
    by_person: dict[str, list[Quiz]] = defaultdict(list)
    for quiz in sorted(quizzes, key=lambda quiz: room.lot("guess", quiz.id)):
        by_person[quiz.participant].append(quiz)
    while by_person:
        for person in [*by_person]:
            made = None
            while not made and by_person[person]:
                made = guess_who(by_person[person].pop(0), room)
            if made:
                yield made
            if not by_person[person]:
                del by_person[person]


def _ordered(cards: list[Card], room: Room) -> list[Card]:
    """Named cards by turns, neighbours parted, unnamed ones in between by lot."""
    named = [card for card in cards if card.people]
    order = _parted(_by_turns(named, room))
    for card in cards:
        if not card.people:
            order.insert(room.lot("place", card.id) % (len(order) + 1), card)
    return order


def _by_turns(cards: list[Card], room: Room) -> list[Card]:
    """Round by round, so that everybody comes n times before anybody comes n + 1.

    A card about two people takes the turn of both.
    """
    waiting: dict[str, list[Card]] = defaultdict(list)
    for card in sorted(cards, key=lambda card: room.lot("card", card.id)):
        for person in card.people:
            waiting[person].append(card)
    shown: Counter[str] = Counter()
    used: set[str] = set()
    order = []
    turn = 0
    while waiting:
        turn += 1
        for person in sorted(waiting, key=lambda one: room.lot("turn", str(turn), one)):
            if shown[person] >= turn:
                continue
            card = _next_card(waiting[person], used, shown, turn)
            if card:
                used.add(card.id)
                shown.update(card.people)
                order.append(card)
        waiting = {
            person: left
            for person, found in waiting.items()
            if (left := [card for card in found if card.id not in used])
        }
    return order


def _next_card(
    cards: list[Card], used: set[str], shown: Counter[str], turn: int
) -> Card | None:
    """The first card that is not used, before others one that is everybody's turn."""
    unused = [card for card in cards if card.id not in used]
    fair = (c for c in unused if all(shown[person] < turn for person in c.people))
    return next(fair, unused[0] if unused else None)


def _parted(cards: list[Card]) -> list[Card]:
    """The same cards, with a card moved where two in a row are about one person.

    It goes to the nearest place between cards about others; if there is none, as when
    one person has more than half of all cards, it stays.
    """
    order, at, moves = list(cards), 1, 0
    while at < len(order) and moves <= len(cards):
        card = order[at]
        if not _meet(order[at - 1], card):
            at += 1
            continue
        rest = order[:at] + order[at + 1 :]
        places = [n for n in range(len(order)) if not _would_meet(rest, n, card)]
        if places:
            rest.insert(min(places, key=lambda n, at=at: abs(n - at)), card)
            order, moves = rest, moves + 1
        else:
            at += 1
    return order


def _meet(one: Card, other: Card) -> bool:
    """Whether both cards are about the same person."""
    return not set(one.people).isdisjoint(other.people)


def _would_meet(rest: list[Card], at: int, card: Card) -> bool:
    """Whether `card`, put at this place, would stand beside one about its people."""
    return any(_meet(one, card) for one in rest[max(at - 1, 0) : at + 1])
