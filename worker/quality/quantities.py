"""Numbers in Korean and English text, with their units and where they stand.

A number is read in digits ("1,240건", "3만 5천 명"), in Sino-Korean or native words
("십 년", "열두 명", "두 배"), in English words, or as a share ("3분의 1", "절반"). Of a
range both ends count. "한" is left alone: it is an article as often as a number.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_WORDING = Path(__file__).parent.parent / "wording"
_NUMBERS = json.loads((_WORDING / "numbers.json").read_text(encoding="utf-8"))

_GROUPS = {"십": 10, "백": 100, "천": 1_000}
_MYRIADS = {"만": 10_000, "억": 100_000_000, "조": 1_000_000_000_000}
_DIGITS = dict(zip("일이삼사오육칠팔구", range(1, 10), strict=True))
_OTHER_WORDS = ("일", "이", "사", "오", "구", "만", "천", "조", "억")
_JOINED = ("배", "명", "개", "회", "개월")  # "두배" is written as well
_PARTICLE = "은는이가을를의에로과와도만씩간째"
_ROUNDING = re.compile(r"(?:여\s?)?")  # "30여 명"

_DIGIT_NUMBER = re.compile(
    r"(?<![\w.])(?<![A-Za-z]-)(?P<minus>(?<![\d%~])[-−–]|영하\s?)?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|(?<=[\s=<>≤≥])\.\d+)"
    r"(?P<tail>(?:\s?[십백천]?[만억조천백](?![가-힣]{2,}(?<!명|년|원|건|개|t))"
    r"(?:\s?(?:\d,\d{3}|\d{1,4})[천백십]?)?)*)"
)
_FRACTION = re.compile(
    r"(?P<bottom>\d+|[삼사오육칠팔구십]+)분의\s?(?P<top>\d+|[일이삼사오육칠팔구])"
)
_HALF = re.compile(r"(?<![가-힣])절반|(?<![a-z])half(?![a-z])", re.IGNORECASE)
_TENS, _ONES = "|".join(_NUMBERS["ko_tens"]), "|".join(_NUMBERS["ko_ones"])
_ALONE = "|".join(word for word in _NUMBERS["ko_ones"] if word not in "하나한둘셋넷")
_NATIVE = re.compile(
    f"(?<![가-힣])(?:(?P<tens>{_TENS})(?P<ones>{_ONES})?|(?P<alone>{_ALONE}))"
    r"(?=\s?[가-힣])"
)
_SINO = re.compile(
    r"(?<![가-힣])(?P<word>[일이삼사오육칠팔구십백천만억]+)(?=\s?[가-힣])"
)
_ENGLISH = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)?")
_OVER = re.compile(r"\s?(?:이상|초과|[을를]?\s?(?:넘|초과|웃돌))")
_UNDER = re.compile(r"\s?(?:이하|미만|이내|[을를에]?\s?(?:못 미치|밑돌|미달))")


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A number: its value, canonical unit ("" if none), bound and place."""

    value: float
    unit: str
    bound: str  # "over", "under" or ""
    text: str
    start: int
    end: int
    worded: bool = False  # in native Korean words, as things are counted in passing


def quantities(text: str) -> list[Quantity]:
    """The numbers of `text` in their order, none within another.

    Example: "참가자 열두 명의 4.2%" -> 12 of unit "명", 4.2 of unit "%".
    """
    found: list[Quantity] = []
    taken: set[int] = set()
    for reader in (_fractions, _in_digits, _in_korean_words, _in_english_words):
        for value, start, end, worded in reader(text):
            if taken.isdisjoint(range(start, end)):
                quantity = _measured(text, value, start, end, worded)
                if quantity:
                    found.append(quantity)
                    taken |= set(range(start, quantity.end))
    found.sort(key=lambda one: one.start)
    return _ranges(text, found)


def unit_at(text: str, place: int) -> tuple[str, int]:
    """The canonical unit that stands at `place`, and its end; ("", place) if none.

    A space may stand before it; then a Korean one must be a word of its own.
    """
    match = _unit().match(text, place)
    if not match:
        return "", place
    return _canonical()[match[match.lastgroup or 0]], match.end()


def _fractions(text: str) -> Iterator[tuple[float, int, int, bool]]:
    for match in _FRACTION.finditer(text):
        bottom, top = (_whole(match[name]) for name in ("bottom", "top"))
        yield top / max(bottom, 1), match.start(), match.end(), False
    for match in _HALF.finditer(text):
        yield 0.5, match.start(), match.end(), False


def _whole(text: str) -> float:
    return float(text) if text.isdigit() else _sino(text)


def _in_digits(text: str) -> Iterator[tuple[float, int, int, bool]]:
    for match in _DIGIT_NUMBER.finditer(text):
        value = float(match["digits"].replace(",", ""))
        end = match.end("digits")
        if match["tail"]:
            value, end = _with_myriads(value, match["tail"]), match.end("tail")
        yield (-value if match["minus"] else value), match.start(), end, False


