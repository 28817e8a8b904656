"""Whether a text is hurtful, sexual or about somebody's health.

Such a quiz is held back for the host. The rules stand in worker/wording/
sensitive_{ko,en}.txt and are compared with morphemes and stems, not with letters:
"암벽" holds no "암", and "die-hard" threatens nobody. Everyday ailments (a cold, an
allergy, a sore back) are not held back: people tell them at coffee.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from worker.quality.text import compatible, normalise
from worker.quality.words import korean_morphemes, stem, word_list

HURTFUL, SEXUAL, HEALTH = "hurtful", "sexual", "health"
KINDS = (HURTFUL, SEXUAL, HEALTH)  # the first of several is told
_HARMLESS, _SPELLED = "harmless", "spelled"
_WORDING = Path(__file__).parent.parent / "wording"
_NO_NAMES = word_list("empty")
_GAP = {"ko": 3, "en": 2}  # tokens that may stand between two words of a rule
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
class _Rule:
    """Alternatives for each place, and how many tokens may stand before each."""

    kind: str
    words: tuple[Token, ...]
    gaps: tuple[int, ...]


def why_sensitive(question: str, answer: str) -> str | None:
    """`HURTFUL`, `SEXUAL` or `HEALTH` if the host should decide, else None.

    The question counts as context: "Cancer" is harmless as a star sign.

    Example: ("요즘 근황은?", "항암 치료 중이에요") -> "health".
    """
    text = compatible(f"{normalise(question)}\n{normalise(answer)}")
    kinds: set[str] = set()
    if _HANGUL.search(text):
        kinds |= _kinds("ko", _korean(text), text)
    if _LATIN.search(text):
        kinds |= _kinds("en", _english(text), text)
    return next((kind for kind in KINDS if kind in kinds), None)


def is_hurtful(text: str) -> bool:
    """An insult, a slur, a threat, bullying or self-harm."""
    return why_sensitive("", text) == HURTFUL


def is_sexual(text: str) -> bool:
    """Sex, nudity or harassment."""
    return why_sensitive("", text) == SEXUAL


def is_about_health(text: str) -> bool:
    """An illness, a treatment, mental health, or a death that is mourned."""
    return why_sensitive("", text) == HEALTH


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


def _kinds(language: str, tokens: list[Token], text: str) -> set[str]:
    """The kinds of which a rule matches, once what is harmless is covered."""
    rules, spelled = _rules(language)
    covered = {
        place
        for rule in rules
        if rule.kind == _HARMLESS
        for places in _matches(rule, tokens)
        for place in places
    }
    left = [_COVERED if n in covered else token for n, token in enumerate(tokens)]
    kinds = {rule.kind for rule in rules if next(_matches(rule, left), None)}
    if spelled.search(text.casefold()):
        kinds.add(HURTFUL)
    return kinds - {_HARMLESS}


def _matches(rule: _Rule, tokens: list[Token]) -> Iterator[list[int]]:
    """Places of the tokens that each match of the rule rests on."""
    for start, token in enumerate(tokens):
        if not rule.words[0].isdisjoint(token):
            places = [start]
            for word, gap in zip(rule.words[1:], rule.gaps, strict=True):
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
def _rules(language: str) -> tuple[tuple[_Rule, ...], re.Pattern]:
    """The rules of one language, and what is looked for as it is spelled."""
    text = (_WORDING / f"sensitive_{language}.txt").read_text(encoding="utf-8")
    sets: dict[str, str] = {}
    rules, spelled, kind = [], [], ""
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("["):
            kind = line.strip("[] ")
        elif " = " in line:
            name, words = line.split(" = ")
            sets[name] = words
        elif kind == _SPELLED:
            spelled.append(rf"(?<![a-z]){re.escape(line.strip())}(?![a-z])")
        else:
            rules.append(_parsed(kind, line.strip(), sets, language))
    return tuple(rules), re.compile("|".join(spelled))


def _parsed(kind: str, line: str, sets: dict[str, str], language: str) -> _Rule:
    """Raises: KeyError naming a set that the file does not define."""
    words, gaps = [], []
    for n, part in enumerate(_STEP.split(line)):
        if n % 2:
            gaps.append({"...": _ANYWHERE, "+": 0}.get(part, _GAP[language]))
            continue
        names = [
            name
            for each in part.split("|")
            for name in (sets[each].split("|") if each.startswith("@") else [each])
        ]
        words.append(frozenset(_key(name, language) for name in names))
    return _Rule(kind, tuple(words), tuple(gaps))


def _key(name: str, language: str) -> str:
    if language == "en" and not name.startswith(("=", "*")):
        return stem(name.casefold())
    return name
