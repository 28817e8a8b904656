"""The studio with the real worker and model: three pages, from order to outcome.

A recipe whose adapter is not shipped is not made; then the page has to say so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, Visit
from tests.e2e.meetings import Create, Meeting
from tests.e2e.product import Product
from tests.studios import HIT, RAIN, SUMMARY

pytestmark = pytest.mark.e2e
Open = Callable[..., Visit]
ADAPTERS = Path(__file__).parents[2] / "worker" / "adapters"
MADE_MS = 240_000
NOT_LEARNED = re.compile("아직 .* 배우지 않았어요")


def is_shipped(recipe: str) -> bool:
    return (ADAPTERS / recipe / "adapter.json").is_file()


@pytest.fixture
def host(visit: Open, warm: Product, create: Create) -> tuple[Page, Meeting]:
    """The window of a host whose worker is ready."""
    meeting = create()
    page = visit().page
    page.goto(meeting.host_url)
    expect(page.locator("#live")).to_be_visible()
    return page, meeting


def shelf(page: Page, meeting: Meeting, recipe: str) -> None:
    page.goto(f"{meeting.product.url}/host/{meeting.id}/studio/{recipe}")


def items(meeting: Meeting) -> list[dict[str, Any]]:
    path = f"{meeting.path}/studio"
    reply = meeting.product.ask("GET", path, token=meeting.host_token)
    assert reply.status == 200, reply
    return reply.body["items"]


def test_words_are_made_for_a_scene(host: tuple[Page, Meeting]) -> None:
    page, meeting = host
    shelf(page, meeting, "slang")
    if not is_shipped("slang"):
        expect(page.locator("#model")).to_contain_text(NOT_LEARNED)
        return
    page.fill("#context", RAIN)
    page.get_by_role("button", name="새말 짓기").click()
    word = page.locator(".proposal__word").first
    expect(word).to_be_visible(timeout=MADE_MS)
    said = word.inner_text()
    page.get_by_role("button", name="이 말로 정하기").first.click()
    kept = page.locator(".proposal.is-kept")
    expect(kept.get_by_text("모임 요약에 실려요")).to_be_visible()
    [item] = items(meeting)
    assert item["kept"] == 0 and item["proposals"][0]["slang"] == said
    assert all(one["checks"]["inoffensive"] for one in item["proposals"])
    page.goto(f"{meeting.product.url}/host/{meeting.id}/summary")
    expect(page.locator(".made")).to_contain_text(said)


def test_an_abstract_says_nothing_unmarked_that_the_summary_does_not(
    host: tuple[Page, Meeting],
) -> None:
    page, meeting = host
    shelf(page, meeting, "abstract")
    if not is_shipped("abstract"):
        expect(page.locator("#model")).to_contain_text(NOT_LEARNED)
        return
    page.fill("#summary", SUMMARY)
    page.get_by_role("button", name="초록 쓰기").click()
    text = page.locator("#copy-abstract")
    expect(text).to_be_visible(timeout=MADE_MS)
    [item] = items(meeting)
    expect(page.locator("mark[data-label]")).to_have_count(len(item["unsupported"]))
    assert text.text_content() == item["text"]
    assert re.findall("[가-힣]", item["text"])


def test_a_child_talks_and_what_is_dangerous_reaches_the_guardian(
    host: tuple[Page, Meeting], visit: Open
) -> None:
    guardian, meeting = host
    shelf(guardian, meeting, "chat")
    guardian.fill("#child", "은채")
    guardian.fill("#age", "6")
    guardian.get_by_role("button", name="대화 준비하기").click()
    phone = visit(size=PHONE).page
    phone.goto(guardian.locator("a.qr").get_attribute("href"))
    expect(phone.locator(".talk__log")).to_be_visible()
    phone.wait_for_load_state()
    if is_shipped("chat"):
        say(phone, "달이 자꾸 나를 따라와")
        expect(phone.locator("#turn-1")).to_be_visible(timeout=MADE_MS)
        expect(guardian.locator("#turn-1")).to_be_visible()
    else:
        expect(guardian.locator("#model")).to_contain_text(NOT_LEARNED)
    say(phone, HIT)
    alarm = guardian.get_by_role("alert").filter(has_text=HIT)
    expect(alarm.get_by_role("link", name="경찰 112")).to_be_visible(timeout=MADE_MS)
    expect(guardian.get_by_text("사람이 써 둔 답").last).to_be_visible()
    [item] = items(meeting)
    assert item["turns"][-1]["by"] == "people"
    assert item["alerts"][-1]["kind"] == "abuse"  # the moon may have worried it, too
    expect(phone.locator(".bubble--bear").last).to_contain_text(
        item["turns"][-1]["text"]
    )


def say(phone: Page, text: str) -> None:
    phone.fill("#text", text)
    phone.press("#text", "Enter")
    expect(phone.locator("#text")).to_have_value("")


def test_a_deleted_meeting_leaves_nothing_of_its_studio(
    host: tuple[Page, Meeting],
) -> None:
    """While its jobs wait and run."""
    _, meeting = host
    for body in (
        {"recipe": "slang", "context": RAIN},
        {"recipe": "abstract", "summary": SUMMARY},
        {"recipe": "chat", "child": "은채", "age": 6},
    ):
        path = f"{meeting.path}/studio"
        made = meeting.product.ask("POST", path, body, meeting.host_token)
        assert made.status == 201, made
    redis = meeting.product.redis()
    deleted = meeting.delete().body["deleted"]
    assert deleted["studio"] == 3

    def nothing_left() -> bool:
        return not list(redis.scan_iter(f"*{meeting.id}*", count=500))

    meeting.product.until(nothing_left, 90)  # a worker in the midst of it ends first
