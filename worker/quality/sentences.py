"""Sentences of Korean and English prose, with their places."""

from __future__ import annotations

import re

# "3.5 dB" has no space, and a full stop after these ends no sentence.
_BREAK = re.compile(
    r"(?<!\bvs)(?<!\bal)(?<!\bFig)(?<!\bNo)(?<!\be\.g)(?<!\bi\.e)(?<!\bcf)(?<!\bDr)"
    r"[.!?。][\"'”’)\]]*(?=\s)|\n+"
)


def spans(text: str) -> list[tuple[int, int]]:
    """Beginning and end of each sentence, its full stop included.

    Example: "값은 3.5 dB였다. 끝이다." -> [(0, 13), (14, 18)].
    """
    ends = [match.end() for match in _BREAK.finditer(text)] + [len(text)]
    starts = [0, *ends[:-1]]
    trimmed = [
        (start + len(text[start:end]) - len(text[start:end].lstrip()), end)
        for start, end in zip(starts, ends, strict=True)
    ]
    return [(start, end) for start, end in trimmed if text[start:end].strip()]


def sentences(text: str) -> list[str]:
    """The sentences of `text` without the space around them."""
    return [text[start:end].strip() for start, end in spans(text)]
