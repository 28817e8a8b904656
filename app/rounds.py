"""What a game is made of: switches, players, rounds with their votes, the moment."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from app.kinds import Card, Words

MINUTES = (5, 10, 15, 20, 30)  # how long the host has
SECONDS = (0, 15, 20, 30, 45, 60)  # a round's timer; 0 is none
GRACE_MS = 700  # a vote on its way when the timer ends still counts


@dataclass(frozen=True, kw_only=True)
class Switches:
    """How the host wants to play. The default shames and hurries nobody."""

    minutes: int = 10
    seconds: int = 0
    names_first: bool = False  # say whom a question is about before the vote
    options_only: bool = False  # phones leave the question to the projector
    leaderboard: bool = False
    speed: bool = False  # early right votes count more, late ones never below half

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> Switches:
        return cls(**json.loads(text)) if text else cls()


@dataclass(frozen=True, kw_only=True)
class Player:
    """Somebody who plays on a phone."""

    id: str
    name: str
    person: str  # the participant they are; their own id if they did not answer
    order: int


@dataclass(frozen=True, kw_only=True)
class Vote:
    """One player's choice in one round."""

    choice: int  # 1 to 4
    ms: int  # milliseconds after the round was opened
    about: bool  # the round is about the voter; shown as a vote, counted nowhere


@dataclass(frozen=True, kw_only=True)
class Round:
    """One card of the frozen deck and what came of it."""

    card: Card
    place: int
    marks: tuple[str, ...]  # sha1 of each answer the card was made of
    authors: tuple[str, ...]  # who wrote them, unnamed ones too: never shown
    state: str = "waiting"  # then "open", then "played" or "skipped"
    standing: bool = True  # False once an answer of it was taken back or changed
    votes: Mapping[str, Vote] = field(default_factory=dict)  # by player id
    stories: Mapping[str, str] = field(default_factory=dict)  # person: tell, pass

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Votes for each option. Example: (1, 0, 5, 0)."""
        found = Counter(vote.choice for vote in self.votes.values() if not vote.about)
        return found[1], found[2], found[3], found[4]

    @property
    def voted(self) -> int:
        """How many votes count."""
        return sum(self.counts)

    @property
    def right(self) -> int:
        """How many of them are right."""
        return self.counts[self.card.answer - 1]

    def to_json(self) -> str:
        """The frozen part; state, votes and stories lie beside it."""
        frozen = {"place": self.place, "marks": self.marks, "authors": self.authors}
        return json.dumps(asdict(self.card) | frozen)


@dataclass(frozen=True, kw_only=True)
class Game:
    """Where the room is at this moment, as one player or the host asks.

    `round` holds the solution: show a `screen.Screen` made of it, never this.
    """

    join_code: str
    version: int
    now: int  # milliseconds by the clock of Redis, the only one that counts
    phase: str  # "" in the lobby, then "ready", "asking", "revealed", "ended"
    switches: Switches
    round: Round | None  # the card on the screen, without votes
    number: int  # of this round, from 1
    total: int
    standing: int  # 1 if the card may be shown; at the end how many cards may
    voters: int
    choice: int | None  # of the player who asks
    me: Player | None
    players: int
    closes_at: int | None
    paused: bool

    @property
    def at(self) -> str:
        """What a button sends along, so that it acts here or not at all."""
        return f"{self.phase}:{self.round.card.id if self.round else ''}"

    @property
    def time_up(self) -> bool:
        return bool(self.closes_at and not self.paused and self.now >= self.closes_at)

    @property
    def about_me(self) -> bool:
        return bool(self.me and self.round and self.me.person in self.round.card.people)

    @property
    def etag(self) -> str:
        """Changes with all that this asker can see."""
        mine = f"{self.me.id if self.me else ''}-{self.choice or 0}"
        return f"{self.version}-{self.standing}-{int(self.time_up)}-{mine}"


def card_from(record: Mapping[str, Any]) -> Card:
    """The card in this JSON."""
    words = tuple(Words(**one) for one in record["words"])
    lists = {n: tuple(record[n]) for n in ("quizzes", "options", "people")}
    plain = {n: record[n] for n in ("id", "kind", "topic", "question", "answer")}
    return Card(**plain, **lists, words=words)


def round_from(stored: str | bytes, **more: Any) -> Round:
    """The round frozen in this JSON."""
    record = json.loads(stored)
    return Round(
        card=card_from(record),
        place=record["place"],
        marks=tuple(record["marks"]),
        authors=tuple(record["authors"]),
        **more,
    )


def player_from(player_id: str, stored: str | bytes) -> Player:
    """The player stored in this JSON."""
    record = json.loads(stored)
    return Player(
        id=player_id,
        name=record["name"],
        person=record["person"],
        order=record["order"],
    )


def vote_from(stored: str | bytes) -> Vote:
    """The vote stored in this JSON."""
    record = json.loads(stored)
    return Vote(choice=record["choice"], ms=record["ms"], about=record["about"])


def pairs(flat: Sequence[bytes]) -> dict[str, bytes]:
    """A hash as a script returns it: name, value, name, value."""
    return {
        name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)
    }


def game_from(player_id: str, reply: Sequence[Any]) -> Game:
    """The moment as LOOK tells it."""
    code, now, flat, card, standing, voters, vote, me, players, stories = reply
    fields = {name: value.decode() for name, value in pairs(flat).items()}
    closes_at = fields.get("closes_at")
    shown = None
    if card:
        shown = round_from(card)
        told = (story.decode() for story in stories)
        shown = round_from(
            card, stories=dict(zip(shown.card.people, told, strict=True))
        )
    return Game(
        join_code=code.decode(),
        version=int(fields.get("version", 0)),
        now=now,
        phase=fields.get("phase", ""),
        switches=Switches.from_json(fields.get("switches", "")),
        round=shown,
        number=int(fields.get("number", 0)),
        total=int(float(fields.get("total", 0))),
        standing=standing,
        voters=voters,
        choice=vote_from(vote).choice if vote else None,
        me=player_from(player_id, me) if me else None,
        players=players,
        closes_at=int(closes_at) if closes_at else None,
        paused=bool(fields.get("paused_at")),
    )
