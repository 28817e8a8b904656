"""The slang recipe: how a scene becomes a prompt, and a reply becomes a new word.

The wording is the seed model's, word for word: its tag, the context and its condition,
in the Instruction/Response template it was trained with. What a person asks for
besides ("three syllables, please") is added after the seed's condition.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from worker.quality.text import break_control_tokens, squeeze
from worker.training.files import Row, read_csv, read_jsonl

NAME = "slang"
PROMPT_VERSION = 1

_WORKER = Path(__file__).parent.parent
TRAIN_FILES = (_WORKER / "data" / "slang_train.jsonl",)
TEST_FILE = _WORKER / "data" / "slang_test.jsonl"
ADAPTER = _WORKER / "adapters" / "slang"

FIELDS = ("slang", "description", "example")
COLUMNS = ("Slang", "Description", "Example", "Context")  # of the public CSV

# A label begins a part: at the start of a line, after a sentence, or as our own do.
_LABELS = {
    "slang": "slang(?: term)?|(?:new )?term|word|신조어|단어|용어|말",
    "description": "description|definition|meaning|뜻|의미|정의|설명",
    "example": "examples?(?: conversation| sentence)?|예시|예문|대화|예",
}
_LABEL = re.compile(
    r"(?:^|\n|(?<=[.!?'\"”’])\s|\s(?=(?:description|example):))[ \t>*#\-–•\d.)(]*"
    + "(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _LABELS.items())
    + r")[ \t]*\**[ \t]*[:：]\**[ \t]*",
    re.IGNORECASE,
)
_NEXT_TURN = re.compile(
    r"<end_of_turn>|<eos>|\n\s*(?:Instruction|Response)\s*:", re.IGNORECASE
)
_WRAPPING = "*_`\"'“”‘’「」『』<>[]() \t"
_HANGUL = re.compile("[가-힣]")


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A new word as the model proposes it."""

    slang: str
    description: str
    example: str


def build_prompt(context: str, condition: str = "") -> str:
    """The seed model's prompt; text of a person stays text.

    Example, for ("Rain again.", "Two words, please."):

        Instruction:
        Given the context below, create a new slang term. ... conversation:

        Rain again.

        You should suggest new slang ... also precise. Two words, please.

        Response:
    """
    asked = f"{_wording('slang_condition.txt').strip()} {_as_text(condition)}"
    return Template(_wording("slang_prompt.txt")).substitute(
        context=_as_text(context), condition=asked.strip()
    )


def build_target(slang: str, description: str, example: str) -> str:
    """The reply to learn, a part a line.

    Example, for ("cartnap", "To let something rest.", "A: 'Bought it?'"):

        Slang: cartnap
        Description: To let something rest.
        Example: A: 'Bought it?'
    """
    return "\n".join(
        f"{name.title()}: {_as_text(part)}"
        for name, part in zip(FIELDS, (slang, description, example), strict=True)
    )


def training_pairs(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Prompts and targets of one training row.

    The plain prompt, and, if the row says what it was made for, the prompt that asks
    for it: a word of a wished kind needs rows that were wished for.
    """
    target = build_target(*(row[name] for name in FIELDS))
    wishes = ["", row["condition"]] if row.get("condition") else [""]
    return [(build_prompt(row["context"], wish), target) for wish in wishes]


def read_rows(path: Path) -> list[Row]:
    """Rows of a JSONL file of ours, or of a CSV with the public columns.

    Raises:
        DataError: naming file, line and what is missing.
    """
    if path.suffix == ".csv":
        return [_from_csv(row) for row in read_csv(path, COLUMNS)]
    return read_jsonl(path, ("lang", "context", *FIELDS))


def _from_csv(row: Row) -> Row:
    fields = {name.lower(): squeeze(row[name]) for name in COLUMNS}
    return {"lang": language_of(fields["context"])} | fields


def language_of(text: str) -> str:
    """ "ko" if there is a Korean syllable in `text`, else "en"."""
    return "ko" if _HANGUL.search(text) else "en"


def parse_reply(text: str) -> Proposal | None:
    """Read a reply; None unless it has a word, a definition and an example.

    Labels may be written as a chat model would ("**뜻**: ..."); of several words the
    first counts, and what follows the reply's own end is dropped. Without any label,
    three lines are taken in order.

    Example: "Slang: cartnap\\nDescription: A rest.\\nExample: A: 'Bought it?'" ->
    Proposal(slang="cartnap", description="A rest.", example="A: 'Bought it?'").
    """
    text = _NEXT_TURN.split(text.strip())[0]
    parts = _labelled(text) if _LABEL.search(text) else _lined(text)
    parts["slang"] = parts.get("slang", "").strip(_WRAPPING).rstrip(".,!")
    cleaned = {name: squeeze(parts.get(name, "")).strip("*_ ") for name in FIELDS}
    return Proposal(**cleaned) if all(cleaned.values()) else None


def _labelled(text: str) -> dict[str, str]:
    """What follows the first label of each name, up to the next new label."""
    starts: list[tuple[str, int, int]] = []
    for match in _LABEL.finditer(text):
        name = str(match.lastgroup)
        if name not in [known for known, _, _ in starts]:
            starts.append((name, match.start(), match.end()))
        elif name == "slang":  # a second proposal begins
            text = text[: match.start()]
            break
    if starts and "slang" not in [name for name, _, _ in starts]:
        starts.insert(0, ("slang", 0, 0))  # "cartnap\nDescription: ..."
    ends = [start for _, start, _ in starts[1:]] + [len(text)]
    return {
        name: text[begin:end]
        for (name, _, begin), end in zip(starts, ends, strict=True)
    }


def _lined(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < len(FIELDS):
        return {}
    return dict(zip(FIELDS, [*lines[:2], " ".join(lines[2:])], strict=True))


def _as_text(text: str) -> str:
    return break_control_tokens(squeeze(text))


@functools.cache
def _wording(file: str) -> str:
    return (_WORKER / "wording" / file).read_text(encoding="utf-8")
