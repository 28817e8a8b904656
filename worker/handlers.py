"""What a worker does with a batch of jobs: read, make, store, recipe by recipe."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from protocol import QuizJob, Reason, Recipe, StudioJob
from worker.desk import Desk
from worker.fair import URGENT
from worker.outcomes import Failed
from worker.pulse import Pulse
from worker.studiodesk import StudioDesk
from worker.tally import Tally

log = logging.getLogger("worker")
batches = logging.getLogger("worker.batches")

AnyJob = QuizJob | StudioJob
Handler = Callable[[Sequence[AnyJob]], list[BaseException | None]]


class Making:
    """The handler of one recipe's jobs: take the items, make, put the outcomes."""

    def __init__(self, maker, desk) -> None:
        self.maker, self.desk = maker, desk

    def __call__(self, jobs: Sequence[AnyJob]) -> list[BaseException | None]:
        started = time.monotonic()
        taken = [(job, self.desk.take(job)) for job in jobs]
        work = [(job, item) for job, item in taken if item]
        if work:
            before, outcomes = self.maker.gemma.tokens_written, []
            for job, outcome in self._make(work):
                outcomes.append(outcome)
                self.desk.put(job, outcome)
            seconds = time.monotonic() - started
            self.count(outcomes, seconds, self.maker.gemma.tokens_written - before)
            ids = [job.id for job, _ in work]
            batches.info("made", extra={"jobs": ids, "seconds": round(seconds, 2)})
        return [None] * len(jobs)

    def count(self, outcomes: Sequence[Any], seconds: float, tokens: int) -> None:
        """Take note of what was done."""

    def _make(self, work: list[tuple[AnyJob, Any]]) -> Iterator[tuple[AnyJob, Any]]:
        """Outcomes as they come; if the model fails, each that is left gets a try."""
        left = dict(enumerate(work))
        try:
            for place, outcome in self.maker.stream([item for _, item in work]):
                yield left.pop(place)[0], outcome
            return
        except (ValueError, RuntimeError) as error:
            log.error("The model failed on %d: %s", len(left), type(error).__name__)
        if len(work) == 1:
            yield work[0][0], Failed(reason=Reason.MODEL_ERROR)
            return
        for one in left.values():
            yield from self._make([one])


class Quizzes(Making):
    """The handler of quizzes; their pace is told to the pages, and all is counted."""

    def __init__(self, maker, desk: Desk, pulse: Pulse) -> None:
        super().__init__(maker, desk)
        self.pulse, self.tally = pulse, Tally(desk.redis)

    def count(self, outcomes: Sequence[Any], seconds: float, tokens: int) -> None:
        self.pulse.finished(len(outcomes), seconds)
        self.tally.count(outcomes, seconds, tokens)


class Studio(Making):
    """The handler of one recipe of the studio; what is made is counted."""

    def __init__(self, maker, desk: StudioDesk) -> None:
        super().__init__(maker, desk)
        self.tally = Tally(desk.redis)

    def count(self, outcomes: Sequence[Any], seconds: float, tokens: int) -> None:
        self.tally.count_studio(self.maker.recipe, outcomes, seconds)


class ByRecipe:
    """Hands the jobs of a batch to the handler of their recipe, urgent ones first.

    Args:
        handlers: for each recipe, called when its handler is first needed.
    """

    def __init__(self, handlers: Mapping[Recipe, Callable[[], Handler]]) -> None:
        self.handlers = handlers

    def __call__(self, jobs: Sequence[AnyJob]) -> list[BaseException | None]:
        groups: dict[Recipe, list[AnyJob]] = {}
        for job in sorted(jobs, key=lambda job: job.recipe not in URGENT):
            groups.setdefault(job.recipe, []).append(job)
        ended: dict[str, BaseException | None] = {}
        for recipe, own in groups.items():
            results = self.handlers[recipe]()(own)
            ended |= zip([job.id for job in own], results, strict=True)
        return [ended[job.id] for job in jobs]
