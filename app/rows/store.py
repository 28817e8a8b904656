"""The training rows of all meetings and what reviewers say of them, in Redis.

All keys expire with the meeting. Decisions of one reviewer never overwrite those of
the other; of two tabs of the same reviewer the later decision about a row counts, and
undo takes back the last one, whichever tab made it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from redis import Redis
from redis.client import Pipeline

from app.errors import NotFound, UserError
from app.rows import scripts
from app.rows.desk import Desk
from app.rows.gathering import Gathered
from app.rows.keys import row_keys
from app.rows.records import NOTHING, Judged, Record, Row, Verdict, reviewed
from protocol import MAX_ROWS
from protocol.keys import Keys

UNDO_STEPS = 200  # decisions of each reviewer that can be taken back
RESTORE_SECONDS = 600  # how long a dropped set of rows can be brought back


class Rows:
    """Rows and verdicts, for every meeting."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self._add = redis.register_script(scripts.ADD)
        self._decide = redis.register_script(scripts.DECIDE)
        self._undo = redis.register_script(scripts.UNDO)
        self._drop = redis.register_script(scripts.DROP)
        self._restore = redis.register_script(scripts.RESTORE)
        self._renew = redis.register_script(scripts.RENEW)

    def add(self, meeting_id: str, rows: Iterable[Row]) -> int:
        """Bring in these rows, without those that are there. Returns how many came.

        Raises: NotFound, UserError if there would be too many; then none comes in.
        """
        entries = _entries(rows, {})
        return _added(self._run(self._add, meeting_id, MAX_ROWS, entries))

    def add_gathered(
        self, meeting_id: str, gather: Callable[[], Gathered]
    ) -> tuple[int, int]:
        """Bring in what the meeting's people allow. Returns how many rows came, and
        how many were there.

        A participant who takes something back meanwhile is heard: then `gather` is
        called again, and later their rows go by themselves.
        Raises: as `add`.
        """
        gathered = Gathered()

        def step(pipe: Pipeline) -> None:
            nonlocal gathered
            gathered = gather()
            entries = _entries(gathered.rows, gathered.people)
            pipe.multi()
            keys = _keys(meeting_id)
            self._add(keys=keys, args=[MAX_ROWS, entries], client=pipe)

        watched = Keys.participants(meeting_id), Keys.answers(meeting_id)
        [reply] = self.redis.transaction(step, *watched)
        added = _added(_there(reply))
        return added, len(gathered.rows) - added

    def count(self, meeting_id: str) -> int:
        return self.redis.hlen(Keys.rows(meeting_id))

    def rows(self, meeting_id: str, ids: Iterable[str]) -> list[Row]:
        """These rows, in this order, without those that are gone."""
        wanted = list(ids)
        stored = self.redis.hmget(Keys.rows(meeting_id), wanted) if wanted else []
        return [Row.from_json(json.loads(text)) for text in stored if text]

    def row(self, meeting_id: str, row_id: str) -> Row:
        """One row.

        Raises: NotFound.
        """
        found = self.rows(meeting_id, [row_id])
        if not found:
            raise NotFound
        return found[0]

    def desk(self, meeting_id: str, reviewer: str) -> Desk:
        """All rows as this reviewer sees them, without their texts."""
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.zrange(Keys.row_order(meeting_id), 0, -1)
            pipe.hgetall(Keys.row_verdicts(meeting_id))
            pipe.llen(Keys.row_undo(meeting_id, reviewer))
            order, verdicts, steps = pipe.execute()
        return Desk(
            reviewer=reviewer,
            ids=[key.decode() for key in order],
            judged=_judged(verdicts),
            can_undo=steps > 0,
        )

    def decide(
        self,
        meeting_id: str,
        reviewer: str,
        row_id: str,
        verdict: Verdict,
        settles: bool = False,
    ) -> None:
        """Note what a reviewer decides; `settles`: it ends a dispute of the two.

        Raises: NotFound.
        """
        field = "settled" if settles else reviewer
        text = json.dumps(verdict.to_json())
        self._run(self._decide, meeting_id, reviewer, field, row_id, text, UNDO_STEPS)

    def undo(self, meeting_id: str, reviewer: str) -> str | None:
        """Take this reviewer's last decision back. Returns its row, None if there is
        nothing left to take back."""
        outcome, *row = self._run(self._undo, meeting_id, reviewer)
        return row[0].decode() if outcome == b"ok" else None

    def reviewed(self, meeting_id: str) -> list[Record]:
        """Every row in the format in which it is taken along."""
        desk = self.desk(meeting_id, "host")
        rows = self.rows(meeting_id, desk.ids)
        return [reviewed(row, desk.judged.get(row.id, NOTHING)) for row in rows]

    def drop(self, meeting_id: str) -> int:
        """Remove all rows and verdicts. Returns how many rows.

        They can be brought back for `RESTORE_SECONDS`, then they are gone.
        """
        count = self._run(self._drop, meeting_id, RESTORE_SECONDS)
        self.redis.set(Keys.FORGETTING, "1")
        return count

    def restore(self, meeting_id: str) -> int:
        """Bring back what was dropped. Returns how many rows; 0 if it is too late, or
        there are other rows by now."""
        return self._run(self._restore, meeting_id)

    def dropped(self, meeting_id: str) -> int:
        """How many rows could be brought back."""
        return self.redis.hlen(Keys.rows(meeting_id) + scripts.DROPPED)

    def renew_link(self, meeting_id: str) -> None:
        """Open a link for the second reviewer; the one before opens nothing any more.

        Raises: NotFound.
        """
        if self._run(self._renew, meeting_id) is None:
            raise NotFound

    def link(self, meeting_id: str) -> int:
        """The number of the second reviewer's link, 0 while there is none."""
        return int(self.redis.hget(Keys.meeting(meeting_id), "reviewer_link") or 0)

    def _run(self, script: Any, meeting_id: str, *args: str | int) -> Any:
        return _there(script(keys=_keys(meeting_id), args=args))


def _keys(meeting_id: str) -> list[str]:
    return [Keys.meeting(meeting_id), *row_keys(meeting_id)]


def _there(reply: Any) -> Any:
    """What a script says.

    Raises: NotFound if it found no such meeting or row.
    """
    if isinstance(reply, list) and reply[0] == b"gone":
        raise NotFound
    return reply


def _entries(rows: Iterable[Row], people: Mapping[str, list[str]]) -> str:
    return json.dumps(
        [[row.id, json.dumps(row.to_json()), people.get(row.id, [])] for row in rows]
    )


def _added(reply: list[Any]) -> int:
    """How many rows came in.

    Raises: UserError if there would be too many.
    """
    if reply[0] == b"full":
        raise UserError("rows_full", count=reply[1], limit=MAX_ROWS)
    return reply[1]


def _judged(stored: Mapping[bytes, bytes]) -> dict[str, Judged]:
    """By row: who decided what. The last decision of each counts."""
    by_row: dict[str, dict[str, Verdict]] = defaultdict(dict)
    for field, text in stored.items():
        who, _, row_id = field.decode().partition(":")
        by_row[row_id][who] = Verdict.from_json(json.loads(text)[-1])
    return {row_id: Judged(by=by) for row_id, by in by_row.items()}
