"""A cast for the pages: Alice hosts, Bob answers, Charlie is a stranger."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.meetings import Meeting, Meetings
from tests.fakes import FakeWorker

QUESTION = "좋아하는 과자는?"


@pytest.fixture(autouse=True)
def no_csrf(app: Flask) -> None:
    """Forms are posted without their token; test_safety.py looks at the token."""
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def hosted(client: FlaskClient, store: Meetings) -> Meeting:
    """Alice's meeting; `client` is her browser."""
    created = store.create("월요일 회의", "ko", [QUESTION, "취미는?"])
    sent = {"token": created.host_token}
    assert (
        client.post(f"/host/{created.meeting.id}/session", data=sent).status_code == 204
    )
    return created.meeting


@pytest.fixture
def bob(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def charlie(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def worker(store: Meetings) -> FakeWorker:
    return FakeWorker(store.redis)
