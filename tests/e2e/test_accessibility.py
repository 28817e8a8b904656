"""axe-core on every page, a meeting by keyboard alone, and what Lighthouse looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect

from app.meetings import Meeting, Meetings
from tests.e2e import samples, studio_tour
from tests.e2e.conftest import DESK, PHONE, Visit
from tests.rooms import PlayRoom, room

pytestmark = pytest.mark.e2e
Open = Callable[..., Visit]
ROOT = Path(__file__).parents[2]
MAX_BYTES = 160_000  # all that a page loads at first, uncompressed
SMALLEST_TARGET = 24  # CSS pixels
FIELDS_WITHOUT_NAME = """() => [...document.querySelectorAll('input, select, textarea')]
  .filter((f) => f.type !== 'hidden' && !f.labels?.length
    && !f.ariaLabel && !f.getAttribute('aria-labelledby'))
  .map((f) => f.outerHTML)"""
SMALL_TARGETS = """(least) => [...document.querySelectorAll('button, a, summary')]
  .filter((e) => e.checkVisibility())
  .filter((e) => !e.closest('p, .skip-link, .visually-hidden'))
  .map((e) => [e.outerHTML.slice(0, 120), e.getBoundingClientRect()])
  .filter(([, box]) => box.width && Math.min(box.width, box.height) < least)
  .map(([html]) => html)"""
PARTS = """() => performance.getEntriesByType('resource')
  .map((entry) => new URL(entry.name).pathname)"""
FOCUS_SHOWS = """() => {
  const marked = [document.activeElement, document.activeElement.parentElement];
  return marked.some((one) => getComputedStyle(one).outlineStyle !== 'none');
}"""
LONGEST_MOVE = """() => Math.max(...[...document.body.querySelectorAll('*')]
.flatMap((one) => {
  const style = getComputedStyle(one);
  return `${style.animationDuration},${style.transitionDuration}`.split(',')
    .map((time) => parseFloat(time) * (time.trim().endsWith('ms') ? 0.001 : 1));
}))"""
SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) sum += one.hadRecentInput ? 0 : one.value;
  }).observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => done(sum), 300);
})"""


