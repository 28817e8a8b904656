"""Conversation topics for the room while it waits; `wording/guide.json`.

Easy to answer, kind to everybody: nothing about age, health, family trouble, money,
faith, politics or looks. Each meeting sees them in its own order, one at a time.
"""

from __future__ import annotations

import functools
import json
import random
from pathlib import Path

SECONDS_PER_TOPIC = 45  # long enough for two or three people to answer
_FILE = Path(__file__).parent / "wording" / "guide.json"


@functools.cache
def topics(language: str) -> tuple[str, ...]:
    """All topics of one language, as written."""
    return tuple(json.loads(_FILE.read_text("utf-8"))[language])


def order(language: str, meeting_id: str) -> list[str]:
    """The topics in the order of one meeting: shuffled, but always the same."""
    shuffled = list(topics(language))
    random.Random(meeting_id).shuffle(shuffled)
    return shuffled


def position(seconds: float) -> int:
    """How many topics have gone by after so many seconds of waiting."""
    return max(0, int(seconds // SECONDS_PER_TOPIC))


def topic(language: str, meeting_id: str, seconds: float) -> str:
    """The topic of the moment; after the last one the first comes again."""
    queue = order(language, meeting_id)
    return queue[position(seconds) % len(queue)]
