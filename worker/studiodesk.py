"""Where the worker reads and writes the items of a studio, in the meeting's own hash.

The maker of an item's recipe knows its fields (`protocol.keys.Keys.studio`); here is
only when they may be written.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from redis import Redis

from protocol import SETTLED, Status, StudioJob
from protocol.keys import Keys
from worker.outcomes import Failed, Skipped

# Replace a record only if nobody has changed it since it was read: people change parts
# of a record without a new revision.
_REPLACE = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
"""

Record = dict[str, Any]


class StudioDesk:
    """Items in, what was made of them out, for one recipe.

    Like the desk of quizzes, it writes only if the meeting and the item are there, at
    the job's revision, and not settled.
    """

    def __init__(self, redis: Redis, maker) -> None:
        self.redis = redis
        self.maker = maker
        self._replace = redis.register_script(_REPLACE)

    def take(self, job: StudioJob) -> Any | None:
        """What a job is about, as its maker wants it; now marked as running.

        None if there is nothing to do: the item is gone, changed, stopped or settled.
        """
        record = self._change(job, lambda record: {"status": Status.RUNNING})
        return record and self.maker.of_record(record, job.id)

    def put(self, job: StudioJob, outcome: Any) -> bool:
        """Store an outcome. False if the item was changed or deleted meanwhile."""
        return self._change(job, lambda record: self._made(record, outcome)) is not None

    def _made(self, record: Record, outcome: Any) -> Record:
        if isinstance(outcome, Failed | Skipped):
            skipped = isinstance(outcome, Skipped)
            status = Status.SKIPPED if skipped else Status.FAILED
            return {"status": status, "reason": outcome.reason}
        return {"status": Status.READY} | self.maker.to_record(record, outcome)

    def _change(
        self, job: StudioJob, changes: Callable[[Record], Record]
    ) -> Record | None:
        """The record with these changes, stored; None if the job is not for it."""
        key = Keys.studio(job.meeting)
        while stored := self.redis.hget(key, job.item):
            record = json.loads(stored)
            if not _is_for(job, record):
                break
            changed = record | changes(record)
            text = json.dumps(changed, ensure_ascii=False)
            if self._replace(keys=[key], args=[job.item, stored, text]):
                return changed
        return None


def _is_for(job: StudioJob, record: Record) -> bool:
    waits = Status(record["status"]) not in SETTLED and not record.get("stopped")
    same = record["recipe"] == job.recipe and record["revision"] == job.revision
    return waits and same
