"""Cells become participants with answers, whatever the form looks like."""

from __future__ import annotations

import pytest

from app.sources.rows import read
from protocol import MAX_ANSWER

KO = ["타임스탬프", "이름", "취미가 뭐예요?", "좋아하는 음식은?"]
ALICE = ["2026. 3. 5 오후 2:03:11", "앨리스", "등산", "김밥"]
BOB = ["2026. 3. 5 오후 2:05:00", "밥", "", "라면"]


def keys(values: list[list[str]]) -> list[str]:
    return [row.key for row in read(values, "ko").rows]


def test_korean_form() -> None:
    table = read([KO, ALICE, BOB], "ko")
    assert table.questions == ["취미가 뭐예요?", "좋아하는 음식은?"]
    alice, bob = table.rows
    assert (alice.name, alice.consent) == ("앨리스", "named")
    assert alice.answers == {"취미가 뭐예요?": "등산", "좋아하는 음식은?": "김밥"}
    assert bob.answers == {"좋아하는 음식은?": "라면"}


def test_english_form() -> None:
    header = ["Timestamp", "Email Address", "Score", "What is your name?", "Hobby?"]
    cells = ["12/25/2024 15:30:45", "a@example.org", "3 / 5", "Alice", "Chess"]
    table = read([header, cells], "en")
    assert table.questions == ["Hobby?"]
    assert table.rows[0].name == "Alice"
    assert table.rows[0].answers == {"Hobby?": "Chess"}


def test_times_addresses_and_scores_are_nowhere_in_the_table() -> None:
    header = [
        "타임스탬프",
        "이메일 주소",
        "전화번호",
        "이름",
        "총점",
        "취미",
        "취미 [점수]",
    ]
    cells = ["2026. 3. 5 오후 2:03:11", "a@b.kr", "010-1234-5678", "앨리스", "7 / 9"]
    table = repr(read([header, [*cells, "등산", "1 / 1"]], "ko"))
    for private in ("오후", "a@b.kr", "010", "7 / 9", "1 / 1"):
        assert private not in table


def test_columns_are_recognised_by_their_cells_too() -> None:
    header = ["Horodatage", "Contact", "Name", "Hobby"]
    rows = [["25/12/2024 15:30:45", "a@b.fr", "Alice", "Chess"]]
    assert read([header, *rows], "en").questions == ["Hobby"]


@pytest.mark.parametrize(
    "title",
    [
        *("이름", "성함", "성명 *", "이름 (필수)", "닉네임", "별명", "이름(닉네임)"),
        *("이름이 무엇인가요?", "성함을 적어 주세요.", "본인의 이름을 입력해주세요"),
        *("Name", "Full name", "Your name", "What's your name?", "Nickname"),
        *("First name (required)", "NAME:"),
    ],
)
def test_column_of_names(title: str) -> None:
    (row,) = read([[title, "취미"], ["앨리스", "등산"]], "ko").rows
    assert row.name == "앨리스"


@pytest.mark.parametrize(
    "title",
    [
        *("반려동물 이름", "이름이 특이한 친구가 있나요?", "좋아하는 캐릭터의 이름은?"),
        *("Pet's name?", "What is your pet's name?", "Name a place you love"),
    ],
)
def test_question_about_a_name_is_a_question(title: str) -> None:
    table = read([[title], ["초코"]], "ko")
    assert table.questions == [title]
    assert table.rows[0].name == ""


def test_nickname_beside_a_name_is_a_question() -> None:
    table = read([["별명", "이름"], ["뚝딱이", "앨리스"]], "ko")
    assert table.questions == ["별명"]
    assert table.rows[0].name == "앨리스"


def test_duplicate_and_blank_headers_stay_apart() -> None:
    header = ["이름", "의견", "의견", "", " "]
    table = read([header, ["앨리스", "a", "b", "c", ""]], "ko")
    assert table.rows[0].answers == {"의견": "a", "의견 (2)": "b", "4번째 질문": "c"}
    english = read([header, ["Alice", "a", "b", "c", ""]], "en")
    assert english.questions[-1] == "Question 4"


