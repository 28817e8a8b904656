"""Made-up answers that reject some options of a training row for another.

All four options of a row answer the same question, so any of them can be the right
one. The model then has to read which is rejected, not which comes first.
"""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

_FILE = Path(__file__).parent.parent / "wording" / "contrast.json"


@functools.cache
def _sentences() -> dict[str, list[str]]:
    return json.loads(_FILE.read_text(encoding="utf-8"))


def make_up(row: Mapping[str, Any]) -> tuple[str, str]:
    """An answer and its key; the same row always gives the same pair.

    Example, for the options Hiking, Chess, Tea and Judo:

        ("It used to be Chess. These days it's Judo.", "Judo")
    """
    draw = random.Random(row["answer"])
    yes, no, nor = draw.sample(list(row["options"]), 3)
    sentence = draw.choice(_sentences()[row.get("lang", "ko")])
    return Template(sentence).substitute(yes=yes, no=no, nor=nor), yes
