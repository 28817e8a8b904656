"""Training rows: only what the host found good, without names, in two formats."""

from __future__ import annotations

import csv
import io
import json

import pytest

from app.exports import as_jsonl, as_seed_csv, training_rows
from app.meetings import Meeting, Meetings
from app.names import Names, spoken_forms
from tests.app.conftest import FOOD
from tests.fakes import FakeWorker


def ready(text: str) -> dict:
    return {
        "status": "ready",
        "question": "김지민 님의 음식은?",
        "options": ["수제비", "호박죽", text, "국수"],
        "answer": 3,
    }


@pytest.fixture
def reviewed(store: Meetings, meeting: Meeting, worker: FakeWorker) -> Meeting:
    """Alice's quiz is approved, Bob's is not, Charlie's is unnamed and approved."""
    said = {
        "앨리스": ("갱시기요, 지민이가 끓여요. 010-1234-5678", "갱시기", "named"),
        "밥": ("라면", "라면", "named"),
        "김지민": ("=떡볶이", "떡볶이", "anonymous"),
    }
    for name, (text, key, consent) in said.items():
        worker.replies[text] = ready(key)
        answer = {"question": FOOD, "text": text, "consent": consent}
        store.add_answers(meeting, name, [answer])
    worker.work()
    first, _, third = store.snapshot(meeting.id).quizzes
    store.approve(meeting.id, first.id)
    store.approve(meeting.id, third.id)
    return meeting


def test_jsonl_holds_approved_quizzes_with_the_right_option_first(
    store: Meetings, reviewed: Meeting
) -> None:
    lines = as_jsonl(training_rows(store.snapshot(reviewed.id))).splitlines()
    assert [json.loads(line)["options"][0] for line in lines] == ["갱시기", "떡볶이"]
    first = json.loads(lines[0])
    assert list(first) == [
        *("lang", "question", "answer", "quiz_question", "options", "correct")
    ]
    assert (first["lang"], first["question"], first["correct"]) == ("ko", FOOD, 1)
    assert len(set(first["options"])) == 4


def test_no_row_holds_a_name_or_contact_details(
    store: Meetings, reviewed: Meeting
) -> None:
    rows = training_rows(store.snapshot(reviewed.id))
    for text in (as_jsonl(rows), as_seed_csv(rows)):
        assert "지민" not in text and "앨리스" not in text and "1234" not in text
    assert rows[0].quiz_question == "○○ 님의 음식은?"


def test_the_csv_has_the_seeds_columns_and_no_formula(
    store: Meetings, reviewed: Meeting
) -> None:
    text = as_seed_csv(training_rows(store.snapshot(reviewed.id)))
    assert text.startswith("\ufeff")
    first, second = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert list(first) == [
        "blog_id",
        "question_crawling",
        "question_number",
        "answer_crawling",
        "question_generated",
        "multiple_choice_generated",
        "answer_generated",
    ]
    options = "1. 수제비 2. 호박죽 3. 갱시기 4. 국수"
    assert first["multiple_choice_generated"] == options
    assert (first["answer_generated"], first["question_number"]) == ("3", "1")
    assert second["answer_crawling"] == "'=떡볶이"


def test_a_dropped_quiz_is_not_exported(store: Meetings, reviewed: Meeting) -> None:
    store.drop(reviewed.id, store.snapshot(reviewed.id).quizzes[0].id)
    assert len(training_rows(store.snapshot(reviewed.id))) == 1


def test_an_answer_withheld_later_is_not_exported(
    store: Meetings, meeting: Meeting, worker: FakeWorker
) -> None:
    answer = {"question": FOOD, "text": "김밥", "consent": "named"}
    token = store.add_answers(meeting, "앨리스", [answer]).participant_token
    worker.work()
    store.approve(meeting.id, store.snapshot(meeting.id).quizzes[0].id)
    store.add_answers(meeting, "앨리스", [answer | {"consent": "distractor"}], token)
    assert training_rows(store.snapshot(meeting.id)) == []


def test_options_that_are_the_same_without_names_are_left_out(
    store: Meetings, reviewed: Meeting, worker: FakeWorker
) -> None:
    worker.replies["우리 팀"] = ready("김지민") | {
        "options": ["김지민", "앨리스", "나", "너"],
        "answer": 1,
    }
    answer = {"question": FOOD, "text": "우리 팀", "consent": "named"}
    store.add_answers(reviewed, "다은", [answer])
    worker.work()
    store.approve(reviewed.id, store.snapshot(reviewed.id).quizzes[-1].id)
    assert len(training_rows(store.snapshot(reviewed.id))) == 2


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("김지민", {"김지민", "지민"}),
        ("맛동산", {"맛동산"}),
        ("Al Kim", {"Al Kim", "Al", "Kim"}),
        ("이", {"이"}),
    ],
)
def test_a_name_has_its_spoken_forms(name: str, forms: set[str]) -> None:
    assert spoken_forms(name) == forms


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("김지민", "지민이랑 가요", True),
        ("이", "이 사람이 좋아요", True),
        ("이", "고양이", False),
        ("Al", "Also walking", False),
        ("Al", "with AL, of course", True),
        ("Ann", "Ann이 좋아해요", True),
        ("Straße", "die STRASSE", True),
    ],
)
def test_names_are_found_as_people_say_them(name: str, text: str, found: bool) -> None:
    assert Names([name]).in_text(text) is found


def test_the_longest_name_is_taken_out() -> None:
    names = Names(["김지민", "지민"])
    assert names.removed("김지민과 지민", "○○") == "○○과 ○○"
