"""A meeting fed by a Google Sheet: what changes there."""

from __future__ import annotations

import pytest
from redis import Redis

from app.meetings import Meeting, Meetings, Snapshot
from tests.app.conftest import ALICE, BOB, HEADER, Poll
from tests.fakes import FakeWorker, everything_in
from tests.sheets_emulator import BOOK, FORM_TAB, SheetsEmulator


def answers(snapshot: Snapshot) -> list[tuple[str, str, str]]:
    return [
        (quiz.participant_name, quiz.survey_question, quiz.answer_text)
        for quiz in snapshot.quizzes
    ]


def test_rows_become_jobs(poll: Poll, sheet: SheetsEmulator) -> None:
    sheet.rows[:] = [HEADER, ALICE, BOB]
    snapshot = poll()
    assert snapshot.meeting.questions == ("취미가 뭐예요?", "좋아하는 음식은?")
    assert answers(snapshot) == [
        ("앨리스", "취미가 뭐예요?", "등산"),
        ("앨리스", "좋아하는 음식은?", "김밥"),
        ("밥", "취미가 뭐예요?", "체스"),
        ("밥", "좋아하는 음식은?", "라면"),
    ]
    linked = snapshot.meeting.sheet
    assert (linked.status, linked.problem, linked.rows) == ("ok", None, 2)
    assert linked.tab == FORM_TAB
    assert linked.checked_at is not None


def test_second_poll_is_one_request_and_changes_nothing(
    poll: Poll, sheet: SheetsEmulator
) -> None:
    sheet.rows[:] = [HEADER, ALICE]
    etag = poll().etag
    sheet.seen.clear()
    snapshot = poll()
    assert sheet.seen == [f"GET /v4/spreadsheets/{BOOK}/values/'{FORM_TAB}'"]
    assert snapshot.etag == etag
    assert poll.jobs() == 2


def test_time_stamps_and_addresses_never_reach_redis(
    poll: Poll, sheet: SheetsEmulator, redis: Redis
) -> None:
    header = ["타임스탬프", "이메일 주소", "이름", "취미"]
    sheet.rows[:] = [header, [ALICE[0], "alice@example.org", "앨리스", "등산"]]
    poll()
    stored = everything_in(redis)
    assert "alice@example.org" not in stored
    assert "2:03:11" not in stored


def test_added_rows_are_added(poll: Poll, sheet: SheetsEmulator) -> None:
    sheet.rows[:] = [HEADER, ALICE]
    poll()
    sheet.rows.insert(1, BOB)  # forms insert above rows typed by hand
    snapshot = poll()
    assert [person.name for person in snapshot.participants] == ["앨리스", "밥"]
    assert poll.jobs() == 4


def test_moved_rows_and_a_new_column_change_nothing(
    poll: Poll, sheet: SheetsEmulator
) -> None:
    sheet.rows[:] = [HEADER, ALICE, BOB]
    before = poll().quizzes
    sheet.rows[:] = [[*HEADER, "새 질문?"], BOB, [], ALICE]
    assert poll().quizzes == before
    assert poll.jobs() == 4


def test_answer_in_a_new_column_is_one_new_job(
    poll: Poll, sheet: SheetsEmulator
) -> None:
    sheet.rows[:] = [HEADER, ALICE, BOB]
    poll()
    sheet.rows[:] = [[*HEADER, "새 질문?"], [*ALICE, "새 답"], BOB]
    snapshot = poll()
    assert snapshot.counts["participants"] == 2
    assert ("앨리스", "새 질문?", "새 답") in answers(snapshot)
    assert poll.jobs() == 5


@pytest.mark.parametrize("stamp", [ALICE[0], "2026. 3. 5 오후 3:40:00"])
def test_edited_row_keeps_its_participant(
    poll: Poll, sheet: SheetsEmulator, worker: FakeWorker, stamp: str
) -> None:
    """Typed over in the sheet, or sent again, for which the form renews the time."""
    sheet.rows[:] = [HEADER, ALICE, BOB]
    before = poll()
    worker.work()
    sheet.rows[1] = [stamp, "앨리스", "등산", "비빔밥"]
    after = poll()
    assert [p.id for p in after.participants] == [p.id for p in before.participants]
    assert poll.jobs() == 1
    assert [quiz.status for quiz in after.quizzes] == [
        *("ready", "queued", "ready", "ready")
    ]


def test_corrected_name_keeps_the_quizzes(
    poll: Poll, sheet: SheetsEmulator, worker: FakeWorker
) -> None:
    sheet.rows[:] = [HEADER, ALICE]
    poll()
    worker.work()
    sheet.rows[1] = [ALICE[0], "앨리스 김", *ALICE[2:]]
    snapshot = poll()
    assert {quiz.participant_name for quiz in snapshot.quizzes} == {"앨리스 김"}
    assert {quiz.status for quiz in snapshot.quizzes} == {"ready"}


