"""The child's page: one link, one conversation, kind words."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import access, limiter
from app.meetings import Meeting, Meetings
from protocol import Recipe
from tests.app.test_limits import lower
from tests.fakes import FakeWorker, everything_in
from tests.studios import COMFORT, HIT, fill, order_talk, reply


@pytest.fixture
def talk(app: Flask, hosted: Meeting) -> str:
    """The path of a conversation with 은채."""
    return f"/talk/{hosted.id}/{order_talk(app, hosted)}"


def token_of(app: Flask, talk: str) -> str:
    *_, meeting_id, item_id = talk.split("/")
    with app.app_context():
        return access.talk_token(meeting_id, item_id)


@pytest.fixture
def child(app: Flask, talk: str) -> FlaskClient:
    """은채's phone, after the QR code."""
    phone = app.test_client()
    sent = {"token": token_of(app, talk)}
    assert phone.post(f"{talk}/session", data=sent).status_code == 204
    return phone


def test_the_link_opens_this_conversation_and_nothing_else(
    app: Flask, child: FlaskClient, hosted: Meeting, talk: str
) -> None:
    page = child.get(talk)
    assert page.status_code == 200 and "은채야, 안녕! 나는 수다곰이야" in page.text
    other = f"/talk/{hosted.id}/{order_talk(app, hosted)}"
    assert child.get(other).status_code == 404
    assert child.get(f"/host/{hosted.id}/studio").status_code == 404
    assert child.get(f"/host/{hosted.id}").status_code == 404


def test_without_the_link_the_door_is_closed_in_words(
    app: Flask, client: FlaskClient, charlie: FlaskClient, talk: str
) -> None:
    for browser in (charlie, client):  # the host, too, needs the link
        page = browser.get(talk)
        assert page.status_code == 404 and "QR을 다시 찍어" in page.text
    wrong = charlie.post(f"{talk}/session", data={"token": "guess"})
    assert wrong.status_code == 404
    assert charlie.post(f"{talk}/say", data={"text": "안녕"}).status_code == 404


def test_the_token_is_kept_as_a_hash_only(
    app: Flask, child: FlaskClient, store: Meetings, talk: str
) -> None:
    child.post(f"{talk}/say", data={"text": "안녕"})
    assert token_of(app, talk) not in everything_in(store.redis)


def test_a_key_of_a_participant_is_never_a_child_s_token(
    app: Flask, hosted: Meeting, talk: str
) -> None:
    """Both are made of the server's secret, for different purposes."""
    item_id = talk.split("/")[-1]
    for key in (f"talk:{item_id}", f"talk:{hosted.id}:{item_id}", item_id * 2):
        with app.test_request_context(headers={"Idempotency-Key": key}):
            assert access.token_for_key(hosted.id) != token_of(app, talk)


def test_the_child_talks_and_is_not_told_who_wrote_the_reply(
    child: FlaskClient, hosted: Meeting, store: Meetings, talk: str, worker: FakeWorker
) -> None:
    worker.beat()
    assert 'id="typing"' not in child.get(talk).text
    assert child.post(f"{talk}/say", data={"text": HIT, "sent": "1"}).status_code == 303
    waiting = child.get(f"{talk}/live").text
    assert HIT in waiting and 'id="typing"' in waiting and "자고 있어요" not in waiting
    reply(store, hosted, talk.split("/")[-1], COMFORT, "abuse")
    page = child.get(talk).text
    assert COMFORT in page and 'id="typing"' not in page
    assert "사람이 써 둔 답" not in page and "맞거나" not in page and "tel:" not in page


def test_the_page_says_that_it_is_a_program_and_who_reads_along(
    app: Flask, child: FlaskClient, hosted: Meeting, talk: str
) -> None:
    assert "사람이 아니라 프로그램이에요. 보호자가 함께 읽어요." in child.get(talk).text
    role = f"/talk/{hosted.id}/{order_talk(app, hosted, 'mother')}"
    child.post(f"{role}/session", data={"token": token_of(app, role)})
    assert "엄마 역할을 해 보는 프로그램이야" in child.get(role).text


def test_a_stopped_talk_says_goodbye_and_takes_no_more(
    child: FlaskClient, hosted: Meeting, store: Meetings, talk: str
) -> None:
    store.studio.stop(hosted.id, talk.split("/")[-1])
    page = child.get(talk).text
    assert "오늘 이야기는 여기까지야" in page and "<textarea" not in page
    late = child.post(f"{talk}/say", data={"text": "하나만 더"})
    assert late.status_code == 409 and "오늘 이야기는 여기까지야" in late.text


def test_a_deleted_talk_is_a_closed_door(
    child: FlaskClient, hosted: Meeting, store: Meetings, talk: str
) -> None:
    store.studio.delete(hosted.id, talk.split("/")[-1])
    assert child.get(f"{talk}/live").status_code == 404
    assert "어른에게" in child.get(talk).text


def test_what_cannot_be_sent_stays_in_the_field(child: FlaskClient, talk: str) -> None:
    page = child.post(f"{talk}/say", data={"text": "가" * 401})
    assert (
        page.status_code == 400 and "401자예요" in page.text and "가" * 401 in page.text
    )
    assert child.post(f"{talk}/say", data={"text": " "}).status_code == 400


def test_a_failure_is_told_gently(
    child: FlaskClient, hosted: Meeting, store: Meetings, talk: str, worker: FakeWorker
) -> None:
    worker.beat()
    child.post(f"{talk}/say", data={"text": "안녕"})
    item_id = talk.split("/")[-1]
    fill(store, hosted, item_id, status="failed", reason="model_error")
    assert "한 번만 다시 말해 줄래?" in child.get(talk).text
    child.post(f"{talk}/say", data={"text": "안녕이라고"})
    assert 'id="typing"' in child.get(talk).text
    fill(store, hosted, item_id, status="failed", reason="not_served")
    worker.beat(recipes=(Recipe.QUIZ,))
    page = child.get(talk).text
    assert "지금은 자고 있어요" in page and "다시 말해 줄래" not in page


def test_nobody_floods_a_conversation(
    child: FlaskClient, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lower(monkeypatch, "TALKING", 3)
    codes = [
        child.post(f"{talk}/say", data={"text": f"{n}"}).status_code for n in range(5)
    ]
    assert codes == [303] * 3 + [429] * 2
    assert limiter.TALKING.amount == 3
