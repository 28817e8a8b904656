"""Whether an answer holds anything to ask about."""

from __future__ import annotations

import re

from protocol import Reason
from worker.quality.text import fold, squeeze
from worker.quality.words import content_words, word_list

# An answer made of these and of the question's own words says nothing:
# "별명 없어요", "I don't collect any".
_NOTHING = word_list("nothing")
_FILLER = re.compile(
    "[ㅋㅎㅠㅜㄷㅡ]+|(?<![a-z])(?:lol|haha+|tbh|rn|sorry|lmao)(?![a-z])"
)
_REFUSED = re.compile("노코멘트|비밀로|안알랴|skipthis|testing|itsasecret|thatsprivate")
_WHOLE = re.compile("글쎄(요|용)?|음+|흠+|어+|네+|예|응|아무거나(요)?|몰라(요)?|x")
_JAMO_ONLY = re.compile("[ㄱ-ㅎㅏ-ㅣ\\W\\d_]+")
_LETTER = re.compile(r"[^\W_]")
_REPEATED = re.compile(r"(.{1,3}?)\1{2,}")
_KEYBOARD = (
    "가나다라마바사아자차카타파하",
    "asdfasdfasdf",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ",
    "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ",
)
_VOWELS = frozenset("aeiouy")


def why_unusable(question: str, answer: str) -> Reason | None:
    """The reason no quiz can be made of `answer`, or None if one can.

    Both texts must be normalised (`worker.quality.text.normalise`).

    Example: "없음 ㅋㅋ" to "취미는?" -> Reason.MEANINGLESS; "등산" -> None.
    """
    if not answer:
        return Reason.EMPTY
    said = fold(_FILLER.sub(" ", answer.casefold()))
    if not _LETTER.search(said) or (_JAMO_ONLY.fullmatch(said) and not said.isdigit()):
        return Reason.MEANINGLESS
    if _is_mash(said, answer) or _says_nothing(question, answer):
        return Reason.MEANINGLESS
    return None


def _says_nothing(question: str, answer: str) -> bool:
    """Only words of the question, and at least one that says "nothing"."""
    said = fold(answer)
    if said == fold(question) or _REFUSED.match(said) or _WHOLE.fullmatch(said):
        return True
    words = set(content_words(_FILLER.sub(" ", answer.casefold())))
    if not any(char.isdigit() for char in answer):
        words.discard("1")  # "I don't have one"
    return (
        bool(words & _NOTHING) and not words - set(content_words(question)) - _NOTHING
    )


def _is_mash(said: str, answer: str) -> bool:
    """Keys hit at random: one syllable over and over, a keyboard row, no vowels."""
    if _REPEATED.fullmatch(said) and not said.isdigit():
        return True
    if any(len(said) >= 4 and said in row for row in _KEYBOARD):
        return True
    word = squeeze(answer).casefold()
    return (
        word.isascii() and word.isalpha() and len(word) >= 5 and not _VOWELS & set(word)
    )
