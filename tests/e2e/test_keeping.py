"""What stays with people: preview and withdrawal, summary, files, paper, deletion."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.meetings import Meeting, Meetings
from tests.e2e import samples
from tests.e2e.conftest import PHONE, Visit
from tests.rooms import PlayRoom, Seat, room

pytestmark = pytest.mark.e2e
Open = Callable[..., Visit]
SOON = 20_000  # ms; another window asks again after up to 6 or 15 seconds
SAMPLE = samples.SAMPLES["ko"][0]


def as_host(page: Page, site: str, meeting: Meeting, token: str) -> None:
    page.goto(f"{site}/host/{meeting.id}#{token}")
    expect(page.locator("#live")).to_be_visible()


def make_ready(store: Meetings, meeting: Meeting) -> None:
    (quiz,) = store.snapshot(meeting.id).quizzes
    samples.write(
        store,
        meeting,
        quiz.id,
        status="ready",
        question=SAMPLE.quiz,
        options=list(SAMPLE.options),
        answer=SAMPLE.answer,
        evidence=SAMPLE.evidence,
    )


@pytest.fixture
def phone(visit: Open, site: str, store: Meetings) -> tuple[Page, Meeting, str]:
    """김지민 has answered one question and looks at the quiz about it."""
    samples.worker(store.redis)
    meeting, token = samples.nobody(store, "ko")
    page = visit(size=PHONE).page
    page.goto(f"{site}/s/{meeting.join_code}")
    page.fill("#name", SAMPLE.name)
    page.fill("#answer-0", SAMPLE.text)
    page.get_by_role("button", name="보내기").click()
    page.get_by_role("link", name="나에 대한 퀴즈 먼저 보기").click()
    expect(page.get_by_text("퀴즈를 만들고 있어요")).to_be_visible()
    return page, meeting, token


def test_the_quiz_about_oneself_appears_and_a_fix_counts_at_once(
    phone: tuple[Page, Meeting, str], store: Meetings
) -> None:
    page, meeting, _ = phone
    make_ready(store, meeting)
    expect(page.locator(".is-right")).to_contain_text("갱시기", timeout=SOON)
    page.get_by_role("link", name="고치기").click()
    page.get_by_label("보기 4, 정답").check()
    page.get_by_role("button", name="저장하기").click()
    expect(page.locator(".is-right")).to_contain_text("호박죽", timeout=SOON)
    expect(page.get_by_text("내가 고쳤어요")).to_be_visible()
    assert store.snapshot(meeting.id).quizzes[0].right == "호박죽"


def test_new_words_reach_the_room_after_the_host_has_read_them(
    phone: tuple[Page, Meeting, str], visit: Open, site: str, store: Meetings
) -> None:
    page, meeting, token = phone
    make_ready(store, meeting)
    host = visit().page
    as_host(host, site, meeting, token)
    page.get_by_role("link", name="고치기").click()
    page.get_by_label("문제", exact=True).fill("비 오는 날 내가 찾는 것은?")
    page.get_by_role("button", name="저장하기").click()
    expect(page.get_by_text("진행자가 확인하면 나와요")).to_be_visible()
    proposal = host.locator("#proposed")
    expect(proposal).to_contain_text("비 오는 날 내가 찾는 것은?", timeout=SOON)
    proposal.get_by_role("button", name="이대로 내기").click()
    ready = host.locator("#quizzes")
    expect(ready).to_contain_text("비 오는 날 내가 찾는 것은?", timeout=SOON)
    expect(page.get_by_text("내 이름과 함께 나와요.")).to_be_visible(timeout=SOON)


def test_a_pulled_quiz_leaves_the_big_screen_and_comes_back_by_its_person_only(
    phone: tuple[Page, Meeting, str], visit: Open, site: str, store: Meetings
) -> None:
    page, meeting, token = phone
    make_ready(store, meeting)
    screen = visit().page
    as_host(screen, site, meeting, token)
    screen.goto(f"{site}/host/{meeting.id}/present")
    expect(screen.locator("[data-slide=quiz]")).to_have_count(1)
    page.get_by_role("button", name="퀴즈에서 빼기").click()
    expect(page.get_by_text("퀴즈에서 뺐어요")).to_be_visible()
    expect(screen.locator("[data-slide=quiz]")).to_have_count(0, timeout=SOON)
    as_host(screen, site, meeting, token)
    expect(screen.locator("#dropped")).to_contain_text("본인이 뺐어요")
    expect(screen.locator("#dropped button")).to_have_count(0)
    page.get_by_role("button", name="되돌리기").click()
    expect(page.locator(".is-right")).to_contain_text("갱시기", timeout=SOON)


def test_a_name_is_left_out_with_one_tap(
    phone: tuple[Page, Meeting, str], store: Meetings
) -> None:
    page, meeting, _ = phone
    make_ready(store, meeting)
    page.get_by_role("button", name="이름 빼기").click()
    expect(page.get_by_text("내 이름 없이 나와요.")).to_be_visible(timeout=SOON)
    assert store.snapshot(meeting.id).quizzes[0].consent == "anonymous"


def test_a_withdrawal_in_the_middle_of_a_game_skips_the_quiz_everywhere(
    visit: Open, site: str, app: Flask, store: Meetings
) -> None:
    table = room(store, people=4)
    table.join_all()
    table.start()
    (seat,) = table.about()
    answer = table.look().round.card.right
    table.reveal()
    person, other = visit(size=PHONE), visit(size=PHONE)
    for window, who in ((person, seat), (other, _another(table, seat.id))):
        _sit(window, app, site, table, who)
    game = f"{site}/play/{table.meeting.join_code}"
    other.page.goto(game)
    expect(other.page.get_by_text(answer).first).to_be_visible()
    person.page.goto(f"{site}/s/{table.meeting.join_code}/mine")
    person.page.get_by_role("button", name="퀴즈에서 빼기").click()
    expect(person.page.get_by_text("퀴즈에서 뺐어요")).to_be_visible()
    expect(other.page.get_by_text(answer)).to_have_count(0, timeout=SOON)
    other.page.goto(f"{site}/s/{table.meeting.join_code}/summary")
    expect(other.page.get_by_text(answer)).to_have_count(0, timeout=SOON)


def test_the_host_takes_home_files_and_paper_and_deletes(
    visit: Open, site: str, store: Meetings, tmp_path: Path
) -> None:
    table = room(store, people=4)
    table.join_all()
    table.start()
    table.vote(_another(table, table.about()[0].id), table.look().round.card.answer)
    answer = table.look().round.card.right
    table.reveal()
    page = visit().page
    as_host(page, site, table.meeting, table.created.host_token)
    page.get_by_role("link", name="요약과 내보내기").click()
    expect(page.get_by_role("heading", name="오늘 우리가 알게 된 것")).to_be_visible()
    expect(page.locator(".line")).to_have_count(1)
    saved = {}
    for label in ("CSV 받기", "JSON 받기", "카훗용 엑셀 받기"):
        with page.expect_download() as download:
            page.get_by_role("link", name=label).click()
        saved[label] = tmp_path / download.value.suggested_filename
        download.value.save_as(saved[label])
    table_text = saved["CSV 받기"].read_text("utf-8-sig")
    (row,) = csv.DictReader(table_text.splitlines())
    assert row["right_option"] == answer and row["votes_right"] == "1"
    assert json.loads(saved["JSON 받기"].read_text())["title"] == table.meeting.title
    sheet = openpyxl.load_workbook(saved["카훗용 엑셀 받기"]).active
    assert sheet["B8"].value == "Question - max 120 characters"
    _looks_like_paper(page)
    page.get_by_role("link", name="모두 지우기").click()
    page.get_by_role("button", name="모두 지우기").click()
    expect(page.get_by_text("삭제 영수증")).to_be_visible()
    expect(page.locator(".receipt")).to_contain_text("4명")
    page.reload()
    expect(page.locator(".receipt")).to_contain_text(table.meeting.title)
    assert not list(store.redis.scan_iter(match=f"*{table.id}*"))


def _looks_like_paper(page: Page) -> None:
    """Printed, it is black on white, without buttons, on one sheet."""
    page.emulate_media(media="print", color_scheme="dark")
    for part, look in (("body", "backgroundColor"), (".line__right", "color")):
        style = f"getComputedStyle(document.querySelector('{part}')).{look}"
        white = look == "backgroundColor"
        assert page.evaluate(style) == f"rgb({'255, 255, 255' if white else '0, 0, 0'})"
    for part in (".topbar", ".footer", "[data-print]"):
        expect(page.locator(part).first).to_be_hidden()
    assert page.pdf(format="A4").count(b"/Type /Page\n") <= 1
    page.emulate_media(media="screen", color_scheme="light")


def _another(table: PlayRoom, person: str) -> Seat:
    return next(seat for seat in table.seats if seat.id != person)


def _sit(window: Visit, app: Flask, site: str, table: PlayRoom, seat: Seat) -> None:
    """Give this window the signed cookie of a participant."""
    serializer = app.session_interface.get_signing_serializer(app)
    cookie = serializer.dumps({"people": {table.id: seat.token}})
    window.context.add_cookies([{"name": "icebreaker", "value": cookie, "url": site}])
