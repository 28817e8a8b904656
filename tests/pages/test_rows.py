"""The shelf of training rows, and what each of two reviewers gets to see."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import exports
from app.meetings import Meeting, Meetings
from app.rows.agreement import LEAST_ROWS
from tests.fakes import FakeWorker, everything_in
from tests.rows import as_file, draft, drafts, read_file

EDITED = {
    "question": "무슨 국물인가요?",
    "option": ["가", "나", "다", "라"],
    "answer": "2",
}
ONE, TWO = draft(1)["id"], draft(2)["id"]


@pytest.fixture
def shelf(client: FlaskClient, hosted: Meeting) -> str:
    """The path of a shelf with a dozen rows."""
    path = f"/host/{hosted.id}/studio/rows"
    assert send(client, path, as_file(drafts(12))).status_code == 303
    return path


@pytest.fixture
def second(client: FlaskClient, bob: FlaskClient, hosted: Meeting, shelf: str) -> str:
    """The path of the second reviewer, who is Bob."""
    token = new_link(client, shelf)
    assert enter(bob, hosted, token).status_code == 204
    return f"/rows/{hosted.id}"


def send(client: FlaskClient, path: str, data: bytes) -> TestResponse:
    return client.post(f"{path}/upload", data={"file": (BytesIO(data), "d.jsonl")})


def new_link(client: FlaskClient, shelf: str) -> str:
    page = client.post(f"{shelf}/link", follow_redirects=True).text
    return re.search(r"/rows/\w+#([\w-]+)", page)[1]


def enter(browser: FlaskClient, meeting: Meeting, token: str) -> TestResponse:
    return browser.post(f"/rows/{meeting.id}/session", data={"token": token})


def judge(browser: FlaskClient, home: str, row_id: str, verdict: str, **more) -> str:
    """Decide, and read the page that comes next."""
    sent = {"verdict": verdict, **more}
    page = browser.post(f"{home}/review/{row_id}", data=sent, follow_redirects=True)
    assert page.status_code == 200
    return page.text


def on_desk(page: str) -> str:
    return re.search(r'data-row="(\w*)"', page)[1]


def test_a_bad_file_is_refused_in_words(client: FlaskClient, hosted: Meeting) -> None:
    path = f"/host/{hosted.id}/studio/rows"
    page = send(client, path, b"")
    assert page.status_code == 400 and "JSONL 파일을 골라 주세요" in page.text
    bad = [draft(1), draft(2, lang="<b>"), draft(3, options=["<i>"] * 4)]
    page = send(client, path, as_file(bad))
    assert page.status_code == 400 and "1줄을 가져왔어요" in page.text
    assert "2번째 줄: lang은 ‘ko’나 ‘en’이어야 해요." in page.text
    assert "3번째 줄: 같은 보기가 두 번 있어요: &lt;i&gt;" in page.text


def test_a_row_stays_text_on_the_page(client: FlaskClient, hosted: Meeting) -> None:
    path = f"/host/{hosted.id}/studio/rows"
    source = {
        "url": "javascript:alert(1)",
        "title": "<script>",
        "collected": "2026-11-22",
    }
    send(client, path, as_file([draft(1, answer="<b>떡볶이", source=source)]))
    page = client.get(f"{path}/review").text
    assert "&lt;b&gt;떡볶이" in page and "&lt;script&gt;" in page
    assert 'href="javascript:' not in page and "<b>떡볶이" not in page


def test_a_decision_leads_to_the_next_open_row(client: FlaskClient, shelf: str) -> None:
    assert on_desk(judge(client, shelf, ONE, "accept", difficulty="hard")) == TWO
    page = judge(client, shelf, TWO, "reject")
    assert "2 / 12줄 봤어요 · 거절 1" in page
    assert on_desk(page) == draft(3)["id"]
    reviewed = read_file(client.get(f"{shelf}/reviewed.jsonl").data)
    assert [one["id"] for one in reviewed] == [one["id"] for one in drafts(12)]
    assert reviewed[0]["review"]["difficulty"] == "hard"
    accepted = client.get(f"{shelf}/reviewed.jsonl?which=accepted")
    assert [one["id"] for one in read_file(accepted.data)] == [ONE]
    assert "icebreaker-accepted.jsonl" in accepted.headers["Content-Disposition"]


def test_what_cannot_be_decided_is_404(client: FlaskClient, shelf: str) -> None:
    for verdict in ("", "disputed", "difficulty", "take-second"):
        answer = client.post(f"{shelf}/review/{ONE}", data={"verdict": verdict})
        assert answer.status_code == 404, verdict
    answer = client.post(f"{shelf}/review/{'f' * 16}", data={"verdict": "accept"})
    assert answer.status_code == 404


def test_a_wrong_edit_comes_back_as_it_was_typed(
    client: FlaskClient, shelf: str
) -> None:
    wrong = EDITED | {"verdict": "edit", "option": ["가", "가", "다", "라"]}
    page = client.post(f"{shelf}/review/{ONE}", data=wrong)
    assert page.status_code == 400 and "같은 보기가 두 번 있어요" in page.text
    assert EDITED["question"] in page.text and on_desk(page.text) == ONE
    assert "0 / 12줄" in page.text


def test_the_same_words_again_accept_the_row(client: FlaskClient, shelf: str) -> None:
    same = {"question": draft(1)["quiz_question"], "option": draft(1)["options"]}
    judge(client, shelf, ONE, "edit", answer="1", **same)
    [row] = read_file(client.get(f"{shelf}/reviewed.jsonl?which=accepted").data)
    assert row["review"]["verdict"] == "accept"


def test_the_difficulty_changes_without_the_verdict(
    client: FlaskClient, shelf: str
) -> None:
    judge(client, shelf, ONE, "edit", **EDITED)
    page = judge(client, shelf, ONE, "difficulty", difficulty="easy", show="edit")
    assert on_desk(page) == ONE
    [row] = read_file(client.get(f"{shelf}/reviewed.jsonl?which=accepted").data)
    assert row["quiz_question"] == EDITED["question"]
    assert row["review"]["difficulty"] == "easy"


def test_the_reviewer_s_link_opens_the_rows_and_nothing_else(
    bob: FlaskClient, hosted: Meeting, shelf: str, second: str
) -> None:
    page = bob.get(second)
    assert page.status_code == 200 and on_desk(page.text) == ONE
    assert hosted.title not in page.text and shelf not in page.text
    paths = ("", "/studio", "/studio/rows", "/studio/rows/reviewed.jsonl")
    for path in (*paths, "/studio/rows/review"):
        assert bob.get(f"/host/{hosted.id}{path}").status_code == 404, path
    for path in ("link", "drop", "meeting", "undo", f"review/{ONE}"):
        assert bob.post(f"{shelf}/{path}").status_code == 404, path
    assert bob.get(f"/s/{hosted.join_code}/summary").status_code == 404


def test_without_the_link_the_door_is_closed_in_words(
    client: FlaskClient, charlie: FlaskClient, hosted: Meeting, second: str
) -> None:
    for browser in (client, charlie):  # the host, too, needs the link
        page = browser.get(second)
        assert page.status_code == 404 and "이 링크는 열 수 없어요" in page.text
        assert browser.post(f"{second}/undo").status_code == 404
    for token in ("", "guess", "추측"):
        assert enter(charlie, hosted, token).status_code == 404


def test_a_new_link_closes_the_old_one(
    client: FlaskClient, bob: FlaskClient, hosted: Meeting, shelf: str, second: str
) -> None:
    old = new_link(client, shelf)
    enter(bob, hosted, old)
    token = new_link(client, shelf)
    assert bob.get(second).status_code == 404
    assert enter(bob, hosted, old).status_code == 404
    assert enter(bob, hosted, token).status_code == 204
    assert bob.get(second).status_code == 200


def test_no_link_is_kept_and_none_opens_another_meeting(
    client: FlaskClient, bob: FlaskClient, store: Meetings, shelf: str, second: str
) -> None:
    token = new_link(client, shelf)
    assert token not in everything_in(store.redis)
    other = store.create("남", "ko", []).meeting
    store.rows.renew_link(other.id)
    assert enter(bob, other, token).status_code == 404
    nobody = store.create("링크 없음", "ko", []).meeting
    assert enter(bob, nobody, "").status_code == 404


def test_the_two_judge_apart_and_the_host_settles(
    client: FlaskClient, bob: FlaskClient, shelf: str, second: str
) -> None:
    judge(client, shelf, ONE, "edit", **EDITED)
    page = bob.get(f"{second}?row={ONE}").text
    assert EDITED["question"] not in page and 'data-standing="open"' in page
    page = judge(bob, second, ONE, "reject")
    assert EDITED["question"] not in page and "의견 갈림" not in page
    assert "의견이 갈린 1줄" in client.get(shelf).text
    page = client.get(f"{shelf}/review?show=disputed").text
    assert EDITED["question"] in page and "상대 의견대로" in page
    page = judge(client, shelf, ONE, "take-second", show="disputed")
    assert "의견이 갈린 줄이 없어요" in page
    review = read_file(client.get(f"{shelf}/reviewed.jsonl").data)[0]["review"]
    assert review["verdict"] == "reject" and review["verdicts"] == ["edit", "reject"]
    page = client.post(f"{shelf}/undo", follow_redirects=True).text
    assert on_desk(page) == ONE and 'data-standing="disputed"' in page


def test_agreement_is_shown_from_ten_rows_on(
    client: FlaskClient, bob: FlaskClient, shelf: str, second: str
) -> None:
    for number in range(1, LEAST_ROWS + 1):
        row_id = draft(number)["id"]
        judge(client, shelf, row_id, "accept" if number > 5 else "reject")
        if number == LEAST_ROWS:
            assert "아직 적어요" in client.get(shelf).text
        judge(bob, second, row_id, "accept" if number > 4 else "reject")
    page = client.get(shelf).text
    # 9 of 10 agree; by chance 0.5 * 0.4 + 0.5 * 0.6 = 0.5 would.
    assert "<dd>90 %</dd>" in page and "<dd>0.80</dd>" in page


def test_all_rows_are_deleted_and_brought_back(
    client: FlaskClient, store: Meetings, hosted: Meeting, shelf: str
) -> None:
    page = client.post(f"{shelf}/drop", follow_redirects=True).text
    assert "12줄을 지웠어요" in page and "아직 가져온 자료가 없어요" in page
    assert "12줄" not in client.get(f"{shelf}/review").text
    client.post(f"{shelf}/restore")
    assert store.rows.count(hosted.id) == 12


def test_the_deletion_names_the_rows(
    client: FlaskClient, hosted: Meeting, shelf: str
) -> None:
    home = f"/host/{hosted.id}"
    assert "학습 자료 12줄도 함께" in client.get(f"{home}/delete").text
    receipt = client.post(f"{home}/delete", follow_redirects=True).text
    assert re.search(r"<dt>학습 자료</dt><dd>12개</dd>", receipt)


def test_the_survey_asks_and_ticks_nothing_by_itself(
    client: FlaskClient,
    bob: FlaskClient,
    store: Meetings,
    hosted: Meeting,
    worker: FakeWorker,
) -> None:
    survey, shelf = f"/s/{hosted.join_code}", f"/host/{hosted.id}/studio/rows"
    ticked = 'name="train" value="yes" checked'
    page = bob.get(survey).text
    assert 'name="train"' in page and ticked not in page
    answers = {"name": "김지민", "answer-0": "맛동산이요"}
    bob.post(survey, data=answers)
    worker.work()
    [quiz] = store.snapshot(hosted.id).quizzes
    store.approve(hosted.id, quiz.id)
    page = client.get(shelf).text
    assert "1명 가운데 0명이 허락" in page and "허락하지 않은 문제 1개" in page
    bob.post(survey, data=answers | {"train": "yes"})
    assert ticked in bob.get(survey).text
    assert "써도 좋다고 하셨어요" in bob.get(f"{survey}/thanks").text
    page = client.post(f"{shelf}/meeting", follow_redirects=True).text
    assert "1줄을 가져왔어요" in page and "1명 가운데 1명이 허락" in page
    bob.post(survey, data=answers)
    assert store.rows.count(hosted.id) == 0
    assert exports.training_rows(store.snapshot(hosted.id)), "the quiz itself stays"
