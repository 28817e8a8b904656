"""What an abstract says and its summary does not: numbers, units, names, directions.

An abstract may say more words than its summary, never more facts. Each finding is a
place in the abstract, so that a page can mark it.

- number: a value that the summary does not have ("94%" for 91%), or one that stands in
  another's place
- unit: the value is there, with another unit ("12개월" for 12주)
- name: a word in Latin letters or Chinese characters, or a place
- direction: up for down, alike for different, an effect for none, over for under,
  or a comparison the other way round
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from worker.quality.direction_words import DOWN, Direction
from worker.quality.directions import directions
from worker.quality.quantities import Quantity, quantities
from worker.quality.swaps import Swap, swapped_comparisons, swapped_numbers
from worker.quality.words import has_hangul

NUMBER, UNIT, NAME, DIRECTION = "number", "unit", "name", "direction"
KINDS = (NUMBER, UNIT, NAME, DIRECTION)

_WORDING = Path(__file__).parent.parent / "wording"
NAMES = re.compile(r"[A-Za-zα-ωΑ-Ω][A-Za-zα-ω0-9]*(?:[-./&+][A-Za-z0-9]+)*")
_HANJA = re.compile("[一-鿿]+")
_ENGLISH_NAMES = re.compile(
    r"(?<![.!?]\s)(?<!^)\b[A-Z][a-z]+\b|\b\w*[A-Z]\w*[A-Z0-9]\w*\b"
)
_COUNTED = ("", "개", "곳", "회", "종", "명")  # what two or three things may be called
_FEW = 4
_ABOUT_THE_SAME = 0.5  # share of a claim's words
_STRICT_WORDS = ("배", "년", "개월", "주", "일", "시간")


@dataclass(frozen=True, kw_only=True)
class Unsupported:
    """A claim of an abstract that its summary does not make."""

    kind: str
    text: str
    start: int
    end: int


def unsupported(abstract: str, summary: str) -> list[Unsupported]:
    """Claims of `abstract` that are not in `summary`, in their order.

    Example: ("표본 31명에서 오차가 늘었다.", "표본 30명에서 오차가 줄었다.") -> the
    number "31명" and the direction "늘었다".
    """
    found = [
        *_quantities(abstract, summary),
        *_names(abstract, summary),
        *_directions(abstract, summary),
        *_swaps(NUMBER, swapped_numbers(abstract, summary)),
        *_swaps(DIRECTION, swapped_comparisons(abstract, summary)),
    ]
    places = {(one.start, one.end): one for one in reversed(found)}
    return [places[place] for place in sorted(places)]


def as_records(found: Sequence[Unsupported]) -> list[dict[str, Any]]:
    """The findings as JSON has them: kind, text, start, end."""
    return [asdict(one) for one in found]


def _swaps(kind: str, swaps: Sequence[Swap]) -> list[Unsupported]:
    return [
        Unsupported(kind=kind, text=one.text, start=one.start, end=one.end)
        for one in swaps
    ]


def _quantities(abstract: str, summary: str) -> list[Unsupported]:
    known = quantities(summary)
    found = []
    for one in quantities(abstract):
        kind = _quantity_problem(one, known, summary)
        if kind:
            found.append(
                Unsupported(kind=kind, text=one.text, start=one.start, end=one.end)
            )
    return found


def _quantity_problem(
    one: Quantity, known: Sequence[Quantity], summary: str
) -> str | None:
    same = [other for other in known if abs(other.value - one.value) < 1e-9]
    if not same:
        return None if _counts_what_is_listed(one, summary) else NUMBER
    alike = [o for o in same if o.unit == one.unit or not o.unit or not one.unit]
    if not alike:
        return UNIT
    bounds = {other.bound for other in alike}
    if one.bound and one.bound not in bounds and bounds != {""}:
        return DIRECTION
    return None


def _counts_what_is_listed(one: Quantity, summary: str) -> bool:
    """ "두 방법" may be said of "A와 B" although no "2" is written there."""
    few = one.worded and one.value <= _FEW and one.unit in _COUNTED
    if not few or one.unit in _STRICT_WORDS:
        return False
    if one.value == 2 and re.search("쌍|이중|부부|양쪽|각각|절반", summary):
        return True
    joints = re.findall(
        r"[가-힣A-Za-z)](?:와|과|및|이나|나|,|·|/|랑|하고| and)\s", summary + " "
    )
    contrasts = re.findall(
        r"보다|반면|으나|지만|하고|이고|으며|며 |에 비해|대신", summary
    )
    return len(joints) + len(contrasts) >= one.value - 1


def _names(abstract: str, summary: str) -> list[Unsupported]:
    measured = {
        place for one in quantities(abstract) for place in range(one.start, one.end)
    }
    korean = has_hangul(abstract)
    patterns = [NAMES, _HANJA] if korean else [_ENGLISH_NAMES]
    known = summary.casefold()
    found = [
        _finding(NAME, match)
        for pattern in patterns
        for match in pattern.finditer(abstract)
        if match.start() not in measured and not _stands_in(match[0], known)
    ]
    return found + (_places(abstract, summary) if korean else [])


def _finding(kind: str, match: re.Match) -> Unsupported:
    return Unsupported(kind=kind, text=match[0], start=match.start(), end=match.end())


def _stands_in(name: str, known: str) -> bool:
    name = name.casefold()
    pattern = rf"(?<![a-z0-9]){re.escape(name.removesuffix('s'))}s?(?![a-z0-9])"
    return bool(re.search(pattern, known))


def _places(abstract: str, summary: str) -> list[Unsupported]:
    """Countries, provinces, cities and universities that the summary does not name."""
    return [
        _finding(NAME, match)
        for match in _place().finditer(abstract)
        if match[0] not in summary
    ]


@functools.cache
def _place() -> re.Pattern:
    names = (_WORDING / "places.txt").read_text(encoding="utf-8").split("\n")
    listed = " ".join(line for line in names if not line.startswith("#")).split()
    return re.compile(
        rf"(?<![가-힣])(?:{'|'.join(listed)})"
        r"(?=[^가-힣]|[은는이가을를의에로과와도시산형]|광역시|특별시|지역|주민|인)"
        r"|[가-힣]{1,6}대학교(?!\s?병)|[가-힣]{2}대 병원"
    )


def _directions(abstract: str, summary: str) -> list[Unsupported]:
    known = directions(summary)
    return [
        Unsupported(kind=DIRECTION, text=one.text, start=one.start, end=one.end)
        for one in directions(abstract)
        if one.finding and not _direction_supported(one, known)
    ]


def _direction_supported(one: Direction, known: Sequence[Direction]) -> bool:
    findings = [other for other in known if other.finding]
    heard = any(agrees(one, o) or _contradicts(one, o) for o in findings)
    known = findings if heard else known  # "높은 횃대" is weaker than "다툼이 적었다"
    agreeing = [other for other in known if agrees(one, other)]
    against = [other for other in known if _contradicts(one, other)]
    same, other = _closest(one, agreeing), _closest(one, against)
    loose = one.axis in ("difference", "existence") and one.sign != DOWN
    if loose or one.vague:  # any finding is a difference or an effect
        return other < _ABOUT_THE_SAME or same >= other
    return bool(agreeing) and same >= other


def agrees(one: Direction, other: Direction) -> bool:
    """Whether a claim says what another says, in the same or in related words.

    Example: "차이가 없었다" agrees with "비슷하였다" and with "줄지 않았다".
    """
    if {one.axis, other.axis} <= {"difference", "existence"}:
        return one.sign == other.sign
    if one.axis in ("difference", "existence") and one.sign == DOWN:
        unmoved = other.axis == "amount" and other.denied
        return unmoved or (other.axis == "significance" and other.sign == DOWN)
    if one.axis == other.axis == "amount" and one.denied:
        return other.denied == (one.sign == other.sign)
    if one.axis == "amount" and one.denied:
        return other.axis in ("difference", "existence") and other.sign == DOWN
    return one.axis == other.axis and one.sign == other.sign and not other.denied


def _contradicts(one: Direction, other: Direction) -> bool:
    if {one.axis, other.axis} <= {"difference", "existence"}:
        return one.sign != other.sign
    if one.axis != other.axis:  # "higher" for "not different"
        alike = other.axis in ("difference", "existence") and other.sign == DOWN
        return one.axis == "amount" and not one.denied and alike
    if one.denied != other.denied:
        return one.sign == other.sign
    return one.sign != other.sign and not one.denied


def _closest(one: Direction, others: Sequence[Direction]) -> float:
    """The largest share of a claim's words that one of the others shares, 0 to 1."""
    return max(
        (len(one.about & other.about) / max(1, len(one.about)) for other in others),
        default=0.0,
    )