@dataclass
class Tour:
    """One language's meetings and a window for each role."""

    app: Flask
    site: str
    store: Meetings
    language: str
    host: Page
    guest: Page
    stranger: Page
    waiting: Meeting  # some quizzes ready, some not, one held back
    token: str
    table: PlayRoom  # everybody answered, quizzes ready

    def enter(self, page: Page, token: str, meeting_id: str) -> None:
        page.goto(f"{self.site}/host/{meeting_id}#{token}")
        expect(page.locator("#live")).to_be_visible()

    def pages(self) -> Iterator[tuple[str, Page]]:
        """Every page in its states, loaded: what it is called, and where it is."""
        yield from self._strangers()
        yield from self._answering()
        yield from self._hosting()
        yield from self._studio()
        yield from self._playing()
        yield from self._leaving()

    def _strangers(self) -> Iterator[tuple[str, Page]]:
        code = self.waiting.join_code
        for path in ("/", "/j", "/nothing/here", f"/host/{self.waiting.id}"):
            self.stranger.goto(self.site + path)
            yield path, self.stranger
        self.stranger.goto(f"{self.site}/play/{code}")
        yield "the door of the game", self.stranger

    def _answering(self) -> Iterator[tuple[str, Page]]:
        page, code = self.guest, self.waiting.join_code
        page.goto(f"{self.site}/s/{code}")
        yield "survey", page
        page.locator("form[data-draft] button").click()
        page.fill("#name", "a" * 41)
        page.locator("form[data-draft] button").click()
        page.wait_for_load_state()
        yield "survey with a problem", page
        sample = samples.SAMPLES[self.language][0]
        page.fill("#name", sample.name)
        page.fill("#answer-0", sample.text)
        page.fill("#answer-1", sample.text[:40])
        page.locator("form[data-draft] button").click()
        page.wait_for_url("**/thanks")
        yield "thanks", page
        mine = [q for q in self._quizzes() if q.answer_text == sample.text][-1]
        fields = {"question": sample.quiz, "options": list(sample.options)}
        answer = {"answer": sample.answer, "status": "ready"}
        samples.write(self.store, self.waiting, mine.id, **fields, **answer)
        page.goto(f"{self.site}/s/{code}/mine")
        yield "the quiz about me", page
        page.goto(f"{self.site}/s/{code}/mine/{mine.id}/edit")
        yield "fix the quiz about me", page
        page.locator(".edit__question").fill("?" + sample.quiz)
        page.locator("[data-edit] button").click()
        page.wait_for_url("**/mine#*")
        yield "a fixed quiz", page

    def _quizzes(self) -> list:
        return self.store.snapshot(self.waiting.id).quizzes

    def _hosting(self) -> Iterator[tuple[str, Page]]:
        page, home = self.host, f"{self.site}/host/{self.waiting.id}"
        self.enter(page, self.token, self.waiting.id)
        for details in page.locator("details").all():
            details.evaluate("(one) => { one.open = true; }")
        yield "host", page
        ready = next(quiz for quiz in self._quizzes() if quiz.status == "ready")
        for name in (f"quizzes/{ready.id}/edit", "delete", "summary", "present"):
            page.goto(f"{home}/{name}")
            yield name.split("/")[-1], page
        for key in ("Space", "Space", "End"):
            page.keyboard.press(key)
            yield f"present after {key}", page

    def _studio(self) -> Iterator[tuple[str, Page]]:
        here = self.app, self.store, self.waiting, self.site
        yield from studio_tour.hosts_pages(*here, self.host)
        yield from studio_tour.guests_pages(*here, self.guest)

    def _playing(self) -> Iterator[tuple[str, Page]]:
        self.enter(self.host, self.table.created.host_token, self.table.id)
        game = f"{self.site}/host/{self.table.id}/game"
        self.host.goto(game)
        yield "game lobby", self.host
        phone = f"{self.site}/play/{self.table.meeting.join_code}"
        self.guest.goto(phone)
        self.guest.fill("[name=name]", "Zoe")
        self.guest.locator("form button.button--primary").click()
        expect(self.guest.locator("#p-lobby")).to_be_visible()
        yield "phone lobby", self.guest
        self.table.join_all()
        self.table.start()
        yield from self._both("asking", game, phone)
        for seat in self.table.seats:
            if seat not in self.table.about():
                self.table.vote(seat, self.table.look().round.card.answer)
        self.table.reveal()
        yield from self._both("revealed", game, phone)
        self.table.play.end(self.table.id, self.table.look().at)
        yield from self._both("ended", game, phone)
        self.guest.goto(f"{self.site}/s/{self.table.meeting.join_code}/summary")
        yield "summary for the room", self.guest
        self.host.goto(f"{self.site}/host/{self.table.id}/summary")
        yield "summary for the host", self.host

    def _both(self, what: str, game: str, phone: str) -> Iterator[tuple[str, Page]]:
        self.host.goto(game)
        yield f"game {what}", self.host
        self.guest.goto(phone)
        yield f"phone {what}", self.guest

    def _leaving(self) -> Iterator[tuple[str, Page]]:
        self.guest.goto(f"{self.site}/s/{self.waiting.join_code}/thanks")
        self.guest.on("dialog", lambda dialog: dialog.accept())
        self.guest.locator("[data-confirm]").click()
        self.guest.wait_for_url("**/leave")
        yield "left", self.guest
        self.host.goto(f"{self.site}/host/{self.waiting.id}/delete")
        self.host.locator(".button--danger").click()
        self.host.wait_for_url("**/deleted")
        yield "receipt", self.host


@pytest.fixture(params=["ko", "en"])
def tour(request, visit: Open, site: str, app: Flask, store: Meetings) -> Tour:
    language = request.param
    samples.worker(store.redis)
    meeting, token = samples.troubled(store, language)
    quizzes = store.snapshot(meeting.id).quizzes
    held = {"status": "skipped", "reason": "sensitive"}
    samples.write(store, meeting, quizzes[1].id, **held)
    windows = [visit(language, DESK).page for _ in range(3)]
    table = room(store, people=4, language=language)
    return Tour(app, site, store, language, *windows, meeting, token, table)


def test_axe_finds_nothing_on_any_page(tour: Tour) -> None:
    axe, found = Axe(), []
    for name, page in tour.pages():
        for size in (PHONE, DESK):
            for scheme in ("light", "dark"):
                page.set_viewport_size(size)
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                where = f"{name}, {size['width']}, {scheme}"
                found += [
                    f"{where}: {broken['id']} {broken['nodes'][0]['html'][:160]}"
                    f" {broken['nodes'][0]['failureSummary'][:300]}"
                    for broken in axe.run(page).response["violations"]
                ]
        page.emulate_media(color_scheme="light")
    assert not found, "\n".join(found)


