"""Several tries at one answer, and the quiz worth showing.

The tries vote for the key. Votes count for what the answer supports; tries that say
the same in other words vote together. Wrong options of all drafts are pooled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from worker.quality import checks
from worker.quality.fluency import mend_possessor
from worker.quality.matching import same_fact
from worker.quality.text import fold
from worker.recipes.quiz import Draft

GREEDY_VOTE = 2.0  # the first try is the model's best single guess
AGREED = 4  # of eight drafts that must ask the same question
ON_TOPIC = 0.34  # share of the survey question's words that a question keeps
UNSUPPORTED = 0.2  # weight of a key whose words are not in the answer


@dataclass(frozen=True, kw_only=True)
class Vote:
    """The chosen key and how sure the tries were, as a share of all votes, 0 to 1."""

    key: str
    agreement: float


@dataclass(kw_only=True)
class _Camp:
    """Keys that say the same, with the sum of their votes."""

    keys: list[str]
    votes: float = 0.0


def vote(answer: str, keys: Sequence[str]) -> Vote | None:
    """Choose among keys, the first of them the greedy one.

    Returns:
        `Vote`, or None if no key can be shown.

    Example: ("pierogi, not pizza", ["Pierogi", "Pizza", "Pierogi"]) -> Vote(
    key="Pierogi", agreement=0.75).
    """
    camps: list[_Camp] = []
    for place, key in enumerate(keys):
        if not checks.showable(key):
            continue
        camp = _camp_of(key, camps)
        camp.keys.append(key)
        weight = 0.1 + checks.support(key, answer) ** 2
        if not checks.key_supported(key, answer):
            weight *= UNSUPPORTED
        camp.votes += weight * (GREEDY_VOTE if place == 0 else 1.0)
    if not camps:
        return None
    best = max(camps, key=lambda camp: camp.votes)
    total = sum(camp.votes for camp in camps)
    return Vote(key=_spelling(best.keys, answer), agreement=best.votes / total)


def _camp_of(key: str, camps: list[_Camp]) -> _Camp:
    for camp in camps:
        if same_fact(key, camp.keys[0]):
            return camp
    camps.append(_Camp(keys=[]))
    return camps[-1]


def _spelling(keys: Sequence[str], answer: str) -> str:
    """The most frequent wording, then the best supported, then the shortest."""
    counts = Counter(keys)
    return max(
        counts, key=lambda key: (counts[key], checks.support(key, answer), -len(key))
    )


def agreed_question(
    key: str, survey_question: str, drafts: Sequence[Draft | None]
) -> str | None:
    """The question that most drafts ask, if enough of them do.

    A question that the model does not repeat is often no good sentence: where fewer
    than `AGREED` drafts ask the same, a reader found three of four odd (docs/LOG.md).

    Returns:
        The question, with its Korean possessor mended, or None.
    """
    asked = Counter(
        mend_possessor(draft.question)
        for draft in drafts
        if draft
        and checks.readable(draft.question)
        and checks.gives_nothing_away(draft.question, key, survey_question)
        and checks.asks_the_survey(draft.question, survey_question) >= ON_TOPIC
    )
    question, count = asked.most_common(1)[0] if asked else ("", 0)
    return question if count >= AGREED else None


def wrong_options(
    key: str, drafts: Sequence[Draft | None], *, trusted_only: bool
) -> tuple[str, ...]:
    """Wrong options of all drafts, distinct, those of most drafts first.

    What a single sampled draft has is often no real word; `trusted_only` leaves out
    options that only one draft has.
    """
    counts: Counter[str] = Counter()
    spelling: dict[str, str] = {}
    for draft in drafts:
        for option in draft.options if draft else ():
            if checks.showable(option) and checks.names_no_other(option, key):
                spelling.setdefault(fold(option), option)
                counts[fold(option)] += 1
    return tuple(
        spelling[folded]
        for folded, count in counts.most_common()
        if count >= 2 or not trusted_only
    )


def three_wrong(key: str, pool: Sequence[str]) -> list[str]:
    """Up to three options of the pool that differ, best fitting the key first.

    The pool's order breaks ties, so put better sources first.
    """
    ranked = sorted(enumerate(pool), key=lambda item: (_misfit(item[1], key), item[0]))
    chosen: list[str] = []
    for _, option in ranked:
        if all(not checks.same_option(option, other) for other in [key, *chosen]):
            chosen.append(option)
        if len(chosen) == 3:
            break
    return chosen


def _misfit(option: str, key: str) -> int:
    """How odd an option looks beside the key: length and form, 0 is a good fit."""
    longer, shorter = max(len(option), len(key)), min(len(option), len(key))
    numeric = any(c.isdigit() for c in option) != any(c.isdigit() for c in key)
    other_ending = " " in key and option[-1:] != key[-1:]
    return (
        2 * (longer > 2 * shorter + 2) + 2 * numeric + (longer > shorter + 8)
    ) + other_ending
