"""Claims of direction in English text; a sentence counts as one clause."""

from __future__ import annotations

import re

from worker.quality.direction_words import Direction, lexicon, signed
from worker.quality.sentences import spans
from worker.quality.words import content_words, stem

_WORD = re.compile(r"[A-Za-z]+(?:'t)?|[.;,]")
_AIMS = frozenset(
    ["to", "may", "might", "could", "can", "would", "should", "if", "whether"]
)
_NOT = frozenset(
    ["not", "no", "neither", "nor", "never", "without", "didn't", "wasn't", "weren't"]
)


def read(text: str) -> list[Direction]:
    """The words of direction in `text`, in their order.

    Example: "Scores rose but pain did not decrease." -> amount up, and amount down,
    denied.
    """
    return [claim for span in spans(text) for claim in _of_sentence(text, *span)]


def _of_sentence(text: str, first: int, last: int) -> list[Direction]:
    about = frozenset(content_words(text[first:last]))
    words = list(_WORD.finditer(text, first, last))
    found = []
    for at, match in enumerate(words):
        word = match[0].casefold()
        known = lexicon("en").get(word) or lexicon("en").get(stem(word))
        if not known:
            continue
        before = [one[0].casefold() for one in words[max(0, at - 3) : at]]
        sign, denied = signed(*known, bool(_NOT & set(before)))
        found.append(
            Direction(
                axis=known[0],
                sign=sign,
                denied=denied,
                finding=not _AIMS & set(before[-2:]),
                about=about,
                text=match[0],
                start=match.start(),
                end=match.end(),
            )
        )
    return found
