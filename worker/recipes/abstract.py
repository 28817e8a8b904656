"""The abstract recipe: how a summary becomes a prompt, and a reply an abstract.

One wording for training and use. The turns are Gemma's own, as the seed model learned
them; the end of the turn is what makes it stop.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any

from worker.quality.text import break_control_tokens, squeeze
from worker.training.files import DataError, Row, checked, read_jsonl

NAME = "abstract"
PROMPT_VERSION = 1

_WORKER = Path(__file__).parent.parent
TRAIN_FILES = (_WORKER / "data" / "abstract_train.jsonl",)
TEST_FILE = _WORKER / "data" / "abstract_test.jsonl"
ADAPTER = _WORKER / "adapters" / "abstract"

FIELDS = ("summary", "original")
END_OF_TURN = "<end_of_turn>"

_NEXT_TURN = re.compile(r"<end_of_turn>|<start_of_turn>|<eos>")
_HEADING = re.compile(
    r"^\W*(?:초록|국문 ?초록|요약|abstract|model)\W*[:：\n]\W*", re.IGNORECASE
)
_WHOLE = re.compile(r"^.*[.!?。][\"'”’)\]]*(?=\s|$)", re.DOTALL)


def build_prompt(summary: str) -> str:
    """The seed model's prompt; text of a person stays text.

    Example, for "표본 30명.":

        <start_of_turn>user
        다음 글을 더 길게 써주세요:
        표본 30명.<end_of_turn>
        <start_of_turn>model
    """
    return Template(_wording()).substitute(summary=_as_text(summary))


def build_target(original: str) -> str:
    """The reply to learn: the abstract and the end of the turn."""
    return f"{_as_text(original)}{END_OF_TURN}"


def training_pairs(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The prompt and the target of one training row."""
    return [(build_prompt(row["summary"]), build_target(row["original"]))]


def parse_reply(text: str) -> str | None:
    """The abstract in a reply; None if there is not one whole sentence.

    What follows the end of the turn is dropped, and so is a heading or a last
    sentence that was cut short.

    Example: "초록: 표본은 30명이다. 그 결과<end_of_turn>" -> "표본은 30명이다."
    """
    text = _HEADING.sub("", _NEXT_TURN.split(text.strip())[0])
    whole = _WHOLE.match(text.strip())
    return squeeze(whole[0]) if whole else None


def read_rows(path: Path) -> list[Row]:
    """Rows of a JSONL file of ours, or of a JSON file in AIHub's shape.

    The shape is `[{"data": [{"ipc", "title", "summary_entire": [{"summary_text",
    "orginal_text"}]}]}]`, spelt so in the source; every pair becomes a row.

    Raises:
        DataError: naming the file, the place in it and what is missing.
    """
    if path.suffix == ".json":
        return list(_from_aihub(path))
    return read_jsonl(path, FIELDS)


def _from_aihub(path: Path) -> Iterator[Row]:
    for place, paper in _papers(path):
        for pair in paper.get("summary_entire") or ():
            yield checked(
                {
                    "category": str(paper.get("ipc") or ""),
                    "title": squeeze(str(paper.get("title") or "")),
                    "summary": squeeze(str(pair.get("summary_text") or "")),
                    "original": squeeze(str(pair.get("orginal_text") or "")),
                },
                FIELDS,
                place,
            )


def _papers(path: Path) -> Iterator[tuple[str, Row]]:
    """Each paper with its place, "file.json: data 1, paper 3"."""
    content = _parsed(path)
    for part, group in enumerate(content, start=1):
        for number, paper in enumerate(group["data"], start=1):
            yield f"{path.name}: data {part}, paper {number}", paper


def _parsed(path: Path) -> list[Row]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        fits = all(isinstance(one, dict) for group in content for one in group["data"])
    except (ValueError, KeyError, TypeError):
        fits = False
    if not fits:
        raise DataError(
            f"{path.name} must be a JSON list of objects whose `data` is a list of "
            "papers."
        )
    return content


def _as_text(text: str) -> str:
    return break_control_tokens(squeeze(text))


@functools.cache
def _wording() -> str:
    file = _WORKER / "wording" / "abstract_prompt.txt"
    return file.read_text(encoding="utf-8")