def _with_myriads(value: float, tail: str) -> float:
    """Example: (3, "만 5천") -> 35000."""
    total, part, tail = 0.0, value, tail.replace(",", "")
    for digits, word in re.findall(r"(\d*)\s?([십백천만억조])", tail):
        part = float(digits) if digits else part
        if word in _MYRIADS:
            total = (total + part) * _MYRIADS[word]
            part = 0.0
        else:
            part *= _GROUPS[word]
    rest = re.search(r"[만억조]\s?(\d+)$", tail)
    return total + part + (float(rest[1]) if rest else 0.0)


def _in_korean_words(text: str) -> Iterator[tuple[float, int, int, bool]]:
    tens, ones = _NUMBERS["ko_tens"], _NUMBERS["ko_ones"]
    for match in _NATIVE.finditer(text):
        value = tens.get(match["tens"], 0) + ones.get(
            match["ones"] or match["alone"], 0
        )
        yield float(value), match.start(), match.end(), True
    for match in _SINO.finditer(text):
        if _is_sino_number(text, match):
            yield _sino(match["word"]), match.start(), match.end(), False


def _is_sino_number(text: str, match: re.Match) -> bool:
    """ "십 년" and "삼십 명" are; "이 해", "이해" and "사회" are other words."""
    if match["word"] in _OTHER_WORDS:
        return bool(
            re.match(
                r"\s?(?:년|개월)(?:간|[^가-힣]|[은는이의에만])", text[match.end() :]
            )
        )
    tens = bool(set(match["word"]) & {*_GROUPS, *_MYRIADS})
    single = len(match["word"]) == 1 and text[match.end()].isspace()
    return (single or tens) and bool(unit_at(text, match.end())[0])


def _sino(word: str) -> float:
    """Example: "삼십이" -> 32."""
    total, group, digit = 0.0, 0.0, 0
    for char in word:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _GROUPS:
            group += max(digit, 1) * _GROUPS[char]
            digit = 0
        else:
            total += max(group + digit, 1) * _MYRIADS[char]
            group, digit = 0.0, 0
    return total + group + digit


def _in_english_words(text: str) -> Iterator[tuple[float, int, int, bool]]:
    """Runs of number words; "one" is left alone, as "한" is."""
    words, factors = _NUMBERS["en"], _NUMBERS["en_factors"]
    run: list[re.Match] = []
    value = 0.0
    for match in [*_ENGLISH.finditer(text), None]:
        parts = match[0].casefold().split("-") if match else []
        known = all(part in words or (run and part in factors) for part in parts)
        if match and known:
            for part in parts:
                value = (
                    value * factors[part] if part in factors else value + words[part]
                )
            run.append(match)
            continue
        if run and value != 1:
            yield value, run[0].start(), run[-1].end(), True
        run, value = [], 0.0


def _measured(
    text: str, value: float, start: int, end: int, worded: bool
) -> Quantity | None:
    """The number with the unit and bound that follow it."""
    rounding = _ROUNDING.match(text, end)
    unit, stop = unit_at(text, rounding.end() if rounding else end)
    stop = stop if unit else end
    bound = (
        "over"
        if _OVER.match(text, stop)
        else "under"
        if _UNDER.match(text, stop)
        else ""
    )
    if worded and not text[end : end + 1].isspace() and unit not in _JOINED:
        return None  # "세상", "세대": the beginning of another word
    return Quantity(
        value=value,
        unit=unit,
        bound=bound,
        text=text[start:stop],
        start=start,
        end=stop,
        worded=worded,
    )


def _ranges(text: str, found: list[Quantity]) -> list[Quantity]:
    """A unit after a range or list belongs to each of its numbers: "20~30대"."""
    for place in range(len(found) - 2, -1, -1):
        one, following = found[place], found[place + 1]
        between = text[one.end : following.start]
        if not one.unit and re.fullmatch(r"\s?(?:[~∼～\-–,·/]|에서|to)\s?", between):
            found[place] = Quantity(**{**vars(one), "unit": following.unit})
    return found


@functools.cache
def _canonical() -> dict[str, str]:
    units = json.loads((_WORDING / "units.json").read_text(encoding="utf-8"))
    return {alias: unit for unit, aliases in units.items() for alias in aliases}


@functools.cache
def _unit() -> re.Pattern:
    """Units in Latin letters or signs, Korean ones, Korean ones after a space."""
    longest = sorted(_canonical(), key=len, reverse=True)
    korean = [alias for alias in longest if re.search("[가-힣]$", alias)]
    others = [alias for alias in longest if alias not in korean]
    signs = "|".join(map(re.escape, others))
    words = "|".join(map(re.escape, korean))
    own = rf"(?:{words})(?=[{_PARTICLE}]|이상|이하|이내|미만|[^가-힣]|$)"
    return re.compile(
        rf"[ -]?(?P<sign>{signs})(?![A-Za-z])|(?P<word>{words})| (?P<own>{own})"
    )
