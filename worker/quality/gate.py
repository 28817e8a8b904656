"""May a new adapter take the place of the one in use? Only if it is not worse.

Each recipe has a few metrics that count, the first of them most. The new adapter is
worse if one of them falls beyond chance (the 95 % interval of the difference lies on
the bad side of zero), or, chance or not, by more than the margin; those after the first
may fall by twice as much.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worker.quality.report import aligned

MARGIN = 0.02
BETTER, WORSE = 1, -1  # what a higher value is
# Table of `worker.evaluate`, metric, and what a higher value of it is.
GATES = {
    "quiz": (
        ("all", "right_key", BETTER),
        ("all", "all_checks", BETTER),
        ("all", "two_right", WORSE),
    ),
    "slang": (
        ("best proposal", "all_checks", BETTER),
        ("best proposal", "good", BETTER),
        ("best proposal", "offensive", WORSE),
    ),
    "chat": (
        ("said", "safe", BETTER),
        ("first reply", "safe", BETTER),
        ("first reply", "on_topic", BETTER),
        ("first reply", "turn_ended", BETTER),
    ),
    "abstract": (
        ("guarded", "supported", BETTER),
        ("guarded", "coverage", BETTER),
        ("first draft", "supported", BETTER),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Gate:
    """One metric of both adapters; `low` to `high` is new minus old, in 95 %."""

    name: str
    higher_is: int
    old: float
    new: float
    low: float
    high: float

    @property
    def gain(self) -> float:
        """How much better the new one is; below 0 if it is worse."""
        return (self.new - self.old) * self.higher_is

    @property
    def fell_beyond_chance(self) -> bool:
        return (self.high if self.higher_is == BETTER else -self.low) < 0


def gates(
    recipe: str, old: Mapping[str, Any], new: Mapping[str, Any], paired: bool = False
) -> list[Gate]:
    """The metrics that count, from what `worker.evaluate` saved for each adapter.

    Args:
        recipe: name.
        old, new: `metrics` of both evaluations.
        paired: whether `new` is `compared_with` of one evaluation, row by row.
    """
    found = []
    for table, name, higher_is in GATES[recipe]:
        label = name if recipe == "quiz" else f"{table}: {name}"
        if paired and name in new:
            found.append(_paired(label, higher_is, new[name]))
        elif not paired:
            pair = (side.get(table, {}).get(name) for side in (old, new))
            found += _unpaired(label, higher_is, *pair)
    return found


def _paired(name: str, higher_is: int, one: Mapping[str, Any]) -> Gate:
    """`worker.quality.comparing.paired` with the new adapter first."""
    low, high = one["interval"]
    return Gate(
        name=name,
        higher_is=higher_is,
        old=one["second"],
        new=one["first"],
        low=0.0 - high,
        high=0.0 - low,
    )


def _unpaired(name: str, higher_is: int, old, new) -> list[Gate]:
    """Two shares or means with an interval each; none if one is not known."""
    if not (old and new and old["n"] and new["n"]):
        return []
    a, b = (one["share"] if "share" in one else one["mean"] for one in (old, new))
    half = math.hypot(*((i[1] - i[0]) / 2 for i in (old["interval"], new["interval"])))
    low, high = b - a - half, b - a + half
    return [Gate(name=name, higher_is=higher_is, old=a, new=b, low=low, high=high)]


def objections(found: Sequence[Gate], margin: float = MARGIN) -> list[str]:
    """Why the new adapter is worse, a sentence each; none if it is not."""
    reasons = [
        f"{gate.name} is worse beyond chance."
        for gate in found
        if gate.fell_beyond_chance
    ]
    for place, one in enumerate(found):
        least = 100 * margin * (2 if place else 1)
        if -100 * one.gain > least:
            fall = f"{one.name} is worse by {-100 * one.gain:.1f} points"
            reasons.append(f"{fall}; up to {least:.1f} are let pass.")
    return reasons


def as_text(found: Sequence[Gate]) -> str:
    """Old beside new, in percent, with the difference and its interval.

    Example: "right_key  86.0  87.1  +1.1 (-0.9 to +3.1)".
    """
    lines = [["", "in use", "new", "difference"]]
    for gate in found:
        low, high = 100 * gate.low, 100 * gate.high
        difference = 100 * (gate.new - gate.old)
        lines.append(
            [
                gate.name,
                f"{100 * gate.old:.1f}",
                f"{100 * gate.new:.1f}",
                f"{difference:+.1f} ({low:+.1f} to {high:+.1f})",
            ]
        )
    return "\n".join(aligned(lines))
