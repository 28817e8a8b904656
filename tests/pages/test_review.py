"""The host's page as a desk: approve, edit, make another, drop, choose the kinds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.meetings import Meeting, Meetings
from protocol import OptionSource
from protocol.keys import Keys
from tests.fakes import FakeWorker, ready_quiz
from tests.pages.conftest import QUESTION

CHECKS = {
    "key_supported": True,
    "gives_nothing_away": False,
    "agreement": 0.88,
    "unheard_of": True,
}
HELD = ready_quiz("두통약") | {"status": "skipped", "reason": "sensitive"}
FORM = {"question": "새 문제?", "option": ["가", "나", "다", "라"], "answer": "2"}


class Desk:
    """Alice's browser at a meeting with one quiz."""

    def __init__(self, client: FlaskClient, store: Meetings, meeting: Meeting) -> None:
        self.client, self.store, self.meeting = client, store, meeting

    def answer(
        self, name: str, text: str, consent: str = "named", question: str = QUESTION
    ) -> str:
        entry = {"question": question, "text": text, "consent": consent}
        self.store.add_answers(self.meeting, name, [entry])
        return self.store.snapshot(self.meeting.id).quizzes[-1].id

    def live(self, part: str = "") -> str:
        return self.client.get(f"/host/{self.meeting.id}{part or '/live'}").text

    def do(self, quiz: str, action: str, **form: Any):
        path = f"/host/{self.meeting.id}/quizzes/{quiz}/{action}"
        return self.client.post(path, data=form)

    def status(self, quiz: str) -> str:
        found = self.store.snapshot(self.meeting.id).quizzes
        return {one.id: one.status for one in found}.get(quiz, "")


@pytest.fixture(params=["ko", "en"])
def desk(request, client: FlaskClient, store: Meetings) -> Desk:
    created = store.create("월요일 회의", request.param, [QUESTION])
    client.post(
        f"/host/{created.meeting.id}/session", data={"token": created.host_token}
    )
    return Desk(client, store, created.meeting)


@pytest.fixture
def quiz(desk: Desk, worker: FakeWorker) -> str:
    """A ready quiz with checks and sources."""
    quiz = desk.answer("김지민", "갱시기")
    worker.replies["갱시기"] = ready_quiz("갱시기") | {
        "checks": CHECKS,
        "sources": ["answer", "room", "model", "bank"],
    }
    worker.work()
    return quiz


def said(desk: Desk, korean: str, english: str) -> str:
    return korean if desk.meeting.language == "ko" else english


@pytest.mark.parametrize(
    "action",
    [
        *("approve", "edit", "regenerate", "earlier"),
        *("show", "drop", "restore", "retry"),
    ],
)
def test_a_stranger_decides_nothing(
    charlie: FlaskClient, hosted: Meeting, action: str
) -> None:
    path = f"/host/{hosted.id}/quizzes/x/{action}"
    assert charlie.post(path).status_code == 404
    assert charlie.get(f"/host/{hosted.id}/export/rows.csv").status_code == 404
    assert charlie.post(f"/host/{hosted.id}/mix").status_code == 404


def test_checks_and_sources_are_told_in_words(desk: Desk, quiz: str) -> None:
    page = desk.live()
    assert said(desk, "정답이 답에 나와요", "The right option is in the answer") in page
    bad = said(desk, "문제에 정답이 드러날 수", "The question may give")
    assert bad in page
    agreed = said(desk, "8번 지어 보니 7번 같은 정답이", "7 of 8 tries gave")
    assert agreed in page and "unheard_of" not in page
    for source in OptionSource:
        known = source in ("answer", "room", "model", "bank")
        words = {
            "answer": ("답에서", "from the answer"),
            "room": ("다른 참가자의 답", "from the room"),
            "model": ("AI가 지음", "made up by the AI"),
            "bank": ("미리 마련해 둔 보기", "from our collection"),
            "host": ("진행자", "by the host"),
        }
        assert (f"<span>{said(desk, *words[source])}</span>" in page) is known


def test_approving_says_so_and_ends_the_asking(desk: Desk, quiz: str) -> None:
    assert 'id="approve-' in desk.live()
    sent = desk.do(quiz, "approve", revision=1)
    assert sent.status_code == 303
    assert sent.headers["Location"].endswith(f"#quiz-{quiz}")
    page = desk.live()
    assert said(desk, "승인함", "Approved") in page and 'id="approve-' not in page


def test_a_decision_about_an_older_quiz_is_explained(desk: Desk, quiz: str) -> None:
    desk.do(quiz, "edit", revision=1, **FORM)
    page = desk.do(quiz, "drop", revision=1)
    assert page.status_code == 409 and 'id="problem"' in page.text
    assert said(desk, "이 퀴즈가 바뀌었어요", "has changed meanwhile") in page.text
    assert desk.status(quiz) == "ready"


