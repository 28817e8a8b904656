"""Every route as every role, every form without its token, every answer's headers."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from dataclasses import replace

import pytest
from flask import Flask
from redis import Redis

from app import CONTENT_SECURITY_POLICY, create_app
from app.config import WebConfig
from tests.app import roles
from tests.app.conftest import FOOD
from tests.app.roles import METRICS_TOKEN, PASSWORD, ROLES, World
from tests.fakes import everything_in


@pytest.fixture
def public(config: WebConfig, redis: Redis) -> Flask:
    """A server that strangers can reach."""
    config = replace(config, host_password=PASSWORD, metrics_token=METRICS_TOKEN)
    app = create_app(config, redis)
    app.testing = True
    app.config |= {"PROPAGATE_EXCEPTIONS": False, "WTF_CSRF_ENABLED": False}
    return app


def world(app: Flask) -> World:
    return World(app, app.extensions["meetings"])


def test_every_route_has_a_row_in_the_document_and_every_row_a_route(
    public: Flask,
) -> None:
    missing = roles.routes(public) ^ set(roles.rows())
    assert missing == set(), "docs/access.md needs exactly one row for each route"


@pytest.mark.parametrize("role", ROLES)
def test_every_role_gets_what_the_document_says(public: Flask, role: str) -> None:
    """One fresh meeting for each request, since many of them change it."""
    wrong = {}
    for route, expected in roles.rows().items():
        status = world(public).ask(route, role).status_code
        if status != expected[ROLES[role]]:
            wrong[route] = f"{status}, not {expected[ROLES[role]]}"
        public.extensions["meetings"].redis.flushall()
    assert wrong == {}


def test_every_form_needs_the_token_of_a_page_of_ours(public: Flask) -> None:
    public.config["WTF_CSRF_ENABLED"] = True
    forms = [
        route
        for route in roles.rows()
        if route.startswith("POST ") and not route.startswith("POST /api/")
    ]
    assert len(forms) > 15
    for route in forms:
        answer = world(public).ask(route, "host")
        assert answer.status_code == 400, route
        assert "화면이 오래돼서" in answer.text, route


def test_the_api_takes_no_cookie(public: Flask) -> None:
    """It has no proof that a page of ours sent the request, so a cookie is no key."""
    here = world(public)
    browser = here.browser("host")
    quiz = f"/api/v1/meetings/{here.ours.meeting.id}/quizzes/{here.quiz.id}"
    here.make_quiz("")
    assert browser.delete(quiz).status_code == 404
    assert browser.post(f"{quiz}/regenerate").status_code == 404
    assert browser.post("/api/v1/meetings", json={"title": "T"}).status_code == 401


def test_every_answer_carries_the_headers_that_keep_others_out(public: Flask) -> None:
    wanted = {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    for route in roles.rows():
        for role in ("host", "stranger"):
            headers = world(public).ask(route, role).headers
            assert {name: headers.get(name) for name in wanted} == wanted, route
            cached = headers["Cache-Control"]
            assert "static" in route or "private" in cached, route


def test_the_policy_allows_nothing_inline_and_nobody_else() -> None:
    for word in ("unsafe", "http:", "https:", "*", "blob:"):
        assert word not in CONTENT_SECURITY_POLICY
    for rule in (
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ):
        assert rule in CONTENT_SECURITY_POLICY


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(public: Flask) -> None:
    for base, secure in (("http://quiz.test", False), ("https://quiz.test", True)):
        client = public.test_client()
        for path, sent in (("/login", {"password": PASSWORD}), ("/language/en", {})):
            answer = client.post(path, data=sent, base_url=base)
            cookie = answer.headers["Set-Cookie"]
            assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
            assert ("Secure" in cookie) is secure


def test_tokens_are_random_and_kept_as_hashes_only(public: Flask, redis: Redis) -> None:
    here = world(public)
    secrets = [here.ours.host_token, *here.people.values()]
    for token in secrets:
        assert len(urlsafe_b64decode(token)) >= 16  # bytes: 128 bits
        assert token not in everything_in(redis)
    assert len(set(secrets)) == len(secrets)


def test_no_address_holds_a_token_that_a_server_would_log(public: Flask) -> None:
    made = public.test_client().post(
        "/api/v1/meetings",
        json={"title": "T"},
        headers={"Authorization": f"Bearer {PASSWORD}"},
    )
    for name in ("host_url", "survey_url", "play_url"):
        assert made.json["host_token"] not in made.json[name].partition("#")[0]


def test_a_login_ends_when_the_password_changes(
    public: Flask, config: WebConfig
) -> None:
    client = world(public).browser("host")
    new = {"title": "New", "language": "en", "own": "Tea?"}
    assert client.post("/meetings", data=new).status_code == 303
    changed = replace(public.config["WEB"], host_password="another password")
    public.config["WEB"] = changed
    assert client.post("/meetings", data=new).status_code == 401


def test_a_wrong_password_is_said_and_leads_nowhere(public: Flask) -> None:
    client = public.test_client()
    wrong = client.post("/login", data={"password": "open sesame"})
    assert wrong.status_code == 403 and "비밀번호가 맞지 않아요" in wrong.text
    assert client.post("/meetings", data={"title": "T"}).status_code == 401
    client.post("/login", data={"password": PASSWORD})
    client.post("/logout")
    assert client.post("/meetings", data={"title": "T"}).status_code == 401


def test_the_same_request_sent_twice_is_one_person(public: Flask) -> None:
    """The server was killed before it could say that it had stored the answers."""
    here = world(public)
    path = f"/api/v1/meetings/{here.ours.meeting.join_code}/answers"
    body = {"name": "밥", "answers": [{"question": FOOD, "answer": "국수"}]}
    key = {"Idempotency-Key": "0c9c7a6e-3f0e-4f6f-9b1a-6f7b8a9c0d1e"}
    tokens = {
        public.test_client()
        .post(path, json=body, headers=key)
        .json["participant_token"]
        for _ in range(2)
    }
    assert len(tokens) == 1
    assert here.store.snapshot(here.ours.meeting.id).counts["participants"] == 2
    short = public.test_client().post(path, json=body, headers={"Idempotency-Key": "1"})
    assert short.status_code == 400


def test_a_form_sent_twice_by_an_impatient_thumb_is_one_person(public: Flask) -> None:
    here = world(public)
    path = f"/s/{here.ours.meeting.join_code}"
    phone = public.test_client()
    phone.get(path)
    cookie = phone.get_cookie("icebreaker").value
    for _ in range(2):
        again = public.test_client()
        again.set_cookie("icebreaker", cookie)
        again.post(path, data={"name": "밥", "answer-0": "국수"})
    assert here.store.snapshot(here.ours.meeting.id).counts["participants"] == 2
