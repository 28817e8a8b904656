"""Rules a person can read, looked for in Korean and English text.

A file of rules, `worker/wording/{name}_{language}.txt`, explains itself at its top.
Rules are compared with morphemes and stems, not with letters: "암벽" holds no "암",
and "die-hard" threatens nobody.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from worker.quality.words import korean_morphemes, stem, word_list

_HARMLESS, _SPELLED = "harmless", "spelled "
_WORDING = Path(__file__).parent.parent / "wording"
_NO_NAMES = word_list("empty")
_ANYWHERE = 1_000
_HANGUL = re.compile("[ㄱ-ㅎ가-힣]")
_LATIN = re.compile("[A-Za-z]{2}")
_ENGLISH = re.compile(r"[A-Za-zÀ-ÿ]+n['’]t|[A-Za-zÀ-ÿ]+|[.!?;\n]")
_STEP = re.compile(r"\s*(\.\.\.|\+|\s)\s*")

# All that a rule may ask of a token: {"암", "=암", "암/NNG", "*NNG"}; empty at the end
# of a sentence.
Token = frozenset[str]
_END: Token = frozenset()
_COVERED: Token = frozenset({"=covered"})  # by a harmless rule


@dataclass(frozen=True)
class _Chain:
    """Alternatives for each place, and how many tokens may stand before each."""

    words: tuple[Token, ...]
    gaps: tuple[int, ...]


@dataclass(frozen=True)
class _Rule:
    """Parts that must all be in the text, in any order; each is one of some chains."""

    kind: str
    parts: tuple[tuple[_Chain, ...], ...]


@dataclass(frozen=True)
class _Rules:
    """The rules of one file, and for a kind what is looked for as it is spelled."""

    rules: tuple[_Rule, ...]
    spelled: dict[str, re.Pattern]


@dataclass(frozen=True, kw_only=True)
class RuleBook:
    """The rules `worker/wording/{name}_ko.txt` and `{name}_en.txt`.

    `ko` and `en` are how many morphemes or words may stand between two of a rule that
    are parted by a space.
    """

    name: str
    ko: int
    en: int

    def kinds(self, text: str) -> set[str]:
        """The kinds of which a rule matches, once what is harmless is covered.

        Args:
            text: as `quality.text.compatible` gives it; lines are sentences.

        Raises:
            KeyError: naming a set that the file does not define.
        """
        kinds: set[str] = set()
        if _HANGUL.search(text):
            kinds |= _kinds(_read(self.name, "ko", self.ko), _korean(text), text)
        if _LATIN.search(text):
            kinds |= _kinds(_read(self.name, "en", self.en), _english(text), text)
        return kinds

    def is_harmless(self, text: str) -> bool:
        """Whether a [harmless] rule matches: "배고파 죽겠어"."""
        found = []
        if _HANGUL.search(text):
            found.append((_read(self.name, "ko", self.ko), _korean(text)))
        if _LATIN.search(text):
            found.append((_read(self.name, "en", self.en), _english(text)))
        return any(_covered(book, tokens) for book, tokens in found)


def _covered(book: _Rules, tokens: list[Token]) -> set[int]:
    """Places of the tokens that harmless rules cover."""
    return {
        place
        for rule in book.rules
        if rule.kind == _HARMLESS
        for place in _places(rule, tokens)
    }


def _korean(text: str) -> list[Token]:
    tokens = []
    for line in text.casefold().split("\n"):
        for form, tag in korean_morphemes(line):
            keys = frozenset({form, f"={form}", f"{form}/{tag}", f"*{tag}"})
            tokens.append(_END if tag == "SF" else keys)
        tokens.append(_END)
    return tokens


def _english(text: str) -> list[Token]:
    tokens = []
    for word in _ENGLISH.findall(text):
        small = word.casefold().replace("’", "'")
        named = word.istitle() and len(word) > 1 and small not in _NO_NAMES
        name = {"*Name"} if named else set()
        end = word in ".!?;\n"
        tokens.append(_END if end else frozenset({stem(small), f"={small}"} | name))
    return tokens


def _kinds(book: _Rules, tokens: list[Token], text: str) -> set[str]:
    covered = _covered(book, tokens)
    left = [_COVERED if n in covered else token for n, token in enumerate(tokens)]
    kinds = {rule.kind for rule in book.rules if _places(rule, left)}
    small = text.casefold()
    kinds |= {kind for kind, spelled in book.spelled.items() if spelled.search(small)}
    return kinds - {_HARMLESS}


def _places(rule: _Rule, tokens: list[Token]) -> set[int]:
    """Places of the tokens that all matches of a rule rest on; none if it fails."""
    found: set[int] = set()
    for part in rule.parts:
        places = {
            place
            for chain in part
            for match in _matches(chain, tokens)
            for place in match
        }
        if not places:
            return set()
        found |= places
    return found


def _matches(chain: _Chain, tokens: list[Token]) -> Iterator[list[int]]:
    """Places of the tokens that each match of the chain rests on."""
    for start, token in enumerate(tokens):
        if not chain.words[0].isdisjoint(token):
            places = [start]
            for word, gap in zip(chain.words[1:], chain.gaps, strict=True):
                place = _next(word, tokens, places[-1] + 1, gap)
                if place is None:
                    break
                places.append(place)
            else:
                yield places


def _next(word: Token, tokens: list[Token], start: int, gap: int) -> int | None:
    """The first place of `word` from `start` on, at most `gap` tokens away."""
    for place in range(start, min(len(tokens), start + gap + 1)):
        if not word.isdisjoint(tokens[place]):
            return place
        if tokens[place] == _END and gap < _ANYWHERE:
            return None
    return None


@functools.cache
def _read(name: str, language: str, gap: int) -> _Rules:
    text = (_WORDING / f"{name}_{language}.txt").read_text(encoding="utf-8")
    sets: dict[str, str] = {}
    rules, spelled, kind = [], {}, ""
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            kind = line.strip("[] ")
        elif " = " in line:
            key, words = line.split(" = ")
            sets[key] = words
        elif kind.startswith(_SPELLED):
            spelled.setdefault(kind.removeprefix(_SPELLED), []).append(line.strip())
        else:
            parts = (_chains(p, sets, language, gap) for p in line.split(" & "))
            rules.append(_Rule(kind, tuple(parts)))
    return _Rules(tuple(rules), {k: _as_typed(words) for k, words in spelled.items()})


def _as_typed(words: list[str]) -> re.Pattern:
    return re.compile("|".join(rf"(?<![a-z]){re.escape(w)}(?![a-z])" for w in words))


def _chains(
    text: str, sets: dict[str, str], language: str, gap: int
) -> tuple[_Chain, ...]:
    """One chain, or more where an alternative has several words."""
    places, gaps, chains = [], [0], []
    for n, part in enumerate(_STEP.split(text.strip())):
        if n % 2:
            gaps.append({"...": _ANYWHERE, "+": 0}.get(part, gap))
        else:
            places.append(_alternatives(part, sets, language))
    for chosen in product(*places):
        words, steps = [], []
        for phrase, step in zip(chosen, gaps, strict=True):
            words += phrase
            steps += [step, *[0] * (len(phrase) - 1)]
        chains.append(_Chain(tuple(words), tuple(steps[1:])))
    return tuple(chains)


def _alternatives(part: str, sets: dict[str, str], language: str) -> list[list[Token]]:
    """What may stand in one place: single words as one token, phrases each as some.

    Example: "비번|비밀_번호" -> [[{"비번"}], [{"비밀"}, {"번호"}]].
    """
    names = [
        name
        for each in part.split("|")
        for name in (sets[each].split("|") if each.startswith("@") else [each])
    ]
    single = frozenset(_key(name, language) for name in names if "_" not in name)
    phrases = [
        [frozenset({_key(word, language)}) for word in name.split("_")]
        for name in names
        if "_" in name
    ]
    return [*([[single]] if single else []), *phrases]


def _key(name: str, language: str) -> str:
    if language == "en" and not name.startswith(("=", "*")):
        return stem(name.casefold())
    return name
