"""The table of docs/access.md, and one request for each of its cells."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.errors import PROGRAMS
from app.meetings import Created, Meetings
from app.rounds import Switches
from app.rows import files
from protocol.keys import Keys
from tests.app.conftest import FOOD
from tests.fakes import FakeWorker, ready_quiz
from tests.rows import as_file, drafts
from tests.studios import PAPER, fill, order_paper, order_talk

TABLE = Path(__file__).parents[2] / "docs" / "access.md"
PASSWORD = "open sesame, twice"
METRICS_TOKEN = "the token of the monitoring"
# Three roles share the first column: to this meeting they are nobody.
ROLES = {
    "stranger": "anyone",
    "host of another": "anyone",
    "participant of another": "anyone",
    "participant": "participant",
    "host": "host",
    "operator": "operator",
}
# What a route needs besides its address, to get the status of the table.
SENT: dict[str, dict[str, Any]] = {
    "POST /meetings": {"data": {"title": "New", "language": "en", "own": "Tea?"}},
    "POST /login": {"data": {"password": PASSWORD}},
    "POST /host/<meeting_id>/upload": {
        "data": lambda: {"file": (BytesIO("이름,취미\n밥,등산\n".encode()), "a.csv")}
    },
    "POST /host/<meeting_id>/mix": {"data": {"kind": "said"}},
    "POST /host/<meeting_id>/sheet": {
        "data": {
            "sheet": "https://docs.google.com/spreadsheets/d/1234567890123456789012"
        }
    },
    "POST /host/<meeting_id>/quizzes/<quiz_id>/edit": {
        "data": {"question": "Q?", "option": ["a", "b", "c", "d"], "answer": "1"}
    },
    "POST /host/<meeting_id>/studio/<recipe>": {
        "data": {"child": "은채", "age": "6", "persona": "sudagom"}
    },
    "POST /host/<meeting_id>/studio/rows/upload": {
        "data": lambda: {"file": (BytesIO(as_file(drafts(1))), "a.jsonl")}
    },
    "POST /host/<meeting_id>/studio/rows/review/<row_id>": {
        "data": {"verdict": "accept"}
    },
    "POST /api/v1/meetings/<meeting_id>/studio": {
        "json": {"recipe": "slang", "context": "Rain again."}
    },
    "POST /api/v1/meetings/<meeting_id>/studio/<item_id>/messages": {
        "json": {"text": "안녕"}
    },
    "POST /play/<code>/join": {"data": {"name": "Eve"}},
    "POST /play/<code>/rounds/<card>/vote": {"data": {"choice": "1"}},
    "POST /s/<code>/mine/<quiz_id>/<action>": {"data": {"revision": "1"}},
    "POST /s/<code>/mine/<quiz_id>/edit": {
        "data": {
            "question": "Q?",
            "option": ["a", "b", "c", "d"],
            "answer": "1",
            "revision": "1",
        }
    },
    "POST /s/<code>": {"data": {"name": "Eve", "answer-0": "Soup"}},
    "POST /api/v1/meetings": {"json": {"title": "New"}},
    "POST /api/v1/meetings/<join_code>/answers": {
        "json": {"name": "Eve", "answers": [{"question": FOOD, "answer": "Soup"}]}
    },
    "PATCH /api/v1/meetings/<meeting_id>/quizzes/<quiz_id>": {
        "json": {"review": "approved"}
    },
}


def rows() -> dict[str, dict[str, int]]:
    """Route -> role -> expected status, as the document says it."""
    lines = re.findall(r"^\| `([A-Z]+ /.*?)` \|(.*)\|$", TABLE.read_text("utf-8"), re.M)
    columns = ("anyone", "participant", "host", "operator")
    return {
        route: dict(zip(columns, map(int, cells.split("|")), strict=True))
        for route, cells in lines
    }


def routes(app: Flask) -> set[str]:
    """Every method and address the application knows."""
    return {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


# The state in which a quiz is, for a route that acts only on such a one.
STATES: dict[str, dict[str, Any]] = {
    "/show": {"status": "skipped", "reason": "sensitive"},
    "/retry": {"status": "failed", "reason": "unparsable"},
    "/restore": {"dropped": True},
}


@dataclass
class World:
    """Two meetings with a person and a finished quiz each, and a client per role."""

    app: Flask
    store: Meetings
    ours: Created = field(init=False)
    other: Created = field(init=False)

    def __post_init__(self) -> None:
        self.ours, self.other = (
            self.store.create(title, "ko", [FOOD]) for title in ("우리", "남")
        )
        self.people = {
            created.meeting.id: self.store.add_answers(
                created.meeting, "앨리스", [{"question": FOOD, "text": "김밥"}]
            ).participant_token
            for created in (self.ours, self.other)
        }
        FakeWorker(self.store.redis).beat()
        [self.quiz] = self.store.snapshot(self.ours.meeting.id).quizzes

    def make_quiz(self, route: str) -> None:
        """Write the quiz of our meeting, in the state that this route is for."""
        state = next((s for end, s in STATES.items() if route.endswith(end)), {})
        record = ready_quiz("김밥") | {"revision": 1} | state
        key = self.ours.meeting.id, self.quiz.id
        self.store.redis.hset(Keys.quizzes(key[0]), key[1], json.dumps(record))
        if route.endswith("/earlier"):
            self.store.regenerate(*key)

    def play(self) -> None:
        """Open the round about our quiz; everybody with a token is in the game."""
        meeting, play = self.ours.meeting, self.store.play
        play.join(meeting.id, self.people[meeting.id], "앨리스")
        snapshot = self.store.snapshot(meeting.id)
        play.start(snapshot, self.store.deck(snapshot), Switches())
        play.next(snapshot, play.look(meeting.id).at)

    def add_item(self, route: str) -> str:
        """A conversation in the studio of our meeting, or an abstract to download."""
        if not route.endswith("abstract.txt"):
            return order_talk(self.app, self.ours.meeting)
        item_id = order_paper(self.store, self.ours.meeting)
        fill(self.store, self.ours.meeting, item_id, **PAPER)
        return item_id

    def add_row(self) -> str:
        """A training row to judge in our meeting."""
        [row] = files.read(as_file(drafts(1))).rows
        self.store.rows.add(self.ours.meeting.id, [row])
        return row.id

    def ask(self, route: str, role: str) -> TestResponse:
        """One honest request of this role."""
        method, rule = route.split(" ", 1)
        meeting = self.ours.meeting
        self.make_quiz(route)
        if "/rounds/" in route:
            self.play()
        values = {
            "meeting_id": meeting.id,
            "quiz_id": self.quiz.id,
            "participant_id": self.quiz.participant,
            "player_id": self.quiz.participant,
            "card": self.quiz.id,
            "action": "stop" if "studio" in rule else "confirm",
            "recipe": "abstract" if "abstract.txt" in rule else "chat",
            "item_id": self.add_item(route) if "<item_id>" in rule else "",
            "row_id": self.add_row() if "<row_id>" in rule else "",
            "code": "en" if "language" in rule else meeting.join_code,
            "join_code": meeting.join_code,
            "path:filename": "css/base.css",
        }
        path = re.sub(r"<([^>]+)>", lambda found: values[found[1]], rule)
        sent = {k: v() if callable(v) else v for k, v in SENT.get(route, {}).items()}
        if route.endswith("/session"):
            sent = {"data": {"token": self.token(role)}}
        client = self.browser(role)
        headers = self.bearer(role, route) if path.startswith(PROGRAMS) else {}
        environ = {"REMOTE_ADDR": "203.0.113.9"}  # not at the machine itself
        return client.open(
            path,
            method=method,
            headers=headers,
            environ_base=environ,
            buffered=True,  # a static file is closed at once
            **sent,
        )

    def browser(self, role: str) -> FlaskClient:
        """A browser with the cookies of this role."""
        client = self.app.test_client()
        created = self.other if role.endswith(" of another") else self.ours
        with client.session_transaction() as session:
            if role.startswith("host"):
                session["hosts"] = {created.meeting.id: self.token(role)}
            if role.startswith("participant"):
                session["people"] = {created.meeting.id: self.token(role)}
        if role == "host":
            client.post("/login", data={"password": PASSWORD})
        return client

    def token(self, role: str) -> str:
        """What the role proves itself with."""
        created = self.other if role.endswith(" of another") else self.ours
        match role.split()[0]:
            case "host":
                return created.host_token
            case "participant":
                return self.people[created.meeting.id]
            case "operator":
                return METRICS_TOKEN
        return ""

    def bearer(self, role: str, route: str) -> dict[str, str]:
        """The header with the token; who is new in a meeting has none."""
        token = self.token(role)
        if route == "POST /api/v1/meetings" and role == "host":
            token = PASSWORD
        if route.endswith("/answers") and role != "participant":
            token = ""
        return {"Authorization": f"Bearer {token}"} if token else {}
