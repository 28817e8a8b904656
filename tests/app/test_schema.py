"""Schemathesis: requests made from the API's own document get answers as it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from app.meetings import Meetings
from tests.app.roles import World
from tests.fakes import FakeWorker
from tests.studios import order_talk

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
CASES = 30  # of each operation
BOUNDED = settings(
    max_examples=CASES,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def ask_everything(app: Flask, prepare: Callable[[Case], dict[str, str]]) -> Counter:
    """Send requests of every operation; `prepare` may change one and adds headers.

    Returns how many were sent, by operation.
    """
    sent: Counter[str] = Counter()
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    for found in document.get_all_operations():
        operation = found.ok()
        right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

        @BOUNDED
        @given(case=right | wrong)
        def ask(case: Case) -> None:
            sent[case.operation.label] += 1
            case.call_and_validate(checks=CHECKS, headers=prepare(case))

        ask()
    return sent


def test_a_stranger_gets_what_the_document_says(app: Flask, worker: FakeWorker) -> None:
    def prepare(case: Case) -> dict[str, str]:
        worker.beat()  # the whole takes longer than a beat lasts
        return {}

    sent = ask_everything(app, prepare)
    assert len(sent) == 15 and sum(sent.values()) >= 5 * CASES


def test_the_host_of_a_meeting_gets_what_the_document_says(
    app: Flask, store: Meetings
) -> None:
    """The addresses are real, so that the bodies reach the store."""

    def prepare(case: Case) -> dict[str, str]:
        here = World(app, store)
        here.make_quiz("")
        item_id = order_talk(app, here.ours.meeting)
        names = {
            "item_id": item_id,
            "id": here.ours.meeting.id,
            "join_code": here.ours.meeting.join_code,
            "quiz_id": here.quiz.id,
        }
        case.path_parameters = {name: names[name] for name in case.path_parameters}
        token = "" if "join_code" in case.path else here.ours.host_token
        return {"Authorization": f"Bearer {token}"} if token else {}

    sent = ask_everything(app, prepare)
    assert len(sent) == 15 and sum(sent.values()) >= 5 * CASES
