"""Whether a new word or its story would hurt somebody.

Maintained lists first: korcen for Korean (it sees through spacing and inserted signs)
and glin-profanity for English. Then our own lists, of parts that a coined word may
hide, and the rules by which quizzes are held back. A doubt counts against the word:
there are always other proposals.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

from worker.quality.sensitive import is_hurtful, is_sexual
from worker.quality.text import compatible, fold

_WORDING = Path(__file__).parent.parent / "wording"
_HANGUL = re.compile("[ㄱ-ㅎㅏ-ㅣ가-힣]")
_LATIN = re.compile("[A-Za-z]{2}")


def is_offensive(term: str, *texts: str) -> bool:
    """Whether the term, or one of the texts told with it, insults or is indecent.

    Example: ("라떼충",) -> True; ("돗자리영주", "제일 좋은 자리를 잡은 사람") -> False.
    """
    whole = " \n".join((term, *texts))
    return _hides_a_word(term) or is_profane(whole) or is_unkind(whole)


def is_profane(text: str) -> bool:
    """Whether a maintained list of swearwords knows a word of `text`."""
    text = compatible(text)
    korean = bool(_HANGUL.search(text)) and _korcen()(text)
    return korean or (bool(_LATIN.search(text)) and _english().is_profane(text))


def is_unkind(text: str) -> bool:
    """Whether the rules for quizzes call it hurtful or sexual."""
    return is_hurtful(text) or is_sexual(text)


def _hides_a_word(term: str) -> bool:
    """Spaces and signs are taken out first, and "-충" looks down on anybody."""
    folded = fold(term)
    if len(folded) > 2 and folded.endswith("충"):
        return True
    return any(part in folded for part in _parts())


@functools.cache
def _parts() -> frozenset[str]:
    text = "\n".join(
        (_WORDING / f"offensive_{language}.txt").read_text(encoding="utf-8")
        for language in ("ko", "en")
    )
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


@functools.cache
def _korcen():
    from korcen import korcen

    return korcen.check


@functools.cache
def _english():
    from glin_profanity import Filter

    return Filter({"languages": ["english"]})
