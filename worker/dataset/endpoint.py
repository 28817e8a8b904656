"""Questions drafted by a server that speaks OpenAI's chat completions.

EndpointError     the server cannot be used at all: the run ends, with what to do
Skipped           this one candidate got no usable reply, with a reason
"""

from __future__ import annotations

import functools
import json
import random
import re
import time
from pathlib import Path
from string import Template
from typing import Any

import urllib3

from worker.dataset import rows
from worker.dataset.pool import new_pool
from worker.quality.text import break_control_tokens, squeeze
from worker.recipes import quiz
from worker.training.files import DataError

BUSY = "busy"
TRIES = 4
LATER = (408, 409, 425, 429)  # and 5xx: worth another try
REFUSED = (401, 403)
LONGEST_WAIT = 60.0  # seconds between two tries
_WORDING = Path(__file__).parent.parent / "wording" / "dataset_draft.txt"
_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)
_LANGUAGE = {"ko": ("Korean", "이 사람"), "en": ("English", "this person")}


class EndpointError(DataError):
    """The server cannot be used; the text says what to do."""


class Skipped(Exception):
    """No quiz came of a candidate; `reason` is a name for the summary."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Endpoint:
    """A model behind `address`, such as "http://127.0.0.1:8080/v1"."""

    def __init__(
        self, address: str, model: str, key: str, timeout: float, concurrency: int
    ) -> None:
        self._url = address.rstrip("/") + "/chat/completions"
        self.model = model
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self._pool = new_pool(headers, timeout, at_once=concurrency)

    def draft(self, candidate: dict[str, Any]) -> dict[str, Any]:
        """The candidate with a quiz. Raises: Skipped, EndpointError."""
        text = self._ask(build_prompt(candidate))
        written = parse(text)
        if written is None:
            raise Skipped("malformed_reply")
        return candidate | shuffled(written, candidate["id"])

    def _ask(self, prompt: str) -> str:
        body = {
            "model": self.model,
            "messages": [{"role": "user", "content": prompt}],
        }  # and nothing that some server refuses
        reply = self._patiently(json.dumps(body).encode())
        try:
            content = reply.json()["choices"][0]["message"]["content"]
        except (ValueError, LookupError, TypeError):
            raise Skipped("malformed_reply") from None
        return content if isinstance(content, str) else ""

    def _patiently(self, body: bytes) -> urllib3.BaseHTTPResponse:
        """A reply of status 200, after some tries where the server is busy."""
        reply = None
        for attempt in range(TRIES):
            reply = self._once(body)
            if reply is not None and reply.status == 200:
                return reply
            if reply is not None and reply.status < 500 and reply.status not in LATER:
                raise EndpointError(self._complaint(reply))
            if attempt < TRIES - 1:
                time.sleep(_wait(reply, attempt))
        if reply is None:
            raise EndpointError(
                f"--endpoint must answer. {self._url} cannot be reached, {TRIES} times."
            )
        raise Skipped(BUSY)

    def _once(self, body: bytes) -> urllib3.BaseHTTPResponse | None:
        try:
            return self._pool.request("POST", self._url, body=body, redirect=False)
        except (urllib3.exceptions.HTTPError, UnicodeError):
            return None

    def _complaint(self, reply: urllib3.BaseHTTPResponse) -> str:
        said = squeeze(reply.data[:300].decode("utf-8", errors="replace"))
        if reply.status in REFUSED:
            return (
                f"{self._url} refused the key (status {reply.status}). Put a valid one "
                "into OPENAI_API_KEY."
            )
        if reply.status == 404:
            return (
                f"{self._url} is not there, or has no model {self.model!r}. --endpoint "
                f"must end where /chat/completions follows. It said: {said}"
            )
        return f"{self._url} refused the request (status {reply.status}): {said}"


def _wait(reply: urllib3.BaseHTTPResponse | None, attempt: int) -> float:
    """Seconds until the next try: what the server asks for, else 1, 2, 4."""
    asked = reply.headers.get("Retry-After", "") if reply is not None else ""
    wait = float(asked) if asked.isdigit() else 2.0**attempt * random.uniform(1, 1.25)
    return min(wait, LONGEST_WAIT)


@functools.cache
def _wording() -> Template:
    return Template(_WORDING.read_text(encoding="utf-8"))


def build_prompt(candidate: dict[str, Any]) -> str:
    language, person = _LANGUAGE[candidate["lang"]]
    return _wording().substitute(
        language=language,
        person=person,
        question=break_control_tokens(squeeze(candidate["question"])),
        answer=break_control_tokens(squeeze(candidate["answer"])),
    )


def parse(text: str) -> dict[str, Any] | None:
    """The quiz of a reply, as JSON or in the visible form of our own adapters.

    Example: "Hero? 1. Dad 2. Hulk 3. Thor 4. Loki 2" -> {"quiz_question": "Hero?",
    "options": ["Dad", "Hulk", "Thor", "Loki"], "correct": 2}.
    """
    text = _THOUGHT.sub("", text)
    found = _OBJECT.search(text)
    written = rows.parsed(found[0]) if found else None
    if written is None:
        draft = quiz.parse_reply(text)
        if draft is None or not draft.well_formed:
            return None
        written = {
            "quiz_question": draft.question,
            "options": list(draft.options),
            "correct": draft.answer,
        }
    written = {n: written.get(n) for n in ("quiz_question", "options", "correct")}
    shape = {"lang": "en", "question": "?", "answer": "."} | written
    return None if rows.faults(shape) else _squeezed(written)


def _squeezed(written: dict[str, Any]) -> dict[str, Any]:
    return {
        "quiz_question": squeeze(written["quiz_question"]),
        "options": [squeeze(option) for option in written["options"]],
        "correct": written["correct"],
    }


def shuffled(written: dict[str, Any], seed_text: str) -> dict[str, Any]:
    """The same quiz with its options in a random order, always the same one.

    Models put the right option where they like it best, mostly first.
    """
    order = random.Random(seed_text).sample(range(rows.NUM_OPTIONS), rows.NUM_OPTIONS)
    return {
        "quiz_question": written["quiz_question"],
        "options": [written["options"][i] for i in order],
        "correct": order.index(written["correct"] - 1) + 1,
    }
