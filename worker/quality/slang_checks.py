"""Which proposals of a new word may be shown.

Every rule is recorded with the proposal, as a quiz's checks are. A word is new if it
is in no training row, in no list of known slang (worker/wording/slang_known_*.txt)
and is not an ordinary word: of English, pyspellchecker's dictionary tells, of Korean,
Kiwi's.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Sequence
from pathlib import Path

from worker.quality.offensive import is_offensive
from worker.quality.text import compatible, fold
from worker.quality.words import korean_tokens
from worker.recipes import slang
from worker.recipes.slang import Proposal, language_of

SYLLABLES = (2, 8)  # of a Korean word
LETTERS = (3, 24)  # of an English one
MAX_WORDS = 4
OWN_SHARE = 0.6  # of the letters of a definition and its example
_OOV_IDS = 100  # Kiwi numbers its dictionary's morphemes from about here

_WORDING = Path(__file__).parent.parent / "wording"
_KOREAN_WORD = re.compile(
    r"[가-힣]+(?:[ -][가-힣]+)*|[가-힣A-Za-z]*[가-힣][가-힣A-Za-z]*"
)
_ENGLISH_WORD = re.compile(
    r"[A-Za-z]+(?:['’-][A-Za-z]+)*(?: [A-Za-z]+(?:['’-][A-Za-z]+)*)*"
)
_HARD = re.compile(
    r"[bcdfghjklmnpqrstvwxz]{6,}|[aeiou]{5,}|(.)\1\1|q(?!u)", re.IGNORECASE
)
_OPENINGS = re.compile(  # consonants that no English word begins with
    r"(?:bk|bn|cb|cd|cf|cg|dg|dl|dn|fb|fg|fk|fn|gb|gd|hb|hl|hr|jr|kb|kf|lb|lr|lt|mb|mk"
    r"|mr|mt|nb|nd|nk|nr|nt|pb|pf|pk|pm|rb|rd|rl|rt|sb|sd|sg|sr|tb|td|tf|tk|tl|vb|vr"
    r"|wb|wl|xb|xr|zb|zd|zr)",
    re.IGNORECASE,
)
_SIZES = {
    **{"한": 1, "두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6},
    **{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6},
    **{str(size): size for size in range(1, 9)},
}
_WISHED_SIZE = re.compile(  # "두 낱말을 붙여서" and "blend two words" wish for one word
    rf"(?<![가-힣\w])(?<!blend )(?<!join )(?<!mix )({'|'.join(_SIZES)})[ -]?"
    r"(?:(?P<letters>글자|음절|letters?\b)|(?:단어|낱말)로|words?\b)",
    re.IGNORECASE,
)
_HANGUL = re.compile("[가-힣]")
_LETTER = re.compile("[가-힣A-Za-z]")


def checks(proposal: Proposal, context: str, condition: str = "") -> dict[str, bool]:
    """The rules and whether the proposal keeps them.

    `condition` is the person's wish; only a wished size can be told by rule.
    """
    language = language_of(context)
    told = f"{proposal.description} {proposal.example}"
    return {
        "new": is_new(proposal.slang),
        "pronounceable": is_pronounceable(proposal.slang),
        "good_length": has_good_length(proposal.slang),
        "used_in_example": is_used(proposal.slang, proposal.example),
        "as_wished": has_wished_size(proposal.slang, condition),
        "defined": fold(proposal.slang) != fold(proposal.description),
        "in_language": in_language(told, language),
        "inoffensive": not is_offensive(
            proposal.slang, proposal.description, proposal.example
        ),
    }


def choose(
    proposals: Sequence[Proposal | None],
    context: str,
    condition: str = "",
    *,
    wanted: int = 3,
) -> list[tuple[Proposal, dict[str, bool]]]:
    """Up to `wanted` different proposals with their checks, the best first.

    A proposal that keeps every rule comes before any other, and the first written
    before a later one. What is offensive is never among them.
    """
    checked = [(one, checks(one, context, condition)) for one in proposals if one]
    decent = [pair for pair in checked if pair[1]["inoffensive"]]
    decent.sort(key=lambda pair: -sum(pair[1].values()))
    chosen: list[tuple[Proposal, dict[str, bool]]] = []
    for one, kept in decent:
        if not any(is_same(one, other) for other, _ in chosen):
            chosen.append((one, kept))
    return chosen[:wanted]


def is_same(one: Proposal, other: Proposal) -> bool:
    """The same word, or one that only adds an ending or an opening to the other."""
    a, b = sorted((fold(one.slang), fold(other.slang)), key=len)
    return a == b or (len(a) >= 3 and a in b and len(b) - len(a) <= 2)


def is_new(term: str) -> bool:
    """Neither learned, nor known as slang, nor an ordinary word.

    Example: "rizz", "갓생" and "cactus" are not; "cartnap" was, until it was learned.
    """
    return fold(term) not in _known() and not is_ordinary(term)


def is_ordinary(term: str) -> bool:
    """Whether a dictionary has the whole term as one word."""
    term = compatible(term).strip()
    if _HANGUL.search(term):
        tokens = korean_tokens(term)
        return len(tokens) == 1 and tokens[0].id >= _OOV_IDS
    return term.casefold() in _dictionary()


def is_pronounceable(term: str) -> bool:
    """Korean syllables in use; English words with vowels and speakable clusters.

    A Korean term may hold Latin letters ("팀플GPT"), but no jamo, digit or sign. The
    2,350 syllables of KS X 1001 are those in use; "똻" is not among them.
    """
    term = compatible(term).strip()
    if _HANGUL.search(term):
        return bool(_KOREAN_WORD.fullmatch(term)) and _in_use(term)
    if not _ENGLISH_WORD.fullmatch(term):
        return False
    return all(_speakable(word) for word in re.split(r"[ '’-]", term) if len(word) > 2)


def _in_use(term: str) -> bool:
    """Other syllables take eight bytes in EUC-KR, which spells out their letters."""
    return all(len(char.encode("euc_kr")) <= 2 for char in term)


def _speakable(word: str) -> bool:
    if not re.search("[aeiouy]", word, re.IGNORECASE) and word.casefold() != "pst":
        return False
    return not _HARD.search(word) and not _OPENINGS.match(word)


def has_good_length(term: str) -> bool:
    """2 to 8 Korean syllables, or 3 to 24 English letters in at most 4 words."""
    folded = fold(term)
    shortest, longest = SYLLABLES if _HANGUL.search(term) else LETTERS
    return shortest <= len(folded) <= longest and len(term.split()) <= MAX_WORDS


def has_wished_size(term: str, condition: str) -> bool:
    """Whether it has the syllables, letters or words that the wish counts, if any.

    Example: ("막메일", "세 글자로") -> True; ("crumb truce", "In two words.") -> True.
    """
    wish = _WISHED_SIZE.search(condition)
    if not wish:
        return True
    size = len(fold(term)) if wish["letters"] else len(term.split())
    return size == _SIZES[wish[1].casefold()]


def is_used(term: str, example: str) -> bool:
    """Whether the example says the word; a verb may take another ending.

    Example: ("킹받다", "진짜 킹받네") -> True; ("cart nap", "I cart napped") -> True.
    """
    stem = fold(term)
    if stem.endswith("다") and len(stem) > 2:
        stem = stem[:-1]
    elif not _HANGUL.search(stem) and len(stem) > 4:
        stem = stem.removesuffix("e").removesuffix("y")
    return bool(stem) and stem in fold(example)


def in_language(text: str, language: str) -> bool:
    """Whether most letters are Korean, or, for English, none is."""
    letters = _LETTER.findall(text)
    own = sum(bool(_HANGUL.match(letter)) for letter in letters)
    if language == "ko":
        return own >= OWN_SHARE * max(1, len(letters))
    return bool(letters) and own == 0


@functools.cache
def _known() -> frozenset[str]:
    """Spellings, folded, of learned words and known slang."""
    known = {fold(row["slang"]) for file in slang.TRAIN_FILES for row in _rows(file)}
    text = (_WORDING / "slang_known_ko.txt").read_text(encoding="utf-8")
    korean = [word for line in _lines(text) for word in line.split()]
    text = (_WORDING / "slang_known_en.txt").read_text(encoding="utf-8")
    return frozenset(known | {fold(word) for word in (*korean, *_lines(text))})


def _rows(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line]


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@functools.cache
def _dictionary() -> frozenset[str]:
    from spellchecker import SpellChecker

    return frozenset(SpellChecker(language="en").word_frequency.keys())
