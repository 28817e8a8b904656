"""Names of people inside texts: found, or taken out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# The common Korean surnames: "지민" is how 김지민 is called.
_SURNAMES = frozenset(
    "강고곽구권금기길김나남노도라류마맹명모문민박반방배백변봉부서석선설성소손송승신심"
    "안양어엄여연염예오옥온왕용우원위유육윤은이인임장전정제조주지진차채천최추탁태편표"
    "피하한함허현형호홍황"
)
_HANGUL = re.compile("[가-힣]+")


def spoken_forms(name: str) -> set[str]:
    """How somebody of this name may be called.

    Example: "김지민" -> {"김지민", "지민"}; "Al Kim" -> {"Al Kim", "Al", "Kim"}.
    """
    forms = {name, *(part for part in name.split() if len(part) > 1)}
    for part in tuple(forms):
        korean = _HANGUL.fullmatch(part) and len(part) in (3, 4)
        if korean and part[0] in _SURNAMES:
            forms.add(part[1:])
    return forms - {""}


class Names:
    """The names of a room, looked up at every place of a text: 500 are no slower
    than 5."""

    def __init__(self, names: Iterable[str]) -> None:
        self._forms = {form.casefold() for name in names for form in spoken_forms(name)}
        self._lengths = sorted({len(form) for form in self._forms}, reverse=True)

    def in_text(self, text: str) -> bool:
        """Whether `text` calls somebody by name."""
        return next(self._places(text), None) is not None

    def removed(self, text: str, stand_in: str) -> str:
        """`text` with `stand_in` for every name.

        Example: "지민이랑 서준" without 김지민 -> "○○이랑 서준".
        """
        kept, end = [], 0
        for start, stop in self._places(text):
            kept += [text[end:start], stand_in]
            end = stop
        return "".join([*kept, text[end:]])

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        """Start and end of each name, the longest where several begin."""
        low = text.casefold()
        if len(low) != len(text):  # as with "ß": then only the spelling of the name
            low = text
        start = 0
        while start < len(low):
            stop = self._longest(low, start)
            if stop:
                yield start, stop
            start = stop or start + 1

    def _longest(self, text: str, start: int) -> int:
        """Where the longest name that begins here ends, 0 if none does."""
        for length in self._lengths:
            stop = start + length
            if text[start:stop] in self._forms and _is_a_word(text, start, stop):
                return stop
        return 0


def _is_a_word(text: str, start: int, stop: int) -> bool:
    """Whether this part may be a name and no piece of a longer word.

    Hangul takes particles at its end and stands without a blank behind other words;
    a single syllable could be anything, so it must stand alone.
    """
    before, after = text[start - 1 : start], text[stop : stop + 1]
    if stop - start == 1:
        return not before.isalnum() and not after.isalnum()
    if _HANGUL.fullmatch(text[start:stop]):
        return True
    return not before.isalnum() and (not after.isalnum() or bool(_HANGUL.match(after)))
