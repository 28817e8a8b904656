"""The store: meetings with their participants, answers and quizzes, all in Redis.

Every key of a meeting expires with it, so retention needs no clean-up job, and
deletion is real: there is no second copy anywhere.
"""

from __future__ import annotations

import hmac
import json
import secrets
import string
import time
from collections.abc import Iterable

from flask import current_app
from redis import Redis

from app.answers import script_keys, sha256
from app.deck import deck
from app.errors import NotFound, UserError
from app.kinds import Card
from app.play import Play, game_keys
from app.previews import Previews
from app.records import (
    KINDS,
    Answer,
    Created,
    Meeting,
    Participant,
    Quiz,
    SheetLink,
    Snapshot,
    Submission,
    meeting_from,
)
from app.room_topics import room_topics
from app.rows.keys import dropped_keys, row_keys
from app.rows.store import Rows
from app.scripts import UPDATE
from app.snapshot import read_snapshot
from app.studio.store import Studio
from app.submissions import checked_meeting, sheet_fields
from protocol.keys import Keys

__all__ = [
    "Answer",
    "Created",
    "Meeting",
    "Meetings",
    "Participant",
    "Quiz",
    "SheetLink",
    "Snapshot",
    "Submission",
    "store",
]

ID_LETTERS = string.ascii_letters + string.digits
# No 0/O, 1/I/L: the code is read aloud and typed from a projector.
CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
DAY = 24 * 3600
DECKS_KEPT = 32
CODES_KEPT = 256


def store() -> Meetings:
    """The store of the current app."""
    return current_app.extensions["meetings"]


