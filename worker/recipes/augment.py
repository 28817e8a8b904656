"""Training answers made from other training answers, to learn reading, not guessing.

All four options of a row answer the same question, so any of them can be the right
one: put in the place of the key, or chosen over the others in a made-up sentence. And
what another person said about something else may stand before or behind an answer.
The same row always gives the same result. docs/LOG.md has what each is worth.
"""

from __future__ import annotations

import functools
import json
import random
import re
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from worker.quality.particles import mend_particle

Row = Mapping[str, Any]

_FILE = Path(__file__).parent.parent / "wording" / "rejections.json"
_WORD = re.compile(r"[가-힣]{2,}|[a-z]{4,}")
_LONGEST = 300  # characters of two answers together


@functools.cache
def _sentences() -> dict[str, list[str]]:
    return json.loads(_FILE.read_text(encoding="utf-8"))


def rejecting(row: Row) -> tuple[str, str]:
    """A made-up answer that rejects some options for another, and its key.

    Example, for the options Hiking, Chess, Tea and Judo:

        ("It used to be Chess. These days it's Judo.", "Judo")
    """
    draw = random.Random(row["answer"])
    yes, no, nor = draw.sample(list(row["options"]), 3)
    sentence = draw.choice(_sentences()[row.get("lang", "ko")])
    return Template(sentence).substitute(yes=yes, no=no, nor=nor), yes


def swapped(row: Row) -> tuple[str, str] | None:
    """The answer with a wrong option in the key's place, and that option as key.

    If the answer names the wrong option too, the two change places. None if the key
    does not stand in the answer just once.

    Example, key Judo, wrong option Chess: "Chess as a child, Judo now" ->
    ("Judo as a child, Chess now", "Chess").
    """
    key = row["options"][row["correct"] - 1]
    answer = row["answer"]
    if len(key) < 2 or answer.count(key) != 1:
        return None
    draw = random.Random(answer)
    other = draw.choice([option for option in row["options"] if option != key])
    if key in other or other in key or answer.count(other) > 1:
        return None
    parts = re.split(f"({re.escape(key)}|{re.escape(other)})", answer)
    for i in range(1, len(parts), 2):
        parts[i] = other if parts[i] == key else key
        parts[i + 1] = mend_particle(parts[i], parts[i + 1])
    return "".join(parts), other


def joined(row: Row, beside: Row) -> tuple[str, str] | None:
    """The answer with another person's answer to another question, and the key.

    None if the questions have a word in common or the texts are long.
    """
    key = row["options"][row["correct"] - 1]
    if row.get("lang") != beside.get("lang") or _alike(row, beside):
        return None
    texts = [row["answer"], beside["answer"]]
    if sum(map(len, texts)) > _LONGEST:
        return None
    random.Random(row["answer"]).shuffle(texts)
    first, second = (text.strip() for text in texts)
    return f"{first}{'' if first[-1] in '.!?~' else '.'} {second}", key


def _alike(row: Row, beside: Row) -> bool:
    words = set(_WORD.findall(row["question"].lower()))
    return bool(words & set(_WORD.findall(beside["question"].lower())))
