"""What pages say, in Korean and English; the sentences live in `wording/*.json`.

Numbers and names bring their grammar with them: `{n:person|people}` picks the
English form, `{name:이|가}` the Korean particle that fits the last sound.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, g, has_request_context, request

LANGUAGES = ("ko", "en")
DEFAULT = "ko"
COOKIE = "language"
SCREEN_COOKIE = "screen_language"  # for one meeting, by its path
_FOLDER = Path(__file__).parent / "wording"
_HANGUL_FIRST, _HANGUL_LAST, _FINALS = 0xAC00, 0xD7A3, 28
_RIEUL = 8  # 로 also follows a final ㄹ: 서울로
# How digits sound at their end in Korean: 0 영, 1 일, 3 삼, 6 육, 7 칠, 8 팔.
_DIGIT_FINALS = {"0": 21, "1": _RIEUL, "3": 16, "6": 1, "7": _RIEUL, "8": _RIEUL}


class Count(int):
    """A number that chooses the form of its noun: `{n:person|people}`."""

    def __format__(self, spec: str) -> str:
        if "|" not in spec:
            return format(int(self), spec or ",")
        one, many = spec.split("|")
        return f"{int(self):,} {one if self == 1 else many}"


class Word(str):
    """A text that chooses the Korean particle behind it: `{name:은|는}`."""

    def __format__(self, spec: str) -> str:
        if "|" not in spec:
            return str(self)
        closed, open_ = spec.split("|")
        final = _final_sound(self)
        if open_ == "로" and final == _RIEUL:
            return f"{self}{open_}"
        return f"{self}{closed if final else open_}"


def _final_sound(text: str) -> int:
    """Number of the last syllable's final consonant, 0 if it ends in a vowel.

    Closing quotes and brackets make no sound: ‘김밥’이라고.
    """
    last = text.rstrip("’”'\")]〉》」』!?.… ")[-1:] or "가"
    if _HANGUL_FIRST <= ord(last) <= _HANGUL_LAST:
        return (ord(last) - _HANGUL_FIRST) % _FINALS
    return _DIGIT_FINALS.get(last, 0)


@functools.cache
def sentences(language: str) -> Mapping[str, str]:
    """All sentences of one language, by key."""
    return json.loads((_FOLDER / f"{language}.json").read_text("utf-8"))


def knows(key: str) -> bool:
    """Is there a sentence for this key?"""
    return key in sentences(DEFAULT)


def text(key: str, language: str | None = None, **values: Any) -> str:
    """The sentence `key` in `language`, with its values filled in.

    Raises: KeyError for a key that is in no wording file.
    """
    template = sentences(language or current_language())[key]
    return template.format(**{name: _dress(value) for name, value in values.items()})


def _dress(value: Any) -> Any:
    match value:
        case bool() | float():
            return value
        case int():
            return Count(value)
        case str():
            return Word(value)
    return value


def speak(language: str, *, to_everybody: bool = False) -> None:
    """Let this request's page speak `language`, the meeting's.

    Who has chosen another language keeps that. The screens that everybody looks at
    have a choice of their own.
    """
    chosen = request.cookies.get(SCREEN_COOKIE if to_everybody else COOKIE)
    g.language = next((one for one in (chosen, language) if one in LANGUAGES), DEFAULT)


def current_language() -> str:
    """Chosen by the person, else by the meeting, the browser, and Korean at last."""
    if not has_request_context():
        return DEFAULT
    chosen = g.get("language") or request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES) or DEFAULT


def init_app(app: Flask) -> None:
    """Give templates `t('key', n=3)` and the language they speak."""
    app.add_template_global(text, "t")
    app.add_template_global(current_language, "language")
    app.add_template_global(knows, "knows")
