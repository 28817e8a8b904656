"""ROUGE-L with a tokeniser that knows Korean.

ROUGE-L (Lin, 2004) compares two texts by their longest common subsequence of tokens:
with L its length, recall is L / tokens of the reference, precision L / tokens of the
text, and F their harmonic mean. Korean tokens are Kiwi's morphemes: split at spaces,
"연구는" and "연구가" would have nothing in common.
"""

from __future__ import annotations

from collections.abc import Sequence

from worker.quality.words import has_hangul, korean_morphemes, stem

_KEPT = ("SN", "SL", "SH")  # digits, Latin letters, Chinese characters


def rouge_l(text: str, reference: str) -> float:
    """F of ROUGE-L, 0 to 1.

    Example: ("the cat sat", "the cat lay down") -> L 2, precision 2/3, recall 1/2,
    F 0.571.
    """
    ours, theirs = tokens(text), tokens(reference)
    common = longest_common(ours, theirs)
    return 2 * common / (len(ours) + len(theirs)) if common else 0.0


def tokens(text: str) -> list[str]:
    """Morphemes of Korean text, stems of English words; no punctuation.

    Example: "연구는 끝났다." -> ["연구", "는", "끝나", "었", "다"].
    """
    if has_hangul(text):
        return [
            form
            for form, tag in korean_morphemes(text)
            if tag[0] != "S" or tag in _KEPT
        ]
    words = "".join(c if c.isalnum() else " " for c in text.casefold()).split()
    return [stem(word) for word in words]


def longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence, in time of both lengths' product."""
    row = [0] * (len(other) + 1)
    for token in one:
        diagonal = 0
        for at, theirs in enumerate(other, start=1):
            above = row[at]
            row[at] = diagonal + 1 if token == theirs else max(above, row[at - 1])
            diagonal = above
    return row[-1]
