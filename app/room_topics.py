"""Topics about the people in the room, made of the answers that are already in.

"Three of you wrote about cats. Guess who?" Counted are answers that may be used, by
name or without, and that the worker has looked through. Nobody is singled out, and
what a card of the deck is going to ask is never said. What can be talked about stands
in wording/room.json: harmless words only, and what to keep away from.
"""

from __future__ import annotations

import functools
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.cleaning import folded
from app.kinds import Card, is_playable
from app.records import Quiz, Snapshot
from app.wording import text
from privacy import redact

GUESSED = 3  # people at least, where the room guesses who it is
ALIKE = 2  # people at least, where it guesses what they said
LONGEST_QUESTION = 60  # characters that read well inside a topic
_FILE = Path(__file__).parent / "wording" / "room.json"
_COUNTED = 10  # up to here a number has a word of its own


@dataclass(frozen=True)
class Lexicon:
    """What can be talked about in one language, and what is kept away from."""

    words: Mapping[str, re.Pattern[str]]
    avoided: re.Pattern[str]


@functools.cache
def lexicon(language: str) -> Lexicon:
    """The words of `wording/room.json`; Latin ones match whole words only."""
    stored = json.loads(_FILE.read_text("utf-8"))[language]
    edge = r"\b" if language == "en" else ""
    words = {
        word: re.compile(f"{edge}(?:{pattern}){edge}", re.I)
        for word, pattern in stored["words"].items()
    }
    return Lexicon(words, re.compile(stored["avoided"], re.I))


def room_topics(snapshot: Snapshot, cards: Sequence[Card]) -> list[str]:
    """What this room can talk about now, the surest first; often nothing.

    `cards` are those that will be asked: see `_kept_secret`.
    """
    language = snapshot.meeting.language
    quizzes = [quiz for quiz in snapshot.quizzes if is_playable(quiz)]
    everybody = {quiz.participant for quiz in quizzes}
    return [
        *_told(quizzes, cards, language),
        *_mentioned(quizzes, cards, language, len(everybody)),
        *_alike(quizzes, language),
    ]


def _mentioned(
    quizzes: Sequence[Quiz], cards: Iterable[Card], language: str, everybody: int
) -> list[str]:
    """Three or more wrote about the same thing, but not all did."""
    secret = _kept_secret(cards)
    people: dict[str, set[str]] = defaultdict(set)
    for quiz in quizzes:
        for word, pattern in lexicon(language).words.items():
            if pattern.search(quiz.answer_text):
                people[word].add(quiz.participant)
    found = [
        (len(who), word)
        for word, who in people.items()
        if GUESSED <= len(who) < everybody
        and not lexicon(language).words[word].search(secret)
    ]
    return [
        text(
            "room.mentioned",
            language,
            people=counted(n, language, first=True),
            what=word,
        )
        for n, word in sorted(found, key=lambda one: (-one[0], one[1]))
    ]


def _kept_secret(cards: Iterable[Card]) -> str:
    """All that could help to answer a card: its options, and the question where that
    quotes what somebody said."""
    shown: list[str] = []
    for card in cards:
        shown += card.options
        if card.kind != "said":
            shown.append(card.question)
    return "\n".join(shown)


def _alike(quizzes: Sequence[Quiz], language: str) -> list[str]:
    """Two or more gave the same answer; it is not said which."""
    return [
        text(
            "room.alike",
            language,
            people=counted(len(group), language),
            question=question,
        )
        for question, _, group in _groups(quizzes, language)
        if len(group) >= ALIKE
    ]


def _told(quizzes: Sequence[Quiz], cards: Iterable[Card], language: str) -> list[str]:
    """Three or more gave the same answer, and no card is about any of them."""
    asked = {quiz for card in cards for quiz in card.quizzes}
    secret = folded(_kept_secret(cards))
    free = [quiz for quiz in quizzes if quiz.id not in asked]
    return [
        text(
            "room.told",
            language,
            people=counted(len(group), language, first=True),
            said=f"‘{said}’",
        )
        for _, said, group in _groups(free, language)
        if len(group) >= GUESSED
        and folded(said) not in secret
        and not lexicon(language).avoided.search(said)
    ]


def _groups(quizzes: Iterable[Quiz], language: str) -> list[tuple[str, str, list[str]]]:
    """Survey question, answer and the people who gave it, the largest groups first."""
    alike: dict[tuple[str, str], list[Quiz]] = defaultdict(list)
    for quiz in quizzes:
        alike[folded(quiz.survey_question), folded(quiz.right)].append(quiz)
    groups = []
    for same in alike.values():
        question = redact(same[0].survey_question)
        harmless = not lexicon(language).avoided.search(question)
        if harmless and len(question) <= LONGEST_QUESTION:
            people = list(dict.fromkeys(quiz.participant for quiz in same))
            groups.append((question, redact(same[0].right), people))
    return sorted(groups, key=lambda group: -len(group[2]))


def counted(number: int, language: str, *, first: bool = False) -> str:
    """So many people in words. `first`: at the beginning of a sentence.

    Example: 3 is "세 분", "three" or "Three"; 12 is "12명" or "12".
    """
    if number > _COUNTED:
        return text("room.many", language, n=number)
    words = text("room.numbers", language).split()
    return text(
        "room.few",
        language,
        n=words[number - 2].capitalize() if first else words[number - 2],
    )
