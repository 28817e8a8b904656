"""Findings of direction, told from aims, questions and backgrounds."""

from __future__ import annotations

import pytest

from worker.quality.directions import directions


def findings(text: str) -> list[tuple[str, int, bool]]:
    return [(one.axis, one.sign, one.denied) for one in directions(text) if one.finding]


@pytest.mark.parametrize(
    ("text", "axis", "sign", "denied"),
    [
        ("매출이 늘었다.", "amount", 1, False),
        ("효율이 향상된 것으로 나타났다.", "amount", 1, False),
        ("몰입감은 높게 나타났다.", "amount", 1, False),
        ("성공률이 높음.", "amount", 1, False),
        ("메탄 생산량 증가.", "amount", 1, False),
        ("오차가 작아졌으며", "amount", -1, False),
        ("부담은 줄지 않았다.", "amount", -1, True),
        ("두 군의 차이가 없었다.", "existence", -1, False),
        ("결과는 다르지 않았다.", "difference", -1, False),
        ("효과는 유의하지 않았음.", "significance", -1, False),
        ("양의 상관관계를 보였다.", "valence", 1, False),
        ("The score increased.", "amount", 1, False),
        ("Pain did not decrease.", "amount", -1, True),
        ("No significant difference.", "significance", -1, False),
    ],
)
def test_a_finding_has_an_axis_and_a_sign(text, axis, sign, denied):
    assert (axis, sign, denied) in findings(text)


@pytest.mark.parametrize(
    "text",
    [
        "매출을 늘리고자 하였다.",
        "소음을 줄이는 방안을 찾았다.",
        "효과를 높일 수 있다.",
        "무엇이 달라지는지를 살폈다.",
        "겉으로는 비슷해 보이지만",
        "그런 일이 많다.",
        "가게는 자주 닫는다.",
        "말하지 않음의 침묵",
        "We aim to reduce costs.",
    ],
)
def test_an_aim_a_question_and_a_background_are_no_findings(text):
    assert findings(text) == []


def test_each_clause_speaks_of_its_own_subject():
    rise, stay = directions("매출은 늘었으나 이익은 줄지 않았다.")
    assert (rise.about, stay.about) == ({"매출"}, {"이익"})
