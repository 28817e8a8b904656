"""Facts that an abstract tells the wrong way round.

Each number, each name may be right and the sentence wrong: "83%에서 71%로" for "71%에서
83%로", "실내 61%, 바깥 38%" for "바깥 61%, 실내 38%", "A보다 B가 높다" for "B보다 A가
높다". Korean only.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from worker.quality.directions import directions
from worker.quality.directions_ko import Clause, clauses
from worker.quality.quantities import Quantity, quantities
from worker.quality.words import content_words

_CHANGE = re.compile(r"\s?(?:에서|→|부터|➝|->)\s?$")
_NOUNS = ("NNG", "NNP", "SL", "XR")
_WEAK = frozenset(
    ["평균", "각각", "결과", "비율", "경우", "때", "정도", "이상", "이하"]
)


@dataclass(frozen=True)
class Swap:
    """A place of the abstract at which two things have changed places."""

    text: str
    start: int
    end: int


def swapped_numbers(abstract: str, summary: str) -> list[Swap]:
    """Numbers that stand in each other's place.

    Example: ("바깥 38%, 실내 61%였다.", "바깥 61%, 실내 38%였다.") -> both.
    """
    ours, theirs = _placed(abstract), _placed(summary)
    turned = _turned_round(abstract, summary)
    return [
        Swap(one.text, one.start, one.end)
        for one, words in ours.items()
        if one in turned or _elsewhere(one, words, theirs)
    ]


def _placed(text: str) -> dict[Quantity, frozenset[str]]:
    """Each number with the words before it, back to the last number or sentence."""
    placed, begin = {}, 0
    for one in quantities(text):
        before = re.split(
            r"[.;\n]\s|(?:으나|지만|하고|며),?\s", text[begin : one.start]
        )
        placed[one] = frozenset(content_words(before[-1])) - _WEAK
        begin = one.end
    return placed


def _elsewhere(
    one: Quantity, words: frozenset[str], theirs: dict[Quantity, frozenset[str]]
) -> bool:
    """Whether what stands before it stands before another number in the summary."""
    rivals = {o: w for o, w in theirs.items() if o.unit == one.unit}
    own = [w for o, w in rivals.items() if o.value == one.value]
    others = [w for o, w in rivals.items() if o.value != one.value]
    if not own or not others or not words:
        return False
    telling = frozenset().union(*others) - frozenset().union(*own)
    mine = frozenset().union(*own) - frozenset().union(*others)
    return len(words & telling) > len(words) / 2 and bool(mine) and not words & mine


def _turned_round(abstract: str, summary: str) -> set[Quantity]:
    """Numbers of "x에서 y로" that is "y에서 x로" in the summary."""
    theirs = {(b.value, a.value) for a, b in _changes(summary) if a.value != b.value}
    return {
        one
        for pair in _changes(abstract)
        if (pair[0].value, pair[1].value) in theirs
        for one in pair
    }


def _changes(text: str) -> list[tuple[Quantity, Quantity]]:
    found = quantities(text)
    return [
        (one, other)
        for one, other in itertools.pairwise(found)
        if _CHANGE.match(text[one.end : other.start])
    ]


def swapped_comparisons(abstract: str, summary: str) -> list[Swap]:
    """ "A보다" where the summary compares the other way round.

    If the direction is turned as well, the two say the same: "A보다 B가 높다" is "B보다
    A가 낮다".
    """
    theirs = list(_comparisons(summary))
    return [
        Swap(abstract[one.start : one.end], one.start, one.end)
        for one in _comparisons(abstract)
        if any(_is_reverse(one, other) for other in theirs)
    ]


@dataclass(frozen=True)
class _Comparison:
    """A clause with "보다": the nouns before it, the other nouns, the claims."""

    basis: frozenset[str]
    others: frozenset[str]
    claims: frozenset[tuple[str, int, bool]]
    start: int
    end: int


def _comparisons(text: str) -> Iterator[_Comparison]:
    for clause in clauses(text):
        for place, token in enumerate(clause.tokens):
            begin = _phrase(clause, place)
            if (token.form, token.tag) == ("보다", "JKB") and begin < place:
                yield _Comparison(
                    basis=_nouns(clause.tokens[begin:place]),
                    others=_nouns([*clause.tokens[:begin], *clause.tokens[place:]]),
                    claims=_claims(clause),
                    start=clause.begin(begin),
                    end=clause.end(place),
                )


def _phrase(clause: Clause, place: int) -> int:
    """Where the noun phrase before `place` begins: "한성기의 토기" + "보다"."""
    while place and clause.tokens[place - 1].tag in (*_NOUNS, "JKG", "XSN", "XPN"):
        place -= 1
    return place


def _nouns(tokens: list) -> frozenset[str]:
    return frozenset(token.form for token in tokens if token.tag in _NOUNS)


def _claims(clause: Clause) -> frozenset[tuple[str, int, bool]]:
    text = clause.text[clause.begin(0) : clause.end(len(clause.tokens) - 1)]
    return frozenset((one.axis, one.sign, one.denied) for one in directions(text))


def _is_reverse(one: _Comparison, other: _Comparison) -> bool:
    crossed = (one.basis - other.basis) & other.others and (
        other.basis - one.basis
    ) & one.others
    return bool(crossed) and one.claims == other.claims
