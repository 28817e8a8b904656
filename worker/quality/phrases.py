"""Phrases of an answer that may be its key, word for word.

A small model that writes a key freely makes up names and numbers now and then. What
stands in the answer cannot be made up: `worker.quizmaker` lets the model weigh these
phrases beside what it wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from worker.quality.text import fold, squeeze
from worker.quality.words import has_hangul, korean_tokens, word_list

LONGEST = 30  # characters
MOST_WORDS = {"ko": 5, "en": 6}
_KOREAN_PART = re.compile(r"(?<=[.!?…~])\s+|[\n()\"“”]")
_ENGLISH_PART = re.compile(r"[.!?;:()\"“”\n…—]+|,\s|\s-\s")
_WORD = re.compile(r"\S+")
_EDGES = " ,.'‘’\"~!?ㅋㅎㅠㅜ*_"
_NOUN_TAGS = ("SN", "SL", "SH", "XSN", "XR", "UN", "MAG")
_VERB_TAGS = ("VV", "VA", "VX", "XSV", "XSA")
_NEVER_FIRST = word_list("never_first")
_NEVER_LAST = word_list("never_last")
_THEIRS = {"my": "their", "our": "their"}


def phrases(answer: str) -> list[str]:
    """Runs of words that can stand alone, each once, short ones first.

    Korean ones lose their particles and copula and end in a noun, or in a verb made
    one; English ones neither begin nor end in a function word.

    Examples: "박 터뜨리기는 에이스" -> ["박", "터뜨리기", "에이스", "박 터뜨리기",
    ...]; "I rang all of the bells" -> ["Rang", "Bells", "Rang all", ...].
    """
    found = _korean(answer) if has_hangul(answer) else _english(answer)
    kept: dict[str, str] = {}
    for phrase in map(squeeze, found):
        if fold(phrase) and len(phrase) <= LONGEST:
            kept.setdefault(fold(phrase), phrase)
    return sorted(kept.values(), key=lambda phrase: len(phrase.split()))


def _english(answer: str) -> Iterator[str]:
    for part in _ENGLISH_PART.split(answer):
        words = [word for raw in part.split() if (word := raw.strip(_EDGES))]
        small = [word.lower() for word in words]
        for first, last in _windows(len(words), MOST_WORDS["en"]):
            if small[first] not in _NEVER_FIRST and small[last] not in _NEVER_LAST:
                text = " ".join(
                    _THEIRS.get(word.lower(), word) for word in words[first : last + 1]
                )
                yield text[0].upper() + text[1:]


def _korean(answer: str) -> Iterator[str]:
    for part in _KOREAN_PART.split(answer):
        words = [(match.start(), match.end()) for match in _WORD.finditer(part)]
        ends = [_noun_end(part, start, end) for start, end in words]
        for first, last in _windows(len(words), MOST_WORDS["ko"]):
            if ends[last]:
                end, ending = ends[last]
                yield (part[words[first][0] : end] + ending).strip(_EDGES)


def _windows(count: int, longest: int) -> Iterator[tuple[int, int]]:
    """First and last place of each run of at most `longest` of `count` words."""
    for last in range(count):
        for first in range(max(0, last - longest + 1), last + 1):
            yield first, last


def _noun_end(part: str, start: int, end: int) -> tuple[int, str] | None:
    """Where the word at these places ends as a noun, and what makes it one.

    Examples: "로봇을" -> before "을", ""; "놔두는" -> before "놔두", "놔두기";
    "그리고" -> None.
    """
    for token in reversed(korean_tokens(part)):
        if not start <= token.start < end:
            continue
        tag = token.tag.split("-")[0]
        if tag in _VERB_TAGS:
            return token.start, token.form + "기"
        if tag[0] == "N" or tag in _NOUN_TAGS:
            return token.start + token.len, ""
        if tag[0] not in "JSE" and tag not in ("VCP", "VCN", "IC"):
            return None
    return None
