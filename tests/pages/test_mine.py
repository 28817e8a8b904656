"""The quiz about oneself, before anybody else sees it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.meetings import Meeting, Meetings
from app.records import Quiz
from tests.fakes import FakeWorker, ready_quiz

SENT = {"name": "박서준", "answer-0": "맛동산", "consent-0": "named"}
FORM = {"question": "새 문제?", "option": ["가", "나", "다", "라"], "answer": "2"}
HELD = ready_quiz("두통약") | {"status": "skipped", "reason": "sensitive"}


class Phone:
    """Bob's phone, after he has answered."""

    def __init__(self, bob: FlaskClient, store: Meetings, meeting: Meeting) -> None:
        self.bob, self.store, self.meeting = bob, store, meeting
        self.path = f"/s/{meeting.join_code}/mine"
        bob.post(f"/s/{meeting.join_code}", data=SENT)

    @property
    def quiz(self) -> Quiz:
        snapshot = self.store.snapshot(self.meeting.id)
        return [*snapshot.quizzes, *snapshot.dropped][0]

    def live(self) -> str:
        return self.bob.get(f"{self.path}/live").text

    def do(self, action: str, **form: object) -> TestResponse:
        form.setdefault("revision", self.quiz.revision)
        return self.bob.post(f"{self.path}/{self.quiz.id}/{action}", data=form)


@pytest.fixture
def phone(bob: FlaskClient, store: Meetings, hosted: Meeting) -> Phone:
    return Phone(bob, store, hosted)


@pytest.fixture
def ready(phone: Phone, worker: FakeWorker) -> Phone:
    worker.work()
    return phone


def host_page(client: FlaskClient, meeting: Meeting) -> str:
    return client.get(f"/host/{meeting.id}").text


def test_a_stranger_sees_no_quiz_and_decides_nothing(
    ready: Phone, charlie: FlaskClient
) -> None:
    assert charlie.get(ready.path).status_code == 302
    assert charlie.get(f"{ready.path}/live").status_code == 404
    for action in ("confirm", "pull", "edit"):
        sent = charlie.post(f"{ready.path}/{ready.quiz.id}/{action}", data=FORM)
        assert sent.status_code == 404, action
    assert charlie.get(f"{ready.path}/{ready.quiz.id}/edit").status_code == 404


def test_the_thanks_page_leads_to_the_preview(phone: Phone) -> None:
    page = phone.bob.get(f"/s/{phone.meeting.join_code}/thanks").text
    assert f'href="{phone.path}"' in page


def test_the_quiz_appears_with_its_right_option(
    phone: Phone, worker: FakeWorker
) -> None:
    assert "퀴즈를 만들고 있어요" in phone.live()
    worker.work()
    live = phone.live()
    assert "Who wrote this: 맛동산?" in live and "내 이름과 함께 나와요." in live
    right = re.search(r'class="is-right">.*?</li>', live, re.S)
    assert right and "맛동산" in right[0]


def test_only_ones_own_quizzes_are_there(
    ready: Phone, charlie: FlaskClient, worker: FakeWorker
) -> None:
    other = SENT | {"name": "김지민", "answer-0": "양파링"}
    charlie.post(f"/s/{ready.meeting.join_code}", data=other)
    worker.work()
    assert "양파링" not in ready.bob.get(ready.path).text


def test_an_ok_goes_back_to_the_page_and_to_the_host(
    ready: Phone, client: FlaskClient
) -> None:
    sent = ready.do("confirm")
    assert sent.status_code == 303
    assert sent.headers["Location"].endswith(f"/mine#quiz-{ready.quiz.id}")
    assert "확인했어요" in ready.live()
    assert "본인이 확인함" in host_page(client, ready.meeting)


def test_new_words_go_to_the_host_first(ready: Phone, client: FlaskClient) -> None:
    form = ready.bob.get(f"{ready.path}/{ready.quiz.id}/edit").text
    assert "내 퀴즈 고치기" in form and "Who wrote this" in form
    assert ready.do("edit", **FORM).status_code == 303
    assert "진행자가 확인하면 나와요" in ready.live()
    page = host_page(client, ready.meeting)
    assert "본인이 고쳐 쓴 퀴즈" in page and "새 문제?" in page
    quizzes = f"/host/{ready.meeting.id}/quizzes/{ready.quiz.id}"
    client.post(f"{quizzes}/show", data={"revision": ready.quiz.revision})
    assert "내가 고쳤어요" in ready.live() and ready.quiz.status == "ready"


def test_words_that_make_no_quiz_come_back_with_the_reason(ready: Phone) -> None:
    page = ready.do("edit", **FORM | {"option": ["가", "가", "다", "라"]})
    assert page.status_code == 400 and "같은 보기가 두 번 있어요: 가" in page.text
    assert "새 문제?" in page.text


def test_a_decision_about_an_older_quiz_is_not_taken(ready: Phone) -> None:
    page = ready.do("confirm", revision=99)
    assert page.status_code == 409 and "그사이에 이 퀴즈가 바뀌었어요" in page.text


def test_a_pulled_quiz_leaves_the_hosts_page_for_good(
    ready: Phone, client: FlaskClient
) -> None:
    assert ready.do("pull").status_code == 303
    assert "퀴즈에서 뺐어요" in ready.live()
    page = host_page(client, ready.meeting)
    assert "Who wrote this" not in page and 'id="restore-' not in page
    assert "본인이 뺐어요" in page
    assert "Who wrote this" not in client.get(f"/host/{ready.meeting.id}/present").text
    ready.do("put_back")
    assert "Who wrote this" in host_page(client, ready.meeting)


def test_a_delicate_quiz_is_shown_to_its_person_with_a_way_out(
    phone: Phone, worker: FakeWorker
) -> None:
    worker.replies["맛동산"] = HELD
    worker.work()
    live = phone.live()
    assert "진행자가 확인해야만 나와요" in live and 'id="pull-' in live


@pytest.mark.parametrize("consent", ["distractor", "none"])
def test_an_answer_that_makes_no_quiz_says_so(phone: Phone, consent: str) -> None:
    phone.bob.post(f"/s/{phone.meeting.join_code}", data=SENT | {"consent-0": consent})
    live = phone.live()
    assert "퀴즈로 만들지 않는 답이에요" in live and 'id="pull-' not in live


def test_an_unknown_action_is_404(ready: Phone) -> None:
    assert ready.do("delete_everything").status_code == 404
