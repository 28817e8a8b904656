"""Meetings, people and sheets that the tests of the web process share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

from app.config import WebConfig
from app.housekeeper import Housekeeper
from app.meetings import Created, Meeting, Meetings, Snapshot
from app.sources import google_sheet
from tests.fakes import FakeWorker
from tests.sheets_emulator import LINK, SheetsEmulator

FOOD = "가장 좋아하는 음식은?"
HOBBY = "요즘 빠져 있는 취미는?"
# A sheet as Google Forms writes it.
HEADER = ["타임스탬프", "이름", "취미가 뭐예요?", "좋아하는 음식은?"]
ALICE = ["2026. 3. 5 오후 2:03:11", "앨리스", "등산", "김밥"]
BOB = ["2026. 3. 5 오후 2:05:00", "밥", "체스", "라면"]


def texts(**answers: str) -> list[dict[str, str]]:
    """Answers to FOOD and HOBBY."""
    questions = {"food": FOOD, "hobby": HOBBY}
    return [{"question": questions[k], "text": t} for k, t in answers.items()]


@dataclass
class Api:
    """An API client that knows one meeting."""

    client: FlaskClient
    meeting: dict[str, str]

    @property
    def host(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.meeting['host_token']}"}

    def show(self, **options: Any) -> TestResponse:
        path = f"/api/v1/meetings/{self.meeting['id']}"
        return self.client.get(path, headers=self.host | options.get("headers", {}))

    def delete(self) -> TestResponse:
        path = f"/api/v1/meetings/{self.meeting['id']}"
        return self.client.delete(path, headers=self.host)

    def answer(self, name: str, token: str = "", **texts: str) -> TestResponse:
        """Answers to `food` and `hobby`."""
        questions = {"food": FOOD, "hobby": HOBBY}
        answers = [{"question": questions[k], "answer": t} for k, t in texts.items()]
        return self.client.post(
            f"/api/v1/meetings/{self.meeting['join_code']}/answers",
            json={"name": name, "answers": answers},
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )


@pytest.fixture
def api(client: FlaskClient) -> Api:
    body = {"title": "팀 워크숍", "language": "ko", "questions": [FOOD, HOBBY]}
    return Api(client, client.post("/api/v1/meetings", json=body).json)


@pytest.fixture
def created(store: Meetings) -> Created:
    return store.create("팀 워크숍", "ko", [FOOD, HOBBY])


@pytest.fixture
def meeting(created: Created) -> Meeting:
    return created.meeting


@pytest.fixture
def worker(redis: Redis) -> FakeWorker:
    return FakeWorker(redis)


@pytest.fixture
def sheet() -> Iterator[SheetsEmulator]:
    """A local Sheets API."""
    emulator = SheetsEmulator().start()
    yield emulator
    emulator.stop()


@pytest.fixture
def sheet_config(
    config: WebConfig,
    sheet: SheetsEmulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> WebConfig:
    """Settings that read `sheet`, without waiting between tries."""
    monkeypatch.setattr(google_sheet, "FIRST_PAUSE_SECONDS", 0.001)
    return replace(
        config,
        google_application_credentials=sheet.write_credentials(tmp_path / "key.json"),
        sheets_api_url=sheet.url,
    )


@pytest.fixture
def sheet_meeting(store: Meetings) -> Meeting:
    return store.create("설문 모임", "ko", [], google_sheet=LINK).meeting


@pytest.fixture
def housekeeper(store: Meetings, sheet_config: WebConfig) -> Housekeeper:
    return Housekeeper(store, sheet_config)


class Poll:
    """Reads the sheet of one meeting, as the housekeeper does."""

    def __init__(self, housekeeper: Housekeeper, meeting: Meeting) -> None:
        self.housekeeper = housekeeper
        self.store = housekeeper.store
        self.id = meeting.id

    def __call__(self) -> Snapshot:
        self.housekeeper.poll(self.store.get(self.id))
        return self.store.snapshot(self.id)

    def jobs(self) -> int:
        return self.store.jobs.queue.count


@pytest.fixture
def poll(housekeeper: Housekeeper, sheet_meeting: Meeting) -> Poll:
    return Poll(housekeeper, sheet_meeting)
