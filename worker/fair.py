"""Whose turn it is: meetings take turns, however many answers each has waiting.

So do a meeting's recipes: a new word does not wait behind two hundred quizzes. A child
who waits for a reply comes first.

RQ's queue is a list that workers pop at its head. Before a worker pops, it brings the
jobs whose turn it is to the head: one of each waiting meeting, beginning with the one
that was served longest ago. Moving is one step in Redis and moves only what still
waits, so no job is lost or doubled, and everything else RQ does stays as it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from redis import Redis

from protocol import Recipe

# A longer queue is ordered by its first jobs only.
SEEN_JOBS = 20_000
URGENT = frozenset({Recipe.CHAT})

# KEYS: the queue. ARGV: job ids in the order in which they shall be popped.
_BRING_FORWARD = """
for n = #ARGV, 1, -1 do
  if redis.call('LREM', KEYS[1], 1, ARGV[n]) == 1 then
    redis.call('LPUSH', KEYS[1], ARGV[n])
  end
end
"""


class Turns:
    """Remembers which lines this worker served lately, as long as they wait."""

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

    def bring_urgent(self, queue_key: str) -> bool:
        """Put the urgent job that waits longest on the first place of the queue.

        False if there is none. Whose turn it is does not change.
        """
        waiting = self.redis.lrange(queue_key, 0, SEEN_JOBS - 1)
        urgent = next(filter(is_urgent, map(bytes.decode, waiting)), None)
        if urgent:
            self._bring_forward(keys=[queue_key], args=[urgent])
        return urgent is not None

    def choose(self, ids: Iterable[str], places: int) -> list[str]:
        """The next `places` jobs: urgent ones, then the lines by turns, each in order.

        Example: three jobs of A, then one of B, with 2 places -> A's first, B's.
        """
        lines: dict[str, deque[str]] = {}
        for job_id in ids:
            lines.setdefault(line_of(job_id), deque()).append(job_id)
        self._served = {m: n for m, n in self._served.items() if m in lines}
        chosen: list[str] = []
        while lines and len(chosen) < places:
            line = min(lines, key=self._turn)
            chosen.append(lines[line].popleft())
            if not lines[line]:
                del lines[line]
            self._count += 1
            self._served[line] = self._count
        return chosen

    def _turn(self, line: str) -> tuple[bool, int]:
        return not is_urgent(line), self._served.get(line, 0)


def line_of(job_id: str) -> str:
    """The recipe and the meeting of `QuizJob.id` or `StudioJob.id`.

    Any other id is a line of its own.
    """
    return job_id.rsplit("-", 2)[0]


def is_urgent(job_id: str) -> bool:
    """Whether somebody waits for this job and does nothing else."""
    return job_id.partition("-")[0] in URGENT
