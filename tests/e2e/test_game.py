"""One host and six phones in real browsers: a whole game."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.meetings import Meetings
from tests.e2e.conftest import PHONE, Visit
from tests.rooms import PlayRoom, Seat, room

pytestmark = pytest.mark.e2e
Open = Callable[..., Visit]


@pytest.fixture
def table(store: Meetings) -> PlayRoom:
    return room(store, people=5)


@pytest.fixture
def host(visit: Open, site: str, table: PlayRoom) -> Page:
    """The host's big screen, in the lobby."""
    page = visit().page
    page.goto(f"{site}/host/{table.id}#{table.created.host_token}")
    expect(page.locator("#live")).to_be_visible()
    page.goto(f"{site}/host/{table.id}/game")
    return page


def answered(visit: Open, app: Flask, site: str, table: PlayRoom, seat: Seat) -> Visit:
    """The phone on which this person filled in the survey."""
    window = visit(size=PHONE)
    serializer = app.session_interface.get_signing_serializer(app)
    cookie = serializer.dumps({"people": {table.id: seat.token}})
    window.context.add_cookies([{"name": "icebreaker", "value": cookie, "url": site}])
    return window


def choose(phone: Page, option: str) -> None:
    """Tap and see that it was taken."""
    button = phone.locator("button.option", has_text=option)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


@dataclass
class Cast:
    """The host, five who answered, and a guest."""

    visit: Open
    table: PlayRoom
    game: str  # the address of the game
    host: Page
    phones: dict[str, Visit]  # by name
    guest: Page

    @property
    def hero(self) -> str:
        return self.table.about()[0].name

    @property
    def other(self) -> str:
        """Somebody who is not asked about."""
        return next(name for name in self.phones if name != self.hero)


@pytest.fixture
def cast(visit: Open, app: Flask, site: str, table: PlayRoom, host: Page) -> Cast:
    """Five are known by their browser, the sixth types the code and a short name."""
    game = f"{site}/play/{table.meeting.join_code}"
    phones = {}
    for seat in table.seats:
        phones[seat.name] = answered(visit, app, site, table, seat)
        phones[seat.name].page.goto(game)
    guest = visit(size=PHONE).page
    guest.goto(f"{site}/j")
    guest.fill("#code", table.meeting.join_code.lower())
    guest.get_by_role("button", name="들어가기").click()
    enter(guest, "별")
    return Cast(visit, table, game, host, phones, guest)


def enter(page: Page, name: str) -> None:
    page.fill("#name", name)
    page.get_by_role("button", name="들어가기").click()


def test_a_whole_game_with_six_phones(cast: Cast) -> None:
    for name, phone in cast.phones.items():
        expect(phone.page.get_by_text(f"{name} 님, 들어왔어요")).to_be_visible()
    expect(cast.guest.get_by_text("별 님, 들어왔어요")).to_be_visible()
    expect(cast.host.get_by_text("6명이 들어왔어요")).to_be_visible()
    first_round(cast)
    some_get_lost_and_one_is_late(cast)
    a_question_is_taken_back(cast)
    the_end(cast)


def first_round(cast: Cast) -> None:
    """Everybody votes, one with a change of mind; the hero's tap is not counted."""
    host, guest = cast.host, cast.guest
    host.keyboard.press("Space")
    expect(host.locator(".game__round")).to_be_visible()
    card, hero, other = cast.table.look().round.card, cast.hero, cast.other
    wrong = next(option for option in card.options if option != card.right)
    expect(cast.phones[hero].page.get_by_text("쉿, 내 이야기예요")).to_be_visible()
    for phone in cast.phones.values():
        choose(phone.page, card.right)
    choose(guest, card.right)
    choose(guest, wrong)
    expect(host.get_by_text("6명 중 6명이 골랐어요")).to_be_visible()
    host.keyboard.press("Space")
    expect(host.locator(".told__name")).to_have_text(hero)
    expect(guest.get_by_text("이번엔 새로 알게 됐네요")).to_be_visible()
    expect(guest.locator(".option__mine")).to_have_count(1)
    expect(cast.phones[other].page.get_by_text("맞혔어요!")).to_be_visible()
    expect(host.get_by_text("5표 중 4표").first).to_be_visible()
    cast.phones[hero].page.get_by_role("button", name="이야기할게요").click()
    expect(host.get_by_text(f"{hero} 님이 이야기를 들려주신대요")).to_be_visible()


