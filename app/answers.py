"""Participants, their answers and the quizzes made of them, in Redis."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from typing import Any

from redis import Redis

from app.errors import NotFound, UserError
from app.jobs import Jobs
from app.records import (
    Answer,
    Meeting,
    Participant,
    Submission,
    answer_from,
    participant_from,
)
from app.rows.keys import row_keys
from app.scripts import REMOVE, SUBMIT
from app.submissions import checked_answers, checked_name
from protocol import MAX_PARTICIPANTS, SETTLED, QuizJob
from protocol.keys import Keys


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def participant_id_of(meeting_id: str, token: str) -> str:
    """Who a token belongs to; the id is shown to the host, the token to nobody."""
    return sha256(f"{meeting_id}:{token}")[:32]


def script_keys(meeting_id: str) -> list[str]:
    """The keys of the scripts, in their order."""
    return [
        Keys.meeting(meeting_id),
        Keys.participants(meeting_id),
        Keys.answers(meeting_id),
        Keys.quizzes(meeting_id),
        Keys.earlier(meeting_id),
        *row_keys(meeting_id)[:4],
    ]


class Answers:
    """What participants wrote, for every meeting."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.jobs = Jobs(redis)
        self._submit = redis.register_script(SUBMIT)
        self._remove = redis.register_script(REMOVE)

    def add_answers(
        self,
        meeting: Meeting,
        name: str,
        answers: list[dict[str, str]],
        participant_token: str | None = None,
        source_key: str | None = None,
        *,
        train: bool = False,
    ) -> Submission:
        """Store one participant's answers and queue a quiz for each new text.

        `answers` are `{"question", "text", "consent"}`. With the token of an earlier
        submission they change: the same text again does nothing, a new text makes a
        new quiz, an empty text removes the answer. `train`: the answers may help to
        train the model, without the name; not said is not allowed.
        Raises: UserError for a wrong name, answer or consent, or a full meeting.
        """
        token = participant_token or secrets.token_urlsafe(24)
        participant_id = participant_id_of(meeting.id, token)
        person = {"name": checked_name(name), "source_key": source_key, "train": train}
        entries = checked_answers(answers)
        if not self.has_participant(meeting.id, token) and not any(
            answer["text"] or answer["skip"] for answer in entries
        ):
            raise UserError("answer_missing")
        changed = self.write_answers(meeting.id, participant_id, person, entries)
        return Submission(
            participant_id=participant_id, participant_token=token, changed=changed
        )

    def write_answers(
        self,
        meeting_id: str,
        participant_id: str,
        person: dict[str, Any],
        entries: list[dict[str, str]],
        *,
        replace: bool = False,
    ) -> int:
        """Write checked answers in one step, then queue. Returns how many changed.

        `replace`: answers of this participant that are not in `entries` go.
        """
        entries = [
            entry | {"id": sha256(participant_id + entry["question"])[:16]}
            for entry in entries
        ]
        outcome, *rest = self._submit(
            keys=script_keys(meeting_id),
            args=[
                participant_id,
                json.dumps(person | {"answered_at": int(time.time())}),
                json.dumps(entries),
                "1" if replace else "0",
                MAX_PARTICIPANTS,
            ],
        )
        if outcome == b"gone":
            raise NotFound
        if outcome == b"full":
            raise UserError("meeting_full", limit=MAX_PARTICIPANTS)
        changed, *queued = rest
        for answer_id, revision in zip(queued[::2], queued[1::2], strict=True):
            self._enqueue(meeting_id, answer_id.decode(), revision)
        return changed

    def _enqueue(self, meeting_id: str, answer_id: str, revision: int) -> None:
        self.jobs.enqueue(
            QuizJob(meeting=meeting_id, answer=answer_id, revision=revision)
        )

    def has_participant(self, meeting_id: str, token: str) -> bool:
        """Whether somebody answered with this token."""
        key = Keys.participants(meeting_id)
        return self.redis.hexists(key, participant_id_of(meeting_id, token))

    def answers_of(self, meeting_id: str, token: str) -> tuple[str, dict[str, Answer]]:
        """Name and answers, by question, of the participant with this token."""
        participant_id = participant_id_of(meeting_id, token)
        person = self.redis.hget(Keys.participants(meeting_id), participant_id)
        if person is None:
            return "", {}
        person = json.loads(person)
        ids = sorted(person["answers"], key=lambda key: person["answers"][key][1])
        stored = self.redis.hmget(Keys.answers(meeting_id), ids) if ids else []
        found = [
            answer_from(key, json.loads(text))
            for key, text in zip(ids, stored, strict=True)
            if text
        ]
        return person["name"], {answer.question: answer for answer in found}

    def may_train(self, meeting_id: str, token: str) -> bool:
        """Whether this participant lets their answers help to train the model."""
        key = Keys.participants(meeting_id)
        person = self.redis.hget(key, participant_id_of(meeting_id, token))
        return bool(person and json.loads(person).get("train"))

    def participants(self, meeting_id: str) -> list[Participant]:
        """Everybody who answered, in the order in which they came."""
        records = self.redis.hgetall(Keys.participants(meeting_id))
        people = [participant_from(k.decode(), json.loads(records[k])) for k in records]
        return sorted(people, key=lambda person: person.order)

    def remove_participant(
        self, meeting_id: str, participant_id: str, *, dismiss: bool = True
    ) -> None:
        """Remove one person with all answers and quizzes.

        `dismiss`: the next reading of the sheet or file does not bring them back.
        Raises: NotFound.
        """
        args = [participant_id, "1" if dismiss else "0"]
        if self._remove(keys=script_keys(meeting_id), args=args) is None:
            raise NotFound
        self.redis.set(Keys.FORGETTING, "1")

    def dismissed(self, meeting_id: str) -> set[str]:
        """The source keys of rows whose person was removed by hand."""
        fields = [key.decode() for key in self.redis.hkeys(Keys.meeting(meeting_id))]
        mark = "dismissed:"
        return {key.removeprefix(mark) for key in fields if key.startswith(mark)}

    def withdraw(self, meeting_id: str, token: str) -> None:
        """Remove the participant with this token, if there is one."""
        args = [participant_id_of(meeting_id, token), "0"]
        self._remove(keys=script_keys(meeting_id), args=args)
        self.redis.set(Keys.FORGETTING, "1")

    def unsettled(self, meeting_id: str) -> list[QuizJob]:
        """The jobs that should be waiting or running now."""
        records = self.redis.hgetall(Keys.quizzes(meeting_id))
        quizzes = {key.decode(): json.loads(text) for key, text in records.items()}
        return [
            QuizJob(meeting=meeting_id, answer=key, revision=quiz["revision"])
            for key, quiz in quizzes.items()
            if quiz["status"] not in SETTLED and not quiz.get("dropped")
        ]
