"""The HTTP contract, to the letter."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from redis import Redis

from tests.app.conftest import FOOD, Api
from tests.fakes import FakeWorker, everything_in

COUNTS = {
    "participants": 0,
    "answers": 0,
    "queued": 0,
    "running": 0,
    "ready": 0,
    "skipped": 0,
    "failed": 0,
}


def test_a_stranger_cannot_see_or_delete_a_meeting(api: Api) -> None:
    path = f"/api/v1/meetings/{api.meeting['id']}"
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic"}):
        for method in (api.client.get, api.client.delete):
            answer = method(path, headers=headers)
            assert answer.status_code == 404
            assert answer.content_type == "application/problem+json"
    assert api.show().status_code == 200


def test_another_meetings_host_gets_404(api: Api, client: FlaskClient) -> None:
    other = client.post("/api/v1/meetings", json={"title": "B", "language": "en"}).json
    headers = {"Authorization": f"Bearer {other['host_token']}"}
    path = f"/api/v1/meetings/{api.meeting['id']}"
    assert client.get(path, headers=headers).status_code == 404


def test_created_meeting_has_the_six_fields_of_the_contract(
    client: FlaskClient,
) -> None:
    answer = client.post(
        "/api/v1/meetings",
        json={"title": "Kick-off", "language": "en", "questions": ["Favourite food?"]},
    )
    assert answer.status_code == 201
    made = answer.json
    assert set(made) == {
        *("id", "join_code", "host_token"),
        *("host_url", "survey_url", "play_url"),
    }
    assert made["host_url"] == (
        f"http://localhost/host/{made['id']}#{made['host_token']}"
    )
    assert made["survey_url"] == f"http://localhost/s/{made['join_code']}"
    assert made["play_url"] == f"http://localhost/play/{made['join_code']}"
    assert len(made["id"]) == 12
    assert len(made["join_code"]) == 6
    assert not set(made["join_code"]) & set("01OIL")


def test_questions_may_be_left_out(client: FlaskClient) -> None:
    for body in ({"title": "T"}, {"title": "T", "language": "en", "questions": None}):
        assert client.post("/api/v1/meetings", json=body).status_code == 201


def test_answer_gives_a_participant_token_and_nothing_else(api: Api) -> None:
    answer = api.answer("앨리스", food="김치찌개")
    assert answer.status_code == 201
    assert set(answer.json) == {"participant_token"}


def test_new_meeting_waits(api: Api) -> None:
    assert api.show().json == {
        "title": "팀 워크숍",
        "status": "waiting",
        "counts": COUNTS,
        "quizzes": [],
    }


def test_answers_become_quizzes_of_the_contracts_shape(
    api: Api, worker: FakeWorker
) -> None:
    worker.replies["없음"] = {"status": "skipped", "reason": "meaningless"}
    api.answer("앨리스", food="김치찌개", hobby="없음")
    shown = api.show().json
    assert shown["status"] == "working"
    assert shown["counts"] == COUNTS | {"participants": 1, "answers": 2, "queued": 2}
    worker.work()
    shown = api.show().json
    assert shown["status"] == "ready"
    assert shown["counts"] == COUNTS | {
        "participants": 1,
        "answers": 2,
        "ready": 1,
        "skipped": 1,
    }
    ready, skipped = shown["quizzes"]
    assert ready.pop("id") and skipped.pop("id")
    assert ready == {
        "participant": "앨리스",
        "question": "Who wrote this: 김치찌개?",
        "options": ["김치찌개", "Tea", "Running", "Chess"],
        "answer": 1,
        "status": "ready",
        "evidence": "김치찌개",
        "checks": {"supported": True},
        "sources": [],
        "review": None,
        "own": None,
        "kind": "said",
        "revision": 1,
    }
    assert skipped["status"] == "skipped"
    assert skipped["reason"] == "meaningless"


def test_unchanged_meeting_is_304_and_a_new_answer_ends_that(api: Api) -> None:
    etag = api.show().headers["ETag"]
    assert api.show(headers={"If-None-Match": etag}).status_code == 304
    api.answer("앨리스", food="김치찌개")
    assert api.show(headers={"If-None-Match": etag}).status_code == 200


def test_participant_changes_answers_with_the_token(
    api: Api, worker: FakeWorker
) -> None:
    token = api.answer("앨리스", food="김치찌개", hobby="등산").json[
        "participant_token"
    ]
    worker.work()
    again = api.answer("앨리스", token, food="비빔밥", hobby="등산")
    assert again.status_code == 201
    assert again.json == {"participant_token": token}
    counts = api.show().json["counts"]
    assert (counts["participants"], counts["queued"], counts["ready"]) == (1, 1, 1)


def test_unknown_participant_token_is_404(api: Api) -> None:
    answer = api.answer("Mallory", "guessed", food="x")
    assert answer.status_code == 404
    assert answer.json["code"] == "participant_unknown"
    assert api.show().json["counts"] == COUNTS


def test_join_code_works_in_small_letters(api: Api) -> None:
    api.meeting["join_code"] = api.meeting["join_code"].lower()
    assert api.answer("앨리스", food="김치찌개").status_code == 201


def test_unknown_join_code_is_404(api: Api) -> None:
    api.meeting["join_code"] = "WRONG2"
    assert api.answer("앨리스", food="김치찌개").status_code == 404


def test_delete_leaves_nothing_in_redis(
    api: Api, redis: Redis, worker: FakeWorker
) -> None:
    api.answer("앨리스", food="김치찌개")
    worker.work()
    api.answer("밥", food="비빔밥", hobby="등산")
    answer = api.delete()
    assert answer.status_code == 200
    assert set(answer.json) == {"deleted", "at"}
    assert answer.json["deleted"]["keys"] >= 5
    assert answer.json["deleted"]["participants"] == 2
    left = everything_in(redis)
    for word in (api.meeting["id"], api.meeting["join_code"], "quiz-"):
        assert word not in left
    for text in ("앨리스", "김치찌개", "비빔밥", "등산"):
        assert repr(text.encode())[2:-1] not in left
    # What stays is RQ's list of queues and workers, without ids or texts, and for
    # minutes how often an address did something and that the file shall be rewritten.
    names = {key.decode() for key in redis.scan_iter()}
    assert all(
        name.startswith(
            (
                "rq:queues",
                "rq:worker",
                "rq:clean",
                "icebreaker:limit:",
                "icebreaker:forgetting:",
            )
        )
        for name in names
    )
    assert api.show().status_code == 404
    assert api.delete().status_code == 404


def test_anonymous_answer_is_shown_without_its_name(
    api: Api, worker: FakeWorker
) -> None:
    answers = [{"question": FOOD, "answer": "김치찌개", "consent": "anonymous"}]
    path = f"/api/v1/meetings/{api.meeting['join_code']}/answers"
    api.client.post(path, json={"name": "앨리스", "answers": answers})
    worker.work()
    (quiz,) = api.show().json["quizzes"]
    assert quiz["status"] == "ready"
    assert quiz["participant"] == ""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "field_wrong"),
        ({"title": 5}, "field_wrong"),
        ({"title": " \n"}, "title_missing"),
        ({"title": "x" * 81}, "title_too_long"),
        ({"title": "T", "language": "fr"}, "language_unknown"),
        ({"title": "T", "questions": "Food?"}, "field_wrong"),
        ({"title": "T", "questions": [7]}, "field_wrong"),
        ({"title": "T", "questions": [""]}, "question_missing"),
        ({"title": "T", "questions": ["x" * 301]}, "question_too_long"),
        ({"title": "T", "questions": list("abcdefghijklm")}, "too_many_questions"),
        ({"title": "T", "questions": ["a", " a "]}, "question_repeated"),
        ({"title": "T", "google_sheet": "x" * 501}, "link_too_long"),
    ],
)
def test_wrong_meeting_is_refused(client: FlaskClient, body: dict, code: str) -> None:
    answer = client.post("/api/v1/meetings", json=body)
    assert answer.status_code == 400
    assert answer.json["code"] == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "A"}, "field_wrong"),
        ({"name": "A", "answers": {}}, "field_wrong"),
        ({"name": "A", "answers": ["x"]}, "field_wrong"),
        ({"name": "A", "answers": [{"question": "Q"}]}, "field_wrong"),
        ({"name": "A", "answers": []}, "answer_missing"),
        (
            {"name": "A", "answers": [{"question": "Q", "answer": " "}]},
            "answer_missing",
        ),
        ({"name": "", "answers": []}, "name_missing"),
        ({"name": "\u202e", "answers": []}, "name_missing"),
        ({"name": "x" * 41, "answers": []}, "name_too_long"),
        (
            {"name": "A", "answers": [{"question": "Q", "answer": "x" * 10_001}]},
            "answer_too_long",
        ),
        (
            {
                "name": "A",
                "answers": [{"question": "Q", "answer": "x", "consent": "maybe"}],
            },
            "consent_unknown",
        ),
    ],
)
def test_wrong_answers_are_refused(api: Api, body: dict, code: str) -> None:
    path = f"/api/v1/meetings/{api.meeting['join_code']}/answers"
    answer = api.client.post(path, json=body)
    assert answer.status_code == 400
    assert answer.json["code"] == code
    assert api.show().json["counts"] == COUNTS


@pytest.mark.parametrize("body", ["", "[", "[]", "[" * 100_000, '"x"', "\xff"])
def test_body_that_is_no_json_object_is_refused(client: FlaskClient, body: str) -> None:
    answer = client.post(
        "/api/v1/meetings",
        data=body.encode("latin-1"),
        content_type="application/json",
    )
    assert answer.status_code == 400
    assert answer.json["code"] == "body_not_json"


def test_form_data_is_415(client: FlaskClient) -> None:
    assert client.post("/api/v1/meetings", data={"title": "T"}).status_code == 415


def test_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.put("/api/v1/meetings")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_public_url_is_used_in_links(app, client: FlaskClient) -> None:
    from dataclasses import replace

    app.config["WEB"] = replace(app.config["WEB"], public_url="https://quiz.example")
    made = client.post("/api/v1/meetings", json={"title": "T"}).json
    assert made["survey_url"].startswith("https://quiz.example/s/")