def some_get_lost_and_one_is_late(cast: Cast) -> None:
    """One has no connection for a while, one closes the tab, one joins now."""
    lost, closed = cast.phones[cast.other], cast.phones[cast.hero]
    lost.context.set_offline(True)
    closed.page.close()
    cast.host.keyboard.press("Space")
    expect(cast.host.get_by_text("문제 2 /")).to_be_visible()
    expect(lost.page.get_by_text("연결이 끊겼어요")).to_be_visible()
    closed.page = closed.context.new_page()
    closed.page.goto(cast.game)
    expect(closed.page.get_by_text("문제 2 /")).to_be_visible()
    lost.context.set_offline(False)
    expect(lost.page.get_by_text("연결이 끊겼어요")).to_be_hidden()
    expect(lost.page.get_by_text("문제 2 /")).to_be_visible()
    late = cast.visit(size=PHONE)
    late.page.goto(cast.game)
    enter(late.page, "늦은이")
    expect(late.page.get_by_text("문제 2 /")).to_be_visible()
    choose(late.page, cast.table.look().round.card.options[0])
    expect(cast.host.get_by_text("7명 중 1명이 골랐어요")).to_be_visible()
    cast.phones["늦은이"] = late


def a_question_is_taken_back(cast: Cast) -> None:
    """It leaves every screen in the middle of its round, and the game goes on."""
    table, pages = cast.table, [phone.page for phone in cast.phones.values()]
    table.store.drop(table.id, table.look().round.card.quizzes[0])
    for page in (cast.host, cast.guest, *pages):
        gone = page.get_by_role("heading", name="이 문제는 넘어가요")
        expect(gone).to_be_visible()
    cast.host.keyboard.press("Space")
    for page in (cast.guest, *pages):
        expect(page.locator(".option")).to_have_count(4)


def the_end(cast: Cast) -> None:
    """The meter and the awards on every screen."""
    cast.host.on("dialog", lambda dialog: dialog.accept())
    cast.host.get_by_role("button", name="그만하기").click()
    pages = [phone.page for phone in cast.phones.values()]
    for page in (cast.host, cast.guest, *pages):
        end = page.get_by_role("heading", name="오늘 이만큼 가까워졌어요")
        expect(end).to_be_visible()
        expect(page.get_by_text("80%")).to_be_visible()
        expect(page.get_by_text("우리가 가장 잘 알던 답")).to_be_visible()


def test_a_deleted_meeting_is_no_lost_connection(
    visit: Open, app: Flask, site: str, table: PlayRoom
) -> None:
    phone = answered(visit, app, site, table, table.seats[0]).page
    phone.goto(f"{site}/play/{table.meeting.join_code}")
    expect(phone.get_by_text("들어왔어요")).to_be_visible()
    table.store.delete(table.id)
    expect(phone.get_by_text("찾는 화면이 없어요")).to_be_visible()


def test_the_clock_is_the_servers(
    visit: Open, app: Flask, site: str, table: PlayRoom
) -> None:
    phone = answered(visit, app, site, table, table.seats[0]).page
    phone.clock.install(time=0)  # a phone that lives in 1970
    phone.goto(f"{site}/play/{table.meeting.join_code}")
    table.start(seconds=15)
    phone.clock.run_for(1500)
    shown = phone.locator("[data-clock-text]")
    expect(shown).to_be_visible()
    assert 13 <= int(shown.inner_text()) <= 15
    phone.clock.run_for(8000)
    assert 1 <= int(shown.inner_text()) <= 15


@pytest.mark.parametrize(
    ("language", "width"), [("ko", 320), ("en", 320), ("en", 1440), ("ko", 3840)]
)
def test_no_screen_of_the_game_is_too_wide(
    visit: Open, app: Flask, site: str, store: Meetings, language: str, width: int
) -> None:
    table = room(store, people=6, answers=2, language=language)
    table.join_all()
    size = {"width": width, "height": 700 if width < 1000 else width * 9 // 16}
    host = visit(language, size).page
    host.goto(f"{site}/host/{table.id}#{table.created.host_token}")
    expect(host.locator("#live")).to_be_visible()
    phone = answered(visit, app, site, table, table.seats[0])
    phone.page.set_viewport_size(size)

    def fits() -> None:
        for page, path in (
            (host, f"/host/{table.id}/game"),
            (phone.page, f"/play/{table.meeting.join_code}"),
        ):
            page.goto(site + path)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, path

    fits()
    table.start(leaderboard=True, seconds=60)
    fits()
    for seat in table.seats:
        table.vote(seat, table.look().round.card.answer)
    table.reveal()
    fits()
    table.play.end(table.id, table.look().at)
    fits()
