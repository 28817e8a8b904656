"""Every page of the studio in its states, for those who look at all pages."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from playwright.sync_api import Page

from app import access, links
from app.meetings import Meeting, Meetings
from app.rows import files
from app.rows.records import Verdict, Wording
from tests.rows import as_file, draft, drafts
from tests.studios import (
    COMFORT,
    HIT,
    PAPER,
    WORD,
    fill,
    order_paper,
    order_talk,
    order_word,
    reply,
)


def hosts_pages(
    app: Flask, store: Meetings, meeting: Meeting, site: str, page: Page
) -> Iterator[tuple[str, Page]]:
    """What the host sees; `page` is the host's window."""
    home = f"{site}/host/{meeting.id}/studio"
    word, paper = order_word(store, meeting), order_paper(store, meeting)
    order_word(store, meeting, "Waiting.")
    failed = order_word(store, meeting, "Failed.")
    fill(store, meeting, failed, status="failed", reason="crashed")
    fill(store, meeting, word, **WORD)
    store.studio.keep(meeting.id, word, 0)
    talk = order_talk(app, meeting)
    for path in ("", "/slang", "/abstract", f"/abstract/{paper}", f"/chat/{talk}"):
        page.goto(home + path)
        yield f"studio{path[:12]}", page
    fill(store, meeting, paper, **PAPER)
    for said in (HIT, "응"):
        store.studio.say(meeting.id, talk, said)
        reply(store, meeting, talk, COMFORT, "abuse")
    store.studio.see(meeting.id, talk, 0)
    store.studio.say(meeting.id, talk, "또 있어")
    for path in ("", "/chat", f"/abstract/{paper}", f"/chat/{talk}"):
        page.goto(home + path)
        yield f"studio{path[:12]}, made", page
    page.locator("details summary").click()
    yield "studio, alerts seen before", page
    yield from rows_pages(store, meeting, home, page)


def rows_pages(
    store: Meetings, meeting: Meeting, home: str, page: Page
) -> Iterator[tuple[str, Page]]:
    """The shelf of training rows and its desk, in their states."""
    page.goto(f"{home}/rows")
    yield "rows, none yet", page
    many = [*drafts(12), draft(13, answer="길어요. " * 200, source=None)]
    store.rows.add(meeting.id, files.read(as_file(many)).rows)
    store.rows.renew_link(meeting.id)
    edit = Verdict(verdict="edit", wording=Wording.from_json(draft(99)))
    for one in many[:11]:
        verdict = Verdict(verdict="accept", difficulty="hard")
        store.rows.decide(meeting.id, "host", one["id"], verdict)
        store.rows.decide(meeting.id, "second", one["id"], edit)
    page.goto(f"{home}/rows?added=13&known=1")
    yield "rows, reviewed by two", page
    page.goto(f"{home}/rows/review")
    page.keyboard.press("?")
    yield "rows, one open", page
    page.keyboard.press("e")
    yield "rows, one edited", page
    page.goto(f"{home}/rows/review?row={draft(13)['id']}")
    yield "rows, a long answer", page
    page.goto(f"{home}/rows/review?show=disputed")
    yield "rows, one disputed", page
    page.goto(f"{home}/rows/review?show=reject")
    yield "rows, none rejected", page


def guests_pages(
    app: Flask, store: Meetings, meeting: Meeting, site: str, page: Page
) -> Iterator[tuple[str, Page]]:
    """What a child and a second reviewer see; `page` is their window."""
    for persona in ("sudagom", "mother"):
        talk = order_talk(app, meeting, persona)
        with app.test_request_context(base_url=site):
            token = access.talk_token(meeting.id, talk)
            link = links.talk_url(meeting.id, talk, token)
        page.goto(link)
        page.locator(".talk__log").wait_for()
        page.wait_for_load_state()
        yield f"talk with {persona}", page
    store.studio.say(meeting.id, talk, HIT)
    page.locator("#typing").wait_for()
    yield "talk, a reply is written", page
    page.fill("#text", "가" * 10)
    page.locator("#text").evaluate("(one) => one.value = '가'.repeat(401)")
    page.locator(".talk__send").click()
    page.locator("#problem").wait_for()
    yield "talk with a problem", page
    store.studio.stop(meeting.id, talk)
    page.goto(link.partition("#")[0])
    yield "talk, over", page
    page.goto(f"{site}/talk/{meeting.id}/nothing")
    yield "the door of a talk", page
    yield from reviewers_pages(app, store, meeting, site, page)


def reviewers_pages(
    app: Flask, store: Meetings, meeting: Meeting, site: str, page: Page
) -> Iterator[tuple[str, Page]]:
    """What the second reviewer of training rows sees."""
    page.goto(f"{site}/rows/{meeting.id}")
    yield "the door of the second reviewer", page
    with app.test_request_context(base_url=site):
        token = access.reviewer_token(meeting.id, store.rows.link(meeting.id))
        link = links.reviewer_url(meeting.id, token)
    page.goto(link)
    page.locator("#row").wait_for()
    page.wait_for_load_state()
    yield "a row for the second reviewer", page
