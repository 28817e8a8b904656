"""What happens without a visitor: sheets are read, lost jobs come back.

One thread in each web process; leases in Redis let exactly one process act at a time.
"""

from __future__ import annotations

import logging
import threading

from flask import Flask
from redis.exceptions import RedisError, ResponseError

from app.config import WebConfig
from app.errors import NotFound
from app.jobs import meeting_of
from app.meetings import Meeting, Meetings
from app.sources import google_sheet, rows
from app.sources.google_sheet import SheetProblem
from app.sources.sync import sync
from protocol.keys import Keys

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0
TIDY_SECONDS = 10
# Longer than the slowest reading: four tries, each with its time-outs and pauses.
READING_SECONDS = 90
# What was deleted leaves the append-only file so long after, what expired or was edited
# within the longer time; by itself the server rewrites files above 64 MB only.
FORGET_SECONDS = 10
FORGET_ANYWAY_SECONDS = 3600
RATE_LIMITED_SECONDS = 60  # Google's quota is refilled every minute


def start(app: Flask) -> Housekeeper:
    """Begin to keep house beside this web process; it ends with the process."""
    housekeeper = Housekeeper(app.extensions["meetings"], app.config["WEB"])
    thread = threading.Thread(target=housekeeper.run, name="housekeeper", daemon=True)
    thread.start()
    return housekeeper


class Housekeeper:
    """The chores of one web process."""

    def __init__(self, store: Meetings, config: WebConfig) -> None:
        self.store = store
        self.config = config
        self.stopped = threading.Event()

    def run(self) -> None:
        """Tick until stopped. This thread's boundary: no error ends it."""
        while not self.stopped.wait(TICK_SECONDS):
            try:
                self.tick()
            except RedisError as error:
                log.warning("Redis does not answer: %s", type(error).__name__)
            except Exception:
                log.exception("A chore failed; it is tried again")

    def tick(self) -> None:
        """Begin what is due."""
        for meeting in self.store.with_sheets():
            if self._lease(Keys.sheet_lease(meeting.id), READING_SECONDS):
                # A slow sheet must not keep the others waiting.
                threading.Thread(
                    target=self.poll_safely, args=[meeting], daemon=True
                ).start()
        if self._lease(Keys.HOUSEKEEPING, TIDY_SECONDS):
            self.tidy()

    def _lease(self, key: str, seconds: int) -> bool:
        return bool(self.store.redis.set(key, "1", nx=True, ex=seconds))

    def poll_safely(self, meeting: Meeting) -> None:
        """This thread's boundary: an error is logged, the next poll comes anyway."""
        pause = self.config.sheet_poll_seconds
        try:
            if self.poll(meeting) == "rate_limited":
                pause = max(pause, RATE_LIMITED_SECONDS)
        except NotFound:
            log.info("Meeting %s was deleted while its sheet was read", meeting.id)
        except Exception:
            log.exception("Reading the sheet of meeting %s failed", meeting.id)
        # Not set anew: the key of a meeting deleted meanwhile must stay away.
        self.store.redis.expire(Keys.sheet_lease(meeting.id), pause)

    def poll(self, meeting: Meeting) -> str | None:
        """Read the meeting's sheet once. Returns the problem, if there was one."""
        try:
            problem = None
            self._read(meeting)
        except SheetProblem as error:
            problem = error.code
            self.store.set_sheet_status(meeting.id, problem=problem)
            log.info("Sheet of meeting %s: %s", meeting.id, problem)
        return problem

    def _read(self, meeting: Meeting) -> None:
        sheet = meeting.sheet
        if sheet is None or sheet.spreadsheet_id is None:
            raise SheetProblem("bad_link")
        reading = google_sheet.read(self.config, sheet.spreadsheet_id, sheet.tab)
        table = rows.read(reading.values, meeting.language)
        if not table.questions:
            raise SheetProblem("no_questions")
        if list(meeting.questions) != table.questions:
            self.store.set_questions(meeting.id, table.questions)
        sync(self.store, meeting, table, "google_sheet")
        self.store.set_sheet_status(meeting.id, rows=len(table.rows), tab=reading.tab)

    def tidy(self) -> None:
        """Bring lost jobs back, and forget the jobs of meetings that are gone."""
        jobs = self.store.jobs
        jobs.bring_back_abandoned()
        for meeting_id in self.store.live():
            jobs.reconcile(
                [
                    *self.store.unsettled(meeting_id),
                    *self.store.studio.unsettled(meeting_id),
                ]
            )
        orphans = [
            job_id
            for job_id in jobs.job_ids()
            if not self.store.exists(meeting_of(job_id))
        ]
        jobs.forget(orphans)
        self.forget()

    def forget(self) -> None:
        """Let the store write its file anew, without what is deleted by now."""
        redis = self.store.redis
        if redis.exists(Keys.FORGETTING) and redis.ttl(Keys.FORGOTTEN) <= (
            FORGET_ANYWAY_SECONDS - FORGET_SECONDS
        ):
            redis.delete(Keys.FORGOTTEN)
        if self._lease(Keys.FORGOTTEN, FORGET_ANYWAY_SECONDS):
            redis.delete(Keys.FORGETTING)
            try:
                redis.bgrewriteaof()
            except ResponseError as error:  # one is running, or the server forbids it
                log.info("The file was not rewritten: %s", error)
