"""Limits: a classroom never meets them, a flood does, and only where it floods."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import RateLimitItem, RateLimitItemPerMinute
from redis import Redis

from app import limiter
from app.meetings import Created, Meetings
from tests.app.conftest import FOOD
from tests.fakes import everything_in

SCHOOL = {"REMOTE_ADDR": "203.0.113.7"}
STRANGER = {"REMOTE_ADDR": "198.51.100.4"}


def answer(client: FlaskClient, code: str, n: int, where: dict[str, str]) -> int:
    body = {"name": f"P{n}", "answers": [{"question": FOOD, "answer": f"Soup {n}"}]}
    path = f"/api/v1/meetings/{code}/answers"
    return client.post(path, json=body, environ_base=where).status_code


def lower(monkeypatch: pytest.MonkeyPatch, name: str, amount: int) -> None:
    known: RateLimitItem = getattr(limiter, name)
    item = RateLimitItemPerMinute(amount, namespace=known.namespace)
    monkeypatch.setattr(limiter, name, item)


def test_150_phones_behind_one_address_meet_no_limit(
    client: FlaskClient, created: Created
) -> None:
    code = created.meeting.join_code
    codes = {answer(client, code, n, SCHOOL) for n in range(150) for _ in range(2)}
    codes |= {
        client.get(f"/s/{code}", environ_base=SCHOOL).status_code for _ in range(150)
    }
    assert codes == {201, 200}


def test_a_flood_of_answers_is_refused_with_the_time_to_wait(
    client: FlaskClient, created: Created, monkeypatch: pytest.MonkeyPatch
) -> None:
    lower(monkeypatch, "ANSWER", 5)
    code = created.meeting.join_code
    assert [answer(client, code, n, SCHOOL) for n in range(7)] == [201] * 5 + [429] * 2
    refused = client.post(f"/s/{code}", data={}, environ_base=SCHOOL)
    assert refused.status_code in (400, 429)
    assert answer(client, code, 9, STRANGER) == 201
    path = f"/api/v1/meetings/{code}/answers"
    problem = client.post(path, json={}, environ_base=SCHOOL)
    assert problem.json["code"] == "too_often"
    assert 0 < int(problem.headers["Retry-After"]) <= 60


def test_a_meeting_flooded_from_many_addresses_leaves_others_usable(
    client: FlaskClient,
    store: Meetings,
    created: Created,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lower(monkeypatch, "MEETING_ANSWER", 5)
    code = created.meeting.join_code
    flood = [
        answer(client, code, n, {"REMOTE_ADDR": f"203.0.113.{n}"}) for n in range(8)
    ]
    assert flood == [201] * 5 + [429] * 3
    other = store.create("남", "ko", [FOOD]).meeting
    assert answer(client, other.join_code, 1, {"REMOTE_ADDR": "203.0.113.1"}) == 201


def test_join_codes_cannot_be_guessed_and_who_is_in_is_let_in(
    app: Flask, created: Created, monkeypatch: pytest.MonkeyPatch
) -> None:
    lower(monkeypatch, "MISSED_CODE", 4)
    code = created.meeting.join_code
    member, guesser = app.test_client(), app.test_client()
    assert member.get(f"/s/{code}", environ_base=SCHOOL).status_code == 200
    for n in range(4):
        path = f"/s/GUESS{n}" if n % 2 else f"/play/GUESS{n}"
        assert guesser.get(path, environ_base=SCHOOL).status_code == 404
    # Now a right code says no more than a wrong one.
    assert guesser.get(f"/s/{code}", environ_base=SCHOOL).status_code == 429
    assert guesser.get("/s/GUESS9", environ_base=SCHOOL).status_code == 429
    assert guesser.get(f"/s/{code}", environ_base=STRANGER).status_code == 200
    assert member.get(f"/s/{code}", environ_base=SCHOOL).status_code == 200


def test_passwords_cannot_be_guessed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    app.config["WEB"] = replace(app.config["WEB"], host_password="the right one")
    lower(monkeypatch, "WRONG_PASSWORD", 3)
    client = app.test_client()
    for word in ("a", "b", "c"):
        sent = client.post("/login", data={"password": word}, environ_base=SCHOOL)
        assert sent.status_code == 403
    right = {"password": "the right one"}
    assert client.post("/login", data=right, environ_base=SCHOOL).status_code == 429
    header = {"Authorization": "Bearer the right one"}
    asked = client.post(
        "/api/v1/meetings", json={}, headers=header, environ_base=SCHOOL
    )
    assert asked.status_code == 429
    assert client.post("/login", data=right, environ_base=STRANGER).status_code == 303


def test_strangers_create_some_meetings_and_who_sits_here_any_number(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    lower(monkeypatch, "CREATE", 2)

    def create(**environ: str) -> int:
        sent = {"json": {"title": "T"}, "environ_base": environ}
        return client.post("/api/v1/meetings", **sent).status_code

    assert [create(**SCHOOL) for _ in range(3)] == [201, 201, 429]
    assert [create(REMOTE_ADDR="127.0.0.1") for _ in range(3)] == [201] * 3
    proxied = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.7"}
    assert [create(**proxied) for _ in range(3)] == [201, 201, 429]


def test_every_route_that_writes_is_counted(
    client: FlaskClient, created: Created, monkeypatch: pytest.MonkeyPatch
) -> None:
    lower(monkeypatch, "WRITE", 3)
    paths = [
        "/logout",
        "/language/ko",
        "/nothing/here",
        f"/host/{created.meeting.id}/mix",
    ]
    codes = [client.post(path, environ_base=SCHOOL).status_code for path in paths]
    assert codes[:3] != [429] * 3 and codes[3] == 429
    assert client.get("/", environ_base=SCHOOL).status_code == 200


def test_addresses_are_not_stored_and_counts_expire(
    client: FlaskClient, created: Created, redis: Redis
) -> None:
    answer(client, created.meeting.join_code, 1, SCHOOL)
    client.get("/s/GUESS1", environ_base=SCHOOL)
    assert "203.0.113" not in everything_in(redis)
    keys = [key for key in redis.scan_iter(f"{limiter.PREFIX}*")]
    assert len(keys) >= 3
    assert all(0 < redis.ttl(key) <= 3600 for key in keys)
    assert not any(created.meeting.id.encode() in key for key in keys)
