"""A second ear for what the rules do not know: does a message sound like a danger?

Children tell dangers in words nobody wrote a rule for. A weighted sum over the words,
word pairs and syllables of a message, learnt from labelled lines
(`python -m worker.training.ear`), says how much a message is like the dangerous ones.
It knows no kinds; what it alone hears is answered by asking, see `childsafety`.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from worker.quality.words import has_hangul, korean_morphemes, stem

WEIGHTS = Path(__file__).parent.parent / "wording" / "child_ear.json"
ENGLISH = 0.5  # it has learnt from few English lines, and must be surer of them
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[a-z']+")
# Morphemes that carry meaning or say who did what: not punctuation, not particles.
_TAGS = ("N", "V", "M", "X")
_ENDINGS = frozenset({"EC", "EF", "EP", "ETM", "SL", "JKB"})


def sounds_like(text: str) -> float:
    """How much a message is like a dangerous one; above 0 it is heard.

    Args:
        text: as `childsafety.as_meant` gives it.
    """
    weights, bias = _weights()
    heard = score(features(text), weights) + bias
    return heard if has_hangul(text) else heard - ENGLISH


def score(found: set[str], weights: Mapping[str, float]) -> float:
    """The sum of the weights of what was found, over the root of its number."""
    total = sum(weights.get(name, 0.0) for name in found)
    return total / math.sqrt(max(1, len(found)))


def features(text: str) -> set[str]:
    """Words, pairs of neighbours, and for Hangul runs of two and three syllables.

    Example: "i cried" -> {"u:i", "u:cri", "b:i_cri"}.
    """
    if not has_hangul(text):
        return _words([stem(word) for word in _WORD.findall(text.casefold())])
    kept = [
        form
        for form, tag in korean_morphemes(text)
        if tag.startswith(_TAGS) or tag in _ENDINGS
    ]
    run = _SPACE.sub("", text)
    return _words(kept) | {
        f"c:{run[n : n + size]}" for size in (2, 3) for n in range(len(run) - size + 1)
    }


def _words(words: list[str]) -> set[str]:
    pairs = pairwise(words)
    return {f"u:{w}" for w in words} | {f"b:{w}_{after}" for w, after in pairs}


@functools.cache
def _weights() -> tuple[dict[str, float], float]:
    learnt = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return learnt["weights"], learnt["bias"]