def test_emptied_cell_removes_that_answer(poll: Poll, sheet: SheetsEmulator) -> None:
    sheet.rows[:] = [HEADER, ALICE]
    poll()
    sheet.rows[1] = ALICE[:3]
    assert answers(poll()) == [("앨리스", "취미가 뭐예요?", "등산")]


def test_removed_row_removes_its_participant(poll: Poll, sheet: SheetsEmulator) -> None:
    sheet.rows[:] = [HEADER, ALICE, BOB]
    poll()
    del sheet.rows[1]
    assert [person.name for person in poll().participants] == ["밥"]


def test_person_removed_by_the_host_stays_away(
    poll: Poll, sheet: SheetsEmulator, store: Meetings
) -> None:
    sheet.rows[:] = [HEADER, ALICE, BOB]
    store.remove_participant(poll.id, poll().participants[0].id)
    assert [person.name for person in poll().participants] == ["밥"]


def test_row_that_comes_back_is_added_again(poll: Poll, sheet: SheetsEmulator) -> None:
    sheet.rows[:] = [HEADER, ALICE, BOB]
    poll()
    sheet.rows[:] = [HEADER, BOB]
    poll()
    sheet.rows[:] = [HEADER, ALICE, BOB]
    assert poll().counts["participants"] == 2


@pytest.mark.parametrize("rows", [[], [HEADER], [["이름"]]])
def test_emptied_sheet_removes_nobody(
    poll: Poll, sheet: SheetsEmulator, rows: list[list[str]]
) -> None:
    sheet.rows[:] = [HEADER, ALICE]
    poll()
    sheet.rows[:] = rows
    assert poll().counts["participants"] == 1


def test_people_of_the_built_in_survey_are_left_alone(
    poll: Poll, sheet: SheetsEmulator, store: Meetings, sheet_meeting: Meeting
) -> None:
    answer = [{"question": "취미?", "text": "수영"}]
    store.add_answers(sheet_meeting, "찰리", answer)
    sheet.rows[:] = [HEADER, ALICE]
    poll()
    assert {p.name for p in poll().participants} == {"찰리", "앨리스"}


def test_two_people_of_one_name_stay_two(poll: Poll, sheet: SheetsEmulator) -> None:
    one = ["2026. 3. 5 오후 2:03:11", "김민수", "등산", "김밥"]
    two = ["2026. 3. 5 오후 2:05:00", "김민수", "체스", "라면"]
    sheet.rows[:] = [HEADER, one, two, two]
    before = poll()
    assert before.counts["participants"] == 3
    sheet.rows[1] = [*one[:3], "비빔밥"]
    after = poll()
    assert [p.id for p in after.participants] == [p.id for p in before.participants]
    assert after.quizzes[1].answer_text == "비빔밥"
    assert poll.jobs() == 7


def test_row_that_equals_an_edited_rows_old_state_is_a_new_person(
    poll: Poll, sheet: SheetsEmulator
) -> None:
    sheet.rows[:] = [HEADER, ALICE]
    poll()
    sheet.rows[:] = [HEADER, [*ALICE[:3], "비빔밥"]]
    poll()
    sheet.rows.append(ALICE)
    assert poll().counts["participants"] == 2


def test_nameless_people_are_numbered(poll: Poll, sheet: SheetsEmulator) -> None:
    sheet.rows[:] = [["타임스탬프", "취미"], [ALICE[0], "등산"], [BOB[0], "체스"]]
    poll()
    sheet.rows.insert(1, ["2026. 3. 5 오후 4:00:00", "수영"])
    names = [person.name for person in poll().participants]
    assert names == ["참가자 1", "참가자 2", "참가자 3"]


def test_refused_consent_stores_no_text(
    poll: Poll, sheet: SheetsEmulator, redis: Redis
) -> None:
    header = ["타임스탬프", "이름", "공개에 동의하시나요?", "취미"]
    sheet.rows[:] = [header, [ALICE[0], "앨리스", "아니요", "비밀취미"]]
    (quiz,) = poll().quizzes
    assert (quiz.status, quiz.reason) == ("skipped", "withheld")
    assert repr("비밀취미".encode())[2:-1] not in everything_in(redis)


def test_leading_zeros_survive(poll: Poll, sheet: SheetsEmulator) -> None:
    sheet.rows[:] = [["이름", "좋아하는 숫자"], ["앨리스", "0123"]]
    assert poll().quizzes[0].answer_text == "0123"
