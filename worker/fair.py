"""Whose turn it is: meetings take turns, however many answers each has waiting.

RQ's queue is a list that workers pop at its head. Before a worker pops, it brings the
jobs whose turn it is to the head: one of each waiting meeting, beginning with the one
that was served longest ago. Moving is one step in Redis and moves only what still
waits, so no job is lost or doubled, and everything else RQ does stays as it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from redis import Redis

# A longer queue is ordered by its first jobs only.
SEEN_JOBS = 20_000

# KEYS: the queue. ARGV: job ids in the order in which they shall be popped.
_BRING_FORWARD = """
for n = #ARGV, 1, -1 do
  if redis.call('LREM', KEYS[1], 1, ARGV[n]) == 1 then
    redis.call('LPUSH', KEYS[1], ARGV[n])
  end
end
"""


class Turns:
    """Remembers which meetings this worker served lately, as long as they wait."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self._served: dict[str, int] = {}
        self._count = 0
        self._bring_forward = redis.register_script(_BRING_FORWARD)

    def arrange(self, queue_key: str, places: int) -> None:
        """Put the jobs whose turn it is on the first `places` of the queue."""
        waiting = self.redis.lrange(queue_key, 0, SEEN_JOBS - 1)
        ids = [job_id.decode() for job_id in waiting]
        chosen = self.choose(ids, places)
        if chosen != ids[: len(chosen)]:
            self._bring_forward(keys=[queue_key], args=chosen)

    def choose(self, ids: Iterable[str], places: int) -> list[str]:
        """The next `places` jobs, meetings by turns, each in its own order.

        Example: three jobs of A, then one of B, with 2 places -> A's first, B's.
        """
        lines: dict[str, deque[str]] = {}
        for job_id in ids:
            lines.setdefault(meeting_of(job_id), deque()).append(job_id)
        self._served = {m: n for m, n in self._served.items() if m in lines}
        chosen: list[str] = []
        while lines and len(chosen) < places:
            meeting = min(lines, key=lambda one: self._served.get(one, 0))
            chosen.append(lines[meeting].popleft())
            if not lines[meeting]:
                del lines[meeting]
            self._count += 1
            self._served[meeting] = self._count
        return chosen


def meeting_of(job_id: str) -> str:
    """The meeting in `protocol.QuizJob.id`; any other id is a meeting of its own."""
    return job_id.removeprefix("quiz-").rsplit("-", 2)[0]
