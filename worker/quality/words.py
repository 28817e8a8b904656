"""Content words of Korean and English text, for comparing what phrases say.

Korean goes through Kiwi, a maintained morphological analyser: particles and endings
differ freely between an answer and an option ("신문을 읽어 주기", "신문 읽어 주기").
English is stemmed with Snowball. Number words become digits.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path

from worker.quality.text import compatible

_HANGUL = re.compile("[가-힣]")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d[\d,.:/]*|[가-힣]+")
_KEPT_TAGS = ("NNG", "NNP", "NR", "VV", "VA", "XR", "SN", "SL", "MAG", "SH", "UN")
_WORDING = Path(__file__).parent.parent / "wording"


def word_list(name: str) -> frozenset[str]:
    """The words of `worker/wording/words_{name}.txt`; lines with # are comments."""
    text = (_WORDING / f"words_{name}.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


_EMPTY = word_list("empty")
_NUMBERS = json.loads((_WORDING / "numbers.json").read_text(encoding="utf-8"))
_NATIVE_NUMBER = re.compile(
    f"(?<![가-힣])({'|'.join(_NUMBERS['ko_tens'])})?({'|'.join(_NUMBERS['ko_ones'])})?"
    f"(?=\\s?(?:{'|'.join(_NUMBERS['ko_counters'])}))"
)


@functools.cache
def _kiwi():
    from kiwipiepy import Kiwi

    # Without its lists of typos and of multi-word names: 190 MB less, same stems.
    return Kiwi(num_workers=1, load_typo_dict=False, load_multi_dict=False)


def tags_before(text: str, place: int) -> list[str]:
    """Tags (Sejong scheme) of the Korean morphemes that begin before `place`."""
    return [token.tag for token in _kiwi().tokenize(text) if token.start < place]


@functools.cache
def _stemmer():
    import snowballstemmer

    return snowballstemmer.stemmer("english")


def _english_numbers(words: list[str]) -> list[str]:
    """Runs of number words as digits: ["twenty", "six", "cats"] -> ["26", "cats"]."""
    merged: list[str] = []
    total, running = 0, False
    for word in [*words, ""]:
        if word in _NUMBERS["en"]:
            total += _NUMBERS["en"][word]
            running = True
        elif word in _NUMBERS["en_factors"] and running:
            total *= _NUMBERS["en_factors"][word]
        else:
            if running:
                merged.append(str(total))
            total, running = 0, False
            merged.append(word)
    return merged[:-1]


def _korean_numbers(text: str) -> str:
    """Native numerals before a counter as digits: "스물두 살" -> "22 살"."""

    def digits(match: re.Match) -> str:
        if not match[0]:
            return ""
        tens, ones = _NUMBERS["ko_tens"], _NUMBERS["ko_ones"]
        return str(tens.get(match[1], 0) + ones.get(match[2], 0))

    return _NATIVE_NUMBER.sub(digits, text)


def _number(word: str) -> str:
    return word.replace(",", "").rstrip(".:/")


@functools.lru_cache(maxsize=20_000)
def content_words(text: str) -> tuple[str, ...]:
    """Stems that carry meaning, in order, numbers as digits.

    Example: "루이보스 차를 들고 다녀요" -> ("루이보스", "차", "들", "다니");
    "Checks on the sourdough" -> ("check", "sourdough").
    """
    text = compatible(text).casefold()
    if not _HANGUL.search(text):
        words = _english_numbers(_WORD.findall(text.replace("-", " ")))
        kept = [w for w in words if w not in _EMPTY]
        return tuple(
            _number(w) if w[0].isdigit() else _stemmer().stemWord(w.split("'")[0])
            for w in kept
        )
    tokens = _kiwi().tokenize(_korean_numbers(text))
    return tuple(
        _number(token.form) if token.tag == "SN" else token.form
        for token in tokens
        if token.tag.split("-")[0] in _KEPT_TAGS and token.form not in _EMPTY
    )


def numbers(text: str) -> frozenset[str]:
    """The numbers in `text`, in digits."""
    return frozenset(word for word in content_words(text) if word[0].isdigit())


def has_hangul(text: str) -> bool:
    """Whether there is a Korean syllable in `text`."""
    return bool(_HANGUL.search(text))


@functools.lru_cache(maxsize=1_000)
def korean_tokens(text: str) -> tuple:
    """Kiwi's tokens of `text`, with `form`, `tag` (Sejong scheme), `start`, `len`."""
    return tuple(_kiwi().tokenize(text))


def korean_morphemes(text: str) -> list[tuple[str, str]]:
    """Forms and tags (Sejong scheme) of `text` as Kiwi reads it.

    Example: "암에 걸려" -> [("암", "NNG"), ("에", "JKB"), ("걸리", "VV"), ...].
    """
    return [(token.form, token.tag.split("-")[0]) for token in _kiwi().tokenize(text)]


def stem(word: str) -> str:
    """The stem of an English word in small letters."""
    return _stemmer().stemWord(word)
