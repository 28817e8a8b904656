"""Personal data is taken out; ordinary numbers stay."""

from __future__ import annotations

import time

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
        "020 7946 0958",
        "07911 123456",
        "0082 10 1234 5678",
        "138 1234 5678",
        "070-1234-5678",
        "0 1 0 1 2 3 4 5 6 7 8",
        "0️⃣1️⃣0️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣",
        "０１０－１２３４－５６７８",
        "010\u200b1234\u200b5678",
        "공일공 일이삼사 오육칠팔",
        "공일공-1234-5678",
        "영일영 다시 일이삼사 다시 오육칠팔",
        "zero one zero one two three four five six seven eight",
    ],
)
def test_phone_numbers_are_private(private):
    assert redact(f"저는 {private} 입니다") == "저는 입니다"


@pytest.mark.parametrize(
    "private",
    [
        "900101-1234567",
        "900101 - 1234567",
        "9001011234567",
        "900101-1******",
        "900101 1234567",
        "850315-5123456",
        "123-45-6789",
    ],
)
def test_resident_numbers_are_private(private):
    assert redact(f"저는 {private} 입니다") == "저는 입니다"


@pytest.mark.parametrize(
    "private",
    [
        "alice@example.org",
        "a.b+c@mail.example.co.kr",
        "alice @ example.org",
        "alice(at)example.com",
        "alice [at] example [dot] com",
        "alice at gmail.com",
        "alice at example dot com",
        "alice골뱅이네이버닷컴",
        "alice 골뱅이 naver.com",
    ],
)
def test_mail_addresses_are_private(private):
    assert redact(f"저는 {private} 입니다") == "저는 입니다"


@pytest.mark.parametrize(
    "private",
    [
        "1234-5678-9012-3456",
        "1234 5678 9012 3456",
        "1234567890123456",
        "110-123-456789",
        "국민은행 123456-12-123456",
        "카카오뱅크 3333-01-1234567",
        "농협 352 1234 5678 93",
        "계좌번호 1002345678901",
        "3782 822463 10005",
        "DE89 3704 0044 0532 0130 00",
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
        "350 fifth avenue",
        "행복아파트 101동 1202호",
        "강남구 역삼동 123-45",
        "SW1A 1AA",
        "PO Box 1234",
        "Hauptstraße 12",
    ],
)
def test_street_addresses_are_private(private):
    assert redact(f"집: {private}, 끝") == "집: , 끝"


@pytest.mark.parametrize(
    "private",
    [
        "M12345678",
        "M123A4567",
        "11-12-345678-90",
        "12가 3456",
        "123가4567",
        "192.168.0.10",
        "2001:db8::1",
        "https://instagram.com/alice.kim",
        "github.com/alice92",
        "@alice_kim",
        "인스타 alice_92",
        "카톡 아이디는 alice92",
        "alice#1234",
    ],
)
def test_papers_plates_links_and_handles_are_private(private):
    assert redact(f"저는 {private} 입니다") == "저는 입니다"


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
        "1000000000",
        "5,900피스",
        "2002 월드컵",
        "3.14159265358979",
        "12:30",
        "010",
        "0.101234567",
        "1592-1598",
        "2020-2022-2024",
        "978-89-546-3456-7",
        "9788954634567",
        "21-15, 18-21, 15-13",
        "127.0.0.1",
        "골뱅이 무침",
        "I work at amazon.com",
        "see you @home",
        "3 hours on the road",
        "친구 운동 3-4번",
        "30대 2024년",
        "one two three four five six seven eight nine ten",
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
        "헬멧은 따로 20 들었습니다",
        "도보로 10 정도",
    ],
)
def test_a_number_behind_a_particle_is_no_street(text):
    """ "자전거로 27분" was read as a street: its answer lost the 27."""
    assert redact(text) == text


def test_a_public_hotline_stays():
    """1588-1234 is a company's; it also looks like the years of a war."""
    assert redact("1588-1234") == "1588-1234"


def test_what_is_left_around_a_number_is_no_number_again():
    nested = "010-" * 500 + "010-1234-5678" + "-1234-5678" * 500
    assert not holds_private_data(redact(nested))


@pytest.mark.parametrize("text", ["", "\ud800", "\x00", "😀" * 50, "١٢٣", "²³¼"])
def test_odd_text_is_left_alone(text):
    assert redact(text) == text


@pytest.mark.parametrize(
    "unit",
    [
        *("a", "1", "0", "가", "로", "길1", "가구 ", "@", "a@", "a.", "1-", "공일공"),
        *(
            "12가",
            "1 a b ",
            "A1",
            "1:",
            "ab at ",
            "폰",
            "é",
            " ",
            "one ",
            "010-1234-5678",
        ),
    ],
)
def test_ten_thousand_characters_take_less_than_a_second(unit):
    started = time.monotonic()
    redact(unit * (10_000 // len(unit)))
    assert time.monotonic() - started < 1


def test_keys_of_our_rows_hold_no_private_data():
    options = [
        option
        for name in ("quiz_train.jsonl", "quiz_test.jsonl")
        for row in rows(name)
        for option in row["options"]
    ]
    assert [option for option in options if holds_private_data(option)] == []
