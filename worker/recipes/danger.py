"""The chat recipe's second task: does a child's message tell of a danger, yes or no?

The third ear beside the rules and `worker.quality.ear`: what neither knows, the model
may still understand. It learns from the labelled lines of chat_safety.jsonl.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from worker.quality import childsafety
from worker.quality.text import break_control_tokens
from worker.training.files import DataError

YES, NO = "yes", "no"
LEARNT = ("tuned", "train")  # splits; the others are for measuring only

_WORDING = Path(__file__).parent.parent / "wording"


def build_danger_prompt(message: str) -> str:
    """A prompt that is answered yes or no; the message as the rules read it.

    Example, for "나 주꼬 시퍼":

        <start_of_turn>user
        아이가 이렇게 말했어요. ... yes / no

        나 죽고 싶어<end_of_turn>
        <start_of_turn>model
    """
    text = break_control_tokens(childsafety.as_meant(message))
    return Template(_wording()).substitute(message=text)


def is_labelled(row: Mapping[str, Any]) -> bool:
    """Whether a row is a labelled line, not a dialogue."""
    return "side" in row


def is_learnt(row: Mapping[str, Any]) -> bool:
    """Whether a labelled line may be learnt from: what a child says, danger or not.

    What we answer ourselves for another reason (`childsafety.DELICATE`) is neither:
    the rules find it, and to learn "no" from it would be wrong.
    """
    told = row["kind"] is None or row["kind"] in childsafety.DANGERS
    return row["side"] == "child" and row["split"] in LEARNT and told


def labelled_pair(row: Mapping[str, Any]) -> tuple[str, str]:
    """The prompt and the target of a labelled line."""
    return build_danger_prompt(row["text"]), NO if row["kind"] is None else YES


def everyday_pair(message: str) -> tuple[str, str]:
    """The prompt and the target of a message that tells of no danger."""
    return build_danger_prompt(message), NO


def checked_label(row: dict[str, Any], place: str) -> dict[str, Any]:
    """The row itself, if it is a whole labelled line.

    Raises:
        DataError: naming the place and what it must have.
    """
    if not {"side", "text", "kind", "split"} <= row.keys():
        raise DataError(f"{place} must have side, text, kind and split.")
    return row


@functools.cache
def _wording() -> str:
    return (_WORDING / "chat_danger_prompt.txt").read_text(encoding="utf-8")
