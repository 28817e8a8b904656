"""Is a new adapter worse than the one in use?"""

from __future__ import annotations

import pytest

from worker.quality import gate


def share(value: float, half: float = 0.03) -> dict:
    return {"share": value, "n": 300, "interval": (value - half, value + half)}


def paired(new: float, old: float, half: float) -> dict:
    """As `comparing.paired` gives it, the new adapter first."""
    difference = old - new
    interval = (difference - half, difference + half)
    return {"first": new, "second": old, "difference": difference, "interval": interval}


def quiz(**metrics: dict) -> list[gate.Gate]:
    same = {n: paired(0.9, 0.9, 0.02) for n in ("right_key", "all_checks")}
    same["two_right"] = paired(0.05, 0.05, 0.02)
    return gate.gates("quiz", {}, same | metrics, paired=True)


@pytest.mark.parametrize(
    ("metrics", "reason"),
    [
        ({"right_key": paired(0.80, 0.86, 0.04)}, "right_key is worse beyond chance."),
        ({"two_right": paired(0.12, 0.05, 0.04)}, "two_right is worse beyond chance."),
        (
            {"right_key": paired(0.82, 0.86, 0.08)},
            "right_key is worse by 4.0 points; up to 2.0 are let pass.",
        ),
        (
            {"all_checks": paired(0.84, 0.90, 0.08)},
            "all_checks is worse by 6.0 points; up to 4.0 are let pass.",
        ),
    ],
    ids=["worse", "worse where less is better", "much", "much, not the first"],
)
def test_a_worse_adapter_is_refused(metrics, reason):
    assert reason in gate.objections(quiz(**metrics))


@pytest.mark.parametrize(
    "metrics",
    [
        {},
        {"right_key": paired(0.85, 0.86, 0.04)},
        {"two_right": paired(0.01, 0.05, 0.02)},
        {"all_checks": paired(0.87, 0.90, 0.05)},
    ],
    ids=["the same", "a point less by chance", "fewer faults", "by chance"],
)
def test_what_is_not_worse_may_pass(metrics):
    assert gate.objections(quiz(**metrics)) == []


def test_the_side_by_side_names_both_and_the_interval():
    text = gate.as_text(quiz(right_key=paired(0.871, 0.86, 0.02)))
    assert "right_key     86.0  87.1  +1.1 (-0.9 to +3.1)" in text


def test_other_recipes_are_compared_by_their_intervals():
    old, new = (
        {"best proposal": {"all_checks": share(v), "offensive": share(0.0, 0.01)}}
        for v in (0.8, 0.7)
    )
    found = gate.gates("slang", old, new)
    assert [one.name for one in found] == [
        "best proposal: all_checks",
        "best proposal: offensive",
    ]
    assert "best proposal: all_checks is worse beyond chance." in gate.objections(found)
