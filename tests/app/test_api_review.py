"""The host's decisions through the API."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.app.conftest import Api
from tests.fakes import FakeWorker, ready_quiz

OPTIONS = ["김밥", "라면", "국수", "빵"]


@pytest.fixture
def quiz(api: Api, worker: FakeWorker) -> dict[str, Any]:
    api.answer("앨리스", food="김밥")
    worker.work()
    return api.show().json["quizzes"][0]


def ask(api: Api, quiz: dict[str, Any], method: str, path: str = "", **body: Any):
    """A request about this quiz, by its host."""
    url = f"/api/v1/meetings/{api.meeting['id']}/quizzes/{quiz['id']}{path}"
    options = {"json": body} if method == "PATCH" else {}
    return api.client.open(url, method=method, headers=api.host, **options)


def patch(api: Api, quiz: dict[str, Any], **body: Any) -> TestResponse:
    return ask(api, quiz, "PATCH", **body)


def test_a_stranger_decides_nothing(api: Api, quiz: dict[str, Any]) -> None:
    url = f"/api/v1/meetings/{api.meeting['id']}/quizzes/{quiz['id']}"
    wrong = {"Authorization": "Bearer wrong"}
    for method, path in (
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/regenerate"),
        ("POST", "/earlier"),
    ):
        answer = api.client.open(url + path, method=method, headers=wrong, json={})
        assert answer.status_code == 404
        assert answer.content_type == "application/problem+json"


def test_a_quiz_of_another_meeting_is_404(api: Api, quiz: dict[str, Any]) -> None:
    assert patch(api, quiz | {"id": "other"}, review="approved").status_code == 404
    assert ask(api, quiz | {"id": "other"}, "DELETE").status_code == 404


def test_approve(api: Api, quiz: dict[str, Any]) -> None:
    answer = patch(api, quiz, review="approved", revision=quiz["revision"])
    assert answer.status_code == 200
    assert answer.json == quiz | {"review": "approved"}


def test_edit_changes_what_is_given(api: Api, quiz: dict[str, Any]) -> None:
    edited = patch(api, quiz, options=OPTIONS, answer=1).json
    assert (edited["question"], edited["options"]) == (quiz["question"], OPTIONS)
    assert (edited["review"], edited["revision"]) == ("edited", 2)
    assert api.show().json["quizzes"] == [edited]


def test_an_old_revision_is_409(api: Api, quiz: dict[str, Any]) -> None:
    patch(api, quiz, question="새 문제?")
    answer = patch(api, quiz, question="옛 문제?", revision=quiz["revision"])
    assert (answer.status_code, answer.json["code"]) == (409, "quiz_changed")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "field_wrong"),
        ({"review": "approved", "dropped": False}, "field_wrong"),
        ({"review": "approved", "question": "?"}, "field_wrong"),
        ({"review": "edited"}, "field_wrong"),
        ({"status": "failed"}, "field_wrong"),
        ({"dropped": True}, "field_wrong"),
        ({"dropped": 0}, "field_wrong"),
        ({"answer": "1"}, "field_wrong"),
        ({"answer": True}, "field_wrong"),
        ({"revision": 1.5, "review": "approved"}, "field_wrong"),
        ({"options": "abcd"}, "field_wrong"),
        ({"options": None}, "option_missing"),
        ({"options": OPTIONS[:3]}, "option_missing"),
        ({"options": ["a", "A", "b", "c"]}, "options_repeated"),
        ({"answer": 5}, "right_option_unknown"),
        ({"question": " "}, "quiz_question_missing"),
    ],
)
def test_wrong_changes_are_refused(
    api: Api, quiz: dict[str, Any], body: dict[str, Any], code: str
) -> None:
    answer = patch(api, quiz, **body)
    assert (answer.status_code, answer.json["code"]) == (400, code)
    assert api.show().json["quizzes"] == [quiz]


def test_regenerate_and_keep_the_earlier_one(
    api: Api, quiz: dict[str, Any], worker: FakeWorker
) -> None:
    worker.replies["김밥"] = ready_quiz("라면")
    answer = ask(api, quiz, "POST", "/regenerate")
    assert (answer.status_code, answer.json["status"]) == (202, "queued")
    assert api.show().json["counts"]["queued"] == 1
    worker.work()
    assert api.show().json["quizzes"][0]["options"][0] == "라면"
    kept = ask(api, quiz, "POST", "/earlier")
    assert kept.status_code == 200 and kept.json["question"] == quiz["question"]
    assert ask(api, quiz, "POST", "/earlier").status_code == 404


def test_drop_and_undo(api: Api, quiz: dict[str, Any]) -> None:
    answer = ask(api, quiz, "DELETE")
    assert answer.json == {"dropped": {"id": quiz["id"], "revision": 2}}
    shown = api.show().json
    assert (shown["quizzes"], shown["counts"]["answers"]) == ([], 0)
    back = patch(api, quiz, dropped=False)
    assert back.json == quiz | {"revision": 2}


def test_a_sensitive_quiz_can_be_shown(api: Api, worker: FakeWorker) -> None:
    held = ready_quiz("천식") | {"status": "skipped", "reason": "sensitive"}
    worker.replies["천식"] = held
    api.answer("앨리스", food="천식")
    worker.work()
    quiz = api.show().json["quizzes"][0]
    assert (quiz["status"], quiz["reason"], quiz["kind"]) == (
        "skipped",
        "sensitive",
        None,
    )
    shown = patch(api, quiz, status="ready").json
    assert (shown["status"], shown["kind"]) == ("ready", "said")
