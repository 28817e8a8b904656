"""`python -m tests.fast_worker`: the real worker process with a maker that is fast.

Everything but the model is the product's: settings, queue, heartbeats, recovery, desk.
An answer says what becomes of it, by a word in it:

    [raise]    the model raises an exception that repeats the answer
    [hang]     the model never returns
    [kill]     the process is killed, as by a driver or the out-of-memory killer
    [garbage]  the model writes nothing usable
    [skip]     there is nothing to ask about
    [held]     the quiz is sensitive

FAST_SECONDS is the time of a batch, FAST_BATCH its size, FAST_TIMEOUT the job's clock.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

from protocol import OptionSource, Reason, Recipe, WorkerPhase
from worker import __main__ as worker_main
from worker import queue
from worker.adapter import Adapter
from worker.outcomes import Failed, Held, Item, Outcome, Quiz, Skipped
from worker.pulse import Pulse
from worker.shelf import Shelf

SOURCES = (OptionSource.ANSWER, *[OptionSource.MODEL] * 3)


class FastMaker:
    """Makes a quiz of every answer at once; `evidence` tells one making from another.

    Attributes:
        seconds: how long a batch takes.
        mark: the day its adapter was made, which its questions begin with.
    """

    def __init__(self, seconds: float = 0.0, batch: int = 8, mark: str = "") -> None:
        self.seconds, self.mark = seconds, mark
        self.gemma = SimpleNamespace(batch_size=batch, tokens_written=0)

    def replaced(self, adapter: Adapter) -> FastMaker:
        """A maker with another adapter."""
        return FastMaker(self.seconds, self.gemma.batch_size, adapter.card["made"])

    def stream(self, items: Sequence[Item]) -> Iterator[tuple[int, Outcome]]:
        time.sleep(self.seconds)
        for place, item in enumerate(items):
            self.gemma.tokens_written += 40
            yield place, self._outcome(item)

    def _outcome(self, item: Item) -> Outcome:
        text = item.answer
        if "[kill]" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "[hang]" in text:
            time.sleep(3600)
        if "[raise]" in text:
            raise RuntimeError(f"cannot digest {text!r}")
        if "[skip]" in text:
            return Skipped(reason=Reason.MEANINGLESS)
        if "[garbage]" in text:
            return Failed(reason=Reason.UNPARSABLE)
        quiz = _quiz(text, self.mark)
        return Held(quiz=quiz) if "[held]" in text else quiz


def _quiz(text: str, mark: str) -> Quiz:
    return Quiz(
        question=f"{mark} Who said: {text[:60]}?".strip(),
        options=(text[:60], "Tea", "Chess", "Running"),
        answer=1,
        sources=SOURCES,
        evidence=uuid.uuid4().hex,
        checks={"key_supported": True},
    )


def main(env) -> int:
    worker_main.begin_log(env)
    if "FAST_TIMEOUT" in env:
        queue.JOB_TIMEOUT = int(env["FAST_TIMEOUT"])
    maker = FastMaker(float(env.get("FAST_SECONDS", 0)), int(env.get("FAST_BATCH", 8)))
    redis = worker_main.connect(env["REDIS_URL"])
    pulse = Pulse(redis, uuid.uuid4().hex[:12], "fast", "fast")
    pulse.start()
    pulse.report(WorkerPhase.READY, 1.0)
    shelf = Shelf(Path(env.get("DATA_DIR", "var")), "fast", "quiz", Path("fast"))
    worker_main.serve(redis, maker, pulse, "fast", shelves={Recipe.QUIZ: shelf})
    pulse.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
