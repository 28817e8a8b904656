"""Several drafts of one answer's quiz, and the one worth showing.

The drafts vote for the key. Votes count for what the answer supports; drafts that say
the same in other words vote together. Wrong options of all drafts are pooled, then the
bank fills what is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from worker.quality import checks
from worker.quality.matching import same_fact, similarity
from worker.quality.text import fold
from worker.recipes.quiz import Draft

GREEDY_VOTE = 1.5  # the first draft is the model's best single guess


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The chosen question and key, and how sure the drafts were.

    `agreement` is the winning share of all votes, 0 to 1.
    """

    question: str
    key: str
    distractors: tuple[str, ...]
    agreement: float


@dataclass
class _Camp:
    """Drafts whose keys say the same."""

    drafts: list[Draft]
    votes: float = 0.0


def choose(
    survey_question: str, answer: str, drafts: Sequence[Draft | None]
) -> Choice | None:
    """Pick question and key from the drafts; the first draft is the greedy one.

    Returns:
        `Choice`, or None if no draft's key can be shown.
    """
    camps: list[_Camp] = []
    for place, draft in enumerate(drafts):
        if draft is None or not checks.showable(draft.key):
            continue
        vote = _vote(survey_question, answer, draft, greedy=place == 0)
        camp = _camp_of(draft, camps)
        camp.drafts.append(draft)
        camp.votes += vote
    if not camps:
        return None
    best = max(camps, key=lambda camp: camp.votes)
    key = _best_key(best, answer)
    question = _best_question(best, key, survey_question)
    total = sum(camp.votes for camp in camps)
    return Choice(
        question=question,
        key=key,
        distractors=_pool(drafts, key),
        agreement=best.votes / total if total else 0.0,
    )


def _vote(survey_question: str, answer: str, draft: Draft, *, greedy: bool) -> float:
    support = checks.support(draft.key, answer)
    vote = (GREEDY_VOTE if greedy else 1.0) * (0.1 + support**2)
    if not checks.key_supported(draft.key, answer):
        vote *= 0.2
    if not checks.gives_nothing_away(draft.question, draft.key, survey_question):
        vote *= 0.5
    return vote * (0.5 + 0.5 * checks.asks_the_survey(draft.question, survey_question))


def _camp_of(draft: Draft, camps: list[_Camp]) -> _Camp:
    for camp in camps:
        if same_fact(draft.key, camp.drafts[0].key):
            return camp
    camps.append(_Camp(drafts=[]))
    return camps[-1]


def _best_key(camp: _Camp, answer: str) -> str:
    """The camp's most frequent wording, then the best supported, then the shortest."""
    counts = Counter(draft.key for draft in camp.drafts)
    return max(
        counts, key=lambda key: (counts[key], checks.support(key, answer), -len(key))
    )


def _best_question(camp: _Camp, key: str, survey_question: str) -> str:
    """The question of a draft with this key that asks what the survey asked."""

    def worth(draft: Draft) -> tuple[bool, bool, float]:
        return (
            checks.gives_nothing_away(draft.question, key, survey_question),
            draft.key == key,
            checks.asks_the_survey(draft.question, survey_question),
        )

    return max(camp.drafts, key=worth).question


def _pool(drafts: Sequence[Draft | None], key: str) -> tuple[str, ...]:
    """Wrong options of all drafts, distinct, most frequent first."""
    counts: Counter[str] = Counter()
    spelling: dict[str, str] = {}
    for draft in drafts:
        for option in draft.options if draft else ():
            if checks.showable(option) and checks.names_no_other(option, key):
                spelling.setdefault(fold(option), option)
                counts[fold(option)] += 1
    return tuple(spelling[folded] for folded, _ in counts.most_common())


def three_wrong(key: str, pool: Sequence[str]) -> list[str]:
    """Up to three options of the pool that differ, nearest to the key's length first.

    The pool's order breaks ties, so put better sources first.
    """
    ranked = sorted(
        enumerate(pool),
        key=lambda item: (_misfit(item[1], key), item[0]),
    )
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
    ending = option[-1:] != key[-1:] and similarity(option[-2:], key[-2:]) < 1
    return (
        2 * (longer > 2 * shorter + 2)
        + 2 * numeric
        + (longer > shorter + 8)
        + (ending and len(key.split()) > 1)
    )
