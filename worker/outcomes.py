"""What goes into the quiz maker and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass

from protocol import OptionSource, Reason


@dataclass(frozen=True, kw_only=True)
class Item:
    """One answer to make a quiz of. The same `seed_text` gives the same quiz."""

    question: str
    answer: str
    seed_text: str
    room: tuple[str, ...] = ()  # what others said to the same question
    avoid: tuple[str, ...] = ()  # questions and keys that the host did not want


@dataclass(frozen=True, kw_only=True)
class Quiz:
    """A quiz worth showing; `answer` is the right option's number, 1 to 4."""

    question: str
    options: tuple[str, ...]
    answer: int
    sources: tuple[OptionSource, ...]  # of each option
    evidence: str
    checks: dict


@dataclass(frozen=True, kw_only=True)
class Held:
    """A quiz of hurtful, sexual or health content: the host decides."""

    quiz: Quiz
    reason: Reason = Reason.SENSITIVE


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """No quiz can be made of this answer."""

    reason: Reason


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The model wrote nothing usable; another try may."""

    reason: Reason


Outcome = Quiz | Held | Skipped | Failed
