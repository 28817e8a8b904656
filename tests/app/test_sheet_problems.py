"""A Google Sheet that cannot be read: the host is told why, and polling goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from app.config import WebConfig
from app.housekeeper import Housekeeper
from app.meetings import Meetings
from app.sources import google_sheet
from app.submissions import spreadsheet_id_of
from protocol.keys import Keys
from tests.app.conftest import ALICE, BOB, HEADER, Poll
from tests.sheets_emulator import BOOK, EMAIL, HTML, SheetsEmulator


@pytest.mark.parametrize(
    ("failure", "problem", "tries"),
    [
        (403, "not_shared", 1),
        (404, "not_found", 1),
        (401, "no_credentials", 3),  # google-auth renews the token twice by itself
        (429, "rate_limited", 4),
        (500, "unavailable", 4),
        (503, "unavailable", 4),
        (HTML, "unavailable", 4),
    ],
)
def test_lasting_failure_is_shown_and_ends_with_it(
    poll: Poll,
    sheet: SheetsEmulator,
    failure: int | str,
    problem: str,
    tries: int,
) -> None:
    sheet.rows[:] = [HEADER, ALICE]
    poll()
    sheet.seen.clear()
    sheet.always = failure
    snapshot = poll()
    linked = snapshot.meeting.sheet
    assert (linked.status, linked.problem, linked.rows) == ("error", problem, 1)
    assert sheet.reads() == tries
    assert snapshot.counts["participants"] == 1
    sheet.always = None
    sheet.rows.append(BOB)
    snapshot = poll()
    assert (snapshot.meeting.sheet.status, snapshot.meeting.sheet.problem) == (
        "ok",
        None,
    )
    assert snapshot.counts["participants"] == 2


def test_passing_failures_are_waited_out(poll: Poll, sheet: SheetsEmulator) -> None:
    sheet.rows[:] = [HEADER, ALICE]
    poll()
    sheet.failures.extend([503, HTML, 429])
    assert poll().meeting.sheet.status == "ok"
    assert not sheet.failures


def test_google_out_of_reach(
    poll: Poll, sheet_config: WebConfig, sheet: SheetsEmulator
) -> None:
    poll.housekeeper.config = replace(sheet_config, sheets_api_url="http://127.0.0.1:9")
    assert poll().meeting.sheet.problem == "unavailable"


def test_renamed_tab_is_found_again(poll: Poll, sheet: SheetsEmulator) -> None:
    sheet.rows[:] = [HEADER, ALICE]
    poll()
    sheet.tabs = {"우리 팀의 '답'": [HEADER, ALICE, BOB]}
    snapshot = poll()
    assert snapshot.meeting.sheet.tab == "우리 팀의 '답'"
    assert snapshot.counts["participants"] == 2


def test_tab_of_the_form_is_chosen() -> None:
    tabs = ["요약", "Form Responses 2", "설문지 응답 시트1"]
    assert google_sheet.choose_tab(tabs) == "Form Responses 2"
    assert google_sheet.choose_tab(["요약", "설문지 응답 시트1"]) == "설문지 응답 시트1"
    assert google_sheet.choose_tab(["Sheet1", "Sheet2"]) == "Sheet1"


def test_sheet_without_questions_says_so(poll: Poll, sheet: SheetsEmulator) -> None:
    sheet.rows[:] = [["타임스탬프", "이름"], [ALICE[0], "앨리스"]]
    assert poll().meeting.sheet.problem == "no_questions"


def test_web_without_credentials_says_so(poll: Poll, config: WebConfig) -> None:
    poll.housekeeper.config = config
    assert poll().meeting.sheet.problem == "no_credentials"


def test_broken_credentials_say_so(
    poll: Poll, sheet_config: WebConfig, tmp_path: Path
) -> None:
    key = tmp_path / "broken.json"
    key.write_text("{}", encoding="utf-8")
    poll.housekeeper.config = replace(sheet_config, google_application_credentials=key)
    assert poll().meeting.sheet.problem == "no_credentials"
    assert google_sheet.service_account_email(poll.housekeeper.config) is None


def test_address_to_share_with(sheet_config: WebConfig, config: WebConfig) -> None:
    assert google_sheet.service_account_email(sheet_config) == EMAIL
    assert google_sheet.service_account_email(config) is None


@pytest.mark.parametrize(
    "link",
    [
        "https://docs.google.com/forms/d/1AbCdEfGhIjKlMnOpQrStUvWxYz/edit",
        "https://docs.google.com/spreadsheets/d/e/2PACX-1vAbCdEfGhIjKlMnOpQr/pubhtml",
        "https://example.org/spreadsheets/d/1AbCdEfGhIjKlMnOpQrStUvWxYz/edit",
        "우리 팀 시트",
    ],
)
def test_other_addresses_are_bad_links_and_can_be_corrected(
    housekeeper: Housekeeper, store: Meetings, sheet: SheetsEmulator, link: str
) -> None:
    meeting = store.create("모임", "ko", [], google_sheet=link).meeting
    assert (meeting.sheet.status, meeting.sheet.problem) == ("error", "bad_link")
    poll = Poll(housekeeper, meeting)
    assert poll().meeting.sheet.problem == "bad_link"
    assert sheet.seen == []
    sheet.rows[:] = [HEADER, ALICE]
    store.link_sheet(meeting.id, f"https://docs.google.com/spreadsheets/d/{BOOK}/edit")
    assert poll().counts["participants"] == 1


@pytest.mark.parametrize(
    "tail", ["", "/", "/edit", "/edit#gid=0", "/edit?usp=sharing", "?x=1", "#gid=7"]
)
def test_sheet_addresses_as_people_copy_them(tail: str) -> None:
    for start in ("spreadsheets/d", "spreadsheets/u/1/d"):
        link = f"https://docs.google.com/{start}/{BOOK}{tail}"
        assert spreadsheet_id_of(link) == BOOK


def test_sheet_read_while_its_meeting_is_deleted_brings_nothing_back(
    poll: Poll, sheet: SheetsEmulator, redis: Redis
) -> None:
    sheet.rows[:] = [HEADER, ALICE]
    meeting = poll.store.get(poll.id)
    poll.store.delete(poll.id)
    redis.set(Keys.sheet_lease(poll.id), "1", ex=90)
    poll.housekeeper.poll_safely(meeting)
    redis.delete(Keys.sheet_lease(poll.id))
    assert list(redis.scan_iter(f"*{poll.id}*")) == []
