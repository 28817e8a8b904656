"""How often each quiz of a meeting is settled, seen in Redis itself."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from protocol import SETTLED
from protocol.keys import Keys
from tests.e2e.meetings import Meeting
from tests.e2e.product import Product


class Watch(threading.Thread):
    """Counts how often each quiz of a meeting is settled, in Redis itself."""

    def __init__(self, product: Product, meeting: Meeting) -> None:
        super().__init__(daemon=True)
        self.counts: Counter[str] = Counter()
        self._prefix = f"HSET {Keys.quizzes(meeting.id)} "
        self._monitor = product.redis().monitor()
        self._last_word = f"GET {meeting.id}-end"
        self._redis = product.redis()

    def run(self) -> None:
        with self._monitor as monitor:
            for seen in monitor.listen():
                if seen["command"] == self._last_word:
                    return
                self._count(seen["command"])

    def _count(self, command: str) -> None:
        if not command.startswith(self._prefix):
            return
        answer, _, record = command.removeprefix(self._prefix).partition(" ")
        if any(
            f'"status": "{status}"' in record.replace("\\", "") for status in SETTLED
        ):
            self.counts[answer] += 1

    def end(self) -> None:
        """Once everything before this moment is counted."""
        self._redis.get(self._last_word.removeprefix("GET "))
        self.join(10)
        assert not self.is_alive()


@contextmanager
def watching_quizzes(product: Product, meeting: Meeting) -> Iterator[Counter[str]]:
    """Answer id -> how often its quiz was settled inside this block."""
    watch = Watch(product, meeting)
    watch.start()
    try:
        yield watch.counts
    finally:
        watch.end()
