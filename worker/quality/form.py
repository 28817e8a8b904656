"""What form a phrase has: a thing, something done, a reason, a place, a time.

Beside a key that says what somebody does, an option that gives a reason is seen to be
wrong by its ending alone. Korean shows its form at the end, English at the beginning.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from worker.quality.words import has_hangul, korean_tokens

_NOMINAL = ("음", "ᆷ", "기")  # endings that make a noun of a verb
_CUT = ("VV", "VA", "VX", "EP", "ETM", "JKG", "JKO")  # tags no phrase ends with
_CUT_EN = ("a", "an", "the", "my", "your", "his", "her", "our", "their", "of", "and")
_SILENT = ("SF", "SP", "SS", "SE", "SO", "JX", "JKV")  # "요", full stops
_EVENTS, _TIMES = ("것", "거", "일"), ("때", "날", "순간", "적", "시절")
_OPENINGS = {
    "because": "because since so",
    "by": "by with without through",
    "to": "to",
    "where": "at in on under behind near inside outside from over between",
    "when": "when after before while during until whenever",
}
_GERUND = re.compile(r"[a-z]*[aeiouy][a-z]*ing")


class Form(Enum):
    """What a phrase is, seen from outside."""

    THING = auto()  # "초록 티셔츠", "A beekeeper"
    DOING = auto()  # "사진 찍기", "Knitting a scarf"
    EVENT = auto()  # "지갑을 잃은 일"
    SENTENCE = auto()  # "혼자 먹는다"
    BECAUSE = auto()  # "보내 줘서", "Because it rained"
    BY = auto()
    TO = auto()
    WHERE = auto()  # "집 앞에서", "In the kitchen"
    WHEN = auto()  # "비가 올 때", "After lunch"


_OF_WORD = {
    word: Form[name.upper()]
    for name, words in _OPENINGS.items()
    for word in words.split()
}
_ACTS = frozenset({Form.DOING, Form.EVENT, Form.WHEN})
_NAMES = frozenset({Form.THING, Form.DOING})


def form_of(phrase: str) -> Form:
    """The form of an option.

    Example: "목이 늘어난 초록 티셔츠" -> THING, "어머니가 밤새 짜 주셔서" -> BECAUSE;
    "By ordering it online" -> BY.
    """
    return _korean_form(phrase) if has_hangul(phrase) else _english_form(phrase)


def stands_out(option: str, key: str) -> bool:
    """Whether an option is seen to be no such thing as the key.

    Acts go together ("사진 찍기", "지갑을 잃은 일"). A single word goes with what is
    done: "종이접기" is a name. Beside a sentence, which may be a title, all may stand.
    """
    forms = {form_of(option), form_of(key)}
    if len(forms) == 1 or forms <= _ACTS or form_of(key) is Form.SENTENCE:
        return False
    return forms != _NAMES or all(" " in text.strip() for text in (option, key))


def is_whole(phrase: str) -> bool:
    """Whether a phrase does not break off.

    Example: "나간 주말 오후 늦은" and "Oasis and the" do.
    """
    if has_hangul(phrase):
        return all(tag not in _CUT for _, tag in _morphemes(phrase)[-1:])
    return all(word not in _CUT_EN for word in phrase.casefold().split()[-1:])


def _morphemes(phrase: str) -> list[tuple[str, str]]:
    """Forms and tags of Korean morphemes, without what tells nothing at an end."""
    return [
        (token.form, token.tag.split("-")[0])
        for token in korean_tokens(phrase)
        if token.tag not in _SILENT
    ]


def _korean_form(phrase: str) -> Form:
    tokens = _morphemes(phrase)
    if not tokens:
        return Form.THING
    word, tag = tokens[-1]
    described = len(tokens) > 1 and tokens[-2][1] == "ETM"
    if tag == "ETN" or (tag == "EF" and word in _NOMINAL):
        return Form.DOING
    if tag == "EF":  # "낚싯바늘이요" is still a thing
        return Form.THING if tokens[-2:-1] == [("이", "VCP")] else Form.SENTENCE
    if tag == "EC":
        return Form.BECAUSE
    if tag == "JKB":
        return Form.WHERE
    if described and word in _EVENTS:
        return Form.EVENT
    if described and word in _TIMES:
        return Form.WHEN
    return Form.THING


def _english_form(phrase: str) -> Form:
    first, *others = phrase.casefold().split() or [""]
    if others and _GERUND.fullmatch(first):
        return Form.DOING
    return _OF_WORD.get(first, Form.THING) if others else Form.THING
