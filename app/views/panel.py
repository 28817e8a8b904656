"""What the host's page and the big screen say about a meeting at this moment."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Response, current_app, make_response, request

from app import guide
from app.jobs import expected_seconds
from app.kinds import Card
from app.meetings import store
from app.records import KINDS, Meeting, Participant, Quiz, Snapshot
from protocol import WORKER_SEEN_SECONDS, Status, WorkerPhase, WorkerState

STARTED_AT = "pages_started_at"
LISTED = 6  # waiting answers that are named; the others are counted
_UNTIL_READY = (WorkerPhase.PREPARING, WorkerPhase.LOADING, WorkerPhase.WARMING)
_NOT_MADE = (Status.SKIPPED, Status.FAILED)


@dataclass(frozen=True, kw_only=True)
class Model:
    """The worker as the host sees it: `phase` is a wording key's last part."""

    phase: str  # "ready", "preparing", "loading", "warming", "starting", "gone"
    percent: int | None = None


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Everything that changes while the room waits."""

    snapshot: Snapshot
    cards: list[Card]  # what the big screen plays
    model: Model
    seconds_left: float | None
    topic: str
    room_topics: list[str]

    @property
    def meeting(self) -> Meeting:
        return self.snapshot.meeting

    @property
    def counts(self) -> dict[str, int]:
        return self.snapshot.counts

    @property
    def people(self) -> list[Participant]:
        return self.snapshot.participants

    @property
    def settled(self) -> int:
        return sum(self.counts[s] for s in ("ready", "skipped", "failed"))

    @property
    def open(self) -> int:
        return self.counts["queued"] + self.counts["running"]

    @property
    def ready(self) -> list[Quiz]:
        return [q for q in self.snapshot.quizzes if q.status is Status.READY]

    @property
    def looked_at(self) -> int:
        """How many ready quizzes the host has approved or edited."""
        return sum(bool(quiz.review) for quiz in self.ready)

    @property
    def making(self) -> list[Quiz]:
        """Those made again, then running ones; no more others than fit a list."""
        unsettled = [q for q in self.snapshot.quizzes if not q.settled]
        unsettled.sort(
            key=lambda quiz: (not quiz.earlier, quiz.status is not Status.RUNNING)
        )
        return unsettled[: max(LISTED, sum(bool(q.earlier) for q in unsettled))]

    @property
    def held(self) -> list[Quiz]:
        """Made, but kept back as sensitive until the host decides."""
        return [q for q in self.snapshot.quizzes if q.held and not q.proposed]

    @property
    def proposed(self) -> list[Quiz]:
        """Reworded by the people they are about; the host reads them first."""
        return [q for q in self.snapshot.quizzes if q.proposed]

    @property
    def not_made(self) -> list[Quiz]:
        quizzes = self.snapshot.quizzes
        return [q for q in quizzes if q.status in _NOT_MADE and not q.held]

    @property
    def played(self) -> dict[str, Card]:
        """The card in which each quiz is played, by quiz id."""
        return {quiz: card for card in self.cards for quiz in card.quizzes}

    @property
    def kinds(self) -> dict[str, int]:
        """How many cards of each kind are played."""
        found = Counter(card.kind for card in self.cards)
        return {kind: found[kind] for kind in KINDS}

    @property
    def heroes(self) -> list[str]:
        """Everybody named whom the big screen asks about, once each."""
        names = (words.name for card in self.cards for words in card.words)
        return list(dict.fromkeys(filter(None, names)))

    @property
    def time_left(self) -> tuple[str, int]:
        """Wording key and number for the time left."""
        seconds = self.seconds_left
        if self.model.phase != "ready":
            return "time.paused", 0
        if seconds is None:
            return "time.unknown", 0
        if seconds < 8:
            return "time.soon", 0
        if seconds < 55:
            return "time.seconds", -(-int(seconds) // 5) * 5
        return "time.minutes", -(-int(seconds) // 60)

    @property
    def pace(self) -> str:
        """How often to ask again: "fast" while something moves."""
        busy = self.open or self.model.phase != "ready"
        return "fast" if busy else "calm"


def panel(meeting: Meeting) -> Panel:
    """The meeting, the worker and the guide as they are now."""
    snapshot = store().snapshot(meeting.id)
    workers = store().jobs.workers()
    waited = (datetime.now(UTC) - meeting.created_at).total_seconds()
    unsettled = snapshot.counts["queued"] + snapshot.counts["running"]
    room = store().room_topics(snapshot)
    return Panel(
        snapshot=snapshot,
        cards=store().deck(snapshot),
        model=model_of(workers, time.monotonic() - current_app.extensions[STARTED_AT]),
        seconds_left=expected_seconds(unsettled, workers) if unsettled else None,
        topic=guide.topic(meeting.language, meeting.id, waited, room),
        room_topics=room,
    )


def model_of(workers: list[WorkerState], running_seconds: float) -> Model:
    """The most useful worker, or why there is none.

    A web process that started just now gives the worker time to say hello.
    """
    phases = {worker.phase: worker for worker in workers}
    if WorkerPhase.READY in phases:
        return Model(phase="ready")
    for phase in reversed(_UNTIL_READY):
        if phase in phases:
            return Model(phase=phase, percent=round(phases[phase].progress * 100))
    early = running_seconds < WORKER_SEEN_SECONDS
    return Model(phase="starting" if early else "gone")


def unchanged_or(fragment: str) -> Response:
    """The fragment, or 304 if the browser has exactly this one."""
    response = make_response(fragment)
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)
