"""Rows to train on and rows to validate with, so that neither tells of the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from worker.dataset import alike
from worker.training.files import DataError, Row


def split(rows: Sequence[Row], share: float, seed: int) -> dict[str, list[Row]]:
    """`train` and `validation`, about `share` of the rows in the latter.

    Rows that are alike, or from one page, are in the same part.

    Raises:
        DataError: if all rows hang together, so that one part would be empty.
    """
    links = [*alike.pairs(rows), *_same_page(rows)]
    groups: dict[int, list[int]] = defaultdict(list)
    for number, first in enumerate(alike.groups(len(rows), links)):
        groups[first].append(number)
    if len(groups) < 2:
        raise DataError(
            "There must be rows of at least two pages to be split. Received: "
            f"{len(rows)} that are alike or from one page. --format jsonl has no split."
        )
    wanted = max(1, round(len(rows) * share))
    order = np.random.default_rng(seed).permutation(sorted(groups))
    aside: set[int] = set()
    for first in order[:-1]:
        if len(aside) < wanted:
            aside.update(groups[int(first)])
    return {
        "train": [row for n, row in enumerate(rows) if n not in aside],
        "validation": [row for n, row in enumerate(rows) if n in aside],
    }


def _same_page(rows: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """Each row with the first one of its page."""
    first: dict[str, int] = {}
    for number, row in enumerate(rows):
        if row.get("source"):
            earlier = first.setdefault(row["source"]["url"], number)
            if earlier != number:
                yield earlier, number
