"""The studio in a browser: a guardian, a child with a phone, a host.

A stand-in writes what the worker would: here it is the pages that are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect

from app.meetings import Meeting, Meetings
from app.rows import files
from tests.e2e import samples
from tests.e2e.conftest import DESK, PHONE, Visit
from tests.rows import as_file, draft
from tests.studios import (
    COMFORT,
    HIT,
    PAPER,
    RAIN,
    WORD,
    fill,
    order_paper,
    order_talk,
    order_word,
    reply,
)

pytestmark = pytest.mark.e2e
Open = Callable[..., Visit]
LARGE_TARGET = 44  # CSS pixels a child's thumb needs


@pytest.fixture
def host(visit: Open, site: str, store: Meetings) -> tuple[Page, Meeting]:
    """The window of a host, on the page of a Korean meeting."""
    samples.worker(store.redis)
    meeting, token = samples.nobody(store, "ko")
    page = visit().page
    page.goto(f"{site}/host/{meeting.id}#{token}")
    expect(page.locator("#live")).to_be_visible()
    return page, meeting


def only_item(store: Meetings, meeting: Meeting) -> str:
    [item] = store.studio.items(meeting.id)
    return item.id


def opened_by_child(visit: Open, guardian: Page) -> Page:
    """A phone that has scanned the QR code on the guardian's page."""
    phone = visit(size=PHONE).page
    phone.goto(guardian.locator("a.qr").get_attribute("href"))
    expect(phone.locator(".talk__log")).to_be_visible()
    phone.wait_for_load_state()  # a tap before that is an ordinary form's
    assert "#" not in phone.url
    return phone


def test_a_child_and_a_guardian_talk_in_two_windows(
    host: tuple[Page, Meeting], visit: Open, store: Meetings
) -> None:
    guardian, meeting = host
    guardian.get_by_role("link", name="스튜디오").click()
    guardian.get_by_role("link", name="수다곰과 이야기하기").click()
    guardian.fill("#child", "은채")
    guardian.fill("#age", "6")
    guardian.get_by_role("button", name="대화 준비하기").click()
    expect(guardian.locator("h1")).to_have_text("은채 (6살)")
    talk = only_item(store, meeting)
    phone = opened_by_child(visit, guardian)
    expect(phone.get_by_text("은채야, 안녕! 나는 수다곰이야")).to_be_visible()

    phone.fill("#text", "달이 따라와")
    phone.press("#text", "Enter")
    expect(phone.locator("#typing")).to_be_visible()
    expect(phone.locator("#text")).to_have_value("")
    expect(phone.locator("#text")).to_be_focused()
    expect(guardian.locator("#turn-0")).to_contain_text("달이 따라와")
    reply(store, meeting, talk, "정말? 어디에서 봤어?")
    expect(phone.locator("#turn-1")).to_contain_text("정말? 어디에서 봤어?")
    expect(phone.locator("#typing")).to_have_count(0)


def test_an_alarm_reaches_the_guardian_and_a_goodbye_the_child(
    host: tuple[Page, Meeting], app: Flask, visit: Open, site: str, store: Meetings
) -> None:
    guardian, meeting = host
    talk = order_talk(app, meeting)
    guardian.goto(f"{site}/host/{meeting.id}/studio/chat/{talk}")
    phone = opened_by_child(visit, guardian)
    phone.fill("#text", HIT)
    phone.get_by_role("button", name="보내기").click()
    expect(phone.locator("#turn-0")).to_be_visible()
    reply(store, meeting, talk, COMFORT, "abuse")
    alarm = guardian.get_by_role("alert").filter(has_text=HIT)
    expect(alarm.get_by_role("link", name="경찰 112")).to_be_visible()
    expect(guardian).to_have_title(re.compile(r"^\(1\) 은채"))
    expect(guardian.locator("#turn-1")).to_contain_text("사람이 써 둔 답")
    expect(phone.locator("#turn-1")).to_contain_text(COMFORT)
    expect(phone.locator("body")).not_to_contain_text("사람이 써 둔 답")
    alarm.get_by_role("button", name="확인했어요").click()
    expect(alarm).to_have_count(0)

    guardian.on("dialog", lambda dialog: dialog.accept())
    guardian.get_by_role("button", name="대화 멈추기").click()
    expect(guardian.get_by_role("heading", name="멈춘 대화")).to_be_visible()
    expect(phone.get_by_text("은채야, 오늘 이야기는 여기까지야")).to_be_visible()
    expect(phone.locator("#text")).to_have_count(0)


def test_a_message_that_got_lost_on_its_way_back_is_sent_once(
    host: tuple[Page, Meeting], app: Flask, visit: Open, site: str, store: Meetings
) -> None:
    guardian, meeting = host
    talk = order_talk(app, meeting)
    guardian.goto(f"{site}/host/{meeting.id}/studio/chat/{talk}")
    phone = opened_by_child(visit, guardian)

    def lose_the_answer(route: Route) -> None:
        route.fetch(max_redirects=0)
        route.abort()

    phone.route("**/say", lose_the_answer)
    phone.fill("#text", "안녕")
    phone.get_by_role("button", name="보내기").dblclick()
    expect(phone.get_by_text("아직 보내지 못했어요")).to_be_visible()
    phone.unroute("**/say")
    phone.get_by_role("button", name="보내기").click()
    expect(phone.get_by_text("아직 보내지 못했어요")).to_have_count(0)
    expect(phone.locator("#turn-0")).to_contain_text("안녕")
    turns = store.studio.item(meeting.id, talk).turns
    assert [turn.text for turn in turns] == ["안녕"]


