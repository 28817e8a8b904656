"""What is asked of the model, and what it says.

A *conversation* is a generator: it yields a list of `Ask`, is sent one `Reply` for
each, and returns its result. Whoever runs it decides what is computed together
(`worker.writer`, `worker.rounds`); the replies do not depend on that.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from worker.sampling import Sampling

LONGEST_PROMPT = 448  # tokens; more is refused, never cut
CANDIDATES = 8  # replies to one prompt, at most
NEW_TOKENS = 96  # tokens of the longest reply
YES = "yes"

Tokens = list[int]


class PromptTooLong(ValueError):
    """A prompt needs more tokens than there is room for."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long replies may get and how they are drawn; no part of a compiled shape."""

    new_tokens: int
    sampling: Sampling = field(default_factory=Sampling)


FIRST_TOKEN = Plan(new_tokens=1)


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A prompt and how many replies it wants, one for each seed; the first is greedy.

    When three quarters of the replies have ended, the others end where they are: the
    slowest ones mostly go round in circles.
    """

    prompt: Tokens
    seeds: np.ndarray  # uint32
    plan: Plan

    def __post_init__(self) -> None:
        if not 1 <= len(self.prompt) <= LONGEST_PROMPT:
            raise PromptTooLong(
                f"A prompt must have 1 to {LONGEST_PROMPT} tokens. "
                f"Received: {len(self.prompt)}."
            )
        if len(self.seeds) > CANDIDATES or self.plan.new_tokens > NEW_TOKENS:
            raise ValueError(
                f"A prompt can have {CANDIDATES} replies of {NEW_TOKENS} tokens. "
                f"Received: {len(self.seeds)} of {self.plan.new_tokens}."
            )

    @property
    def enough(self) -> int:
        """Replies that must have ended for the others to end."""
        return max(1, len(self.seeds) * 3 // 4)


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
