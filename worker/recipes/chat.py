"""The chat recipe: how a child's conversation becomes a prompt, and a reply a turn.

A conversation is written in Gemma's own turns: the child's are `user`, the persona's
are `model`. Gemma has no system turn, so persona and child are described at the head
of the first user turn (`worker.recipes.dialogue`). What people wrote never becomes a
control token.

What may be said at all is not decided here: see `worker.quality.childsafety`. The
adapter learns a second task beside the replies, see `worker.recipes.danger`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.quality import childsafety
from worker.quality.text import squeeze
from worker.recipes import danger
from worker.recipes.dialogue import Scene, Turn, as_text, read_scene, read_turns
from worker.training.files import DataError, Row, checked, numbered

NAME = "chat"
PROMPT_VERSION = 1

_WORKER = Path(__file__).parent.parent
TRAIN_FILES = (
    _WORKER / "data" / "chat_train.jsonl",
    _WORKER / "data" / "chat_safety.jsonl",  # for the second task
)
TEST_FILE = _WORKER / "data" / "chat_test.jsonl"
ADAPTER = _WORKER / "adapters" / "chat"

START, END = "<start_of_turn>", "<end_of_turn>"
_MODEL = f"{START}model\n"
# The first of these ends the reply's own turn. A reply is one line: what a talkative
# model goes on with, the child's line or "user", stands on the next.
_ITS_END = re.compile(r"<end_of_turn>|<start_of_turn>|<eos>|<bos>|\n")
_LABEL = re.compile(
    r"^(?:model\s*\n|(?:수다곰|엄마|아빠|할머니|(?:담임 )?선생님|SudaGom|model)\s*:)\s*"
)
_SENTENCE = re.compile(r".*[.!?~…♪\"”'’)](?=\s|$)", re.DOTALL)
_NEEDED = ("persona", "child", "turns")
_log = logging.getLogger(__name__)


class MessageTooLong(ValueError):
    """The child's newest message alone does not fit; the text says how long it is."""


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """A prompt, and how many of the oldest turns it leaves out."""

    text: str
    dropped: int = 0


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The persona's next turn. `ended`: the model closed it; else it was cut."""

    text: str
    ended: bool


def build_prompt(
    scene: Scene,
    turns: Sequence[Turn],
    *,
    count: Callable[[str], int] | None = None,
    budget: int = 0,
) -> Prompt:
    """The prompt that asks for the persona's next turn.

    If it needs more than `budget`, the oldest turns are left out, each as a whole, and
    always so many that the child begins; the description of the scene stays.

    Args:
        scene: who talks.
        turns: oldest first.
        count: how many tokens a text has; None keeps everything.
        budget: tokens the prompt may have.

    Raises:
        MessageTooLong: if the newest turn does not fit by itself.

    Example, for 은채 (6) who says "달이 따라와":

        <start_of_turn>user
        당신은 어린이의 말동무 '수다곰'입니다. ... 아이: 은채, 6살.

        달이 따라와<end_of_turn>
        <start_of_turn>model

    """
    for dropped in _beginnings(turns):
        text = _write(scene, turns[dropped:])
        if count is None or count(text) <= budget:
            if dropped:
                _log.info("chat: left out the oldest %d of %d", dropped, len(turns))
            return Prompt(text=text, dropped=dropped)
    raise MessageTooLong(
        f"A message and its scene must fit into {budget} tokens. Received: "
        f"{count(text) if count else 0}. Shorten the message."
    )


def _beginnings(turns: Sequence[Turn]) -> Iterable[int]:
    """How many turns may be left out: none, or so many that the child begins."""
    yield 0
    yield from (n for n in range(1, len(turns)) if turns[n].by_child)


def _write(scene: Scene, turns: Sequence[Turn]) -> str:
    """The turns in Gemma's form; neighbours by the same speaker are one turn."""
    parts: list[tuple[bool, list[str]]] = [(True, [scene.describe(), ""])]
    for turn in turns:
        if parts[-1][0] != turn.by_child:
            parts.append((turn.by_child, []))
        parts[-1][1].append(as_text(turn.text))
    written = [
        f"{START}{'user' if by_child else 'model'}\n{_lines(texts)}{END}\n"
        for by_child, texts in parts
    ]
    return "".join(written) + _MODEL


def _lines(texts: Sequence[str]) -> str:
    return "\n".join(texts).strip()


def build_target(reply: str) -> str:
    """The turn to learn, with the token that ends it.

    Example: "달이 정말 크구나!" -> "달이 정말 크구나!<end_of_turn>".
    """
    return as_text(reply) + END


def training_pairs(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Prompts and targets of one row: a labelled line, or a dialogue.

    Every turn of the persona is a pair. What a child says in an everyday talk is also
    an example of a message that tells of no danger.
    """
    if danger.is_labelled(row):
        return [danger.labelled_pair(row)]
    scene, turns = read_scene(row), read_turns(row)
    replies = [
        (build_prompt(scene, turns[:n]).text, build_target(turn.text))
        for n, turn in enumerate(turns)
        if not turn.by_child
    ]
    said = [turn.text for turn in turns if turn.by_child]
    harmless = said if row.get("kind") == "everyday" else []
    return replies + [
        danger.everyday_pair(text) for text in harmless if not childsafety.by_rule(text)
    ]


def read_rows(path: Path) -> list[Row]:
    """Dialogues and labelled lines of a JSONL file.

    A dialogue has `persona, child, turns`, maybe `age, gender, system`; a labelled line
    `side, text, kind, split`. Lines that are not for learning are left out.

    Raises:
        DataError: naming file, line and what is missing.
    """
    rows = [_checked(row, place) for place, row in numbered(path)]
    return [row for row in rows if not danger.is_labelled(row) or danger.is_learnt(row)]


def _checked(row: Row, place: str) -> Row:
    if danger.is_labelled(row):
        return danger.checked_label(row, place)
    checked(row, _NEEDED, place)
    try:
        spoken = all(turn["speaker"] and turn["text"] for turn in row["turns"])
    except (TypeError, KeyError):
        spoken = False
    if not spoken:
        raise DataError(f"{place} must have turns, each with speaker and text.")
    return row


def parse_reply(text: str) -> Reply | None:
    """The one turn a reply holds, without a speaker's label; None if it holds none.

    Whatever follows the turn's own end is dropped. A turn that was cut short keeps its
    whole sentences.

    Example: "수다곰: 안녕!<end_of_turn>\\nuser" -> Reply(text="안녕!", ended=True);
    "안녕! 오늘은 무" -> Reply(text="안녕!", ended=False).
    """
    text = _LABEL.sub("", text.strip("\n "), count=1).lstrip()
    end = _ITS_END.search(text)
    turn = squeeze(text[: end.start()] if end else text)
    if not end and turn:
        whole = _SENTENCE.match(turn)
        turn = whole[0].strip() if whole else ""
    return Reply(text=turn, ended=end is not None) if turn else None
