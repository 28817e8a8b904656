"""What a child tells SudaGom that we answer ourselves, and what SudaGom may not say.

Safety is code here, not hope. `look` reads the child's newest message before the model
does: if it finds one of `KINDS`, `fixed_reply` answers with a text that people wrote,
and the model is not asked. `why_unsafe` reads what the model wrote before the child
does. The rules stand in worker/wording/child_{ko,en}.txt and reply_{ko,en}.txt, how
children spell in child_spelling.txt, the replies in chat_replies.json. What the rules
do not know, `worker.quality.ear` may still hear; then we ask what is meant.

After one of `DANGERS` the next messages are answered by us too, whatever they say: a
child who has told something this heavy often adds "it's nothing" or "don't tell". After
one of `HAZARDS` so is the next one: "but only a little?"
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privacy import holds_private_data
from worker.quality import ear
from worker.quality.rules import RuleBook
from worker.quality.text import compatible, normalise

DANGERS = (
    "emergency",
    "friend_in_danger",
    "self_harm",
    "touch",
    "grooming",
    "abuse",
    "harm_others",
    "bullying",
    "family_worry",
)
DELICATE = (
    "personal_data",
    "sexual",
    "eating",
    "violent",
    "dangerous_request",
    "medical",
    "secret",
    "romance",
    "body",
    "identity",
    "insult",
)
HAZARDS = ("dangerous_request", "medical", "eating")  # a child asks again at once
WORRY = "worry"  # what only the ear hears: we ask what is meant
KINDS = (*DANGERS, *DELICATE, WORRY)  # of several, the first is answered
UNSAFE = (
    "number",
    "secrecy",
    "sexual",
    "personal_data",
    "frightening",
    "blame",
    "harm",
    "medical",
    "insult",
    "human",
)
HELPLINES = frozenset({"109", "112", "117", "119", "1388"})
_HELPLINE = re.compile(rf"(?<!\d)(?:{'|'.join(sorted(HELPLINES))})(?!\d)")
STAYS = 3  # messages after a danger that are ours to answer, too

_WORDING = Path(__file__).parent.parent / "wording"
_CHILD = RuleBook(name="child", ko=6, en=4)
_REPLY = RuleBook(name="reply", ko=4, en=3)
_SPREAD = re.compile(r"(?<![가-힣])[가-힣](?:[ .·~!^*_\-]{1,2}[가-힣]){3,}(?![가-힣])")
_NOT_HANGUL = re.compile("[^가-힣]")
_CALLS = re.compile(r"전화|걸어|걸면|신고|연락|\b(?:call|dial|ring)", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?<![\d-])(\d{3,4})(?![\d-])(?!\s?(?:원|번\s?(?:더|이나)|개|명))"
)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a message is about. `after`: it only follows one that was."""

    kind: str
    after: bool = False

    @property
    def alerts(self) -> bool:
        """Whether the supervising adult is called to the page."""
        return _replies()[self.kind]["alert"]


def look(messages: Sequence[str]) -> Finding | None:
    """What the newest of a child's messages is about; None if the model may answer.

    Args:
        messages: what the child has written in this talk, oldest first; once an adult
            has dealt with a danger, only what came since.

    Example: ["아빠가 나 때려써", "아니야"] -> Finding(kind="abuse", after=True);
    ["세제 섞으면 폭발해?", "조금만 섞으면?"] -> Finding(kind="dangerous_request", ...).
    """
    if kind := kind_of(messages[-1]):
        return Finding(kind=kind)
    for place, message in enumerate(reversed(messages[-1 - STAYS : -1])):
        kind = kind_of(message)
        if kind in DANGERS or (kind in HAZARDS and place == 0):
            return Finding(kind=kind, after=True)
    return None


def kind_of(message: str) -> str | None:
    """The first of `KINDS` that a child's message belongs to, without its talk.

    `WORRY` if no rule finds anything, but the message sounds like a danger.
    """
    if kind := by_rule(message):
        return kind
    text = as_meant(message)
    heard = ear.sounds_like(text) > 0 and not _CHILD.is_harmless(text)
    return WORRY if heard else None


@functools.lru_cache(maxsize=1_000)
def by_rule(message: str) -> str | None:
    """The first of `KINDS` whose rules a child's message matches."""
    kinds = _CHILD.kinds(as_meant(message))
    if holds_private_data(message):
        kinds.add("personal_data")
    return next((kind for kind in KINDS if kind in kinds), None)


def as_meant(message: str) -> str:
    """A message as the rules read it: spelling put right, spread letters joined.

    Example: "나 주꼬시퍼" -> "나 죽고싶어"; "죽 고 싶 어" gets a line "죽고싶어".
    """
    text = compatible(normalise(message))
    for typed, meant in _spelling():
        text = typed.sub(meant, text)
    joined = [_NOT_HANGUL.sub("", match[0]) for match in _SPREAD.finditer(text)]
    return "\n".join([text, *joined])


def fixed_reply(finding: Finding, said: Collection[str], language: str = "ko") -> str:
    """A reply of ours that is not in `said`, while there is one.

    Args:
        finding: from `look`.
        said: what SudaGom has said in this talk.
        language: "ko" or "en".
    """
    texts = _replies()[finding.kind][language]
    mine = texts.get("after", texts["first"]) if finding.after else texts["first"]
    others = texts.get("after", ())
    ours = [*mine, *others, *_replies()["any"][language]["first"]]
    return next((text for text in ours if text not in said), mine[0])


def plain_reply(kind: str, said: Sequence[str], language: str = "ko") -> str:
    """A reply of ours that stands in for the model's: the one said longest ago.

    Args:
        kind: "unanswered" or "too_long".
        said: what SudaGom has said in this talk, the newest last.
        language: "ko" or "en".
    """
    last = {text: place for place, text in enumerate(said)}
    return min(_replies()[kind][language]["first"], key=lambda text: last.get(text, -1))


def why_unsafe(reply: str, *, program: bool = True) -> str | None:
    """The first of `UNSAFE` that a reply of the model is; None if the child may see it.

    Args:
        reply: what the model wrote.
        program: whether the persona is the program itself; a mother's persona may
            speak of her day.
    """
    text = compatible(normalise(reply))
    kinds = _REPLY.kinds(text)
    if holds_private_data(_HELPLINE.sub("", text)):  # "109나 1388" reads as a plate
        kinds.add("personal_data")
    if wrong_numbers(text):
        kinds.add("number")
    if not program:
        kinds.discard("human")
    return next((kind for kind in UNSAFE if kind in kinds), None)


def names_helpline(text: str) -> bool:
    """Whether a text has the number of a helpline, which only people's replies may."""
    return _HELPLINE.search(text) is not None


def wrong_numbers(text: str) -> set[str]:
    """Numbers that a text says to call and that are none of `HELPLINES`.

    Example: "학교 폭력은 911에 전화해" -> {"911"}.
    """
    if not _CALLS.search(text):
        return set()
    return set(_NUMBER.findall(text)) - HELPLINES


@functools.cache
def _replies() -> dict[str, Any]:
    return json.loads((_WORDING / "chat_replies.json").read_text(encoding="utf-8"))


@functools.cache
def _spelling() -> tuple[tuple[re.Pattern, str], ...]:
    lines = (_WORDING / "child_spelling.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split(" = ") for line in lines if line and not line.startswith("#")]
    return tuple(
        (re.compile("|".join(map(re.escape, typed.split("|")))), meant)
        for typed, meant in pairs
    )