def test_the_child_s_page_fits_a_small_phone_and_a_thumb(
    host: tuple[Page, Meeting], app: Flask, visit: Open, site: str, store: Meetings
) -> None:
    guardian, meeting = host
    talk = order_talk(app, meeting)
    for n in range(12):
        store.studio.say(meeting.id, talk, f"{n}번째 이야기예요. " * 3)
        reply(store, meeting, talk, "그랬구나, 더 들려줘! " * 2)
    guardian.goto(f"{site}/host/{meeting.id}/studio/chat/{talk}")
    phone = opened_by_child(visit, guardian)
    for width in (320, 390):
        phone.set_viewport_size({"width": width, "height": 640})
        assert phone.evaluate("document.documentElement.scrollWidth") <= width
        for part in (".talk__send", "#text"):
            box = phone.locator(part).bounding_box()
            assert box and min(box["width"], box["height"]) >= LARGE_TARGET
    expect(phone.locator("#turn-23")).to_be_in_viewport()
    phone.locator("#turn-3").scroll_into_view_if_needed()
    store.studio.say(meeting.id, talk, "또 있어요")
    expect(phone.locator("#typing")).to_be_in_viewport()


def test_a_word_is_made_from_a_suggested_scene_and_chosen(
    host: tuple[Page, Meeting], site: str, store: Meetings
) -> None:
    page, meeting = host
    page.goto(f"{site}/host/{meeting.id}/studio/slang")
    page.get_by_role("button", name="점심 메뉴를 고르느라").click()
    expect(page.locator("#context")).to_have_value(
        "점심 메뉴를 고르느라 점심시간 절반이 지났어요."
    )
    page.get_by_role("button", name="새말 짓기").click()
    expect(page.get_by_text("새말을 짓고 있어요")).to_be_visible()
    word = only_item(store, meeting)
    fill(store, meeting, word, **WORD)
    chosen = page.locator(".proposal").filter(has_text="점심갬")
    chosen.get_by_role("button", name="이 말로 정하기").click()
    expect(chosen.get_by_text("모임 요약에 실려요")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    other = page.locator(".proposal").filter(has_text="비쉼표")
    other.get_by_role("button", name="불쾌한 말이에요").click()
    expect(other).to_have_count(0)
    page.goto(f"{site}/host/{meeting.id}/summary")
    expect(page.get_by_text("점심갬", exact=True)).to_be_visible()


def test_an_abstract_is_written_checked_copied_and_written_again(
    host: tuple[Page, Meeting], site: str, store: Meetings
) -> None:
    page, meeting = host
    page.goto(f"{site}/host/{meeting.id}/studio/abstract")
    page.fill("#summary", "표본 30명에서 오차가 줄었다.")
    page.get_by_role("button", name="초록 쓰기").click()
    expect(page.get_by_text("초록을 쓰고 있어요")).to_be_visible()
    paper = only_item(store, meeting)
    fill(store, meeting, paper, **PAPER)
    expect(page.locator("mark[data-label]")).to_have_text("31명")
    expect(page.locator("#found")).to_contain_text("만족도는 두 배가 되었다.")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="복사").click()
    expect(page.get_by_role("button", name="복사했어요")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == PAPER["text"]
    with page.expect_download() as taken:
        page.get_by_role("link", name="TXT 받기").click()
    assert taken.value.suggested_filename == "abstract.txt"
    page.get_by_role("button", name="다시 쓰기").click()
    expect(page.get_by_text("초록을 쓰고 있어요")).to_be_visible()
    page.get_by_role("button", name="이전 글로").click()
    expect(page.locator("#copy-abstract")).to_contain_text("31명")


def test_the_studio_works_without_a_meeting_and_without_javascript(
    browser, site: str, app: Flask, store: Meetings
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    context = browser.new_context(java_script_enabled=False, locale="ko-KR")
    page = context.new_page()
    page.goto(site)
    page.get_by_role("button", name="스튜디오 열기").click()
    page.get_by_role("link", name="우리 팀 새말 만들기").click()
    page.fill("#context", RAIN)
    page.get_by_role("button", name="새말 짓기").click()
    expect(page.get_by_role("heading", name=RAIN)).to_be_visible()
    context.close()


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("width", [320, 1440])
def test_no_page_of_the_studio_is_wider_than_its_screen(
    visit: Open, site: str, app: Flask, store: Meetings, language: str, width: int
) -> None:
    meeting, token = samples.nobody(store, language)
    word, paper = order_word(store, meeting), order_paper(store, meeting)
    talk = order_talk(app, meeting)
    long = "긴" * 80 + "x" * 200
    proposal = {"slang": long[:60], "description": long, "example": long}
    fill(store, meeting, word, proposals=[proposal])
    fact = {"kind": "finding", "text": "표본", "start": 0, "end": 2}
    fill(store, meeting, paper, text=long, missing=[fact], dropped=[long])
    store.studio.say(meeting.id, talk, long)
    reply(store, meeting, talk, long, "abuse")
    page = visit(language, {"width": width, "height": DESK["height"]}).page
    page.goto(f"{site}/host/{meeting.id}#{token}")
    expect(page.locator("#live")).to_be_visible()
    row = draft(1, question=long, quiz_question=long, options=[*"abc", long[:80]])
    store.rows.add(meeting.id, files.read(as_file([row])).rows)
    shelves = ("", "/slang", "/chat", "/abstract", "/rows", "/rows/review")
    for path in (*shelves, f"/chat/{talk}", f"/abstract/{paper}"):
        page.goto(f"{site}/host/{meeting.id}/studio{path}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, path
