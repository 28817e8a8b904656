"""What an answer says to its question: tries, a check, and the answer's own words."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from worker.asking import CANDIDATES, Ask, Plan, Reply, Tokens, seeds
from worker.model import Gemma, yes_or_no
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

    def find(self, asked: Asked) -> Generator[list[Ask], list[Reply], Vote | None]:
        """The key of an answer and how sure the tries were; None if there is none."""
        prompt = self.gemma.encode(
            recipe.build_key_prompt(asked.question, asked.answer)
        )
        drawn = seeds(asked.seed_text, "key", CANDIDATES)
        (tries,) = yield [Ask(prompt=prompt, seeds=drawn, plan=KEYS)]
        votes = count_votes(asked.answer, wanted(asked.avoid, tries.texts))
        tried = votes[: 1 if is_sure(votes) else CHECKED]
        confirmed = yield from self._check(asked, tried)
        if is_believed(votes, confirmed):
            return votes[0]
        weighed = self._weigh(prompt, tried, self._phrases(asked, votes))
        others = [one.vote for one in weighed[len(tried) :]]
        confirmed += yield from self._check(asked, others)
        return best_candidate(weighed, confirmed, asked.answer)

    def _check(
        self, asked: Asked, votes: Sequence[Vote]
    ) -> Generator[list[Ask], list[Reply], list[float]]:
        """For each vote the probability that its key is what the answer says."""
        keys = [vote.key for vote in votes]
        return (yield from self.check(asked.question, asked.answer, keys))

    def check(
        self, question: str, answer: str, keys: Sequence[str]
    ) -> Generator[list[Ask], list[Reply], list[float]]:
        """For each key the probability that it is what the answer says."""
        if not keys:
            return []
        prompts = [recipe.build_check_prompt(question, answer, key) for key in keys]
        replies = yield [yes_or_no(self.gemma.encode(prompt)) for prompt in prompts]
        return [reply.yes for reply in replies]

    def _phrases(self, asked: Asked, votes: Sequence[Vote]) -> list[Vote]:
        """What the answer says and no try did."""
        known = {fold(text) for text in (*(vote.key for vote in votes), *asked.avoid)}
        return [
            phrase_vote(text, votes)
            for text in phrases(asked.answer)
            if fold(text) not in known and checks.showable(text)
        ]

    def _weigh(
        self, prompt: Tokens, tried: Sequence[Vote], said: Sequence[Vote]
    ) -> list[Candidate]:
        """What was tried, then the likeliest of what else the answer says."""
        likely = self.gemma.weigh(prompt, [vote.key for vote in (*tried, *said)])
        weighed = [
            Candidate(vote=vote, likelihood=share, phrase=place >= len(tried))
            for place, (vote, share) in enumerate(
                zip((*tried, *said), likely, strict=True)
            )
        ]
        known, others = weighed[: len(tried)], weighed[len(tried) :]
        others.sort(key=lambda one: one.likelihood, reverse=True)
        return known + others[:PHRASES]


def wanted(avoid: Sequence[str], keys: Sequence[str]) -> list[str]:
    """The tries without the keys to avoid, unless nothing else is left."""
    tries = [squeeze(key).rstrip(".") for key in keys]
    unwanted = {fold(text) for text in avoid}
    return [key for key in tries if fold(key) not in unwanted] or tries
