"""The main job, as a person does it: the real worker, the real model, a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, Visit
from tests.e2e.product import Product

pytestmark = [pytest.mark.e2e, pytest.mark.model]
QUIZ_SECONDS = 120
PEOPLE = {
    "ko": {
        "김지민": "할머니가 겨울마다 끓여 주시던 갱시기요. 김치를 넣고 끓여요.",
        "박서준": "맛동산이요. 어릴 때 아버지가 퇴근길에 사 오셨어요.",
        "최유나": "없음",
    },
    "en": {
        "Alice": "Dumpling soup, because my grandmother made it every winter.",
        "Bob": "Pancakes with blueberries on a Sunday morning.",
        "Charlie": "none",
    },
}
SAYS = {
    "ko": {
        "create": "모임 만들기",
        "send": "보내기",
        "guide": "기다리는 동안 나눠 볼 이야기",
        "skipped": "건너뜀",
        "ready": "퀴즈 2개가 모두 준비됐어요",
    },
    "en": {
        "create": "Create meeting",
        "send": "Send",
        "guide": "Something to talk about while you wait",
        "skipped": "Skipped",
        "ready": "2 quizzes are ready",
    },
}


@pytest.mark.parametrize("language", ["ko", "en"])
def test_answers_become_a_quiz_that_the_room_can_play(
    running_product: Product, visit: Callable[..., Visit], language: str
) -> None:
    says = SAYS[language]
    host = visit(language).page
    survey = create_meeting(host, running_product.url, says["create"])
    for name, text in PEOPLE[language].items():
        phone = visit(language, PHONE).page
        answer(phone, survey, name, text, says["send"])
    expect(host.locator(".person")).to_have_count(3, timeout=20_000)
    expect(host.get_by_text(says["guide"])).to_be_visible()

    running_product.wait_until_ready()
    expect(host.get_by_text(says["ready"])).to_be_visible(timeout=QUIZ_SECONDS * 1000)
    expect(host.get_by_text(says["skipped"])).to_be_visible()
    expect(host.locator(".quiz")).to_have_count(2)
    for quiz in host.locator(".quiz").all():
        expect(quiz.locator(".quiz__options li")).to_have_count(4)
        expect(quiz.locator(".is-right")).to_have_count(1)
    play(host, PEOPLE[language])


def create_meeting(page: Page, url: str, button: str) -> str:
    """Create a meeting with the first default question. Returns the survey's URL."""
    page.goto(url)
    page.fill("#title", "Monday")
    page.get_by_role("button", name=button).click()
    expect(page.locator(".qr svg")).to_be_visible()
    return page.locator("a.qr").get_attribute("href")


def answer(page: Page, survey: str, name: str, text: str, button: str) -> None:
    """Answer the question about food on a phone."""
    page.goto(survey)
    page.fill("#name", name)
    page.fill("#answer-1", text)
    page.get_by_role("button", name=button).click()
    page.wait_for_url("**/thanks")


def play(page: Page, people: dict[str, str]) -> None:
    """Open the big screen, start, guess, reveal. Who comes first is drawn by lot."""
    page.goto(f"{page.url.rstrip('/')}/present")
    slide = page.locator(".slide.is-current")
    page.keyboard.press("Space")
    expect(slide.locator(".slide__options li")).to_have_count(4)
    expect(slide.locator(".slide__reveal")).to_be_hidden()
    page.keyboard.press("Space")
    expect(slide.locator(".slide__name")).to_be_visible()
    said = people[slide.locator(".slide__name").inner_text().strip()]
    expect(slide.locator(".slide__words")).to_contain_text(said[:10])
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-position]")).to_have_text("2 / 2")
