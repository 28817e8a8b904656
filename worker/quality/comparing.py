"""Two judgements of the same rows side by side: is the difference more than chance?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from worker.quality.metrics import Judgement, Row
from worker.quality.report import (
    COLUMNS,
    OUTSIDERS,
    RARITY,
    STRATEGIES,
    aligned,
    groups,
)

RESAMPLES = 10_000
CHANCE = 0.05  # a smaller p is called a difference


def compare(
    rows: Sequence[Row], first: Sequence[Judgement], second: Sequence[Judgement]
) -> dict[str, Any]:
    """Every metric over all rows, and the right key by group, each pair by pair.

    Returns:
        `metrics` and `right_key` by name with what `paired` gives, and the numbers
        of the rows, from 0, whose key only one of the two gets right.
    """
    names = [*COLUMNS, *OUTSIDERS, *RARITY, *STRATEGIES]
    found = {name: _pairs(first, second, name) for name in names}
    right = _pairs(first, second, "right_key")
    return {
        "metrics": {name: paired(pairs) for name, pairs in found.items() if pairs},
        "right_key": {
            group: paired([right[i] for i in members])
            for group, members in groups(rows).items()
        },
        "only_first_right": [i for i, (a, b) in enumerate(right) if a > b],
        "only_second_right": [i for i, (a, b) in enumerate(right) if a < b],
    }


def _pairs(
    first: Sequence[Judgement], second: Sequence[Judgement], name: str
) -> list[tuple[float, float]]:
    """Both values of the rows for which both are known."""
    values = [(a.get(name), b.get(name)) for a, b in zip(first, second, strict=True)]
    return [(a, b) for a, b in values if a is not None and b is not None]


def paired(pairs: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """Both shares, their difference with its 95 % interval, and the sign test.

    The interval is a bootstrap over rows, the test McNemar's exact one: of the rows
    in which the two differ, each should be the higher one in half of them by chance.

    Args:
        pairs: value of the first and of the second, 0.0 to 1.0, at least one pair.

    Example: [(1, 0), (0, 1), (0, 1), (1, 1)] -> first 0.5, second 0.75,
    difference 0.25, first_higher 1, second_higher 2, p 1.0.
    """
    a, b = np.asarray(pairs, np.float64).T
    more, less = int((b > a).sum()), int((b < a).sum())
    return {
        "n": len(pairs),
        "first": round(float(a.mean()), 4),
        "second": round(float(b.mean()), 4),
        "difference": round(float((b - a).mean()), 4),
        "interval": bootstrap(b - a),
        "first_higher": less,
        "second_higher": more,
        "p": round(sign_test(more, less), 4),
    }


def sign_test(one: int, other: int) -> float:
    """Two-sided exact p: how often a fair coin falls at least so unevenly.

    Example: (0, 5) -> 0.0625; (3, 3) -> 1.0.
    """
    n = one + other
    tail = sum(math.comb(n, k) for k in range(min(one, other) + 1))
    return min(1.0, 2 * tail / 2**n)


def bootstrap(differences: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean of `differences`, float `(n,)`; always the same one."""
    n = len(differences)
    values, counts = np.unique(differences, return_counts=True)
    drawn = np.random.default_rng(0).multinomial(n, counts / n, RESAMPLES)
    low, high = np.percentile(drawn @ values / n, (2.5, 97.5))
    return round(float(low), 4), round(float(high), 4)


def as_text(compared: Mapping[str, Any], names: tuple[str, str]) -> str:
    """Aligned lines in percent, and a sentence on the right key."""
    heads = {
        **COLUMNS,
        **RARITY,
        **STRATEGIES,
        **{n: f"outsider {OUTSIDERS[n]}" for n in OUTSIDERS},
    }
    lines = [["", "n", "1st", "2nd", "difference", "1st higher", "2nd higher", "p"]]
    for name, one in compared["metrics"].items():
        lines.append(_line(heads[name], one))
    for group, one in compared["right_key"].items():
        if group != "all":
            lines.append(_line(f"right key, {group}", one))
    title = f"1st: {names[0]}\n2nd: {names[1]}"
    return "\n".join([title, *aligned(lines), _verdict(compared["right_key"]["all"])])


def _line(head: str, one: Mapping[str, Any]) -> list[str]:
    low, high = (100 * bound for bound in one["interval"])
    return [
        head,
        str(one["n"]),
        f"{100 * one['first']:.1f}",
        f"{100 * one['second']:.1f}",
        f"{100 * one['difference']:+.1f} ({low:+.1f} to {high:+.1f})",
        str(one["first_higher"]),
        str(one["second_higher"]),
        _p(one),
    ]


def _p(one: Mapping[str, Any]) -> str:
    return f"{one['p']:.3f}" if one["p"] >= 0.001 else "<0.001"


def _verdict(one: Mapping[str, Any]) -> str:
    if one["p"] >= CHANCE:
        return f"right key: the difference can well be chance (p {_p(one)})"
    better = "1st" if one["difference"] < 0 else "2nd"
    return f"right key: the {better} is better, hardly by chance (p {_p(one)})"