def test_cells_wider_than_the_header_are_kept() -> None:
    (row,) = read([["이름", "취미"], ["앨리스", "등산", "남는 말"]], "ko").rows
    assert row.answers == {"취미": "등산", "3번째 질문": "남는 말"}


@pytest.mark.parametrize("text", ["0123", "1,234", "1e5", "infinity", "5.10", "TRUE"])
def test_numbers_stay_text(text: str) -> None:
    (row,) = read([["이름", "좋아하는 숫자"], ["앨리스", text]], "ko").rows
    assert row.answers == {"좋아하는 숫자": text}


def test_moved_rows_and_a_column_added_later_change_no_key() -> None:
    before = keys([KO, ALICE, BOB])
    wider = [[*KO, "새 질문"], BOB, [], ALICE]
    assert sorted(keys(wider)) == sorted(before)


def test_edited_row_has_a_new_key() -> None:
    edited = [*ALICE[:3], "비빔밥"]
    assert set(keys([KO, ALICE])) & set(keys([KO, edited])) == set()


def test_equal_rows_are_two_people() -> None:
    assert len(set(keys([KO, ALICE, ALICE]))) == 2


def test_same_time_gives_the_same_stamp() -> None:
    edited = [*ALICE[:3], "비빔밥"]
    one, two, bob = read([KO, ALICE, edited, BOB], "ko").rows
    assert one.stamp == two.stamp != bob.stamp


def test_rows_without_answers_are_nobody() -> None:
    rows = [["", ""], ["앨리스", ""], ["", "등산"]]
    assert len(read([["이름", "취미"], *rows], "ko").rows) == 1


@pytest.mark.parametrize("values", [[], [[]], [["", ""]], [[], [" "]]])
def test_blank_sheet_has_no_questions(values: list[list[str]]) -> None:
    table = read(values, "ko")
    assert (table.questions, table.rows) == ([], [])


@pytest.mark.parametrize(
    ("title", "cell", "consent"),
    [
        ("개인정보 활용에 동의하시나요?", "네, 동의합니다", "named"),
        ("개인정보 활용에 동의하시나요?", "아니요", "none"),
        ("답변을 공개해도 괜찮나요?", "익명으로만 괜찮아요", "anonymous"),
        ("공개 동의", "동의하지 않습니다", "none"),
        ("공개 동의", "미동의", "none"),
        ("I consent to the use of my answers", "Yes", "named"),
        ("Do you agree to be quizzed?", "I disagree", "none"),
        ("Do you agree to be quizzed?", "I don't", "none"),
    ],
)
def test_consent_column(title: str, cell: str, consent: str) -> None:
    table = read([["이름", title, "취미"], ["앨리스", cell, "등산"]], "ko")
    assert table.questions == ["취미"]
    assert table.rows[0].consent == consent


def test_long_answers_on_agreement_are_answers() -> None:
    header = ["이름", "가장 동의하기 힘든 말은?"]
    table = read([header, ["앨리스", "민트 초코가 맛없다는 말"]], "ko")
    assert table.questions == ["가장 동의하기 힘든 말은?"]


def test_too_long_cell_ends_with_a_whole_sentence() -> None:
    text = "나는 등산을 좋아한다. " * 1_000
    (row,) = read([["이름", "취미"], ["앨리스", text]], "ko").rows
    kept = row.answers["취미"]
    assert MAX_ANSWER - 20 < len(kept) <= MAX_ANSWER
    assert kept.endswith("좋아한다.")


def test_hostile_cells_are_only_text() -> None:
    header = ["이름", "<b>취미</b>\n\u202e?", "=1+1"]
    cells = ["<img src=x>\x00", "=IMPORTXML(A1)", "\u2066" + "가" * 100_000]
    (row,) = read([header, cells], "ko").rows
    assert row.name == "<img src=x>"
    assert row.answers["<b>취미</b> ?"] == "=IMPORTXML(A1)"
    assert row.answers["=1+1"] == "가" * MAX_ANSWER
