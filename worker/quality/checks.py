"""Rules a quiz must keep, each a small function with a name to show the host."""

from __future__ import annotations

import re
from collections.abc import Sequence

from privacy import holds_private_data
from worker.quality.matching import same_fact, similarity
from worker.quality.text import fold
from worker.quality.words import content_words, numbers

SUPPORTED = 0.5  # share of an option's content words that the answer has
LONGEST = 40  # characters of an option
_MARKUP = re.compile(r"[<>{}\\|^\[\]]|https?:|www\.|^[=+@-]|\b[1-4]\.\s")


def support(option: str, answer: str) -> float:
    """Share of the option's content words that stand in the answer, 0 to 1."""
    if fold(option) and fold(option) in fold(answer):
        return 1.0
    words = content_words(option)
    if not words:
        return 0.0
    said = content_words(answer)
    found = sum(any(_begins(word, other) for other in said) for word in words)
    return found / len(words)


def _begins(word: str, other: str) -> bool:
    short, long = sorted((word, other), key=len)
    return word == other or (
        len(short) >= 2 and not short.isdigit() and long.startswith(short)
    )


def key_supported(key: str, answer: str) -> bool:
    """The answer has most of the key's words, and all of its numbers."""
    return support(key, answer) >= SUPPORTED and numbers(key) <= numbers(answer)


def gives_nothing_away(question: str, key: str, survey_question: str) -> bool:
    """The key does not stand in the question, unless the survey itself said it."""
    asked = fold(question)
    if len(fold(key)) >= 2 and fold(key) in asked:
        return fold(key) in fold(survey_question)
    told = set(content_words(key)) & set(content_words(question))
    return len(told) < max(1, len(set(content_words(key)))) or bool(
        told & set(content_words(survey_question))
    )


def options_distinct(options: Sequence[str]) -> bool:
    """No two options say the same."""
    return all(
        not same_option(one, other)
        for n, one in enumerate(options)
        for other in options[n + 1 :]
    )


def same_option(one: str, other: str) -> bool:
    """Whether two options would both be right if one of them is."""
    if numbers(one) != numbers(other) and numbers(one) and numbers(other):
        return False
    return fold(one) == fold(other) or similarity(one, other) >= 0.99


def showable(option: str) -> bool:
    """Short enough, free of markup and personal data, and not cut or looping."""
    words = option.split()
    looping = len(words) >= 3 and len(set(words)) < len(words) / 2
    return (
        bool(fold(option))
        and len(option) <= LONGEST
        and not _MARKUP.search(option)
        and not holds_private_data(option)
        and not looping
    )


def readable(question: str) -> bool:
    """A question of a sensible length, free of markup and personal data."""
    return (
        5 <= len(question) <= 2 * LONGEST
        and not _MARKUP.search(question)
        and not holds_private_data(question)
    )


def lengths_balanced(options: Sequence[str]) -> bool:
    """No option is more than 2.5 times as long as the median of the others."""
    sizes = sorted(len(fold(option)) for option in options)
    return sizes[-1] <= max(6, 2.5 * sizes[len(sizes) // 2 - 1])


def asks_the_survey(question: str, survey_question: str) -> float:
    """Share of the survey question's content words that the quiz question keeps."""
    wanted = set(content_words(survey_question))
    if not wanted:
        return 1.0
    asked = content_words(question)
    return sum(any(_begins(w, a) for a in asked) for w in wanted) / len(wanted)


def names_no_other(distractor: str, key: str) -> bool:
    """The wrong option does not say what the key says."""
    return not same_fact(distractor, key)
