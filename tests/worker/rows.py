"""The rows in worker/data, as the tests read them."""

from __future__ import annotations

import json
from pathlib import Path

DATA = Path(__file__).parents[2] / "worker" / "data"


def rows(name: str) -> list[dict]:
    text = (DATA / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]
