"""What a text claims about the way things go: up, down, alike, significant.

A claim is a finding: "증가하였다", "높은 것으로 나타났다". An aim or a suggestion is
none: "늘리고자", "높일 수 있다", "줄이는 방안". The words are in worker/wording/
directions_{ko,en}.json.
"""

from __future__ import annotations

from worker.quality import directions_en, directions_ko
from worker.quality.direction_words import Direction
from worker.quality.words import has_hangul


def directions(text: str) -> list[Direction]:
    """The words of direction in `text`, in their order.

    Example: "매출은 늘었으나 이익은 줄지 않았다." -> amount up about 매출, and amount
    down, denied, about 이익.
    """
    reader = directions_ko if has_hangul(text) else directions_en
    return reader.read(text)
