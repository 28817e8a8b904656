"""Korean particles take a form that depends on the last sound of their word."""

from __future__ import annotations

import re

# (behind a final consonant, behind a vowel); longer ones first
_PAIRS = (
    ("이에요", "예요"),
    ("이었", "였"),
    ("이랑", "랑"),
    ("이나", "나"),
    ("이라", "라"),
    ("으로", "로"),
    ("이요", "요"),
    ("은", "는"),
    ("이", "가"),
    ("을", "를"),
    ("과", "와"),
)
_PARTICLE = re.compile("|".join(form for pair in _PAIRS for form in pair))
_HANGUL_FIRST, _HANGUL_LAST, _FINALS = 0xAC00, 0xD7A3, 28
_RIEUL = 8  # "로" also follows a final "ㄹ"


def final_consonant(word: str) -> int | None:
    """Number of the last syllable's final consonant, 0 for none, None if not Hangul.

    Example: "책" -> 1, "나무" -> 0, "tea" -> None.
    """
    code = ord(word[-1]) if word else 0
    if not _HANGUL_FIRST <= code <= _HANGUL_LAST:
        return None
    return (code - _HANGUL_FIRST) % _FINALS


def mend_particle(word: str, following: str) -> str:
    """`following`, its leading particle in the form that fits `word`.

    Example: ("나무", "을 심었다") -> "를 심었다"; ("책", " 을 심었다") stays.
    """
    match = _PARTICLE.match(following)
    final = final_consonant(word)
    if not match or final is None:
        return following
    closed, opened = next(pair for pair in _PAIRS if match[0] in pair)
    open_ending = final == 0 or (closed == "으로" and final == _RIEUL)
    return (opened if open_ending else closed) + following[match.end() :]
