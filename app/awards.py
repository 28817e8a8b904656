"""Scores that do not shame: how well the room knows itself, and awards.

Nobody's failures are ever counted out. A vote of somebody about themselves counts
nowhere. The author of an unnamed card votes like everybody, and in the numbers that
the room sees their vote counts like everybody's: any gap would point at somebody in
the room. Only a player's own score, which tells nobody how many rounds it rests on,
leaves it out, so that knowing one's own answer wins nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.rounds import Player, Round, Switches, Vote

POINTS = 100
SLOW_MS = 30_000  # what counts as slow where no timer runs
ENOUGH = 2  # votes, or rounds about a person, that an award needs
SHOWN = 10  # places of the leaderboard


@dataclass(frozen=True, kw_only=True)
class Meter:
    """How many of the votes are right."""

    right: int
    voted: int

    @property
    def percent(self) -> int:
        return round(100 * self.right / self.voted) if self.voted else 0


@dataclass(frozen=True, kw_only=True)
class Award:
    """`key` is the wording key's last part; everybody named shares it."""

    key: str
    names: tuple[str, ...]
    meter: Meter  # the votes behind it
    question: str = ""
    option: str = ""


@dataclass(frozen=True, kw_only=True)
class Place:
    """One line of the leaderboard; equal points share a place."""

    place: int
    name: str
    right: int
    points: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a game has shown so far."""

    meter: Meter
    awards: tuple[Award, ...]
    board: tuple[Place, ...]


def report(
    rounds: Sequence[Round], players: Iterable[Player], switches: Switches
) -> Report:
    """Meter, awards and leaderboard of the rounds that were played."""
    board = _board(rounds, {p.id: p for p in players}, switches)
    return Report(
        meter=meter(rounds),
        awards=tuple(filter(None, [_best(board), *_answers(rounds), *_people(rounds)])),
        board=tuple(board[:SHOWN]),
    )


def meter(rounds: Iterable[Round]) -> Meter:
    """The share of right votes. Example: 3 of 4 and 1 of 4 are 50 percent."""
    rounds = list(rounds)
    return Meter(
        right=sum(one.right for one in rounds), voted=sum(one.voted for one in rounds)
    )


def points(vote: Vote, switches: Switches) -> int:
    """What a right vote is worth: always the same, or with speed never below half.

    Example, with speed and a timer of 20 s: 100 at once, 75 after 10 s, 50 at the end.
    """
    if not switches.speed:
        return POINTS
    limit = switches.seconds * 1000 or SLOW_MS
    return POINTS - POINTS // 2 * min(vote.ms, limit) // limit


def _board(
    rounds: Iterable[Round], players: Mapping[str, Player], switches: Switches
) -> list[Place]:
    right: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    for one in rounds:
        for player_id, vote in one.votes.items():
            player = players.get(player_id)
            if player is None or vote.about or player.person in one.authors:
                continue
            if vote.choice == one.card.answer:
                right[player_id] += 1
                total[player_id] += points(vote, switches)
    ranked = sorted(total, key=lambda each: (-total[each], players[each].order))
    ahead = [total[each] for each in ranked]
    return [
        Place(
            place=1 + ahead.index(total[each]),
            name=players[each].name,
            right=right[each],
            points=total[each],
        )
        for each in ranked
    ]


def _best(board: Sequence[Place]) -> Award | None:
    """Who guessed best. By points, which are right votes unless speed counts."""
    first = [place for place in board if place.place == 1]
    if not first:
        return None
    return Award(
        key="guesser",
        names=tuple(place.name for place in first),
        meter=Meter(right=first[0].right, voted=first[0].right),
    )


def _answers(rounds: Iterable[Round]) -> list[Award]:
    """The answer that surprised the room most, and the one it knew best."""
    voted = [one for one in rounds if one.voted >= ENOUGH]
    found = []
    if voted and _share(least := min(voted, key=_share)) < 0.5:
        found.append(_answer("surprise", least))
    if voted and _share(most := max(voted, key=_share)) >= 0.5:
        found.append(_answer("known", most))
    return found


def _answer(key: str, one: Round) -> Award:
    return Award(
        key=key,
        names=tuple(words.name for words in one.card.words if words.name),
        meter=meter([one]),
        question=one.card.question,
        option=one.card.right,
    )


def _people(rounds: Iterable[Round]) -> list[Award]:
    """Who is a riddle to the room, and who an open book, with more than one round."""
    by_person: dict[str, list[Round]] = defaultdict(list)
    names: dict[str, str] = {}
    for one in rounds:
        for person, words in zip(one.card.people, one.card.words, strict=False):
            by_person[person].append(one)
            names[person] = words.name
    shares = {
        person: meter(about)
        for person, about in by_person.items()
        if len(about) >= ENOUGH and meter(about).voted
    }
    if len(shares) < ENOUGH:
        return []
    low = min(shares, key=lambda person: shares[person].percent)
    high = max(shares, key=lambda person: shares[person].percent)
    if shares[low].percent == shares[high].percent:
        return []
    return [
        Award(key="riddle", names=(names[low],), meter=shares[low]),
        Award(key="open_book", names=(names[high],), meter=shares[high]),
    ]


def _share(one: Round) -> float:
    return one.right / one.voted
