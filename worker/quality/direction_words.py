"""What a claim of direction is, and the words that make one."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

from worker.quality.words import stem

_WORDING = Path(__file__).parent.parent / "wording"
UP, DOWN = 1, -1
AMOUNT, DIFFERENCE, EXISTENCE = "amount", "difference", "existence"
SIGNIFICANCE, VALENCE = "significance", "valence"


@dataclass(frozen=True, kw_only=True)
class Direction:
    """A word of direction and what its clause says around it.

    axis: one of the five above.
    sign: `UP` or `DOWN`; on the axis of difference, `DOWN` is alike.
    denied: "did not fall" is neither a fall nor a rise. On the other axes a denied
        word is the other sign: what is not different is alike.
    finding: whether it states a result, not an aim, a question or a background.
    vague: "경우가 많다" counts nothing in particular.
    about: content words of its clause.
    start, end: its place in the text.
    """

    axis: str
    sign: int
    denied: bool
    finding: bool
    vague: bool = False
    about: frozenset[str]
    text: str
    start: int
    end: int


def signed(axis: str, sign: int, negated: bool) -> tuple[int, bool]:
    """The sign, and whether it is denied, which only an amount can be."""
    if axis == AMOUNT:
        return sign, negated
    return (-sign if negated else sign), False


@functools.cache
def lexicon(language: str) -> dict[str, tuple[str, int]]:
    """Axis and sign of each word; English ones by their stem as well."""
    known: dict[str, tuple[str, int]] = {}
    for axis, sides in _read(language).items():
        if isinstance(sides, dict):
            for name, sign in (("up", UP), ("down", DOWN)):
                known |= {word: (axis, sign) for word in sides[name]}
    if language == "en":
        known |= {stem(word): meaning for word, meaning in list(known.items())}
    return known


@functools.cache
def existing_nouns() -> frozenset[str]:
    """What there can be or not be: an effect, a difference, a change."""
    return frozenset(_read("ko")["existing_nouns"])


def _read(language: str) -> dict:
    file = _WORDING / f"directions_{language}.json"
    return json.loads(file.read_text(encoding="utf-8"))
