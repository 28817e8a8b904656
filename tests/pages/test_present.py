"""The big screen."""

from __future__ import annotations

from flask.testing import FlaskClient

from app import quoting
from app.meetings import Meeting, Meetings
from tests.fakes import FakeWorker
from tests.pages.conftest import QUESTION


def answer(
    store: Meetings, meeting: Meeting, name: str, text: str, consent: str
) -> None:
    entry = {"question": QUESTION, "text": text, "consent": consent}
    store.add_answers(meeting, name, [entry])


def slides(client: FlaskClient, meeting: Meeting) -> str:
    return client.get(f"/host/{meeting.id}/present/live").text


def test_before_the_first_quiz_it_invites_and_shows_a_topic(
    client: FlaskClient, hosted: Meeting
) -> None:
    page = client.get(f"/host/{hosted.id}/present").text
    assert "<svg" in page and "data-guide-topic" in page
    assert 'id="slide-end"' not in page


def test_each_ready_quiz_is_a_slide_with_name_and_own_words(
    client: FlaskClient, store: Meetings, hosted: Meeting, worker: FakeWorker
) -> None:
    answer(store, hosted, "김지민", "갱시기", "named")
    answer(store, hosted, "박서준", "맛동산", "named")
    worker.work()
    page = slides(client, hosted)
    assert page.count('data-slide="quiz"') == 2 and 'id="slide-end"' in page
    assert '<p class="slide__name">김지민</p>' in page
    assert "<mark>갱시기</mark>" in page and "문제 2 / 2" in page


def test_somebody_unnamed_stays_unnamed_on_the_big_screen(
    client: FlaskClient, store: Meetings, hosted: Meeting, worker: FakeWorker
) -> None:
    answer(store, hosted, "김지민", "갱시기", "anonymous")
    worker.work()
    page = slides(client, hosted)
    assert "갱시기" in page and "김지민" not in page
    assert "이름을 밝히지 않은 분" in page


def test_a_long_answer_is_shown_around_its_evidence() -> None:
    text = "가 " * 300 + "갱시기를 먹어요. " + "나 " * 300
    parts = quoting.excerpt(text, "갱시기")
    assert parts[1] == ("갱시기", True)
    assert parts[0][0].startswith("…") and parts[2][0].endswith("…")
    assert sum(len(part) for part, _ in parts) < 320


def test_evidence_that_is_not_in_the_answer_marks_nothing() -> None:
    assert quoting.marked("갱시기", "수제비") == [("갱시기", False)]
    assert quoting.marked("갱시기", "") == [("갱시기", False)]