def test_every_page_keeps_the_basics(tour: Tour, capsys) -> None:
    """Language, title, description, labels, targets, stillness, weight."""
    sizes, wrong = {}, []
    for name, page in tour.pages():
        page.set_viewport_size(PHONE)
        checks = {
            "lang": page.locator("html").get_attribute("lang") == tour.language,
            "title": len(page.title()) > 5,
            "description": page.locator("meta[name=description]").count() == 1,
            "main": page.locator("main").count() == 1,
            "moves": page.evaluate(SHIFTS) < 0.1,
            "wide": page.evaluate("document.documentElement.scrollWidth") <= 390,
            "switch": _is_a_stage(page) or page.locator(".languages").is_visible(),
        }
        wrong += [f"{name}: {check}" for check, good in checks.items() if not good]
        found = page.evaluate(FIELDS_WITHOUT_NAME)
        found += page.evaluate(SMALL_TARGETS, SMALLEST_TARGET)
        wrong += [f"{name}: {html}" for html in found]
        sizes[name] = _weight(page)
    with capsys.disabled():
        print(f"\n{tour.language}: bytes of each page, uncompressed, with its parts")
        for name, size in sizes.items():
            print(f"{size:9,}  {name}")
    assert not wrong, "\n".join(wrong)
    assert max(sizes.values()) < MAX_BYTES


def _weight(page: Page) -> int:
    """Bytes of the page and its files, as if nothing were cached."""
    files = {path for path in page.evaluate(PARTS) if path.startswith("/static/")}
    return len(page.content().encode()) + sum(
        (ROOT / path.removeprefix("/")).stat().st_size for path in files
    )


def _is_a_stage(page: Page) -> bool:
    return page.locator("html.stage-page").count() == 1


def test_a_meeting_is_made_and_presented_by_keyboard_alone(
    visit: Open, site: str, store: Meetings
) -> None:
    window = visit()
    page = window.page
    page.goto(site)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("본문으로 건너뛰기")
    page.keyboard.press("Enter")
    _tab_to(page, "#title")
    page.keyboard.type("월요일 회의")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="월요일 회의")).to_be_visible()
    meeting = store.get(page.url.split("/")[-1])
    for sample in samples.SAMPLES["ko"]:
        samples.add(store, meeting, sample)
    samples.settle(store, meeting)
    expect(page.locator(".quiz")).to_have_count(3)
    _tab_to(page, "[id^=approve]")
    page.keyboard.press("Enter")
    expect(page.locator(".quiz").first).to_contain_text("승인함")
    page.goto(page.url)
    _tab_to(page, f"[href$='/{meeting.id}/present']")
    with window.context.expect_page() as opened:
        page.keyboard.press("Enter")
    stage = opened.value
    stage.wait_for_load_state()
    stage.keyboard.press("Space")
    stage.keyboard.press("Space")
    expect(stage.locator(".is-current .slide__name")).to_be_visible()


def _tab_to(page: Page, selector: str) -> None:
    """Press Tab until this has the focus; on the way each stop can be seen."""
    wanted = page.locator(selector).first
    for _ in range(80):
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUS_SHOWS), page.evaluate(
            "document.activeElement.outerHTML.slice(0, 200)"
        )
        if wanted.evaluate("(one) => one === document.activeElement"):
            return
    raise AssertionError(f"{selector} is not reached with Tab")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_language_changes_on_the_page_and_not_on_the_big_screen(
    visit: Open, site: str, store: Meetings, language: str
) -> None:
    other = {"ko": "en", "en": "ko"}[language]
    meeting, token = samples.answered(store, language)
    samples.settle(store, meeting)
    page = visit(language, PHONE).page
    page.goto(f"{site}/s/{meeting.join_code}")
    page.locator(".languages button").click()
    page.wait_for_load_state()
    expect(page.locator("html")).to_have_attribute("lang", other)
    assert page.url.endswith(f"/s/{meeting.join_code}")
    question = page.locator(".ask__question [lang]").first
    expect(question).to_have_attribute("lang", language)
    page.goto(f"{site}/host/{meeting.id}#{token}")
    expect(page.locator("#live")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", other)
    page.goto(f"{site}/host/{meeting.id}/present")
    expect(page.locator("html")).to_have_attribute("lang", language)


def test_nothing_moves_for_those_who_asked_for_it(
    visit: Open, site: str, store: Meetings
) -> None:
    meeting, token = samples.answered(store, "ko")
    page = visit().page
    page.goto(f"{site}/host/{meeting.id}#{token}")
    expect(page.locator("#live")).to_be_visible()
    longest = page.evaluate(LONGEST_MOVE)
    assert longest < 0.05, longest
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(LONGEST_MOVE) > longest
