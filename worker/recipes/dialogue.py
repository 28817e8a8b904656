"""A dialogue: who talks with whom, and what was said."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from worker.quality.text import break_control_tokens, squeeze

SUDAGOM = "수다곰"
MOTHER = "엄마"

_WORDING = Path(__file__).parent.parent / "wording" / "chat_system.json"
_GENDERS = {"여": "girl", "남": "boy", "girl": "girl", "boy": "boy", "f": "girl"}


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What the child or the persona said."""

    by_child: bool
    text: str


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Who talks with whom.

    `persona` is 수다곰, or a role such as "소은의 엄마" for a supervising adult;
    `gender` is "여", "남" or empty; `system`, if given, is said instead of all that.
    """

    persona: str = SUDAGOM
    child: str = ""
    age: int | None = None
    gender: str = ""
    system: str = ""

    @property
    def is_program(self) -> bool:
        """Whether the persona is SudaGom, who says that it is a program."""
        return self.persona == SUDAGOM

    def describe(self) -> str:
        """The text at the head of the conversation.

        Example, for child 은채, 6, 여: "당신은 어린이의 말동무 '수다곰'입니다. ...
        아이: 은채, 6살, 여자아이."
        """
        if self.system.strip():
            return as_text(self.system)
        words = _wording()
        kind = "program" if self.is_program else "role"
        about = Template(words[kind]).substitute(persona=as_text(self.persona))
        gender = _GENDERS.get(self.gender)
        facts = [
            as_text(self.child),
            Template(words["age"]).substitute(age=self.age) if self.age else "",
            words[gender] if gender else "",
        ]
        known = ", ".join(fact for fact in facts if fact)
        if not known:
            return about
        return f"{about} {Template(words['child']).substitute(facts=known)}"


def mother_of(child: str) -> str:
    """The seed's persona, for a supervising adult: "소은의 엄마"."""
    return f"{child}의 {MOTHER}" if child else MOTHER


def read_scene(row: Mapping[str, Any]) -> Scene:
    """The scene of a dialogue or of a line of `worker.generate`."""
    return Scene(
        persona=str(row.get("persona") or SUDAGOM),
        child=str(row.get("child") or ""),
        age=row.get("age"),
        gender=str(row.get("gender") or ""),
        system=str(row.get("system") or ""),
    )


def read_turns(row: Mapping[str, Any]) -> list[Turn]:
    """The turns of a dialogue or of a line of `worker.generate`.

    The child is the speaker with the row's `child` as name; without one, whoever
    speaks last, because a reply is asked for.

    Example: [{"speaker": "지우", "text": "안녕"}] -> [Turn(by_child=True, ...)].
    """
    turns = row["turns"]
    child = row.get("child") or (turns[-1]["speaker"] if turns else "")
    return [
        Turn(by_child=turn["speaker"] == child, text=str(turn["text"]))
        for turn in turns
    ]


def as_text(text: str) -> str:
    """What people wrote, in one line and without control tokens."""
    return break_control_tokens(squeeze(text))


@functools.cache
def _wording() -> dict[str, str]:
    return json.loads(_WORDING.read_text(encoding="utf-8"))
