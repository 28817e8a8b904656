"""People who answer all the time, and the book of what the server confirmed."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

SETTLED = ("ready", "skipped", "failed")
# What the stand-in model makes of an answer with this word: see tests/fast_worker.py.
ODDITIES = ("[skip]", "[garbage]", "[held]", "[raise]")
KILLING = 0.0004  # share of answers that end the worker's process, three times each
QUESTIONS = ["Best food?", "A hobby?", "Coffee or tea?"]
ROOM = 12  # people in a room
KEPT = 10  # rooms of a thread; the oldest are looked at and deleted
PATIENCE_SECONDS = 120
REST_SECONDS = 300  # without an outcome in this time, a room's answers are lost


class Site:
    """The product's API, asked again until it answers."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any]:
        """Status and body. Raises: OSError, HTTPException, ValueError if it is away."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        try:
            data = None if body is None else json.dumps(body)
            headers = {k.replace("_", "-"): v for k, v in headers.items()}
            headers["Content-Type"] = "application/json"
            connection.request(method, path, data, headers)
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())
        finally:
            connection.close()

    def insist(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any]:
        """Ask until there is an answer that is not the server's own trouble."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                status, reply = self.ask(method, path, body, **headers)
                if status < 500 and status != 429:
                    return status, reply
            except (OSError, http.client.HTTPException, ValueError):
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"{method} {path} was not answered")
            time.sleep(0.3)

    def wait_until_ready(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if self.ask("GET", "/readyz")[0] == 200:
                    return
            except (OSError, http.client.HTTPException, ValueError):
                pass
            time.sleep(0.3)
        raise TimeoutError(f"{self.url}/readyz was not 200 within {seconds:.0f} s")


@dataclass
class Person:
    """One participant; `said` is what the server confirmed, by question."""

    name: str
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    said: dict[str, str] = field(default_factory=dict)


@dataclass
class Room:
    """A meeting with everybody in it and what its quizzes looked like so far."""

    id: str
    join_code: str
    host_token: str
    people: list[Person] = field(default_factory=list)
    seen: dict[tuple[str, int], str] = field(default_factory=dict)
    changed: int = 0

    def look(self, site: Site) -> list[dict[str, Any]]:
        """All quizzes; counts those that were finished and are another now."""
        token = f"Bearer {self.host_token}"
        path = f"/api/v1/meetings/{self.id}"
        status, shown = site.insist("GET", path, Authorization=token)
        if status != 200:
            return []
        for quiz in shown["quizzes"]:
            if quiz["status"] == "ready":
                key = (quiz["id"], quiz["revision"])
                self.changed += (
                    self.seen.setdefault(key, quiz["evidence"]) != (quiz["evidence"])
                )
        return shown["quizzes"]


class Load:
    """Several threads, each a room after the other."""

    def __init__(self, site: Site, seed: int, threads: int = 3) -> None:
        self.site = site
        self.found: Counter[str] = Counter()
        self._left: list[Room] = []
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._live, args=[random.Random(seed * 100 + n)])
            for n in range(threads)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _live(self, chance: random.Random) -> None:
        rooms: list[Room] = []
        while not self._stop.is_set():
            rooms.append(self._open())
            for _ in range(2 * ROOM):
                if self._stop.is_set():
                    break
                person = chance.choice(rooms[-1].people)
                self._answer(rooms[-1], person, chance)
                time.sleep(chance.uniform(0.1, 0.4))
            rooms[-1].look(self.site)
            while len(rooms) > KEPT:
                self.judge(rooms.pop(0))
        self._left += rooms

    def _open(self) -> Room:
        body = {"title": "Soak", "language": "en", "questions": QUESTIONS}
        status, made = self.site.insist("POST", "/api/v1/meetings", body)
        assert status == 201, made
        room = Room(made["id"], made["join_code"], made["host_token"])
        room.people = [Person(f"Person {n}") for n in range(ROOM)]
        return room

    def _answer(self, room: Room, person: Person, chance: random.Random) -> None:
        said = {}
        for question in QUESTIONS:
            oddity = chance.choice(ODDITIES) if chance.random() < 0.1 else ""
            oddity = "[kill]" if chance.random() < KILLING else oddity
            said[question] = f"{uuid.uuid4().hex[:12]} {oddity}".strip()
        entries = [{"question": q, "answer": text} for q, text in said.items()]
        status, reply = self.site.insist(
            "POST",
            f"/api/v1/meetings/{room.join_code}/answers",
            {"name": person.name, "answers": entries},
            Idempotency_Key=person.key,
        )
        assert status == 201, reply
        person.said = said
        self.found["requests"] += 1

    def judge(self, room: Room) -> None:
        """Look up every accepted answer of a room at rest, then delete the room."""
        quizzes = room.look(self.site)
        waiting, deadline = _waiting(quizzes), time.monotonic() + REST_SECONDS
        while waiting and time.monotonic() < deadline:
            time.sleep(2)
            quizzes = room.look(self.site)
            if _waiting(quizzes) != waiting:  # late is not lost
                deadline = time.monotonic() + REST_SECONDS
            waiting = _waiting(quizzes)
        self.found.update(_compare(room, quizzes))
        token = f"Bearer {room.host_token}"
        path = f"/api/v1/meetings/{room.id}"
        self.site.insist("DELETE", path, Authorization=token)

    def verdict(self) -> dict[str, int]:
        """What became of every accepted answer."""
        for room in self._left:
            self.judge(room)
        names = ("rooms", "requests", "accepted", "outcomes", "lost", "doubled")
        statuses = [f"- {status}" for status in SETTLED]
        return {name: self.found[name] for name in (*names, *statuses)}


def _waiting(quizzes: list[dict[str, Any]]) -> int:
    return sum(quiz["status"] not in SETTLED for quiz in quizzes)


def _compare(room: Room, quizzes: list[dict[str, Any]]) -> Counter[str]:
    """Accepted answers against what the host sees."""
    found: Counter[str] = Counter(rooms=1, doubled=room.changed)
    shown = Counter(quiz["participant"] for quiz in quizzes)
    settled = [quiz for quiz in quizzes if quiz["status"] in SETTLED]
    texts = {option for quiz in settled for option in quiz["options"]}
    outcomes = Counter(quiz["participant"] for quiz in settled)
    found.update(f"- {quiz['status']}" for quiz in settled)
    for person in room.people:
        told = len(person.said)
        found["accepted"] += told
        found["outcomes"] += min(outcomes[person.name], told)
        found["lost"] += max(0, told - outcomes[person.name])
        found["doubled"] += max(0, shown[person.name] - told)
        wanted = [t for t in person.said.values() if "[" not in t or "[held]" in t]
        found["lost"] += sum(text not in texts for text in wanted)
    return found
