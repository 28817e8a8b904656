"""Conversation topics for the room while it waits; `wording/guide.json`.

Easy to answer, kind to everybody: nothing about age, health, family trouble, money,
faith, politics or looks. Topics about the people in the room (app/room_topics.py) come
in between as soon as there are any. Each meeting sees its own order, one at a time.
"""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Sequence
from itertools import chain, zip_longest
from pathlib import Path

SECONDS_PER_TOPIC = 45  # long enough for two or three people to answer
_FILE = Path(__file__).parent / "wording" / "guide.json"


@functools.cache
def topics(language: str) -> tuple[str, ...]:
    """All written topics of one language, as written."""
    return tuple(json.loads(_FILE.read_text("utf-8"))[language])


def order(language: str, meeting_id: str) -> list[str]:
    """The written topics in the order of one meeting: shuffled, but always the same."""
    shuffled = list(topics(language))
    random.Random(meeting_id).shuffle(shuffled)
    return shuffled


def mixed(base: Sequence[str], room: Sequence[str] = ()) -> list[str]:
    """By turns a topic of the room and a written one, as long as there are both.

    Example: ["a", "b", "c"] and ["R"] are ["R", "a", "b", "c"].
    """
    pairs = zip_longest(room, base[: len(room)])
    by_turns = [one for one in chain.from_iterable(pairs) if one is not None]
    return [*by_turns, *base[len(room) :]]


def position(seconds: float) -> int:
    """How many topics have gone by after so many seconds of waiting."""
    return max(0, int(seconds // SECONDS_PER_TOPIC))


def topic(
    language: str, meeting_id: str, seconds: float, room: Sequence[str] = ()
) -> str:
    """The topic of the moment; after the last one the first comes again."""
    queue = mixed(order(language, meeting_id), room)
    return queue[position(seconds) % len(queue)]
