"""One question for the person behind an answer, to be answered or passed.

Hand-written, in `wording/followups.json`. It invites a story and never asks for a
reason, a name, a price or a "why not"; a card without a name asks the whole room.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path

from app.kinds import Card

_FILE = Path(__file__).parent / "wording" / "followups.json"
UNNAMED = "unnamed"


@functools.cache
def followups(language: str) -> Mapping[str, list[str]]:
    """The questions of one language, by kind of card."""
    return json.loads(_FILE.read_text("utf-8"))[language]


def followup(card: Card, place: int, language: str) -> str:
    """The question that goes with this card; the next card brings another one."""
    choices = followups(language)[card.kind if card.people else UNNAMED]
    return choices[place % len(choices)]
