"""Several tries at one answer, and the quiz worth showing.

The tries vote for the key. Votes count for what the answer supports; tries that say
the same in other words vote together. The model then checks the keys with most votes.
Where it does not believe them, phrases of the answer itself are weighed beside them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from worker.quality import checks
from worker.quality.fluency import mend_possessor
from worker.quality.matching import same_fact
from worker.recipes.quiz import Draft

GREEDY_VOTE = 2.0  # the first try is the model's best single guess
AGREED = 4  # of eight drafts that must ask the same question
ON_TOPIC = 0.34  # share of the survey question's words that a question keeps
SURE = 0.9  # share of the votes that needs no check
CHECKED = 4  # keys that are checked, those with most votes
BELIEVED = 0.5  # probability of yes below which phrases of the answer are weighed
PHRASES = 6  # of the answer that are checked, the likeliest
# What a key is worth beside its log-likelihood; fitted on validation rows.
CHECK_WEIGHT = 2.0  # times the log-odds of yes
SUPPORTED = 3.0  # where the answer has the key's words
PHRASE = 3.0  # keys that were tried are likely because they were drawn
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


def count_votes(answer: str, keys: Sequence[str]) -> list[Vote]:
    """The keys that were tried, those with most votes first; the first try is greedy.

    Returns:
        A `Vote` for each key that says something of its own, none that cannot be
        shown.

    Example: ("pierogi, not pizza", ["Pierogi", "Pizza", "Pierogi"]) ->
    [Vote(key="Pierogi", agreement=0.75), Vote(key="Pizza", agreement=0.25)].
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
    total = sum(camp.votes for camp in camps)
    camps.sort(key=lambda camp: camp.votes, reverse=True)
    return [
        Vote(key=_spelling(camp.keys, answer), agreement=camp.votes / total)
        for camp in camps
    ]


def is_sure(votes: Sequence[Vote]) -> bool:
    """Whether the tries agree so well that no check is needed; of no votes too."""
    return not votes or votes[0].agreement >= SURE


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A key, with how likely the model finds it."""

    vote: Vote
    likelihood: float  # natural logarithm
    phrase: bool  # taken from the answer, not written by the model


def is_believed(votes: Sequence[Vote], confirmed: Sequence[float]) -> bool:
    """Whether the tries agree and the check confirms the key with most votes."""
    return bool(votes) and is_sure(votes) and confirmed[0] >= BELIEVED


def best_candidate(
    candidates: Sequence[Candidate], confirmed: Sequence[float], answer: str
) -> Vote | None:
    """The key that is likely, confirmed, and rather the answer's own words.

    Args:
        candidates: those to choose from; None is returned if there are none.
        confirmed: for each the probability that the check says yes, 0 to 1.
        answer: what the person wrote.
    """
    worth = {
        one.vote: _worth(one, yes, answer)
        for one, yes in zip(candidates, confirmed, strict=True)
    }
    return max(worth, key=worth.get, default=None)


def _worth(candidate: Candidate, yes: float, answer: str) -> float:
    yes = min(max(yes, 0.001), 0.999)
    return (
        candidate.likelihood
        + CHECK_WEIGHT * math.log(yes / (1 - yes))
        + SUPPORTED * checks.key_supported(candidate.vote.key, answer)
        + PHRASE * candidate.phrase
    )


def phrase_vote(phrase: str, votes: Sequence[Vote]) -> Vote:
    """A phrase of the answer, with the votes of the tries that say the same."""
    share = sum(vote.agreement for vote in votes if same_fact(vote.key, phrase))
    return Vote(key=phrase, agreement=min(share, 1.0))


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
    key: str,
    survey_question: str,
    drafts: Sequence[Draft | None],
    avoid: Sequence[str] = (),
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
        and mend_possessor(draft.question) not in avoid
    )
    question, count = asked.most_common(1)[0] if asked else ("", 0)
    return question if count >= AGREED else None
