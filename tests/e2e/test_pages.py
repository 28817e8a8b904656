"""What only a browser can tell: polling, keyboard, drafts, sizes, states."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.meetings import Meeting, Meetings
from tests.e2e import samples
from tests.e2e.conftest import PHONE, Visit

pytestmark = pytest.mark.e2e
Open = Callable[..., Visit]
WIDTHS = (320, 390, 1440, 3840)
BROKEN = "**/live"


def as_host(page: Page, site: str, meeting: Meeting, token: str) -> None:
    page.goto(f"{site}/host/{meeting.id}#{token}")
    expect(page.locator("#live")).to_be_visible()


def test_a_host_link_opens_the_page_and_leaves_no_token_behind(
    visit: Open, site: str, store: Meetings
) -> None:
    meeting, token = samples.nobody(store, "ko")
    page = visit().page
    as_host(page, site, meeting, token)
    assert token not in page.url
    expect(page.get_by_role("heading", name=meeting.title)).to_be_visible()


def test_a_wrong_host_link_stays_closed(
    visit: Open, site: str, store: Meetings
) -> None:
    meeting, _ = samples.nobody(store, "ko")
    page = visit().page
    page.goto(f"{site}/host/{meeting.id}#guess")
    expect(page.get_by_text("진행자만 볼 수 있는")).to_be_visible()
    expect(page.locator("#live")).to_have_count(0)


def test_names_and_quizzes_appear_by_themselves(
    visit: Open, site: str, store: Meetings
) -> None:
    samples.worker(store.redis)
    meeting, token = samples.nobody(store, "en")
    page = visit("en").page
    as_host(page, site, meeting, token)
    expect(page.get_by_text("No answers yet")).to_be_visible()
    for sample in samples.SAMPLES["en"]:
        samples.add(store, meeting, sample)
    expect(page.locator(".person")).to_have_count(3)
    samples.settle(store, meeting, 1)
    expect(page.locator(".quiz")).to_have_count(1)
    samples.settle(store, meeting)
    expect(page.get_by_text("3 quizzes are ready")).to_be_visible()


def test_polling_keeps_open_details_focus_and_scroll(
    visit: Open, site: str, store: Meetings
) -> None:
    samples.worker(store.redis)
    meeting, token = samples.answered(store, "ko")
    samples.settle(store, meeting, 1)
    page = visit(size={"width": 1000, "height": 500}).page
    as_host(page, site, meeting, token)
    page.wait_for_load_state()  # until then the browser may scroll back to the top
    page.locator("details.quiz__why summary").click()
    page.locator(".quiz [id^=drop]").focus()
    page.evaluate("scrollTo({top: 200, behavior: 'instant'})")
    samples.settle(store, meeting)
    expect(page.locator(".quiz")).to_have_count(3)
    first = page.locator(".quiz").first
    expect(first.locator("blockquote")).to_be_visible()
    expect(first.locator("[id^=drop]")).to_be_focused()
    assert page.evaluate("scrollY") == 200


def test_a_lost_connection_is_told_and_can_be_tried_again(
    visit: Open, site: str, store: Meetings
) -> None:
    meeting, token = samples.nobody(store, "ko")
    page = visit().page
    page.clock.install()
    as_host(page, site, meeting, token)
    page.route(BROKEN, lambda route: route.abort())
    notice = page.locator("[data-poll-lost]")
    expect(notice).to_be_hidden()
    for _ in range(12):
        page.clock.run_for(15_000)
        page.wait_for_timeout(20)
    expect(notice).to_be_visible()
    page.unroute(BROKEN)
    samples.add(store, meeting, samples.SAMPLES["ko"][0])
    page.get_by_role("button", name="다시 연결하기").click()
    page.clock.run_for(5000)
    expect(notice).to_be_hidden()
    expect(page.locator(".person")).to_have_count(1)


def test_the_guide_changes_at_the_button_and_with_time(
    visit: Open, site: str, store: Meetings
) -> None:
    meeting, token = samples.nobody(store, "ko")
    page = visit().page
    page.clock.install()
    as_host(page, site, meeting, token)
    topic = page.locator("[data-guide-topic]")
    first = topic.inner_text()
    page.get_by_role("button", name="다른 이야깃거리").click()
    second = topic.inner_text()
    page.clock.run_for(46_000)
    assert len({first, second, topic.inner_text()}) == 3


def test_the_big_screen_is_played_with_the_keyboard(
    visit: Open, site: str, store: Meetings
) -> None:
    samples.worker(store.redis)
    meeting, token = samples.answered(store, "ko")
    samples.settle(store, meeting)
    page = visit().page
    as_host(page, site, meeting, token)
    page.goto(f"{site}/host/{meeting.id}/present")
    current = page.locator(".slide.is-current")
    expect(current).to_contain_text(meeting.title)
    page.keyboard.press("Space")
    expect(current).to_contain_text("문제 1 / 3")
    page.keyboard.press("ArrowRight")
    expect(current).to_contain_text("문제 2 / 3")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-position]")).to_have_text("1 / 3")
    page.keyboard.press("End")
    expect(current).to_contain_text("조금 더 가까워졌나요?")
    page.keyboard.press("Home")
    expect(current).to_contain_text(meeting.title)


def test_the_space_bar_reveals_name_and_words(
    visit: Open, site: str, store: Meetings
) -> None:
    meeting, token = samples.answered(store, "ko")
    samples.settle(store, meeting, 1)
    page = visit().page
    as_host(page, site, meeting, token)
    page.goto(f"{site}/host/{meeting.id}/present")
    current = page.locator(".slide.is-current")
    page.keyboard.press("Space")
    sample = samples.SAMPLES["ko"][0]
    expect(current).to_contain_text(sample.quiz)
    expect(current.locator(".slide__name")).to_be_hidden()
    page.keyboard.press("Space")
    expect(current.locator(".slide__name")).to_have_text(sample.name)
    expect(current).to_contain_text(sample.evidence)
    expect(current.locator("mark")).to_have_text(sample.options[sample.answer - 1])


def test_a_new_quiz_joins_without_moving_the_big_screen(
    visit: Open, site: str, store: Meetings
) -> None:
    samples.worker(store.redis)
    meeting, token = samples.answered(store, "ko")
    samples.settle(store, meeting, 1)
    page = visit().page
    as_host(page, site, meeting, token)
    page.goto(f"{site}/host/{meeting.id}/present")
    page.keyboard.press("Space")
    page.keyboard.press("Space")
    shown = page.locator(".slide.is-current").get_attribute("id")
    samples.settle(store, meeting)
    expect(page.locator("[data-position]")).to_have_text(re.compile(r"^\d / 3$"))
    expect(page.locator(".slide.is-current")).to_have_id(shown)
    name = page.locator(".slide.is-current .slide__name")
    expect(name).to_be_visible()


def test_a_tap_reveals_and_a_reload_stays_there(
    visit: Open, site: str, store: Meetings
) -> None:
    meeting, token = samples.answered(store, "en")
    samples.settle(store, meeting)
    page = visit("en", PHONE).page
    as_host(page, site, meeting, token)
    page.goto(f"{site}/host/{meeting.id}/present")
    page.get_by_role("button", name="Start").click()
    page.locator(".slide.is-current h1").click()
    expect(page.locator(".is-current .slide__name")).to_be_visible()
    page.reload()
    expect(page.locator(".is-current .slide__name")).to_be_visible()


def test_a_draft_survives_a_closed_tab_and_goes_when_sent(
    visit: Open, site: str, store: Meetings
) -> None:
    meeting, _ = samples.nobody(store, "ko")
    window = visit(size=PHONE)
    url = f"{site}/s/{meeting.join_code}"
    window.page.goto(url)
    window.page.fill("#name", "김지민")
    window.page.fill("#answer-0", "갱시기")
    window.page.wait_for_timeout(600)
    window.page.close()
    again = window.context.new_page()
    again.goto(url)
    expect(again.locator("#answer-0")).to_have_value("갱시기")
    again.get_by_role("button", name="보내기").click()
    expect(again.get_by_role("heading", name="김지민 님, 고마워요")).to_be_visible()
    again.wait_for_load_state()
    assert again.evaluate("Object.keys(localStorage).length") == 0


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_its_screen(
    visit: Open, site: str, store: Meetings, language: str, width: int
) -> None:
    samples.worker(store.redis)
    meeting, token = samples.troubled(store, language)
    page = visit(language, {"width": width, "height": 800}).page
    as_host(page, site, meeting, token)
    paths = (
        "/",
        f"/s/{meeting.join_code}",
        f"/play/{meeting.join_code}",
        f"/host/{meeting.id}",
        f"/host/{meeting.id}/present",
        f"/host/{meeting.id}/delete",
    )
    for path in paths:
        page.goto(site + path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, path


def test_every_page_works_without_javascript(
    browser, site: str, app: Flask, store: Meetings
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    context = browser.new_context(java_script_enabled=False, locale="ko-KR")
    page = context.new_page()
    page.goto(site)
    page.fill("#title", "월요일 회의")
    page.get_by_role("button", name="모임 만들기").click()
    expect(page.get_by_text("아직 도착한 답이 없어요")).to_be_visible()
    page.goto(page.locator("a.qr").get_attribute("href"))
    page.fill("#name", "김지민")
    page.fill("#answer-0", "갱시기")
    page.get_by_role("button", name="보내기").click()
    expect(page.get_by_text("김지민 님, 고마워요")).to_be_visible()
    context.close()
