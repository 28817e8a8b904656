"""Whether two phrases say the same thing."""

from __future__ import annotations

from collections.abc import Iterable

from worker.quality.text import fold
from worker.quality.words import content_words, numbers

SAME = 0.6  # share of the shorter phrase's content words


def similarity(one: str, other: str) -> float:
    """Overlap of content words, 0 to 1, relative to the phrase with fewer of them.

    Equal or contained spellings count as 1, differing numbers as 0. Words match when
    they are equal or one begins with the other.

    Example: ("Checks on the sourdough", "Check the sourdough") -> 1.0;
    ("26", "Twenty-six") -> 1.0; ("점자 도서", "낭독 도서 녹음하기") -> 0.5.
    """
    a, b = fold(one), fold(other)
    if not a or not b:
        return 0.0
    if a == b:
        return 1.0
    if numbers(one) and numbers(other) and not numbers(one) & numbers(other):
        return 0.0
    if min(len(a), len(b)) >= 2 and (a in b or b in a):
        return 1.0
    first, second = set(content_words(one)), set(content_words(other))
    if not first or not second:
        return 0.0
    if len(first) > len(second):
        first, second = second, first
    shared = sum(any(_same_word(x, y) for y in second) for x in first)
    return shared / len(first)


def _same_word(x: str, y: str) -> bool:
    short, long = sorted((x, y), key=len)
    return x == y or (
        len(short) >= 2 and not short.isdigit() and long.startswith(short)
    )


def same_fact(one: str, other: str) -> bool:
    """Whether most of the shorter phrase is in the other one."""
    return similarity(one, other) >= SAME


def states_gold(
    key: str, gold: str, wrong: Iterable[str], also: Iterable[str] = ()
) -> bool:
    """Whether a key says what the gold key says, and no gold wrong option better.

    Args:
        key: the option a model marked as right.
        gold: the gold right option.
        wrong: the gold wrong options, among them what the person rejected.
        also: other phrasings a reader found fully right; these must match whole.
    """
    if any(fold(key) == fold(phrase) for phrase in [gold, *also]):
        return True
    near = similarity(key, gold)
    return near >= SAME and all(similarity(key, option) < near for option in wrong)
