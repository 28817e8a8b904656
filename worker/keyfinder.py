"""What an answer says to its question: tries, a check, and the answer's own words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from worker.model import CANDIDATES, Gemma, Plan, Tokens
from worker.quality import checks
from worker.quality.candidates import (
    CHECKED,
    PHRASES,
    Candidate,
    Vote,
    best_candidate,
    count_votes,
    is_believed,
    is_sure,
    phrase_vote,
)
from worker.quality.phrases import phrases
from worker.quality.text import fold, squeeze
from worker.recipes import quiz as recipe
from worker.sampling import Sampling

KEYS = Plan(
    new_tokens=recipe.KEY_TOKENS, sampling=Sampling(temperature=1.0, top_p=0.95)
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question with its answer; `avoid` are keys that the host did not want."""

    question: str
    answer: str
    seed_text: str
    avoid: tuple[str, ...] = ()


class KeyFinder:
    """Finds keys with one loaded model.

    Several tries vote, and the model says yes or no to what they say. Where the tries
    agree and the answer is yes, that is the key. Otherwise the likeliest phrases of the
    answer are checked too, and the most credible of all wins.
    """

    def __init__(self, gemma: Gemma) -> None:
        self.gemma = gemma

    def find(self, asked: Sequence[Asked]) -> list[Vote | None]:
        """The key of each answer and how sure the tries were; None if there is none."""
        prompts = [
            self.gemma.encode(recipe.build_key_prompt(one.question, one.answer))
            for one in asked
        ]
        votes = self._try(asked, prompts)
        tried = [some[: 1 if is_sure(some) else CHECKED] for some in votes]
        sure = self._check(asked, tried)
        found = [some[0] if some else None for some in votes]
        doubtful = [i for i in range(len(asked)) if not is_believed(votes[i], sure[i])]
        for i, candidates in self._weigh(doubtful, asked, prompts, votes, tried, sure):
            found[i] = best_candidate(candidates, asked[i].answer)
        return found

    def _try(
        self, asked: Sequence[Asked], prompts: Sequence[Tokens]
    ) -> list[list[Vote]]:
        drawn = [seeds(one.seed_text, "key", CANDIDATES) for one in asked]
        tries = self.gemma.reply(prompts, drawn, KEYS)
        return [
            count_votes(one.answer, wanted(one.avoid, keys))
            for one, keys in zip(asked, tries, strict=True)
        ]

    def _check(
        self, asked: Sequence[Asked], votes: Sequence[Sequence[Vote]]
    ) -> list[list[float]]:
        """For each vote the probability that its key is what the answer says."""
        prompts = [
            recipe.build_check_prompt(one.question, one.answer, vote.key)
            for one, some in zip(asked, votes, strict=True)
            for vote in some
        ]
        yes = iter(self.gemma.agree([self.gemma.encode(text) for text in prompts]))
        return [[next(yes) for _ in some] for some in votes]

    def _weigh(self, doubtful, asked, prompts, votes, tried, sure):
        """(place, candidates) of the doubtful answers that have any."""
        weighed = [
            self._likelihoods(asked[i], prompts[i], votes[i], tried[i])
            for i in doubtful
        ]
        said = [
            [vote for vote, _ in pairs[len(tried[i]) :]]
            for i, pairs in zip(doubtful, weighed, strict=True)
        ]
        checked = self._check([asked[i] for i in doubtful], said)
        for i, pairs, yes in zip(doubtful, weighed, checked, strict=True):
            candidates = [
                Candidate(vote=vote, likelihood=likely, yes=share, phrase=place >= 0)
                for place, ((vote, likely), share) in enumerate(
                    zip(pairs, [*sure[i], *yes], strict=True), start=-len(tried[i])
                )
            ]
            if candidates:
                yield i, candidates

    def _likelihoods(
        self, one: Asked, prompt: Tokens, votes: list[Vote], tried: list[Vote]
    ) -> list[tuple[Vote, float]]:
        """The tried keys, then the answer's likeliest other phrases, with theirs."""
        known = {fold(text) for text in (*(vote.key for vote in votes), *one.avoid)}
        said = [
            phrase_vote(text, votes)
            for text in phrases(one.answer)
            if fold(text) not in known and checks.showable(text)
        ]
        every = [*tried, *said]
        likely = self.gemma.weigh(prompt, [vote.key for vote in every])
        pairs = list(zip(every, likely, strict=True))
        first, others = pairs[: len(tried)], pairs[len(tried) :]
        others.sort(key=lambda pair: pair[1], reverse=True)
        return first + others[:PHRASES]


def wanted(avoid: Sequence[str], keys: Sequence[str]) -> list[str]:
    """The tries without the keys to avoid, unless nothing else is left."""
    tries = [squeeze(key).rstrip(".") for key in keys]
    unwanted = {fold(text) for text in avoid}
    return [key for key in tries if fold(key) not in unwanted] or tries


def seeds(text: str, purpose: str, count: int) -> np.ndarray:
    """`count` uint32 seeds that depend on text and purpose alone."""
    digest = hashlib.sha256(f"{purpose} {text}".encode()).digest()
    return np.random.default_rng(list(digest)).integers(
        0, 2**32, size=count, dtype=np.uint32
    )
