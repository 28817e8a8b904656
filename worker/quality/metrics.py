"""How good quizzes are, as shares with their n and a 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from worker.quality import checks
from worker.quality.matching import states_gold
from worker.quality.text import fold

METRICS = (
    "right_key",
    "well_formed",
    "distinct",
    "leak",
    "key_longest",
    "all_checks",
)
_CHECKS = (
    "key_supported",
    "gives_nothing_away",
    "options_distinct",
    "lengths_balanced",
)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """95 % confidence interval of a share (Wilson, 1927).

    Example: (8, 10) -> (0.49, 0.943).
    """
    if n == 0:
        return 0.0, 1.0
    z, share = 1.96, hits / n
    middle = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    bottom = 1 + z * z / n
    return round((middle - spread) / bottom, 3), round((middle + spread) / bottom, 3)


def share(flags: Sequence[bool]) -> dict[str, Any]:
    """A share with n and its interval."""
    hits = sum(flags)
    return {
        "share": round(hits / len(flags), 4) if flags else None,
        "n": len(flags),
        "interval": wilson(hits, len(flags)),
    }


def judge(row: Mapping[str, Any], quiz: Mapping[str, Any] | None) -> dict[str, bool]:
    """What holds for the quiz made of a labelled row; a missing quiz fails all.

    A key is right if it says what the gold option says, or one of the row's `also`
    phrasings, and no gold wrong option better: the question must ask what the survey
    asked, so another true detail of the answer counts as wrong.
    """
    if quiz is None:
        return dict.fromkeys(METRICS, False)
    options, key = quiz["options"], quiz["options"][quiz["answer"] - 1]
    gold, *wrong = _gold_first(row)
    others = [len(option) for option in options if option != key]
    return {
        "right_key": states_gold(key, gold, wrong, row.get("also", ())),
        "well_formed": len(options) == 4 and all(map(fold, options)),
        "distinct": checks.options_distinct(options),
        "leak": not checks.gives_nothing_away(quiz["question"], key, row["question"]),
        "key_longest": bool(others) and len(key) > max(others),
        "all_checks": all(quiz["checks"].get(name) for name in _CHECKS),
    }


def _gold_first(row: Mapping[str, Any]) -> list[str]:
    gold = row["options"][row["correct"] - 1]
    return [gold, *(option for option in row["options"] if option != gold)]


def table(
    rows: Sequence[Mapping[str, Any]], quizzes: Sequence[Mapping[str, Any] | None]
) -> dict[str, Any]:
    """All metrics over all rows, per language and per kind, and the key's position."""
    judged = [judge(row, quiz) for row, quiz in zip(rows, quizzes, strict=True)]
    positions = [quiz["answer"] for quiz in quizzes if quiz]
    groups = {"all": [True] * len(rows)}
    for name in ("lang", "kind"):
        for value in sorted({row.get(name, "plain") for row in rows}):
            groups[value] = [row.get(name, "plain") == value for row in rows]
    return {
        "metrics": {
            group: {
                metric: share(_chosen(judged, metric, members)) for metric in METRICS
            }
            for group, members in groups.items()
        },
        "position": {n: share([p == n for p in positions]) for n in (1, 2, 3, 4)},
    }


def _chosen(
    judged: Sequence[Mapping[str, bool]], metric: str, members: Iterable[bool]
) -> list[bool]:
    return [one[metric] for one, member in zip(judged, members, strict=True) if member]


def as_text(measured: Mapping[str, Any]) -> str:
    """The table as aligned lines, shares in percent with their interval."""
    lines = [f"{'':10}{'n':>5}" + "".join(f"{name:>22}" for name in METRICS)]
    for group, metrics in measured["metrics"].items():
        cells = "".join(f"{_cell(metrics[name]):>22}" for name in METRICS)
        lines.append(f"{group:10}{metrics['right_key']['n']:>5}{cells}")
    places = ", ".join(f"{n}: {_cell(one)}" for n, one in measured["position"].items())
    return "\n".join([*lines, f"key position  {places}"])


def _cell(one: Mapping[str, Any]) -> str:
    if one["share"] is None:
        return "-"
    low, high = one["interval"]
    return f"{100 * one['share']:.1f} ({100 * low:.0f}-{100 * high:.0f})"
