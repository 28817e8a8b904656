"""Which rows say nearly the same, among many, without comparing each with each.

MinHash over character 4-grams (Broder, 1997) with banding proposes pairs; the exact
Jaccard similarity of their 4-grams decides. Characters, not words, because Korean
particles and endings differ freely between two wordings of the same sentence.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from worker.quality.text import fold

GRAM = 4  # characters
ALIKE = 0.7  # Jaccard similarity of two answers from which on they are the same
SHORT = 20  # characters; below, the questions must be alike as well
ALIKE_QUESTIONS = 0.5
# At a similarity of 0.7 a pair is proposed with a probability of 0.9986.
BANDS, HASHES = 24, 4
_LARGEST = np.uint64(2**64 - 1)


def grams(text: str) -> frozenset[str]:
    """The 4-grams of a text without case, spaces and signs; a short one is its own.

    Example: "Black tea" -> {"blac", "lack", "ackt", "ckte", "ktea"}.
    """
    plain = fold(text) or text
    starts = range(max(1, len(plain) - GRAM + 1))
    return frozenset(plain[i : i + GRAM] for i in starts)


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared grams as a share of all, 0 to 1."""
    return len(one & other) / len(one | other)


def alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two rows are one: near answers and, if these are short, near questions.

    "Hiking" to two different questions is two rows.
    """
    if jaccard(grams(one["answer"]), grams(other["answer"])) < ALIKE:
        return False
    if min(len(fold(one["answer"])), len(fold(other["answer"]))) >= SHORT:
        return True
    asked = grams(one["question"]), grams(other["question"])
    return jaccard(*asked) >= ALIKE_QUESTIONS


def pairs(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, int]]:
    """Numbers of the rows that are alike, the smaller one first, in order."""
    for i, j in sorted(_proposed([row["answer"] for row in rows])):
        if alike(rows[i], rows[j]):
            yield i, j


def groups(count: int, linked: Iterable[tuple[int, int]]) -> list[int]:
    """For each of `count` rows the first row that links lead to, over any others.

    Example: (4, [(0, 2), (2, 3)]) -> [0, 1, 0, 0].
    """
    first = list(range(count))

    def root(i: int) -> int:
        while first[i] != i:
            first[i] = first[first[i]]
            i = first[i]
        return i

    for i, j in linked:
        one, other = sorted((root(i), root(j)))
        first[other] = one
    return [root(i) for i in range(count)]


def _proposed(texts: Sequence[str]) -> set[tuple[int, int]]:
    """Pairs of texts that share a band of their signatures."""
    signatures = _signatures(texts).reshape(len(texts), BANDS, HASHES)
    found: set[tuple[int, int]] = set()
    for band in range(BANDS):
        buckets: dict[bytes, list[int]] = defaultdict(list)
        for number in range(len(texts)):
            buckets[signatures[number, band].tobytes()].append(number)
        for members in buckets.values():
            found.update(combinations(members, 2))
    return found


def _signatures(texts: Sequence[str]) -> np.ndarray:
    """MinHash signatures, uint64 `(texts, BANDS * HASHES)`; always the same ones."""
    draw = np.random.default_rng(0)
    factors, terms = draw.integers(0, _LARGEST, (2, BANDS * HASHES), dtype=np.uint64)
    factors |= np.uint64(1)
    found = np.empty((len(texts), BANDS * HASHES), np.uint64)
    for number, text in enumerate(texts):
        hashed = np.array([_hash(gram) for gram in grams(text)], np.uint64)
        mixed = hashed[:, None] * factors + terms  # modulo 2**64
        found[number] = (mixed >> np.uint64(32)).min(axis=0)
    return found


def _hash(gram: str) -> int:
    """64 bits; Python's own hash differs from run to run."""
    digest = hashlib.blake2b(gram.encode(errors="replace"), digest_size=8)
    return int.from_bytes(digest.digest(), "little")
