"""The studio's pages: what the host sees and does. Alice's browser is `client`."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.meetings import Meeting, Meetings
from protocol import Recipe, WorkerPhase
from tests.fakes import FakeWorker
from tests.studios import (
    COMFORT,
    HIT,
    PAPER,
    RAIN,
    SUMMARY,
    WORD,
    fill,
    order_paper,
    order_talk,
    order_word,
    reply,
)

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}'


def studio(meeting: Meeting, *path: str) -> str:
    return "/".join([f"/host/{meeting.id}/studio", *path])


def test_one_click_opens_a_studio_without_a_meeting(
    client: FlaskClient, store: Meetings
) -> None:
    assert "스튜디오 열기" in client.get("/").text
    opened = client.post("/studio")
    assert opened.status_code == 303 and opened.location.endswith("/studio")
    page = client.get(opened.location).text
    for title in ("우리 팀 새말 만들기", "수다곰과 이야기하기", "초록 쓰기"):
        assert title in page
    assert client.get(opened.location.removesuffix("/studio")).status_code == 200


def test_the_host_s_page_leads_to_the_studio(
    client: FlaskClient, hosted: Meeting
) -> None:
    assert f'href="{studio(hosted)}"' in client.get(f"/host/{hosted.id}").text


@pytest.mark.parametrize("path", ["", "slang", "chat", "abstract", "slang/live"])
def test_strangers_find_nothing_there(
    charlie: FlaskClient, hosted: Meeting, path: str
) -> None:
    assert charlie.get(studio(hosted, path).rstrip("/")).status_code == 404


def test_a_word_is_ordered_proposed_and_chosen(
    client: FlaskClient, bob: FlaskClient, hosted: Meeting, store: Meetings
) -> None:
    shelf = studio(hosted, "slang")
    assert client.post(shelf, data={"context": RAIN}).status_code == 303
    [word] = store.studio.items(hosted.id)
    waiting = client.get(shelf).text
    assert "차례 기다리는 중" in waiting and "다 되면 여기에 저절로 보여요" in waiting
    fill(store, hosted, word.id, **WORD)
    page = client.get(shelf).text
    assert "점심갬" in page and "이미 있는 말일 수 있어요" in page
    kept = {"place": "0", "revision": "1"}
    assert client.post(f"{shelf}/{word.id}/keep", data=kept).status_code == 303
    assert "점심갬" in client.get(f"/host/{hosted.id}/summary").text
    bob.post(f"/s/{hosted.join_code}", data={"name": "밥", "answer-0": "맛동산"})
    room = bob.get(f"/s/{hosted.join_code}/summary").text
    assert "우리가 만든 말" in room and "점심갬" in room and "비쉼표" not in room


def test_a_reported_word_disappears(
    client: FlaskClient, hosted: Meeting, store: Meetings
) -> None:
    word = order_word(store, hosted)
    fill(store, hosted, word, **WORD)
    client.post(studio(hosted, "slang", word, "report"), data={"place": "0"})
    page = client.get(studio(hosted, "slang")).text
    assert "점심갬" not in page and "신고한 말 1개" in page


def test_what_went_wrong_is_said_and_what_was_typed_stays(
    client: FlaskClient, hosted: Meeting
) -> None:
    sent = {"context": "가" * 601, "condition": "세 글자로"}
    page = client.post(studio(hosted, "slang"), data=sent)
    assert page.status_code == 400 and "장면이 601자예요" in page.text
    assert "세 글자로" in page.text
    page = client.post(studio(hosted, "chat"), data={"child": "은채", "age": "백"})
    assert page.status_code == 400 and "3살에서 18살" in page.text
    assert client.post(studio(hosted, "poem"), data={}).status_code == 404


def test_a_failed_item_says_why_and_can_be_tried_again(
    client: FlaskClient, hosted: Meeting, store: Meetings
) -> None:
    paper = order_paper(store, hosted)
    fill(store, hosted, paper, status="failed", reason="unparsable")
    page = client.get(studio(hosted, "abstract", paper)).text
    assert "쓸 만한 글을 내지 못했어요" in page and "다시 만들기" in page
    again = client.post(studio(hosted, "abstract", paper, "again"))
    assert again.status_code == 303
    assert store.studio.item(hosted.id, paper).busy


def test_an_abstract_is_shown_with_what_to_check(
    client: FlaskClient, hosted: Meeting, store: Meetings
) -> None:
    paper = order_paper(store, hosted)
    fill(store, hosted, paper, **PAPER)
    page = client.get(studio(hosted, "abstract", paper)).text
    assert SUMMARY in page
    [marked] = re.findall(
        r'<mark class="claim[^>]*data-label="숫자">(.*?)</mark>', page
    )
    assert marked == "31명"
    assert "만족도는 두 배가 되었다." in page
    assert "<li>표본 <mark>30명</mark>에서 새 방법이" in page
    assert f"낱말 12개 · 글자 {len(PAPER['text'])}자" in page
    file = client.get(studio(hosted, "abstract", paper, "abstract.txt"))
    assert file.text == PAPER["text"] + "\n" and file.mimetype == "text/plain"
    assert "attachment" in file.headers["Content-Disposition"]


def test_the_guardian_sees_what_alarmed_and_whom_to_call(
    app: Flask, client: FlaskClient, hosted: Meeting, store: Meetings
) -> None:
    talk = order_talk(app, hosted)
    store.studio.say(hosted.id, talk, HIT)
    reply(store, hosted, talk, COMFORT, "abuse")
    here = studio(hosted, "chat", talk)
    page = client.get(here).text
    assert 'role="alert"' in page and f"“{HIT}”" in page
    assert "맞거나 돌봄을 못 받는다고 말했어요" in page
    assert 'href="tel:112"' in page and "사람이 써 둔 답" in page
    for path in (studio(hosted), f"/host/{hosted.id}"):
        assert "꼭 봐야 할 이야기" in client.get(path).text
    client.post(f"{here}/seen", data={"place": "0"})
    page = client.get(here).text
    assert "tel:112" not in page and "확인한 알림 1개" in page
    assert "꼭 봐야 할 이야기" not in client.get(studio(hosted)).text


def test_the_guardian_stops_and_deletes(
    app: Flask, client: FlaskClient, hosted: Meeting, store: Meetings
) -> None:
    talk = order_talk(app, hosted)
    here = studio(hosted, "chat", talk)
    assert "<svg" in client.get(here).text  # the QR code
    assert client.post(f"{here}/stop").location.endswith(talk)
    assert "멈춘 대화" in client.get(here).text
    assert client.post(f"{here}/delete").location.endswith("/studio/chat")
    assert client.get(here).status_code == 404


def test_polls_are_304_until_something_happens(
    app: Flask, client: FlaskClient, hosted: Meeting, store: Meetings
) -> None:
    talk = order_talk(app, hosted)
    for path in (
        studio(hosted, "live"),
        studio(hosted, "chat", "live"),
        studio(hosted, "chat", talk, "live"),
    ):
        first = client.get(path)
        known = {"If-None-Match": first.headers["ETag"]}
        assert client.get(path, headers=known).status_code == 304
        store.studio.say(hosted.id, talk, f"안녕 {path}")
        assert client.get(path, headers=known).status_code == 200
        reply(store, hosted, talk, "안녕!")


@pytest.mark.parametrize("recipe", ["slang", "chat", "abstract"])
def test_a_worker_without_the_adapter_is_told_plainly(
    client: FlaskClient, hosted: Meeting, worker: FakeWorker, recipe: str
) -> None:
    worker.beat(recipes=(Recipe.QUIZ,))
    page = client.get(studio(hosted, recipe)).text
    assert "아직" in page and "배우지 않았어요" in page and "어댑터" in page
    worker.beat(recipes=(Recipe.QUIZ, Recipe(recipe)))
    assert "배우지 않았어요" not in client.get(studio(hosted, recipe)).text


@pytest.mark.parametrize(
    ("phase", "said"),
    [
        (None, "준비되는 대로 시작해요"),
        (WorkerPhase.LOADING, "AI를 불러오고 있어요"),
        (WorkerPhase.READY, ""),
    ],
)
def test_the_worker_s_state_is_told_as_on_the_quiz_pages(
    client: FlaskClient, hosted: Meeting, worker: FakeWorker, phase, said: str
) -> None:
    if phase:
        worker.beat(phase)
    page = client.get(studio(hosted, "slang")).text
    assert said in page and ('id="model"' in page) is bool(said)


def test_hostile_text_stays_text_on_every_page(
    app: Flask, client: FlaskClient, hosted: Meeting, store: Meetings
) -> None:
    word = order_word(store, hosted, HOSTILE)
    proposal = {"slang": HOSTILE, "description": HOSTILE, "example": HOSTILE}
    fill(store, hosted, word, proposals=[proposal | {"checks": {HOSTILE: False}}])
    store.studio.keep(hosted.id, word, 0)
    talk = order_talk(app, hosted)
    store.studio.say(hosted.id, talk, HOSTILE)
    reply(store, hosted, talk, HOSTILE, HOSTILE)
    paper = order_paper(store, hosted, HOSTILE + "가")
    claim = {"start": 0, "end": 9, "text": HOSTILE, "kind": HOSTILE}
    broken = {"start": 5, "end": 9999, "text": "", "kind": "number"}
    found = {"unsupported": [claim, broken], "dropped": [HOSTILE], "missing": [claim]}
    fill(store, hosted, paper, text=HOSTILE, **found)
    bad = client.post(studio(hosted, "slang"), data={"context": HOSTILE * 20})
    paths = ("", "slang", "chat", "abstract", f"chat/{talk}", f"abstract/{paper}")
    pages = [client.get(studio(hosted, path).rstrip("/")).text for path in paths]
    pages += [bad.text, client.get(f"/host/{hosted.id}/summary").text]
    for page in pages:
        assert "<script>" not in page and "<img src=x" not in page
        assert "49" not in re.findall(r"onerror=alert\(2\)&gt;(..)", page)
    assert sum("&lt;script&gt;" in page for page in pages) >= 6


def test_the_delete_page_and_the_receipt_name_the_studio(
    client: FlaskClient, hosted: Meeting, store: Meetings
) -> None:
    order_word(store, hosted)
    asked = client.get(f"/host/{hosted.id}/delete").text
    assert "스튜디오에서 만든 것 1개" in asked
    done = client.post(f"/host/{hosted.id}/delete", follow_redirects=True).text
    assert re.search(r"<dt>스튜디오</dt><dd>1개</dd>", done)
