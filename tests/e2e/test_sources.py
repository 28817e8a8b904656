"""Meetings fed by a Google Sheet over REST and by a file in the host's page."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Visit
from tests.e2e.meetings import (
    FIVE_AND_ONE,
    FOOD,
    HOBBY,
    TEAM,
    Create,
    Meeting,
    assert_playable,
    counted,
)
from tests.e2e.product import Product
from tests.e2e.watching import watching_quizzes
from tests.sheets_emulator import FORM_TAB, HTML, LINK, SheetsEmulator

pytestmark = [pytest.mark.e2e, pytest.mark.model]

HEADER = ["타임스탬프", "이름", FOOD, HOBBY]
LATE = ("이도윤", "비 오는 날에 먹는 김치전이요.", "자전거로 한강을 달려요.")


def form_row(name: str, *texts: str, minute: int = 3) -> list[str]:
    return [f"2026. 3. 5 오후 2:{minute:02}:11", name, *texts]


def test_a_google_sheet_feeds_a_meeting_through_every_trouble(
    warm: Product, create: Create, sheets: SheetsEmulator
) -> None:
    rows = [form_row(n, *t, minute=m) for m, (n, t) in enumerate(TEAM.items())]
    sheets.tabs = {FORM_TAB: [HEADER, *rows]}
    sheets.always = 503
    meeting = create(google_sheet=LINK)
    wait_for_problem(meeting, "unavailable")
    sheets.failures.extend([429, HTML])
    sheets.always = 403
    wait_for_problem(meeting, "not_shared")
    assert meeting.show()["counts"]["answers"] == 0
    sheets.failures.extend([429, 503, HTML])
    sheets.always = None

    shown = meeting.settled(6)
    assert counted(shown) == FIVE_AND_ONE
    assert_playable(shown)
    assert shown["sheet"] == {"status": "ok", "problem": None, "rows": 3}

    with watching_quizzes(warm, meeting) as settled:
        sheets.rows.append(form_row(*LATE, minute=30))
        more = meeting.settled(8)
        wait_for_more_readings(warm, sheets)
    assert more["counts"]["ready"] == 7
    assert list(settled.values()) == [1, 1]  # the new row's two and no other
    assert as_made(more["quizzes"][:6]) == as_made(shown["quizzes"])


def as_made(quizzes: list[dict]) -> list[dict]:
    """Without how the screen plays them: with four people there are more kinds."""
    return [{**quiz, "kind": None} for quiz in quizzes]


def wait_for_problem(meeting: Meeting, problem: str) -> None:
    def look() -> bool:
        sheet = meeting.show()["sheet"]
        return (sheet["status"], sheet["problem"]) == ("error", problem)

    meeting.product.until(look, 60)


def wait_for_more_readings(product: Product, sheets: SheetsEmulator) -> None:
    before = sheets.reads()
    product.until(lambda: sheets.reads() >= before + 2, 60)


def test_a_file_in_the_hosts_page_becomes_quizzes(
    warm: Product, create: Create, visit: Callable[..., Visit], tmp_path: Path
) -> None:
    meeting = create(questions=[FOOD, HOBBY])
    page = visit("ko").page
    page.goto(meeting.host_url)
    page.get_by_text("파일로 답 더하기").click()
    page.set_input_files("#file", exported_csv(tmp_path / "설문(응답).csv"))
    page.get_by_role("button", name="올리기").click()
    expect(page.locator(".person")).to_have_count(3)
    shown = meeting.settled(6)
    assert counted(shown) == FIVE_AND_ONE
    assert_playable(shown)
    expect(page.get_by_text("퀴즈 5개가 모두 준비됐어요")).to_be_visible()


def exported_csv(path: Path) -> Path:
    """The table as Google Sheets exports it."""
    text = io.StringIO()
    rows = [form_row(name, *texts) for name, texts in TEAM.items()]
    csv.writer(text).writerows([HEADER, *rows])
    path.write_text(text.getvalue(), "utf-8", newline="")
    return path
