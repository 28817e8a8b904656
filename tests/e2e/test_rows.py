"""Reviewing training rows in a browser: by keys, by thumb, by two people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.meetings import Meeting, Meetings
from tests.e2e import samples
from tests.e2e.conftest import PHONE, Visit
from tests.rows import as_file, drafts, read_file

pytestmark = pytest.mark.e2e
Open = Callable[..., Visit]
LARGE_TARGET = 44  # CSS pixels a thumb needs


@pytest.fixture
def host(visit: Open, site: str, store: Meetings) -> tuple[Page, Meeting]:
    """The window of a host, on the empty shelf of rows of a Korean meeting."""
    meeting, token = samples.nobody(store, "ko")
    page = visit().page
    page.goto(f"{site}/host/{meeting.id}#{token}")
    expect(page.locator("#live")).to_be_visible()
    page.goto(f"{site}/host/{meeting.id}/studio/rows")
    return page, meeting


def bring_in(page: Page, count: int) -> None:
    """Upload so many drafts through the page."""
    file = {
        "name": "drafts.jsonl",
        "mimeType": "application/jsonl",
        "buffer": as_file(drafts(count)),
    }
    page.set_input_files("#file", file)
    page.click("#upload")
    expect(page.locator("#report")).to_contain_text(f"{count}줄을 가져왔어요")
    page.wait_for_load_state()


def at(page: Page, number: int) -> None:
    """Wait for the row with this number."""
    expect(page.locator("#row")).to_have_attribute("data-row", f"{number:016x}")


def begin(page: Page) -> None:
    """Open the first row; keys work once the page is loaded."""
    page.click("#review")
    at(page, 1)
    page.wait_for_load_state()


def new_link(page: Page) -> str:
    """The second reviewer's link, made on the shelf."""
    page.click("#link")
    link = page.locator("#copy-reviewer").inner_text()
    page.wait_for_load_state()
    return link


def press(page: Page, keys: str, then: int) -> None:
    """Press keys one after another; then the row with this number is there."""
    for key in keys.split():
        page.keyboard.press(key)
    at(page, then)


def test_a_dozen_rows_are_reviewed_by_keyboard_alone(
    host: tuple[Page, Meeting], tmp_path: Path
) -> None:
    page, _ = host
    bring_in(page, 12)
    begin(page)
    press(page, "2 a", then=2)
    expect(page.locator("#row")).to_be_focused()
    said = page.locator("[data-act-status]")
    expect(said).to_contain_text("수락했어요. 1 / 12. 다음 문제: 이 사람이 겨울에")
    press(page, "r", then=3)
    press(page, "j", then=4)  # left open for now
    edit(page, "Which soup?", "Enter")
    expect(page.locator("#row")).to_be_focused()
    for number in range(5, 12):
        press(page, "3 a", then=number + 1)
    press(page, "a", then=3)  # round to the one that was left open
    press(page, "u", then=12)
    press(page, "u", then=11)
    press(page, "1 a", then=12)
    press(page, "r", then=3)
    page.keyboard.press("a")
    expect(page.locator("#none")).to_contain_text("모두 봤어요")
    expect(page.locator("#progress")).to_contain_text("12 / 12줄 봤어요 · 거절 2")
    page.get_by_role("link", name="결과 보고 내려받기").click()
    page.wait_for_load_state()
    rows = downloaded(page, tmp_path)
    got = [(one["review"]["verdict"], one["review"]["difficulty"]) for one in rows]
    first = [("accept", "medium"), ("reject", None), ("accept", None), ("edit", None)]
    last = [("accept", "easy"), ("reject", None)]
    assert got == [*first, *[("accept", "hard")] * 6, *last]
    assert rows[3]["quiz_question"] == "Which soup?"


