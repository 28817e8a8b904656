"""The host's page in all its states."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.meetings import Meeting, Meetings
from app.views.panel import STARTED_AT
from protocol import Reason, WorkerPhase
from tests.fakes import FakeWorker, ready_quiz
from tests.pages.conftest import QUESTION


def live(client: FlaskClient, meeting: Meeting) -> str:
    return client.get(f"/host/{meeting.id}/live").text


def answer(
    store: Meetings, meeting: Meeting, name: str, text: str, consent: str = "named"
) -> str:
    entry = {"question": QUESTION, "text": text, "consent": consent}
    store.add_answers(meeting, name, [entry])
    return store.snapshot(meeting.id).quizzes[-1].id


@pytest.mark.parametrize("path", ["", "/live", "/delete", "/present", "/present/live"])
def test_a_stranger_sees_nothing_of_a_meeting(
    charlie: FlaskClient, hosted: Meeting, path: str
) -> None:
    page = charlie.get(f"/host/{hosted.id}{path}")
    assert page.status_code == 404
    assert hosted.title not in page.text and hosted.join_code not in page.text


@pytest.mark.parametrize(
    "path", ["/upload", "/sheet", "/delete", "/quizzes/x/retry", "/people/x/remove"]
)
def test_a_stranger_changes_nothing(
    charlie: FlaskClient, hosted: Meeting, path: str
) -> None:
    assert charlie.post(f"/host/{hosted.id}{path}").status_code == 404


def test_a_wrong_token_opens_no_session(charlie: FlaskClient, hosted: Meeting) -> None:
    sent = charlie.post(f"/host/{hosted.id}/session", data={"token": "guess"})
    assert sent.status_code == 404
    assert charlie.get(f"/host/{hosted.id}").status_code == 404


def test_a_meeting_that_never_was_looks_like_one_of_somebody_else(
    charlie: FlaskClient, hosted: Meeting
) -> None:
    theirs = charlie.get(f"/host/{hosted.id}").text
    nobodys = charlie.get("/host/abcdefghijkl").text
    token = 'data-csrf="'
    cut = [page.replace(hosted.id, "abcdefghijkl") for page in (theirs, nobodys)]
    assert cut[0].split(token)[0] == cut[1].split(token)[0]


def test_an_empty_meeting_invites(client: FlaskClient, hosted: Meeting) -> None:
    page = client.get(f"/host/{hosted.id}").text
    assert "<svg" in page and f"/s/{hosted.join_code}" in page
    assert "아직 도착한 답이 없어요" in page
    assert "기다리는 동안 나눠 볼 이야기" in page


@pytest.mark.parametrize(
    ("phase", "sentence"),
    [
        (WorkerPhase.PREPARING, "퀴즈 짓는 AI를 준비하고 있어요"),
        (WorkerPhase.LOADING, "AI를 불러오고 있어요"),
        (WorkerPhase.WARMING, "AI가 몸을 풀고 있어요"),
    ],
)
def test_each_phase_of_the_model_has_its_sentence(
    client: FlaskClient,
    hosted: Meeting,
    worker: FakeWorker,
    phase: WorkerPhase,
    sentence: str,
) -> None:
    worker.beat(phase)
    assert sentence in live(client, hosted)


def test_a_missing_worker_is_told_after_30_seconds(
    app: Flask, client: FlaskClient, hosted: Meeting
) -> None:
    assert "준비를 하고 있어요" in live(client, hosted)
    app.extensions[STARTED_AT] -= 31
    assert "퀴즈 만들기가 멈춰 있어요" in live(client, hosted)


def test_a_ready_worker_is_not_worth_a_word(
    client: FlaskClient, hosted: Meeting, worker: FakeWorker
) -> None:
    worker.beat()
    assert 'id="model"' not in live(client, hosted)


def test_progress_shows_people_and_time_left(
    client: FlaskClient, store: Meetings, hosted: Meeting, worker: FakeWorker
) -> None:
    worker.beat(pace=20)
    answer(store, hosted, "김지민", "갱시기")
    answer(store, hosted, "박서준", "기차 여행")
    page = live(client, hosted)
    assert "답 2개 중 0개를 마쳤어요" in page and "약 40초 남았어요" in page
    assert "김지민" in page and "박서준" in page


def test_a_ready_quiz_marks_the_right_option_and_the_evidence(
    client: FlaskClient, store: Meetings, hosted: Meeting, worker: FakeWorker
) -> None:
    answer(store, hosted, "김지민", "갱시기요. 겨울마다 먹어요.")
    quiz = ready_quiz("갱시기") | {"evidence": "갱시기요"}
    worker.replies["갱시기요. 겨울마다 먹어요."] = quiz
    worker.work()
    page = live(client, hosted)
    assert page.count('class="is-right"') == 1
    assert "<mark>갱시기요</mark>. 겨울마다 먹어요." in page


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_for_no_quiz_has_a_sentence(
    client: FlaskClient,
    store: Meetings,
    hosted: Meeting,
    worker: FakeWorker,
    reason: Reason,
) -> None:
    answer(store, hosted, "Bob", "asdf")
    worker.replies["asdf"] = {"status": "skipped", "reason": reason.value}
    worker.work()
    page = live(client, hosted)
    assert "이 답으로는 퀴즈를 만들지 못했어요." not in page
    assert "건너뜀" in page


def test_retry_queues_a_failed_quiz_again(
    client: FlaskClient, store: Meetings, hosted: Meeting, worker: FakeWorker
) -> None:
    quiz = answer(store, hosted, "Bob", "Tea")
    worker.replies["Tea"] = {"status": "failed", "reason": "crashed"}
    worker.work()
    assert f"/quizzes/{quiz}/retry" in live(client, hosted)
    sent = client.post(f"/host/{hosted.id}/quizzes/{quiz}/retry")
    assert sent.status_code == 303
    assert store.snapshot(hosted.id).counts["queued"] == 1


def test_drop_removes_one_quiz(
    client: FlaskClient, store: Meetings, hosted: Meeting, worker: FakeWorker
) -> None:
    quiz = answer(store, hosted, "Bob", "Tea")
    worker.work()
    client.post(f"/host/{hosted.id}/quizzes/{quiz}/drop")
    assert store.snapshot(hosted.id).quizzes == []


def test_removing_a_person_removes_the_answers_too(
    client: FlaskClient, store: Meetings, hosted: Meeting
) -> None:
    answer(store, hosted, "Bob", "Tea")
    person = store.snapshot(hosted.id).participants[0].id
    client.post(f"/host/{hosted.id}/people/{person}/remove")
    snapshot = store.snapshot(hosted.id)
    assert snapshot.participants == [] and snapshot.quizzes == []


def test_an_unchanged_page_is_not_sent_again(
    client: FlaskClient, store: Meetings, hosted: Meeting, worker: FakeWorker
) -> None:
    worker.beat()
    first = client.get(f"/host/{hosted.id}/live")
    known = {"If-None-Match": first.headers["ETag"]}
    assert client.get(f"/host/{hosted.id}/live", headers=known).status_code == 304
    answer(store, hosted, "Bob", "Tea")
    assert client.get(f"/host/{hosted.id}/live", headers=known).status_code == 200


def test_a_poll_sets_no_cookie(client: FlaskClient, hosted: Meeting) -> None:
    """A late poll once brought back an older session that lacked a new meeting."""
    assert "Set-Cookie" not in client.get(f"/host/{hosted.id}/live").headers


@pytest.mark.parametrize(
    "problem",
    [
        "not_shared",
        "not_found",
        "bad_link",
        "rate_limited",
        "unavailable",
        "no_credentials",
        "no_questions",
    ],
)
def test_every_sheet_problem_says_what_to_do(
    client: FlaskClient, store: Meetings, hosted: Meeting, problem: str
) -> None:
    store.link_sheet(hosted.id, "https://docs.google.com/spreadsheets/d/" + "a" * 30)
    store.set_sheet_status(hosted.id, problem=problem)
    page = live(client, hosted)
    assert 'id="sheet"' in page and "notice--warm" in page


def test_an_uploaded_file_fills_the_meeting(
    client: FlaskClient, store: Meetings, hosted: Meeting
) -> None:
    csv = f"이름,{QUESTION}\n김지민,갱시기\n박서준,맛동산\n".encode()
    sent = {"file": (io.BytesIO(csv), "answers.csv")}
    assert client.post(f"/host/{hosted.id}/upload", data=sent).status_code == 303
    assert len(store.snapshot(hosted.id).participants) == 2


def test_an_unreadable_file_is_refused_in_words(
    client: FlaskClient, hosted: Meeting
) -> None:
    sent = {"file": (io.BytesIO(b"PK\x03\x04 broken"), "answers.xlsx")}
    page = client.post(f"/host/{hosted.id}/upload", data=sent)
    assert page.status_code == 400
    assert 'id="problem"' in page.text and "파일" in page.text


def test_deleting_asks_first_then_leaves_nothing_but_a_receipt(
    client: FlaskClient, charlie: FlaskClient, store: Meetings, hosted: Meeting
) -> None:
    answer(store, hosted, "Bob", "Tea")
    assert "참가자 1명" in client.get(f"/host/{hosted.id}/delete").text
    sent = client.post(f"/host/{hosted.id}/delete")
    assert sent.status_code == 303
    receipt = client.get(sent.headers["Location"]).text
    assert "모두 지웠어요" in receipt and "월요일 회의" in receipt and "UTC" in receipt
    assert re.search(r"<dt>참가자</dt><dd>1명</dd>", receipt)
    assert charlie.get(sent.headers["Location"]).status_code == 404
    assert store.get(hosted.id) is None
    assert client.get(f"/host/{hosted.id}").status_code == 404
