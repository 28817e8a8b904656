"""Wrong options: gathered from the room, the model and the bank, and three chosen."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from protocol import OptionSource
from worker.quality import checks, form
from worker.quality.text import fold, squeeze
from worker.quality.words import has_hangul, numbers
from worker.recipes.quiz import Draft

ROOM_LONGEST = 24  # characters; what others said at length is no option
KEY_MAY_BE_LONGEST = 0.2  # in so many quizzes; a quarter would be chance
FITS = 1  # misfit of an option that looks like the key
AGREED = 2.0  # trust in what several drafts have
DOUBTED, DOUBTED_KO = -5.0, -8.0  # in what only one has: in Korean often no real word
FAR = -4.0  # in options of the bank whose question is about something else
WEIGHED = 30  # options whose plausibility is asked for, at most
MISFIT = 2.0  # each point of misfit counts as much as so much plausibility
NEARLY = 0.5  # an option the answer supports so far may be true as well
BELIEVED = 0.5  # probability from which on the model takes an option for true


@dataclass(frozen=True, kw_only=True)
class Option:
    """A wrong option, where it comes from, and what speaks for it in advance."""

    text: str
    source: OptionSource
    trust: float = 0.0  # natural logarithm


def from_room(key: str, answer: str, said: Iterable[str]) -> list[Option]:
    """What others said to the same question, unless it may be true here too."""
    texts = (squeeze(text).rstrip(".!~ ") for text in said)
    return [
        Option(text=text, source=OptionSource.ROOM)
        for text in texts
        if len(text) <= ROOM_LONGEST
        and _usable(text, key)
        and not is_spoken_of(text, answer)
    ]


def is_spoken_of(text: str, answer: str) -> bool:
    """Whether most of an option's words stand in the answer.

    What an answer rejects makes the best wrong option; what it says makes the worst.
    """
    return checks.support(text, answer) >= NEARLY


def from_drafts(key: str, drafts: Sequence[Draft | None]) -> list[Option]:
    """Wrong options of all drafts, distinct, those of most drafts first.

    What a single sampled draft has is often no real word, so it is trusted less.
    """
    doubted = DOUBTED_KO if has_hangul(key) else DOUBTED
    counts: Counter[str] = Counter()
    spelling: dict[str, str] = {}
    for draft in drafts:
        for option in draft.options if draft else ():
            if _usable(option, key) and form.is_whole(option):
                spelling.setdefault(fold(option), option)
                counts[fold(option)] += 1
    return [
        Option(
            text=spelling[folded],
            source=OptionSource.MODEL,
            trust=AGREED if count >= 2 else doubted,
        )
        for folded, count in counts.most_common()
    ]


def from_bank(key: str, near: Iterable[str], far: Iterable[str]) -> list[Option]:
    """Options of the training rows: of like questions, then of any others."""
    trust = [(text, 0.0) for text in near] + [(text, FAR) for text in far]
    return [
        Option(text=text, source=OptionSource.BANK, trust=much)
        for text, much in trust
        if _usable(text, key)
    ]


def _usable(text: str, key: str) -> bool:
    return checks.showable(text) and checks.names_no_other(text, key)


def not_asked(question: str, key: str, options: Iterable[Option]) -> list[Option]:
    """Options that do not only repeat the question, as "side dish" would.

    Where the key is in the question too, it asks to choose, and all may stay.
    """
    asked = fold(question)
    choice = fold(key) in asked
    return [one for one in options if choice or fold(one.text) not in asked]


def distinct(options: Iterable[Option]) -> list[Option]:
    """Each text once, from its first source."""
    kept: dict[str, Option] = {}
    for option in options:
        kept.setdefault(fold(option.text), option)
    return list(kept.values())


def by_form(key: str, options: Iterable[Option]) -> list[Option]:
    """Options that look like the key first, otherwise in their order."""
    return sorted(options, key=lambda one: _misfit(one.text, key))


def by_worth(
    key: str, options: Sequence[Option], plausible: Sequence[float]
) -> list[Option]:
    """The most plausible options first, of those that look like the key.

    Args:
        key: the right option.
        options: each with a different text.
        plausible: for each how much likelier the question makes it, natural logarithm.
    """
    worth = {
        one.text: likelier + one.trust - MISFIT * _misfit(one.text, key)
        for one, likelier in zip(options, plausible, strict=True)
    }
    return sorted(options, key=lambda one: worth[one.text], reverse=True)


def choose_three(key: str, ranked: Sequence[Option], seed_text: str) -> list[Option]:
    """The first three options that differ from the key and each other.

    Those of the key's form and length come first, then any. Mostly one option is at
    least as long as the key, so that the longest option tells nothing.
    """
    fitting = [one for one in ranked if _misfit(one.text, key) <= FITS]
    chosen: list[Option] = []
    for option in [*fitting, *by_form(key, ranked)]:
        if len(chosen) < 3 and _differs(option, key, chosen):
            chosen.append(option)
    hide = random.Random(f"length {seed_text}").random() >= KEY_MAY_BE_LONGEST
    if hide and len(chosen) == 3 and all(len(o.text) < len(key) for o in chosen):
        longer = (
            option
            for option in fitting
            if len(key) <= len(option.text) and _differs(option, key, chosen[:2])
        )
        chosen[2] = next(longer, chosen[2])
    return chosen


def _differs(option: Option, key: str, chosen: Sequence[Option]) -> bool:
    others = [key, *(one.text for one in chosen)]
    return all(not checks.same_option(option.text, other) for other in others)


def _misfit(option: str, key: str) -> int:
    """How odd an option looks beside the key: length and form, 0 is a good fit."""
    longer, shorter = max(len(option), len(key)), min(len(option), len(key))
    numeric = _digits(option) != _digits(key) or _counts(option) != _counts(key)
    other_ending = has_hangul(key) and " " in key and option[-1:] != key[-1:]
    return (
        2 * (longer > 2 * shorter + 2)
        + 2 * numeric
        + 2 * form.stands_out(option, key)
        + (longer > shorter + 8)
        + other_ending
    )


def _digits(text: str) -> bool:
    return any(char.isdigit() for char in text)


def _counts(text: str) -> bool:
    """Whether it says a number, in digits or words; "one" is none."""
    return bool(numbers(text) - {"1"})
