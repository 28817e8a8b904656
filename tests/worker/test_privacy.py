"""Personal data is taken out; ordinary numbers stay."""

from __future__ import annotations

import pytest

from privacy import holds_private_data, redact
from tests.worker.rows import rows


@pytest.mark.parametrize(
    "private",
    [
        "010-1234-5678",
        "01012345678",
        "010 1234 5678",
        "1012345678",
        "+82 10-1234-5678",
        "02-123-4567",
        "031)123-4567",
        "(415) 555-2671",
        "+1 415 555 2671",
        "+44 20 7946 0958",
    ],
)
def test_phone_numbers_are_private(private):
    assert redact(f"저는 {private} 입니다") == "저는 입니다"


@pytest.mark.parametrize(
    "private", ["900101-1234567", "900101 - 1234567", "9001011234567", "900101-1******"]
)
def test_resident_numbers_are_private(private):
    assert redact(f"저는 {private} 입니다") == "저는 입니다"


@pytest.mark.parametrize("private", ["alice@example.org", "a.b+c@mail.example.co.kr"])
def test_mail_addresses_are_private(private):
    assert redact(f"저는 {private} 입니다") == "저는 입니다"


@pytest.mark.parametrize(
    "private",
    [
        "1234-5678-9012-3456",
        "1234 5678 9012 3456",
        "1234567890123456",
        "110-123-456789",
    ],
)
def test_card_and_account_numbers_are_private(private):
    assert redact(f"저는 {private} 입니다") == "저는 입니다"


@pytest.mark.parametrize(
    "private",
    [
        "서울특별시 강남구 테헤란로 152",
        "경기도 성남시 분당구 판교역로 235 101동 202호",
        "테헤란로14길 6",
        "중앙로12번길 5",
        "역삼동 123-4번지",
        "221 Baker Street",
        "10 Downing St.",
        "1600 Pennsylvania Avenue",
    ],
)
def test_street_addresses_are_private(private):
    assert redact(f"집: {private}, 끝") == "집: , 끝"


def test_text_around_a_number_stays():
    assert redact("전화는 010-1234-5678이요") == "전화는 이요"


@pytest.mark.parametrize(
    "text",
    [
        "2024-12-25에 결혼",
        "12-25-2024",
        "2024년 12월 25일",
        "키 183cm 몸무게 75kg",
        "마라톤 42.195km",
        "1,000,000원",
        "평점 4.5/5",
        "1997-2003",
        "I ran 10 km in 55 minutes",
        "Route 66",
        "종로 3가",
        "지하철 2호선",
    ],
)
def test_ordinary_numbers_stay(text):
    assert not holds_private_data(text)


@pytest.mark.parametrize(
    "text",
    [
        "자전거로 27분",
        "버스로 50 분",
        "엑셀로 11년째 씁니다",
        "마음대로 3개 골라요",
        "실제로 2.5배",
        "5킬로 26분",
        "제주 올레길 7코스",
        "세로 20cm",
    ],
)
def test_a_number_behind_a_particle_is_no_street(text):
    """ "자전거로 27분" was read as a street: its answer lost the 27."""
    assert redact(text) == text


def test_keys_of_our_rows_hold_no_private_data():
    options = [
        option
        for name in ("quiz_train.jsonl", "quiz_test.jsonl")
        for row in rows(name)
        for option in row["options"]
    ]
    assert [option for option in options if holds_private_data(option)] == []