class Meetings(Previews):
    """Everything the web process keeps, with `Answers` for what people wrote,
    `Reviews` for what the host makes of it and `Previews` for what they say to it."""

    def __init__(self, redis: Redis, *, retention_days: int = 7) -> None:
        super().__init__(redis)
        self.play = Play(redis)
        self.studio = Studio(redis, self.jobs)
        self.rows = Rows(redis)
        self._retention = retention_days * DAY
        self._update = redis.register_script(UPDATE)
        self._codes: dict[str, str] = {}
        self._decks: dict[str, tuple[str, tuple[list[Card], list[str]]]] = {}

    def create(
        self,
        title: str,
        language: str,
        questions: list[str] | tuple[str, ...],
        google_sheet: str | None = None,
        source: str = "survey",
    ) -> Created:
        """A new meeting; `google_sheet` is the address of the sheet that feeds it.

        Raises: UserError for a wrong title, language, question or link.
        """
        fields = checked_meeting(title, language, questions, google_sheet)
        meeting_id = "".join(secrets.choice(ID_LETTERS) for _ in range(12))
        host_token = secrets.token_urlsafe(24)
        now = int(time.time())
        expires_at = now + self._retention
        fields |= {
            "source": "google_sheet" if google_sheet else source,
            "host_token": sha256(host_token),
            "join_code": self._reserve_code(meeting_id, expires_at),
            "created_at": now,
            "expires_at": expires_at,
        }
        with self.redis.pipeline() as pipe:
            pipe.hset(Keys.meeting(meeting_id), mapping=fields)
            pipe.expireat(Keys.meeting(meeting_id), expires_at)
            pipe.zadd(Keys.MEETINGS, {meeting_id: expires_at})
            pipe.execute()
        return Created(meeting=self._existing(meeting_id), host_token=host_token)

    def _reserve_code(self, meeting_id: str, expires_at: int) -> str:
        while True:
            code = "".join(secrets.choice(CODE_LETTERS) for _ in range(6))
            if self.redis.set(Keys.join(code), meeting_id, nx=True, exat=expires_at):
                return code

    def get(self, meeting_id: str) -> Meeting | None:
        fields = self.redis.hgetall(Keys.meeting(meeting_id))
        return meeting_from(meeting_id, fields) if fields else None

    def _existing(self, meeting_id: str) -> Meeting:
        meeting = self.get(meeting_id)
        if meeting is None:
            raise NotFound
        return meeting

    def by_join_code(self, code: str) -> Meeting | None:
        """The meeting with this join code, in capitals or not."""
        meeting_id = self.redis.get(Keys.join(code.strip().upper()))
        return self.get(meeting_id.decode()) if meeting_id else None

    def id_of(self, code: str) -> str:
        """The id of the meeting with this join code, remembered: phones ask often.

        What is remembered may be gone: look at the meeting before believing it.
        Raises: NotFound for a code that was never seen.
        """
        if code not in self._codes:
            meeting_id = self.redis.get(Keys.join(code))
            if meeting_id is None:
                raise NotFound
            for other in list(self._codes)[:-CODES_KEPT]:
                self._codes.pop(other, None)
            self._codes[code] = meeting_id.decode()
        return self._codes[code]

    def is_host(self, meeting_id: str, token: str) -> bool:
        """Whether `token` is the host's, compared in constant time."""
        known = self.redis.hget(Keys.meeting(meeting_id), "host_token") or b""
        return hmac.compare_digest(known, sha256(token).encode())

    def live(self) -> list[str]:
        """Ids of all meetings that have not expired."""
        self.redis.zremrangebyscore(Keys.MEETINGS, 0, time.time())
        return [key.decode() for key in self.redis.zrange(Keys.MEETINGS, 0, -1)]

    def exists(self, meeting_id: str) -> bool:
        return bool(self.redis.exists(Keys.meeting(meeting_id)))

    def with_sheets(self) -> list[Meeting]:
        """All live meetings that a Google Sheet feeds."""
        ids = self.live()
        with self.redis.pipeline(transaction=False) as pipe:
            for meeting_id in ids:
                pipe.hgetall(Keys.meeting(meeting_id))
            stored = zip(ids, pipe.execute(), strict=True)
        meetings = [meeting_from(key, fields) for key, fields in stored if fields]
        return [meeting for meeting in meetings if meeting.sheet]

    def delete(self, meeting_id: str) -> dict[str, int]:
        """Remove the meeting with its jobs. Returns how much of each was removed."""
        meeting = self._existing(meeting_id)
        removed = {
            "participants": self.redis.hlen(Keys.participants(meeting_id)),
            "answers": self.redis.hlen(Keys.answers(meeting_id)),
            "quizzes": self.redis.hlen(Keys.quizzes(meeting_id)),
            "studio": self.redis.hlen(Keys.studio(meeting_id)),
            "rows": self.rows.count(meeting_id),
        }
        # The meeting first: from here on no script and no worker writes for it.
        keys = self.redis.delete(
            *script_keys(meeting_id),
            *game_keys(meeting_id),
            *row_keys(meeting_id),
            *dropped_keys(meeting_id),
            Keys.studio(meeting_id),
            Keys.sheet_lease(meeting_id),
            Keys.join(meeting.join_code),
        )
        self.redis.zrem(Keys.MEETINGS, meeting_id)
        self._decks.pop(meeting_id, None)
        self._codes.pop(meeting.join_code, None)
        self.play.forget_results(meeting_id)
        removed["jobs"] = self.jobs.forget(list(self.jobs.job_ids(meeting_id)))
        left = list(self.redis.scan_iter(match=f"*{meeting_id}*", count=500))
        if left:
            keys += self.redis.delete(*left)
        self.redis.set(Keys.FORGETTING, "1")
        return {"keys": keys, **removed}

    def remove_participant(
        self, meeting_id: str, participant_id: str, *, dismiss: bool = True
    ) -> None:
        """Remove one person with all answers, quizzes and votes.

        Raises: NotFound.
        """
        super().remove_participant(meeting_id, participant_id, dismiss=dismiss)
        self.play.forget(meeting_id, participant_id)

    def snapshot(self, meeting_id: str) -> Snapshot | None:
        """Everything about a meeting, read at one moment."""
        return read_snapshot(self.redis, meeting_id)

    def deck(self, snapshot: Snapshot) -> list[Card]:
        """What the big screen plays."""
        return self._made_of(snapshot)[0]

    def room_topics(self, snapshot: Snapshot) -> list[str]:
        """What the room can talk about, from its own answers."""
        return self._made_of(snapshot)[1]

    def _made_of(self, snapshot: Snapshot) -> tuple[list[Card], list[str]]:
        """Deck and topics, made once for a snapshot and not at every poll: with 500
        people it takes a second."""
        meeting = snapshot.meeting
        etag, made = self._decks.get(meeting.id, ("", ([], [])))
        if etag != snapshot.etag:
            cards = deck(snapshot, meeting.mix)
            made = cards, room_topics(snapshot, cards)
            for other in list(self._decks)[:-DECKS_KEPT]:
                self._decks.pop(other, None)
            self._decks[meeting.id] = (snapshot.etag, made)
        return made

    def link_sheet(self, meeting_id: str, link: str) -> None:
        """Read answers from this address from now on.

        Raises: UserError for a link that is too long.
        """
        self._set(meeting_id, sheet_fields(link) | {"source": "google_sheet"})
        self.redis.delete(Keys.sheet_lease(meeting_id))  # read it at once

    def set_sheet_status(
        self,
        meeting_id: str,
        *,
        problem: str | None = None,
        rows: int | None = None,
        tab: str | None = None,
    ) -> None:
        """Record how the last reading of the sheet went; None keeps what was there."""
        fields: dict[str, str | int] = {
            "sheet_status": "error" if problem else "ok",
            "sheet_problem": problem or "",
            "sheet_checked_at": int(time.time()),
        }
        if rows is not None:
            fields["sheet_rows"] = rows
        if tab is not None:
            fields["sheet_tab"] = tab
        self._set(meeting_id, fields)

    def set_questions(self, meeting_id: str, questions: list[str]) -> None:
        """The survey's questions as its sheet or file names them."""
        self._set(meeting_id, {"questions": json.dumps(questions)})

    def set_mix(self, meeting_id: str, kinds: Iterable[str]) -> None:
        """Choose which kinds of question are played.

        Raises: UserError if that is none.
        """
        chosen = [kind for kind in KINDS if kind in set(kinds)]
        if not chosen:
            raise UserError("mix_empty")
        self._set(meeting_id, {"mix": ",".join(chosen)})

    def _set(self, meeting_id: str, fields: dict[str, str | int]) -> None:
        flat = [part for field in fields.items() for part in field]
        self._update(keys=[Keys.meeting(meeting_id)], args=flat)
