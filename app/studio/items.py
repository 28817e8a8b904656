"""What a studio holds: a word in the making, a conversation, an abstract.

Records are those of `protocol.keys.Keys.studio`. A script inside Redis writes an empty
list as an object, so lists are read with care.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.cleaning import folded
from protocol import SETTLED, Recipe, Status

Record = dict[str, Any]
SUDAGOM = "수다곰"
MOTHER = "엄마"
_SPEAKER = re.compile(r"\s+(?=[A-D가나다라]:\s)")
_SENTENCE = re.compile(r"[^\n]+?(?:[.!?](?=\s)|$)", re.MULTILINE)
CLAIMS = ("number", "unit", "name", "direction")  # kinds of unsupported claims


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing of a studio; the parts that all of them have."""

    id: str
    recipe: Recipe
    status: Status
    revision: int
    made_at: datetime
    reason: str | None = None
    has_earlier: bool = False  # what was there before it was made again

    @property
    def busy(self) -> bool:
        """Whether it is on its way."""
        return self.status not in SETTLED


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A new word; `place` is its place among all that were proposed."""

    place: int
    slang: str
    description: str
    example: str
    checks: dict[str, bool]

    @property
    def lines(self) -> list[str]:
        """The example, a speaker a line."""
        return _SPEAKER.split(self.example)


@dataclass(frozen=True, kw_only=True)
class Word(Item):
    """Proposals for a scene, without those that somebody reported."""

    context: str
    condition: str
    language: str
    proposals: list[Proposal]
    reported: int = 0
    kept_place: int | None = None

    @property
    def kept(self) -> Proposal | None:
        """The proposal that stands in the meeting's summary."""
        return next((p for p in self.proposals if p.place == self.kept_place), None)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What the child ("child"), the model ("model") or we ("people") said."""

    place: int
    by: str
    text: str
    at: datetime
    kind: str = ""  # why the model was not asked


@dataclass(frozen=True, kw_only=True)
class Alert:
    """Something the guardian has to see, with the child's words."""

    turn: int
    kind: str
    at: datetime
    said: str
    seen: bool


@dataclass(frozen=True, kw_only=True)
class Talk(Item):
    """A child's conversation."""

    persona: str
    child: str
    age: int | None
    gender: str
    key: str  # hash of the token in the child's link
    turns: list[Turn]
    alerts: list[Alert]
    stopped: bool = False

    @property
    def is_program(self) -> bool:
        """Whether the child talks with SudaGom itself, not with a role it plays."""
        return self.persona == SUDAGOM

    @property
    def unseen(self) -> list[Alert]:
        """Alerts the guardian has not looked at, the newest first."""
        return [alert for alert in reversed(self.alerts) if not alert.seen]

    @property
    def awaited(self) -> bool:
        """Whether the child waits for a reply."""
        return self.busy and not self.stopped


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A place in an abstract that its summary does not support, or a fact in a summary
    that its abstract does not tell."""

    start: int
    end: int
    text: str
    kind: str


Parts = list[tuple[str, Claim | None]]


@dataclass(frozen=True, kw_only=True)
class Paper(Item):
    """An abstract and what the checks found in it."""

    summary: str
    text: str = ""
    claims: list[Claim] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    missing: list[Claim] = field(default_factory=list)

    def marked(self) -> Parts:
        """The text in parts; a part that is not supported carries its claim."""
        return _marked(self.text, self.claims, 0, len(self.text))

    def untold(self) -> list[Parts]:
        """The sentences of the summary with facts that the abstract does not tell."""
        spans = [match.span() for match in _SENTENCE.finditer(self.summary)]
        found = [_marked(self.summary, self.missing, *span) for span in spans]
        return [parts for parts in found if any(claim for _, claim in parts)]


def _marked(text: str, claims: list[Claim], start: int, end: int) -> Parts:
    """`text` from `start` to `end` in parts; the places of `claims` carry theirs."""
    parts: Parts = []
    for claim in claims:
        if start <= claim.start < claim.end <= end:
            parts.append((text[start : claim.start], None))
            parts.append((text[claim.start : claim.end], claim))
            start = claim.end
    parts.append((text[start:end], None))
    return [part for part in parts if part[0]]


def fingerprint(word: str) -> str:
    """How a reported word is remembered: so that it is known again, not read."""
    return hashlib.sha256(folded(word).encode()).hexdigest()[:16]


def item_from(item_id: str, record: Record, banned: Collection[str] = ()) -> Item:
    """The item stored in this record; `banned` are fingerprints of reported words."""
    common = {
        "id": item_id,
        "recipe": Recipe(record["recipe"]),
        "status": Status(record["status"]),
        "revision": record["revision"],
        "made_at": _moment(record["made_at"]),
        "reason": record.get("reason"),
        "has_earlier": bool(record.get("earlier")),
    }
    match common["recipe"]:
        case Recipe.SLANG:
            return _word(common, record, banned)
        case Recipe.CHAT:
            return _talk(common, record)
    return _paper(common, record)


def _word(common: Record, record: Record, banned: Collection[str]) -> Word:
    proposals = [
        Proposal(
            place=place,
            slang=one["slang"],
            description=one["description"],
            example=one["example"],
            checks=dict(one.get("checks") or {}),
        )
        for place, one in enumerate(record.get("proposals") or [])
    ]
    reported = set(record.get("reported") or [])
    hidden = {
        one.place
        for one in proposals
        if one.place in reported or fingerprint(one.slang) in banned
    }
    return Word(
        **common,
        context=record["context"],
        condition=record.get("condition") or "",
        language=record["language"],
        proposals=[one for one in proposals if one.place not in hidden],
        reported=len(hidden),
        kept_place=record.get("kept"),
    )


def _talk(common: Record, record: Record) -> Talk:
    scene = record["scene"]
    turns = [
        Turn(
            place=place,
            by=one["by"],
            text=one["text"],
            at=_moment(one["at"]),
            kind=one.get("kind") or "",
        )
        for place, one in enumerate(record.get("turns") or [])
    ]
    return Talk(
        **common,
        persona=scene["persona"],
        child=scene["child"],
        age=scene.get("age"),
        gender=scene.get("gender") or "",
        key=record["key"],
        turns=turns,
        alerts=[_alert(one, turns) for one in record.get("alerts") or []],
        stopped=bool(record.get("stopped")),
    )


def _alert(record: Record, turns: list[Turn]) -> Alert:
    return Alert(
        turn=record["turn"],
        kind=record["kind"],
        at=_moment(record["at"]),
        said=_said(turns, record["turn"]),
        seen=bool(record.get("seen")),
    )


def _said(turns: list[Turn], place: int) -> str:
    """What the child said up to this turn since the last reply, one message a line."""
    said: list[str] = []
    for turn in reversed(turns[: place + 1]):
        if turn.by != "child":
            break
        said.insert(0, turn.text)
    return "\n".join(said)


def _paper(common: Record, record: Record) -> Paper:
    return Paper(
        **common,
        summary=record["summary"],
        text=record.get("text") or "",
        claims=_claims(record.get("unsupported")),
        dropped=list(record.get("dropped") or []),
        missing=_claims(record.get("missing")),
    )


def _claims(found: list[Record] | None) -> list[Claim]:
    """In the order of their places, the longer of two that begin alike first."""
    claims = [
        Claim(start=one["start"], end=one["end"], text=one["text"], kind=one["kind"])
        for one in found or []
    ]
    return sorted(claims, key=lambda one: (one.start, -one.end))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