def edit(page: Page, question: str, end: str) -> None:
    """Write another question and leave the field with this key."""
    page.keyboard.press("e")
    expect(page.locator("#edit-question")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type(question)
    page.keyboard.press(end)
    expect(page.locator("#edit-question")).to_be_hidden()


def downloaded(page: Page, folder: Path) -> list[dict]:
    """The rows of the shelf's file."""
    with page.expect_download() as taken:
        page.click("#download")
    taken.value.save_as(folder / "reviewed.jsonl")
    return read_file((folder / "reviewed.jsonl").read_bytes())


def test_an_edit_that_is_left_changes_nothing(host: tuple[Page, Meeting]) -> None:
    page, _ = host
    bring_in(page, 2)
    begin(page)
    edit(page, "a, r and e are letters here?", "Escape")
    expect(page.locator("#row-question")).to_contain_text("1번 음식은?")
    page.keyboard.press("e")
    expect(page.locator("#edit-question")).to_have_value(
        "이 사람이 겨울에 떠올리는 1번 음식은?"
    )
    page.keyboard.press("Enter")  # the same words: accepted as it is
    at(page, 2)
    page.click("#show-accept")
    at(page, 1)


def test_keys_work_in_hangul_and_can_be_switched_off(
    host: tuple[Page, Meeting],
) -> None:
    page, _ = host
    bring_in(page, 3)
    begin(page)
    hangul = "new KeyboardEvent('keydown', {key: 'ㅁ', code: 'KeyA', bubbles: true})"
    page.evaluate(f"document.activeElement.dispatchEvent({hangul})")
    at(page, 2)
    page.keyboard.press("?")
    page.get_by_label("단축키 쓰기").uncheck()
    page.keyboard.press("a")
    page.wait_for_timeout(200)
    at(page, 2)
    page.click("#accept")
    at(page, 3)


def test_the_review_fits_a_phone_and_a_thumb(
    host: tuple[Page, Meeting], site: str
) -> None:
    page, meeting = host
    bring_in(page, 3)
    page.goto(f"{site}/host/{meeting.id}/studio/rows/review")
    for width in (320, PHONE["width"]):
        page.set_viewport_size({"width": width, "height": 780})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for part in ("#accept", "#edit", "#reject", ".hard label"):
            box = page.locator(part).first.bounding_box()
            assert box and min(box["width"], box["height"]) >= LARGE_TARGET, part
        expect(page.locator("#accept")).to_be_in_viewport()
    page.locator(".hard label").nth(2).click()
    page.click("#reject")
    at(page, 2)
    page.click("#edit")
    page.locator("[name=option]").nth(1).fill("떡볶이 2호")
    page.locator("[name=option]").nth(0).fill("떡볶이 2호")
    page.click("#save")
    expect(page.locator("#problem")).to_contain_text("같은 보기가 두 번 있어요")
    expect(page.locator("#problem")).to_be_focused()
    page.locator("[name=option]").nth(1).fill("다른 국수")
    page.click("#save")
    at(page, 3)
    page.click("#undo")
    at(page, 2)


def test_a_second_reviewer_judges_alone_and_the_host_settles(
    host: tuple[Page, Meeting], visit: Open, site: str
) -> None:
    page, meeting = host
    bring_in(page, 3)
    link = new_link(page)
    other = visit("en", PHONE).page
    other.goto(link)
    at(other, 1)
    assert "#" not in other.url
    begin(page)
    press(page, "a", then=2)
    press(page, "r", then=3)
    other.reload()
    expect(other.locator("#row")).to_have_attribute("data-standing", "open")
    other.click("#accept")
    at(other, 2)
    other.click("#accept")
    at(other, 3)
    page.goto(f"{site}/host/{meeting.id}/studio/rows")
    expect(page.locator("#second-progress")).to_contain_text("3줄 가운데 2줄")
    expect(page.locator("#agreement")).to_contain_text("2줄")
    page.locator("#disputed a").click()
    expect(page.locator("#take-second")).to_be_visible()
    at(page, 2)
    page.wait_for_load_state()
    page.keyboard.press("o")
    expect(page.locator("#none")).to_contain_text("의견이 갈린 줄이 없어요")


def test_a_new_link_closes_the_page_of_the_old_one(
    host: tuple[Page, Meeting], visit: Open
) -> None:
    page, _ = host
    bring_in(page, 2)
    link = new_link(page)
    other = visit("en", PHONE).page
    other.goto(link)
    at(other, 1)
    other.wait_for_load_state()
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("#link")
    expect(page.locator("#copy-reviewer")).not_to_have_text(link)
    other.keyboard.press("a")
    expect(other.get_by_role("heading", name="This link does not open")).to_be_visible()


def test_rows_are_reviewed_without_javascript(
    browser, site: str, app: Flask, store: Meetings
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    context = browser.new_context(java_script_enabled=False, locale="ko-KR")
    page = context.new_page()
    page.goto(site)
    page.get_by_role("button", name="스튜디오 열기").click()
    page.get_by_role("link", name="학습 자료 검토").click()
    bring_in(page, 3)
    page.click("#review")
    page.locator("#difficulty-hard").check()
    page.click("#accept")
    at(page, 2)
    page.click("#edit")
    page.fill("#edit-question", "어떤 국물인가요?")
    page.click("#save")
    at(page, 3)
    page.click("#undo")
    at(page, 2)
    context.close()