def test_the_edit_page_works_as_a_plain_form(app: Flask, desk: Desk, quiz: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    path = f"/quizzes/{quiz}/edit"
    page = desk.live(path)
    assert page.count('name="option"') == 4 and page.count(" checked") == 1
    assert "갱시기" in page and 'name="csrf_token"' in page
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    assert desk.do(quiz, "edit", revision=1, **FORM).status_code == 400
    sent = desk.do(quiz, "edit", revision=1, csrf_token=token, **FORM)
    assert sent.status_code == 303
    page = desk.live()
    assert "새 문제?" in page and said(desk, "직접 고침", "Edited") in page


@pytest.mark.parametrize(
    ("changed", "korean", "english"),
    [
        ({"question": " "}, "문제를 적어 주세요.", "Write the question."),
        ({"option": ["가", "나", "다", ""]}, "보기 네 개를", "all four options"),
        ({"option": ["가", "나", "다", "가"]}, "같은 보기가 두 번", "say the same"),
        ({"option": ["가", "나", "다", "라" * 81]}, "보기 하나가 81자", "81 char"),
        ({"answer": ""}, "정답인 보기를", "Mark the right option"),
    ],
)
def test_a_wrong_edit_is_shown_again_with_what_was_typed(
    desk: Desk, quiz: str, changed: dict, korean: str, english: str
) -> None:
    page = desk.do(quiz, "edit", revision=1, **(FORM | changed))
    assert page.status_code == 400 and said(desk, korean, english) in page.text
    assert 'value="나"' in page.text and 'name="revision" value="1"' in page.text


def test_an_edit_that_came_late_keeps_the_words_and_can_be_sent_again(
    desk: Desk, quiz: str
) -> None:
    desk.do(quiz, "edit", revision=1, **FORM)
    late = FORM | {"question": "더 나은 문제?"}
    page = desk.do(quiz, "edit", revision=1, **late)
    assert page.status_code == 409 and "더 나은 문제?" in page.text
    assert 'name="revision" value="2"' in page.text
    assert desk.do(quiz, "edit", revision=2, **late).status_code == 303


def test_while_another_is_made_the_page_says_so_and_offers_the_earlier_one(
    desk: Desk, quiz: str, worker: FakeWorker
) -> None:
    desk.do(quiz, "regenerate", revision=1)
    page = desk.live()
    assert said(desk, "다른 문제를 만드는 중", "Making another") in page
    assert f'id="keep_earlier-{quiz}"' in page
    worker.replies["갱시기"] = {"status": "failed", "reason": "unparsable"}
    worker.work()
    page = desk.live()
    assert said(desk, "이전 문제는 그대로", "The earlier one is still here") in page
    desk.do(quiz, "earlier", revision=2)
    assert desk.status(quiz) == "ready"


def test_the_earlier_quiz_can_be_compared_until_the_new_one_is_approved(
    desk: Desk, quiz: str, worker: FakeWorker
) -> None:
    desk.do(quiz, "regenerate", revision=1)
    worker.replies["갱시기"] = ready_quiz("수제비")
    worker.work()
    assert f'id="earlier-of-{quiz}"' in desk.live()
    desk.do(quiz, "approve", revision=2)
    assert f'id="earlier-of-{quiz}"' not in desk.live()


def test_a_dropped_quiz_is_listed_with_its_undoing(desk: Desk, quiz: str) -> None:
    desk.do(quiz, "drop", revision=1)
    page = desk.live()
    assert f'id="quiz-{quiz}"' not in page and f'id="restore-{quiz}"' in page
    assert "갱시기" not in desk.live("/present/live")
    desk.do(quiz, "restore", revision=2)
    assert f'id="quiz-{quiz}"' in desk.live()


def test_a_sensitive_quiz_is_folded_away_and_never_on_the_big_screen(
    desk: Desk, worker: FakeWorker
) -> None:
    worker.replies["두통약"] = HELD
    quiz = desk.answer("김지민", "두통약")
    worker.work()
    page = desk.live()
    assert said(desk, "상처가 되거나", "hurtful, sexual or about health") in page
    assert f'<details class="quiz__why" id="look-{quiz}">' in page
    assert f'id="approve-{quiz}"' not in page and f'id="retry-{quiz}"' not in page
    for part in ("/present", "/present/live"):
        assert "두통약" not in desk.live(part)
    desk.do(quiz, "show", revision=1)
    assert "두통약" in desk.live("/present/live")


def test_the_big_screen_plays_all_kinds_and_the_host_chooses(
    desk: Desk, worker: FakeWorker
) -> None:
    for name in ("김지민", "박서준"):
        desk.answer(name, "고양이")
    for name, text in (("최유나", "수달"), ("이하늘", "펭귄"), ("정다은", "곰")):
        desk.answer(name, text)
    worker.work()
    slides = desk.live("/present/live")
    assert 'id="slide-same-' in slides and 'id="slide-who-' in slides
    assert said(desk, "누구의 답일까요?", "Whose answer is this?") in slides
    assert slides.count('data-slide="quiz"') == 4
    path = f"/host/{desk.meeting.id}/mix"
    assert desk.client.post(path, data={"kind": "said"}).status_code == 303
    slides = desk.live("/present/live")
    assert "slide-same-" not in slides and slides.count('data-slide="quiz"') == 5
    page = desk.client.post(path)
    assert page.status_code == 400 and 'id="problem"' in page.text
    desk.client.post(path, data={"kind": "who_shares"})
    played_not = said(desk, "큰 화면에 나오지 않아요", "Not played with the kinds")
    assert desk.live().count(played_not) == 3


def test_approved_quizzes_can_be_taken_along(desk: Desk, quiz: str) -> None:
    assert "/export/rows.csv" not in desk.live()
    desk.do(quiz, "approve", revision=1)
    assert "/export/rows.csv" in desk.live()
    rows = desk.client.get(f"/host/{desk.meeting.id}/export/rows.jsonl")
    assert rows.headers["Content-Disposition"].startswith("attachment")
    assert json.loads(rows.text)["correct"] == 1
    table = desk.client.get(f"/host/{desk.meeting.id}/export/rows.csv")
    assert table.data.startswith("\ufeffblog_id,".encode())


def test_a_record_without_sources_or_checks_is_drawn_as_well(
    desk: Desk, quiz: str
) -> None:
    """Meetings that were made by an older worker."""
    key = Keys.quizzes(desk.meeting.id)
    record = json.loads(desk.store.redis.hget(key, quiz))
    del record["sources"], record["checks"]
    desk.store.redis.hset(key, quiz, json.dumps(record))
    assert f'id="quiz-{quiz}"' in desk.live()
