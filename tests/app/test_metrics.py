"""/metrics: figures of Redis for the operator; log lines with the request's id."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

import logs
from app import tracing
from app.meetings import Meeting, Meetings
from protocol import OptionSource, Reason, Recipe
from tests.app.conftest import texts
from tests.fakes import FakeWorker
from worker.outcomes import Failed, Quiz, Skipped
from worker.tally import Tally

QUIZ = Quiz(
    question="Q?",
    options=("a", "b", "c", "d"),
    answer=1,
    sources=(OptionSource.ANSWER,),
    evidence="a",
    checks={},
)


def figures(client: FlaskClient) -> dict[str, float]:
    page = client.get("/metrics")
    assert page.content_type.startswith("text/plain; version=0.0.4")
    return {
        sample.name.removeprefix("icebreaker_")
        + "".join(f"/{value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page.text)
        for sample in family.samples
    }


def test_figures_of_queue_workers_and_work(
    client: FlaskClient,
    store: Meetings,
    meeting: Meeting,
    worker: FakeWorker,
    redis: Redis,
) -> None:
    store.add_answers(meeting, "앨리스", texts(food="김밥", hobby="등산"))
    [job_id, _] = store.jobs.queue.get_job_ids()
    redis.hset(f"rq:job:{job_id}", "enqueued_at", "2026-01-01T00:00:00.000000Z")
    worker.beat()
    tally = Tally(redis)
    tally.count([QUIZ, Skipped(reason=Reason.EMPTY)], seconds=2.0, tokens=100)
    tally.count([Failed(reason=Reason.UNPARSABLE)], seconds=1.0, tokens=80)
    found = figures(client)
    assert found["queue_jobs"] == 2
    assert found["queue_oldest_seconds"] > 3600
    assert found["workers/ready"] == 1 and found["workers/warming"] == 0
    assert found["seconds_per_quiz"] == 0.5
    assert (found["batches_total"], found["batch_answers_total"]) == (2, 3)
    assert (found["batch_seconds_total"], found["tokens_total"]) == (3.0, 180)
    assert found["last_batch_tokens_per_second"] == pytest.approx(80)
    assert found["outcomes_total//ready"] == 1
    assert found["outcomes_total/empty/skipped"] == 1
    assert found["outcomes_total/unparsable/failed"] == 1
    assert found["meetings"] == 1 and found["store_bytes"] > 0


def test_figures_of_the_studio(client: FlaskClient, redis: Redis) -> None:
    failed = Failed(reason=Reason.MODEL_ERROR)
    Tally(redis).count_studio(Recipe.SLANG, ["a word", failed, "another"], seconds=3.0)
    found = figures(client)
    assert found["studio_outcomes_total/slang/ready"] == 2
    assert found["studio_outcomes_total/slang/failed"] == 1
    assert found["studio_seconds_total/slang"] == 3.0


def test_figures_of_a_new_store_are_zero(client: FlaskClient) -> None:
    found = figures(client)
    assert found["queue_jobs"] == found["batches_total"] == 0
    assert found["queue_oldest_seconds"] == 0


def test_a_store_that_is_away_costs_the_worker_its_figures_only() -> None:
    Tally(Redis(port=9)).count([QUIZ], seconds=1.0, tokens=1)


def test_who_may_read_the_figures(app: Flask, client: FlaskClient) -> None:
    def status(headers: dict[str, str] | None = None, address: str = "127.0.0.1"):
        environ = {"REMOTE_ADDR": address}
        return client.get("/metrics", headers=headers, environ_base=environ).status_code

    assert status() == 200
    assert status(address="203.0.113.1") == 404
    assert status({"X-Forwarded-For": "203.0.113.1"}) == 404  # a proxy on this machine
    app.config["WEB"] = replace(app.config["WEB"], metrics_token="t" * 20)
    assert status() == 404
    assert status({"Authorization": "Bearer wrong"}) == 404
    right = {"Authorization": f"Bearer {'t' * 20}"}
    assert status(right, address="203.0.113.1") == 200


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[dict]]]:
    """The JSON log lines written so far."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    root = logging.getLogger()
    kept = root.handlers[:], root.level
    root.handlers.clear()
    tracing.begin_log("json")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], root.level = kept


def test_a_request_is_one_line_that_names_the_view_and_not_the_address(
    client: FlaskClient, meeting: Meeting, lines
) -> None:
    answer = client.get(f"/s/{meeting.join_code}")
    [line] = [one for one in lines() if one["logger"] == "app.requests"]
    assert line["request"] == answer.headers["X-Request-Id"]
    assert (line["endpoint"], line["status"]) == ("survey.page", 200)
    assert line["milliseconds"] >= 0
    assert meeting.join_code not in json.dumps(line)


def test_a_bug_is_logged_with_its_place_and_the_request_but_not_its_words(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, lines
) -> None:
    def bug() -> None:
        raise ValueError("갱시기를 좋아하는 김지민")

    monkeypatch.setattr(app.extensions["meetings"].jobs, "workers", bug)
    answer = client.get("/readyz")
    found = lines()
    [line] = [one for one in found if one["level"] == "ERROR"]
    assert line["request"] == answer.headers["X-Request-Id"]
    assert line["exception"].startswith("ValueError\n")
    assert "test_metrics.py" in line["exception"]
    assert "갱시기" not in json.dumps(found, ensure_ascii=False)


def test_text_lines_are_short_and_keep_words_out_as_well() -> None:
    record = logging.makeLogRecord(
        {"name": "worker", "levelname": "ERROR", "msg": "A batch failed", "jobs": ["q"]}
    )
    try:
        raise KeyError("김지민")
    except KeyError as error:
        record.exc_info = (type(error), error, error.__traceback__)
    said = logs.TextLines().format(record)
    assert said.startswith("ERROR worker A batch failed jobs=['q']\nKeyError\n")
    assert "김지민" not in said
