"""Numbers with their units, however an abstract writes them."""

from __future__ import annotations

import pytest

from worker.quality.quantities import quantities


def read(text: str) -> list[tuple[float, str]]:
    return [(one.value, one.unit) for one in quantities(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,240건", [(1240, "건")]),
        ("3만 5천 명", [(35_000, "명")]),
        ("10만 2,400원", [(102_400, "원")]),
        ("2억 원", [(200_000_000, "원")]),
        ("참가자 열두 명", [(12, "명")]),
        ("두 배로", [(2, "배")]),
        ("십 년 동안 삼십 명", [(10, "년"), (30, "명")]),
        ("3분의 1", [(1 / 3, "")]),
        ("절반 이상", [(0.5, "")]),
        ("영하 20도에서 -5℃", [(-20, "℃"), (-5, "℃")]),
        ("4.2퍼센트와 4.2 %p", [(4.2, "%"), (4.2, "%p")]),
        ("6.8 wt%에서", [(6.8, "wt%")]),
        ("30여 명", [(30, "명")]),
        ("1990년대", [(1990, "년대")]),
        ("twenty-six patients", [(26, "명")]),
        ("three hundred sites", [(300, "곳")]),
    ],
)
def test_a_number_is_read_with_its_unit(text, found):
    assert read(text) == pytest.approx(found) if not found else read(text) == found


def test_a_ranges_unit_belongs_to_both_ends():
    assert read("20~30대와 40-50대") == [(20, "대"), (30, "대"), (40, "대"), (50, "대")]


@pytest.mark.parametrize(
    "text",
    ["이해와 세대", "세상 모든 네모", "이 해에", "잇는 일이기도", "한 학교", "BK-17"],
)
def test_what_only_looks_like_a_number_is_none(text):
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("65세 이상", "over"),
        ("70%를 넘으면", "over"),
        ("500m 이내", "under"),
        ("3회", ""),
    ],
)
def test_a_bound_is_told(text, bound):
    assert quantities(text)[0].bound == bound


def test_places_lead_back_to_the_text():
    text = "그 결과 34종에서 19종으로 줄었다."
    assert [text[one.start : one.end] for one in quantities(text)] == ["34종", "19종"]
