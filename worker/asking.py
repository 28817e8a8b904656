"""What is asked of the model, and what it says.

A *conversation* is a generator: it yields a list of `Ask`, is sent one `Reply` for
each, and returns its result. Whoever runs it decides what is computed together
(`worker.writer`, `worker.rounds`); the replies do not depend on that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from worker.sampling import Sampling

LONGEST_PROMPT = 448  # tokens of a prompt that leaves room for the most replies
CANDIDATES = 8  # replies to one prompt, at most
NEW_TOKENS = 96  # tokens of a reply, if there are the most
ROOM = LONGEST_PROMPT + CANDIDATES * NEW_TOKENS  # of a prompt and all its replies
YES = "yes"
END_OF_TURN = "<end_of_turn>"  # of Gemma

Tokens = list[int]


class PromptTooLong(ValueError):
    """A prompt and its replies need more tokens than there is room for."""


@dataclass(frozen=True)
class Ends:
    """Tokens that end a reply.

    `stop` is no part of it. `close` is: the end of the model's turn, which a reader may
    want to see; None if the vocabulary has none.
    """

    stop: int
    close: int | None = None

    def __contains__(self, token: int) -> bool:
        return token in (self.stop, self.close)

    @classmethod
    def of(cls, tokenizer) -> Ends:
        """The ends that a tokenizer knows."""
        close = tokenizer.token_to_id(END_OF_TURN)
        known = tokenizer.id_to_token(close) == END_OF_TURN
        return cls(tokenizer.end_token_id, close if known else None)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long replies may get and how they are drawn; no part of a compiled shape."""

    new_tokens: int
    sampling: Sampling = field(default_factory=Sampling)


FIRST_TOKEN = Plan(new_tokens=1)


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A prompt and how many replies it wants, one for each seed; the first is greedy.

    What has no room is refused, never cut. When three quarters of the replies have
    ended, the others end where they are: the slowest ones mostly go round in circles.
    """

    prompt: Tokens
    seeds: np.ndarray  # uint32
    plan: Plan

    def __post_init__(self) -> None:
        replies, length = len(self.seeds), self.plan.new_tokens
        longest = ROOM - replies * length
        if not 1 <= len(self.prompt) <= longest:
            raise PromptTooLong(
                f"A prompt with {replies} replies of {length} tokens must have 1 to "
                f"{longest} tokens. Received: {len(self.prompt)}."
            )
        if replies > CANDIDATES:
            raise ValueError(
                f"A prompt can have {CANDIDATES} replies. Received: {replies}."
            )

    @property
    def enough(self) -> int:
        """Replies that must have ended for the others to end."""
        return max(1, len(self.seeds) * 3 // 4)


def ask_for(prompt: Tokens, wanted: int, plan: Plan, seed_text: str) -> Ask:
    """An ask for `wanted` replies, or as many as have room; the same text, the same.

    Raises:
        PromptTooLong: if not even one has room.
    """
    count = max(1, replies_with_room(prompt, wanted, plan.new_tokens))
    return Ask(prompt=prompt, seeds=seeds(seed_text, "ask", count), plan=plan)


def seeds(text: str, purpose: str, count: int) -> np.ndarray:
    """`count` uint32 seeds that depend on text and purpose alone."""
    digest = hashlib.sha256(f"{purpose} {text}".encode()).digest()
    return np.random.default_rng(list(digest)).integers(
        0, 2**32, size=count, dtype=np.uint32
    )


def replies_with_room(prompt: Tokens, wanted: int, new_tokens: int) -> int:
    """How many replies of so many tokens a prompt can have, at most `wanted`.

    Example, a prompt of 700 tokens: of 8 wanted replies of 96 tokens 5 have room.
    """
    return max(0, min(wanted, (ROOM - len(prompt)) // new_tokens))


@dataclass(frozen=True, kw_only=True)
class Written:
    """Tokens of each reply without the stop token, and how sure the first one was."""

    tokens: list[Tokens]
    sure: float  # probability of the first greedy token, 0 to 1


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The texts of a `Written`."""

    texts: list[str]
    sure: float

    @property
    def yes(self) -> float:
        """Probability that the first reply is "yes", 0 to 1."""
        return self.sure if self.texts[0].strip() == YES else 1 - self.sure


Conversation = Generator[list[Ask], list[Reply], Any]
WrittenConversation = Generator[list[Ask], list[Written], Any]
