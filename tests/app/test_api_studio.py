"""The studio over the API, with the host's token."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.meetings import Meetings
from tests.app.conftest import Api
from tests.studios import HIT, PAPER, RAIN, SUMMARY, WORD, fill, reply

TALK = {"recipe": "chat", "child": "은채", "age": 6, "gender": "girl"}


class StudioApi:
    """The studio of one meeting, for its host."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.path = f"/api/v1/meetings/{api.meeting['id']}/studio"

    def ask(self, method: str, path: str = "", **sent: Any) -> TestResponse:
        headers = self.api.host | sent.pop("headers", {})
        url = self.path + path
        return self.api.client.open(url, method=method, headers=headers, **sent)

    def order(self, **body: Any) -> dict[str, Any]:
        made = self.ask("POST", json=body)
        assert made.status_code == 201, made.json
        return made.json


@pytest.fixture
def studio(api: Api) -> StudioApi:
    return StudioApi(api)


def write(store: Meetings, studio: StudioApi, item: str, **results: Any) -> None:
    meeting = store.get(studio.api.meeting["id"])
    assert meeting and fill(store, meeting, item, **results)


def test_a_word_and_an_abstract_are_ordered_and_followed(
    studio: StudioApi, store: Meetings
) -> None:
    word = studio.order(recipe="slang", context=RAIN, condition="세 글자로")
    assert word["status"] == "queued" and word["proposals"] == []
    write(store, studio, word["id"], **WORD)
    shown = studio.ask("GET", f"/{word['id']}").json
    assert [one["slang"] for one in shown["proposals"]] == ["점심갬", "비쉼표"]
    paper = studio.order(recipe="abstract", summary=SUMMARY)
    write(store, studio, paper["id"], **PAPER)
    shown = studio.ask("GET", f"/{paper['id']}").json
    assert shown["text"] == PAPER["text"] and shown["missing"] == ["30명"]
    assert shown["unsupported"] == PAPER["unsupported"]
    items = studio.ask("GET").json["items"]
    assert [one["recipe"] for one in items] == ["abstract", "slang"]


def test_a_conversation_is_prepared_spoken_and_alarming(
    app: Flask, studio: StudioApi, store: Meetings, client: FlaskClient
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False  # the child's page is posted to
    talk = studio.order(**TALK)
    assert talk["persona"] == "sudagom" and talk["turns"] == []
    url, _, token = talk["child_url"].partition("#")
    opened = client.post(f"{url}/session", data={"token": token})
    assert opened.status_code == 204 and client.get(url).status_code == 200
    said = studio.ask("POST", f"/{talk['id']}/messages", json={"text": HIT})
    assert said.status_code == 202 and said.json["status"] == "queued"
    meeting = store.get(studio.api.meeting["id"])
    reply(store, meeting, talk["id"], "말해 줘서 고마워.", "abuse")
    shown = studio.ask("GET", f"/{talk['id']}").json
    assert [turn["by"] for turn in shown["turns"]] == ["child", "people"]
    [alert] = shown["alerts"]
    assert alert == {"turn": 0, "kind": "abuse", "said": HIT, "seen": False}


def test_the_same_message_sent_again_is_one(studio: StudioApi) -> None:
    talk = studio.order(**TALK)["id"]
    key = {"Idempotency-Key": "0c9c7a6e-3f0e-4f6f-9b1a-6f7b8a9c0d1e"}
    for _ in range(2):
        sent = {"json": {"text": "안녕"}, "headers": key}
        said = studio.ask("POST", f"/{talk}/messages", **sent)
    assert len(said.json["turns"]) == 1


def test_polls_with_the_etag_are_304(studio: StudioApi) -> None:
    talk = studio.order(**TALK)["id"]
    for path in ("", f"/{talk}"):
        known = {"If-None-Match": studio.ask("GET", path).headers["ETag"]}
        assert studio.ask("GET", path, headers=known).status_code == 304
    studio.ask("POST", f"/{talk}/messages", json={"text": "안녕"})
    assert studio.ask("GET", f"/{talk}", headers=known).status_code == 200


def test_deleted_is_gone(studio: StudioApi) -> None:
    word = studio.order(recipe="slang", context=RAIN)["id"]
    gone = studio.ask("DELETE", f"/{word}")
    assert gone.json == {"deleted": {"id": word, "jobs": 1}}
    assert studio.ask("GET", f"/{word}").status_code == 404
    assert studio.ask("DELETE", f"/{word}").status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "field_wrong"),
        ({"recipe": "quiz"}, "field_wrong"),
        ({"recipe": "slang"}, "context_missing"),
        ({"recipe": "slang", "context": RAIN, "language": "fr"}, "language_unknown"),
        (TALK | {"age": "6"}, "field_wrong"),
        (TALK | {"age": 99}, "age_wrong"),
        (TALK | {"persona": "police"}, "persona_unknown"),
        ({"recipe": "abstract", "summary": "가" * 1001}, "summary_too_long"),
    ],
)
def test_wrong_orders_are_problems(studio: StudioApi, body: dict, code: str) -> None:
    refused = studio.ask("POST", json=body)
    assert refused.mimetype == "application/problem+json"
    assert (refused.status_code, refused.json["code"]) == (400, code)


def test_strangers_and_other_hosts_find_nothing(
    studio: StudioApi, client: FlaskClient
) -> None:
    talk = studio.order(**TALK)["id"]
    other = client.post("/api/v1/meetings", json={"title": "남"}).json["host_token"]
    for token in ("", other, "guess"):
        header = {"Authorization": f"Bearer {token}"}
        for path in ("", f"/{talk}"):
            assert client.get(studio.path + path, headers=header).status_code == 404
        said = client.post(
            f"{studio.path}/{talk}/messages", json={"text": "안녕"}, headers=header
        )
        assert said.status_code == 404
    mine = client.post("/api/v1/meetings", json={"title": "남"}).json
    header = {"Authorization": f"Bearer {mine['host_token']}"}
    elsewhere = f"/api/v1/meetings/{mine['id']}/studio/{talk}"
    assert client.get(elsewhere, headers=header).status_code == 404
