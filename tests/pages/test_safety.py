"""Outside text stays text, forms carry their token, pages load only our own files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.meetings import Meeting, Meetings
from tests.fakes import FakeWorker, ready_quiz
from tests.pages.conftest import QUESTION

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}'
TEMPLATES = Path(__file__).parents[2] / "templates"
STATIC = Path(__file__).parents[2] / "static"


@pytest.fixture
def hostile_pages(
    client: FlaskClient, bob: FlaskClient, store: Meetings, worker: FakeWorker
) -> list[str]:
    """Every page with hostile title, name, question, answer and quiz."""
    created = store.create(HOSTILE[:80], "en", [HOSTILE])
    meeting = created.meeting
    client.post(f"/host/{meeting.id}/session", data={"token": created.host_token})
    sent = {"name": HOSTILE[:40], "answer-0": HOSTILE}
    bob.post(f"/s/{meeting.join_code}", data=sent)
    quiz = ready_quiz(HOSTILE) | {"question": HOSTILE, "options": [HOSTILE] * 4}
    worker.replies[HOSTILE] = quiz | {"evidence": HOSTILE}
    worker.work()
    bad = client.post("/meetings", data={"title": "", "own": HOSTILE, "language": "en"})
    host = ("", "/live", "/present", "/present/live", "/delete")
    person = ("/s/{}", "/s/{}/thanks", "/play/{}")
    return [
        bad.text,
        *(client.get(f"/host/{meeting.id}{path}").text for path in host),
        *(bob.get(path.format(meeting.join_code)).text for path in person),
    ]


def test_hostile_text_stays_text_on_every_page(hostile_pages: list[str]) -> None:
    for page in hostile_pages:
        assert "<script>" not in page and "<img src=x" not in page
        assert "49" not in re.findall(r"onerror=alert\(2\)&gt;(..)", page)
    assert sum("&lt;script&gt;" in page for page in hostile_pages) >= 7


def test_every_form_that_posts_carries_its_token() -> None:
    for template in TEMPLATES.rglob("*.html"):
        for form in re.findall(r"<form.*?</form>", template.read_text(), re.S):
            assert "csrf()" in form or 'method="get"' in form, template.name


def test_a_form_without_its_token_is_refused_in_words(
    app: Flask, client: FlaskClient, hosted: Meeting
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    page = client.post("/meetings", data={"title": "Monday"})
    assert page.status_code == 400 and "화면이 오래돼서" in page.text


def test_templates_have_no_inline_script_or_style() -> None:
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text()
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", text)
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), template.name
        assert "|safe" not in text and "| safe" not in text


def test_no_page_asks_another_host_for_anything(
    client: FlaskClient, hosted: Meeting
) -> None:
    for path in ("/", f"/host/{hosted.id}", f"/host/{hosted.id}/present"):
        links = re.findall(r'(?:src|href|action)="([^"]+)"', client.get(path).text)
        outside = [link for link in links if not link.startswith(("/", "#"))]
        assert all(link.endswith(f"/s/{hosted.join_code}") for link in outside)
    for file in STATIC.rglob("*.*"):
        text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text and "https://" not in text, file.name


def test_static_files_keep_their_size_budget() -> None:
    budget = {".css": 400, ".js": 150, ".html": 100}
    for file in [*STATIC.rglob("*.*"), *TEMPLATES.rglob("*.html")]:
        lines = len(file.read_text("utf-8").splitlines())
        assert lines <= budget.get(file.suffix, 100), file.name


def test_unknown_pages_are_404_in_words(client: FlaskClient) -> None:
    page = client.get("/nothing/here")
    assert page.status_code == 404 and "찾는 화면이 없어요" in page.text


def test_question_of_a_survey_reaches_the_page(
    bob: FlaskClient, hosted: Meeting
) -> None:
    assert QUESTION in bob.get(f"/s/{hosted.join_code}").text
