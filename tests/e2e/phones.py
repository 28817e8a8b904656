"""Phones without a browser: what a crowd sends over real connections."""

from __future__ import annotations

import json
import random
import re
import threading
import time
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

POLL_SECONDS = 1.0  # as FASTEST.live in static/js/poll.js, with the same scatter


class Phone(threading.Thread):
    """Joins, asks each second, votes once or twice a round, and remembers.

    Attributes:
        choices: card id -> the last choice the server took.
        revealed: card id -> (when it was seen, the votes by option as shown).
        troubles: what should never happen.
    """

    def __init__(self, port: int, code: str, name: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.name_in_game, self.code, self.port = name, code, port
        self.random = random.Random(seed)
        self.choices: dict[str, int] = {}
        self.revealed: dict[str, tuple[float, list[int]]] = {}
        self.troubles: list[str] = []
        self.asked = 0
        self.joined = threading.Event()
        self.stopped = threading.Event()
        self._connection: HTTPConnection | None = None
        self._cookie = self._csrf = self._etag = ""

    def run(self) -> None:
        try:
            self._join()
            while not self.stopped.wait(POLL_SECONDS * self.random.uniform(0.85, 1.15)):
                self._poll()
        except (OSError, HTTPException, AssertionError) as error:
            self.troubles.append(f"{type(error).__name__}: {error}")
        finally:
            self.joined.set()
            if self._connection:
                self._connection.close()

    def _join(self) -> None:
        page = self._ask("GET", f"/play/{self.code}")[1]
        self._csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        status, page = self._post("join", name=self.name_in_game)
        assert status == 303, page
        self.joined.set()

    def _poll(self) -> None:
        self.asked += 1
        status, text = self._ask("GET", f"/play/{self.code}/state")
        if status == 304:
            return
        assert status == 200, text
        state = json.loads(text)
        screen, card = state["screen"], state["screen"]["card"]
        if screen["phase"] == "asking" and card not in self.choices:
            self._vote(card)
        if screen["phase"] == "revealed" and card not in self.revealed:
            counts = [option["votes"] for option in screen["options"]]
            self.revealed[card] = time.monotonic(), counts

    def _vote(self, card: str) -> None:
        """One choice; every third phone changes its mind, every fifth taps twice."""
        for _ in range(self.random.choice([1, 1, 2])):
            choice = self.random.randint(1, 4)
            for _ in range(self.random.choice([1, 1, 1, 1, 2])):
                status, text = self._post(f"rounds/{card}/vote", choice=choice)
                assert status == 303, text
                self.choices[card] = choice

    def _post(self, path: str, **fields: object) -> tuple[int, str]:
        body = urlencode(fields | {"csrf_token": self._csrf})
        return self._ask("POST", f"/play/{self.code}/{path}", body)

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        """One request; a kept connection that was closed meanwhile is opened again."""
        for last in (False, True):
            try:
                return self._ask_once(method, path, body)
            except (ConnectionError, HTTPException):
                self._connection = None
                if last:
                    raise
        raise AssertionError("unreachable")

    def _ask_once(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        self._connection = self._connection or HTTPConnection(
            "127.0.0.1", self.port, timeout=10
        )
        headers = {"Cookie": self._cookie, "If-None-Match": self._etag}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        if cookie := answer.headers.get("Set-Cookie"):
            self._cookie = cookie.split(";")[0]
        if path.endswith("/state"):
            self._etag = answer.headers.get("ETag", "")
        return answer.status, text
