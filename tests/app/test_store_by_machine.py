"""A store under any interleaving of answers, work, decisions, losses and deletions.

Hypothesis plays everybody at once; after each step the invariants below must hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)
from redis import Redis

from app.drafts import QuizDraft
from app.errors import NotFound, UserError
from app.meetings import Meeting, Meetings
from app.rows.gathering import gather
from app.rows.records import Verdict
from protocol import QuizJob, Status
from protocol.keys import Keys
from tests.fakes import everything_in, ready_quiz
from worker.desk import Desk
from worker.outcomes import Failed, Held, Outcome, Quiz, Skipped

QUESTIONS = ["Food?", "Hobby?"]
DECISIONS = ("approve", "show_anyway", "regenerate", "keep_earlier", "retry", "drop")
CONSENTS = st.sampled_from(["named", "named", "anonymous", "distractor", "none"])


def outcome_of(kind: str, text: str) -> Outcome:
    made = ready_quiz(text)
    quiz = Quiz(
        question=made["question"],
        options=tuple(made["options"]),
        answer=1,
        sources=("answer", "model", "model", "bank"),
        evidence=text,
        checks={},
    )
    match kind:
        case "skipped":
            return Skipped(reason="too_short")
        case "failed":
            return Failed(reason="unparsable")
        case "held":
            return Held(quiz=quiz)
    return quiz


class Everybody(RuleBasedStateMachine):
    """People, a worker, a host and an accident-prone machine, in one meeting."""

    redis: Redis
    people = Bundle("people")

    def __init__(self) -> None:
        super().__init__()
        self.redis.flushall()
        self.store = Meetings(self.redis)
        self.desk = Desk(self.redis)
        self.meeting: Meeting = self.store.create("T", "en", QUESTIONS).meeting
        self.said: dict[str, dict[str, str]] = {}  # token -> question -> text
        self.gone: set[str] = set()  # texts that must not be found any more
        self.revisions: dict[str, int] = {}
        self.count = 0

    def text(self) -> str:
        self.count += 1
        return f"text{self.count:04d}x"

    @rule(target=people, consent=CONSENTS)
    def join(self, consent: str) -> str:
        token = f"token-{self.count}-{len(self.said)}-long-enough"
        self.said[token] = {}
        self.answer(token, QUESTIONS[0], consent, empty=False)
        return token

    @rule(token=people, question=st.sampled_from(QUESTIONS), consent=CONSENTS)
    def answer_again(self, token: str, question: str, consent: str) -> None:
        self.answer(token, question, consent, empty=False)

    @rule(token=people, question=st.sampled_from(QUESTIONS))
    def empty(self, token: str, question: str) -> None:
        self.answer(token, question, "named", empty=True)

    def answer(self, token: str, question: str, consent: str, empty: bool) -> None:
        text = "" if empty else self.text()
        entry = {"question": question, "text": text, "consent": consent}
        try:
            self.store.add_answers(
                self.meeting, "Alice", [entry], token, train=self.count % 4 > 0
            )
        except UserError as error:  # the meeting is deleted, or nothing was said
            assert isinstance(error, NotFound) or error.code == "answer_missing"
            return
        known = self.said.setdefault(token, {})
        self.gone.add(known.pop(question, ""))
        if text and consent != "none":
            known[question] = text
        elif text:
            self.gone.add(text)

    @rule(token=consumes(people))
    def withdraw(self, token: str) -> None:
        self.store.withdraw(self.meeting.id, token)
        self.gone |= set(self.said.pop(token, {}).values())

    @rule(data=st.data(), kind=st.sampled_from(["ready", "skipped", "failed", "held"]))
    def work(self, data: st.DataObject, kind: str) -> None:
        """A worker takes any job there ever was, late or twice, and may die before
        it writes."""
        jobs = self.store.unsettled(self.meeting.id)
        if not jobs:
            return
        ids = self.in_order({job.answer for job in jobs})
        chosen = data.draw(st.sampled_from(ids))
        job = next(job for job in jobs if job.answer == chosen)
        if data.draw(st.integers(0, 4)) == 0:
            job = QuizJob(meeting=job.meeting, answer=job.answer, revision=1)
        item = self.desk.take(job)
        if item and data.draw(st.integers(0, 3)):
            assert self.desk.put(job, outcome_of(kind, item.answer))
            assert not self.desk.put(job, outcome_of("ready", "twice"))

    @rule(
        data=st.data(),
        decision=st.sampled_from(DECISIONS),
        stale=st.sampled_from([False, False, True]),
    )
    def decide(self, data: st.DataObject, decision: str, stale: bool) -> None:
        quiz_id = self.pick(data)
        if quiz_id is None:
            return
        seen = self.revisions[quiz_id] - stale
        before = self.records()[quiz_id]
        try:
            getattr(self.store, decision)(self.meeting.id, quiz_id, seen)
        except UserError:
            assert self.records()[quiz_id] == before
            return
        assert not stale, "a decision about a quiz that is another by now"
        if decision not in ("approve", "show_anyway"):
            assert self.records()[quiz_id]["revision"] > before["revision"]

    @rule(data=st.data())
    def undo_drop(self, data: st.DataObject) -> None:
        if quiz_id := self.pick(data):
            with suppress(UserError):
                self.store.restore(self.meeting.id, quiz_id)

    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        if quiz_id := self.pick(data):
            draft = QuizDraft(question="Q?", options=("a", "b", "c", "d"), answer=2)
            with suppress(UserError):
                self.store.edit(self.meeting.id, quiz_id, draft)

    @rule(keep=st.sampled_from([True, True, False]))
    def review_rows(self, keep: bool) -> None:
        """All quizzes get made; the host approves them and brings them in as training
        rows, the other edits the first; the host may delete them all."""
        rows, meeting_id = self.store.rows, self.meeting.id
        jobs = {job.answer: job for job in self.store.unsettled(meeting_id)}
        for quiz_id in self.in_order(self.records()):
            if quiz_id in jobs and (item := self.desk.take(jobs[quiz_id])):
                self.desk.put(jobs[quiz_id], outcome_of("ready", item.answer))
            with suppress(UserError):
                self.store.approve(meeting_id, quiz_id)
        if snapshot := self.store.snapshot(meeting_id):
            rows.add_gathered(meeting_id, lambda: gather(snapshot))
        for row in rows.rows(meeting_id, rows.desk(meeting_id, "host").ids[:1]):
            verdict = Verdict(verdict="edit", wording=row.wording)
            rows.decide(meeting_id, "second", row.id, verdict)
        if not keep:
            rows.drop(meeting_id)

    @rule()
    def bring_rows_back(self) -> None:
        self.store.rows.restore(self.meeting.id)

    def pick(self, data: st.DataObject) -> str | None:
        ids = self.in_order(self.records())
        return data.draw(st.sampled_from(ids)) if ids else None

    def in_order(self, ids: Iterable[str]) -> list[str]:
        """Answers by what they say: their ids are drawn by lot, which is no replay."""
        answers = self.redis.hgetall(Keys.answers(self.meeting.id))
        said = {key.decode(): json.loads(text)["text"] for key, text in answers.items()}
        return sorted(ids, key=said.__getitem__)

    @rule()
    def lose_all_jobs_and_tidy(self) -> None:
        """The process died between an answer and its job; the queue was lost."""
        self.store.jobs.forget(list(self.store.jobs.job_ids()))
        unsettled = self.store.unsettled(self.meeting.id)
        self.store.jobs.reconcile(unsettled)
        waiting = set(self.store.jobs.queue.get_job_ids())
        assert {job.id for job in unsettled} <= waiting

    @rule(rarely=st.integers(0, 9))
    def delete(self, rarely: int) -> None:
        if rarely == 0 and self.store.exists(self.meeting.id):
            self.store.delete(self.meeting.id)
            for texts in self.said.values():
                self.gone |= set(texts.values())
            self.said.clear()
            self.revisions.clear()

    def records(self) -> dict[str, dict]:
        found = self.redis.hgetall(Keys.quizzes(self.meeting.id))
        return {key.decode(): json.loads(text) for key, text in found.items()}

    @invariant()
    def every_answer_has_one_quiz_and_every_quiz_an_answer(self) -> None:
        answers = {k.decode() for k in self.redis.hkeys(Keys.answers(self.meeting.id))}
        assert answers == set(self.records())

    @invariant()
    def what_was_accepted_is_there(self) -> None:
        for token, texts in self.said.items():
            _, found = self.store.answers_of(self.meeting.id, token)
            kept = {q: a.text for q, a in found.items() if a.text}
            assert kept == texts

    @invariant()
    def what_was_taken_back_is_gone(self) -> None:
        everything = everything_in(self.redis)
        assert not [text for text in self.gone if text and text in everything]

    @invariant()
    def revisions_never_go_back(self) -> None:
        for quiz_id, record in self.records().items():
            assert record["revision"] >= self.revisions.get(quiz_id, 0)
            self.revisions[quiz_id] = record["revision"]

    @invariant()
    def the_counts_add_up(self) -> None:
        snapshot = self.store.snapshot(self.meeting.id)
        if snapshot:
            counts = snapshot.counts
            assert counts["participants"] == len(self.said)
            assert counts["answers"] == sum(counts[status] for status in Status)
            assert counts["answers"] == len(snapshot.quizzes)
            assert not any(quiz.dropped for quiz in snapshot.quizzes)

    @invariant()
    def every_key_of_the_meeting_expires_or_is_gone(self) -> None:
        keys = list(self.redis.scan_iter(f"*{self.meeting.id}*"))
        if not self.store.exists(self.meeting.id):
            assert keys == []
        assert all(self.redis.ttl(key) > 0 for key in keys)


def test_the_invariants_hold_whatever_happens_in_whatever_order(redis: Redis) -> None:
    machine = type("Machine", (Everybody,), {"redis": redis})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
