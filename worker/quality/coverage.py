"""Which facts of a summary its abstract tells.

A fact is a number with its unit, a name in Latin letters, a finding of direction, or a
sentence of the summary, whose words must come back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.quality.directions import directions
from worker.quality.quantities import quantities
from worker.quality.sentences import spans
from worker.quality.unsupported import DIRECTION, NAME, NAMES, NUMBER, agrees
from worker.quality.words import content_words

SENTENCE = "sentence"
SAME = 0.6  # share of a summary sentence's content words


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A fact of the summary, with its place there, and whether it is told."""

    kind: str
    text: str
    start: int
    end: int
    told: bool


def facts(summary: str, abstract: str) -> list[Fact]:
    """The facts of `summary` in their order, each told by `abstract` or not.

    Example: ("표본 30명에서 오차가 줄었다.", "표본은 30명이다.") -> "30명" told, the
    finding "줄었다" and the sentence not.
    """
    found = [
        *_numbers(summary, abstract),
        *_names(summary, abstract),
        *_findings(summary, abstract),
        *_sentences(summary, abstract),
    ]
    return sorted(found, key=lambda fact: (fact.start, fact.end))


def coverage(summary: str, abstract: str) -> float:
    """The share of the summary's facts that the abstract tells, 0 to 1."""
    found = facts(summary, abstract)
    return sum(fact.told for fact in found) / len(found) if found else 1.0


def _numbers(summary: str, abstract: str) -> list[Fact]:
    told = {(one.value, one.unit) for one in quantities(abstract)}
    values = {value for value, _ in told}
    return [
        Fact(
            kind=NUMBER,
            text=one.text,
            start=one.start,
            end=one.end,
            told=(one.value, one.unit) in told
            or (not one.unit and one.value in values),
        )
        for one in quantities(summary)
    ]


def _names(summary: str, abstract: str) -> list[Fact]:
    measured = {n for one in quantities(summary) for n in range(one.start, one.end)}
    known = abstract.casefold()
    return [
        Fact(
            kind=NAME,
            text=match[0],
            start=match.start(),
            end=match.end(),
            told=match[0].casefold() in known,
        )
        for match in NAMES.finditer(summary)
        if match.start() not in measured
    ]


def _findings(summary: str, abstract: str) -> list[Fact]:
    told = directions(abstract)
    return [
        Fact(
            kind=DIRECTION,
            text=one.text,
            start=one.start,
            end=one.end,
            told=any(agrees(one, other) for other in told),
        )
        for one in directions(summary)
        if one.finding and not one.vague
    ]


def _sentences(summary: str, abstract: str) -> list[Fact]:
    known = set(content_words(abstract))
    return [
        Fact(
            kind=SENTENCE,
            text=summary[start:end],
            start=start,
            end=end,
            told=_share(content_words(summary[start:end]), known) >= SAME,
        )
        for start, end in spans(summary)
    ]


def _share(words: Sequence[str], known: set[str]) -> float:
    return sum(_stands(word, known) for word in words) / max(1, len(words))


def _stands(word: str, known: set[str]) -> bool:
    long = len(word) >= 2 and not re.match(r"\d", word)
    return word in known or (long and any(other.startswith(word) for other in known))
