"""Errors, health, headers, and what the web process must never load."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from app import connect, create_app, wording
from app.config import WebConfig
from app.errors import PROBLEMS, AppError
from app.openapi import document
from protocol import Reason, WorkerPhase
from tests.fakes import FakeWorker

SETTLE = """
import json, sys
import app, app.housekeeper, app.sources.file
from app.config import WebConfig
web = app.create_app(WebConfig(secret_key="x" * 16, redis_url="redis://127.0.0.1:9"))
web.test_client().get("/")
status = open("/proc/self/status").read()
resident = int(status.split("VmRSS:")[1].split()[0]) // 1024
print(json.dumps({"modules": sorted(sys.modules), "resident_mb": resident}))
"""


@pytest.fixture(scope="module")
def fresh_process() -> dict:
    """What a web process has loaded after its first page."""
    done = subprocess.run(
        [sys.executable, "-c", SETTLE], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", ["jax", "keras", "keras_hub", "worker", "numpy"])
def test_web_process_never_loads_the_model_side(fresh_process, name: str) -> None:
    assert name not in fresh_process["modules"]


@pytest.mark.parametrize("name", ["gspread", "openpyxl"])
def test_heavy_libraries_wait_for_their_first_use(fresh_process, name: str) -> None:
    assert name not in fresh_process["modules"]


def test_web_process_stays_below_150_mb(fresh_process) -> None:
    assert fresh_process["resident_mb"] < 150


def test_gspread_has_one_home() -> None:
    root = Path(__file__).parents[2] / "app"
    homes = [
        path.name
        for path in root.rglob("*.py")
        if re.search(r"^\s*(import|from) gspread", path.read_text("utf-8"), re.M)
    ]
    assert homes == ["google_sheet.py"]


@pytest.fixture
def cut_off(config: WebConfig) -> FlaskClient:
    """A web process whose Redis is away."""
    return create_app(config, connect("redis://127.0.0.1:9")).test_client()


def test_healthz_needs_nobody(cut_off: FlaskClient) -> None:
    answer = cut_off.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_readyz_tells_what_is_missing(
    client: FlaskClient, cut_off: FlaskClient, worker: FakeWorker
) -> None:
    def reason(client: FlaskClient) -> tuple[int, str | None]:
        answer = client.get("/readyz")
        return answer.status_code, answer.json.get("reason")

    assert reason(cut_off) == (503, "redis")
    assert reason(client) == (503, "no_worker")
    worker.beat(WorkerPhase.WARMING)
    assert reason(client) == (503, "worker_warming")
    worker.beat(WorkerPhase.READY)
    assert reason(client) == (200, None)


def test_api_without_redis_is_503(cut_off: FlaskClient) -> None:
    answer = cut_off.post("/api/v1/meetings", json={"title": "T"})
    assert answer.status_code == 503
    assert answer.json["code"] == "store_unavailable"


def test_page_without_redis_says_so(cut_off: FlaskClient) -> None:
    answer = cut_off.get("/s/ABCDEF")
    assert answer.status_code == 503
    assert "Traceback" not in answer.text


def test_a_full_store_is_said_to_be_away_and_takes_answers_again(
    client: FlaskClient, redis: Redis
) -> None:
    redis.config_set("maxmemory", 1)
    try:
        full = client.post("/api/v1/meetings", json={"title": "T"})
        assert (full.status_code, full.json["code"]) == (503, "store_unavailable")
    finally:
        redis.config_set("maxmemory", 0)
    assert client.post("/api/v1/meetings", json={"title": "T"}).status_code == 201


def test_a_store_that_is_full_in_the_middle_of_a_request_is_said_to_be_away(
    app: Flask, client: FlaskClient, redis: Redis, monkeypatch
) -> None:
    """In a pipeline redis-py puts other words in front of the server's."""

    def fill_up_and_write(*_: object) -> None:
        redis.config_set("maxmemory", 1)
        redis.pipeline().set("a", "b").execute()

    monkeypatch.setattr(app.extensions["meetings"], "create", fill_up_and_write)
    try:
        full = client.post("/api/v1/meetings", json={"title": "T"})
        assert (full.status_code, full.json["code"]) == (503, "store_unavailable")
    finally:
        redis.config_set("maxmemory", 0)


def test_bug_is_logged_and_shown_without_its_text(
    app: Flask, client: FlaskClient, monkeypatch, caplog
) -> None:
    def bug() -> None:
        raise RuntimeError("secret at /srv/path")

    monkeypatch.setattr(app.extensions["meetings"].jobs, "workers", bug)
    answer = client.get("/readyz")
    assert answer.status_code == 500
    assert answer.json["code"] == "internal"
    assert "secret" not in answer.text
    assert "secret at /srv/path" in caplog.text


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_problem_and_reason_has_a_sentence(language: str) -> None:
    known = wording.sentences(language)
    assert [code for code in PROBLEMS if f"error.{code}" not in known] == []
    assert [code for code in Reason if f"reason.{code}" not in known] == []


def test_every_problem_fills_in_its_values() -> None:
    for code, (status, sentence) in PROBLEMS.items():
        values = {name: 1 for name in re.findall(r"{(\w+)}", sentence)}
        error = AppError(code, **values)
        assert error.status == status
        assert "{" not in error.detail
        assert error.detail.endswith((".", ": 1"))


@pytest.mark.parametrize("path", ["/", "/nothing/here", "/healthz", "/api/v1/nothing"])
def test_every_answer_is_protected(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "private, no-cache"


def test_session_cookie_is_out_of_reach(app: Flask) -> None:
    assert app.config["SESSION_COOKIE_HTTPONLY"]
    assert app.config["SESSION_COOKIE_SAMESITE"] == "Lax"


def test_forwarded_addresses_count_only_behind_trusted_proxies(
    config: WebConfig, redis: Redis
) -> None:
    from dataclasses import replace

    forwarded = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    for proxies, start in ((0, "http://localhost/"), (1, "https://evil.example/")):
        app = create_app(replace(config, trusted_proxies=proxies), redis)
        made = app.test_client().post(
            "/api/v1/meetings", json={"title": "T"}, headers=forwarded
        )
        assert made.json["survey_url"].startswith(start)


def test_openapi_describes_what_is_there(app: Flask, client: FlaskClient) -> None:
    served = client.get("/api/v1/openapi.json").json
    assert served == json.loads(json.dumps(document()))
    rules = {
        re.sub(r"<(?:meeting_)?(\w+)>", r"{\1}", rule.rule): rule.methods
        for rule in app.url_map.iter_rules()
        if rule.endpoint.split(".")[0] in ("api", "api_review", "api_studio", "health")
    }
    rules.pop("/api/v1/openapi.json", None)
    paths = {path: set(methods) for path, methods in served["paths"].items()}
    assert set(paths) == set(rules)
    assert paths["/api/v1/meetings/{id}"] == {"get", "delete"}


def test_openapi_references_are_whole() -> None:
    text = json.dumps(document())
    schemas = document()["components"]["schemas"]
    used = set(re.findall(r"#/components/schemas/(\w+)", text))
    assert used == set(schemas)
    for schema in schemas.values():
        assert set(schema["required"]) <= set(schema["properties"])
