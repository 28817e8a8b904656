"""The desk: answers in, quizzes out, and nothing for what is gone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from redis import Redis

from app.meetings import Created, Meetings
from protocol import QuizJob, Reason, Status
from protocol.keys import Keys
from tests.fakes import everything_in
from worker.desk import Desk
from worker.outcomes import Failed, Held, Outcome, Quiz, Skipped

FOOD = "가장 좋아하는 음식은?"
SOUP = "할머니가 끓여 주신 갱시기요"
QUIZ = Quiz(
    question="누가 갱시기를 좋아할까요?",
    options=("갱시기", "라면", "김밥", "떡볶이"),
    answer=1,
    sources=("answer", "model", "model", "bank"),
    evidence="갱시기",
    checks={"key_supported": True},
)
OUTCOMES = {
    "ready": QUIZ,
    "held": Held(quiz=QUIZ),
    "skipped": Skipped(reason=Reason.MEANINGLESS),
    "failed": Failed(reason=Reason.UNPARSABLE),
}


@pytest.fixture
def desk(redis: Redis) -> Desk:
    return Desk(redis, adapter="quiz-7")


@pytest.fixture
def created(store: Meetings) -> Created:
    return store.create("팀", "ko", [FOOD])


@pytest.fixture
def job(store: Meetings, created: Created) -> QuizJob:
    """Alice's answer, as it stands on the queue."""
    entries = [{"question": FOOD, "text": SOUP}]
    store.add_answers(created.meeting, "앨리스", entries)
    [job] = store.unsettled(created.meeting.id)
    return job


def record(redis: Redis, job: QuizJob) -> dict:
    return json.loads(redis.hget(Keys.quizzes(job.meeting), job.answer))


def test_taking_a_job_reads_its_answer_and_marks_it_as_running(
    desk: Desk, redis: Redis, job: QuizJob
) -> None:
    item = desk.take(job)
    assert (item.question, item.answer) == (FOOD, SOUP)
    assert item.seed_text == job.id
    assert record(redis, job) == {"status": "running", "revision": job.revision}


def test_a_quiz_is_put_as_the_pages_read_it(
    desk: Desk, store: Meetings, job: QuizJob
) -> None:
    desk.take(job)
    assert desk.put(job, QUIZ)
    [quiz] = store.snapshot(job.meeting).quizzes
    assert quiz.status is Status.READY
    assert quiz.participant_name == "앨리스"
    assert (quiz.question, quiz.answer) == (QUIZ.question, QUIZ.answer)
    assert quiz.options == list(QUIZ.options)
    assert (quiz.evidence, quiz.checks) == (QUIZ.evidence, QUIZ.checks)


def test_a_quiz_remembers_the_adapter_that_wrote_it(
    desk: Desk, redis: Redis, job: QuizJob
) -> None:
    desk.put(job, QUIZ)
    assert record(redis, job)["adapter"] == "quiz-7"


@pytest.mark.parametrize("name", ["skipped", "failed"])
def test_an_answer_without_a_quiz_keeps_the_reason(
    desk: Desk, store: Meetings, job: QuizJob, name: str
) -> None:
    assert desk.put(job, OUTCOMES[name])
    [quiz] = store.snapshot(job.meeting).quizzes
    assert (quiz.status, quiz.reason) == (name, OUTCOMES[name].reason)


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)
def test_a_settled_quiz_is_not_made_again(
    desk: Desk, redis: Redis, job: QuizJob, outcome: Outcome
) -> None:
    desk.take(job)
    desk.put(job, outcome)
    before = record(redis, job)
    assert desk.take(job) is None
    assert record(redis, job) == before


@pytest.mark.parametrize("first", OUTCOMES.values(), ids=OUTCOMES)
def test_of_two_workers_at_the_same_job_the_first_to_finish_counts(
    desk: Desk, redis: Redis, job: QuizJob, first: Outcome
) -> None:
    """A clock that jumps makes a living worker look dead, and its job runs twice."""
    assert desk.take(job) and desk.take(job)
    assert desk.put(job, first)
    seen = record(redis, job)
    assert not desk.put(job, replace(QUIZ, question="또 다른 문제?"))
    assert record(redis, job) == seen


def test_a_job_that_was_running_when_its_worker_died_is_taken_again(
    desk: Desk, job: QuizJob
) -> None:
    assert desk.take(job) == desk.take(job)


@pytest.mark.parametrize("step", [-1, 1])
def test_a_job_of_another_revision_is_not_taken_and_writes_nothing(
    desk: Desk, redis: Redis, job: QuizJob, step: int
) -> None:
    other = replace(job, revision=job.revision + step)
    before = everything_in(redis)
    assert desk.take(other) is None
    assert not desk.put(other, QUIZ)
    assert everything_in(redis) == before


def test_an_answer_changed_during_the_work_keeps_its_new_place(
    desk: Desk, store: Meetings, redis: Redis, job: QuizJob
) -> None:
    desk.take(job)
    retried = replace(job, revision=job.revision + 1)
    queued = {"status": "queued", "revision": retried.revision}
    redis.hset(Keys.quizzes(job.meeting), job.answer, json.dumps(queued))
    assert not desk.put(job, QUIZ)
    assert record(redis, job) == queued
    assert desk.take(retried)


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)
def test_nothing_is_written_for_a_meeting_deleted_during_the_work(
    desk: Desk, store: Meetings, redis: Redis, job: QuizJob, outcome: Outcome
) -> None:
    desk.take(job)
    store.delete(job.meeting)
    assert not desk.put(job, outcome)
    assert list(redis.scan_iter(f"*{job.meeting}*")) == []
    assert SOUP not in everything_in(redis)


def test_a_job_of_a_deleted_meeting_is_not_taken(
    desk: Desk, store: Meetings, redis: Redis, job: QuizJob
) -> None:
    store.delete(job.meeting)
    assert desk.take(job) is None
    assert list(redis.scan_iter(f"*{job.meeting}*")) == []


def test_nothing_is_written_for_a_person_removed_during_the_work(
    desk: Desk, store: Meetings, redis: Redis, job: QuizJob
) -> None:
    desk.take(job)
    [person] = store.participants(job.meeting)
    store.remove_participant(job.meeting, person.id)
    assert not desk.put(job, QUIZ)
    assert redis.hlen(Keys.quizzes(job.meeting)) == 0


def test_a_sensitive_quiz_is_kept_for_the_host_alone(
    desk: Desk, store: Meetings, job: QuizJob
) -> None:
    desk.take(job)
    desk.put(job, Held(quiz=QUIZ))
    [quiz] = store.snapshot(job.meeting).quizzes
    assert (quiz.status, quiz.reason) == (Status.SKIPPED, Reason.SENSITIVE)
    assert quiz.options == list(QUIZ.options)


def answered(store: Meetings, created: Created, name: str, text: str, consent: str):
    """Another participant's answer to the same question, and its job if it has one."""
    entry = {"question": FOOD, "text": text, "consent": consent}
    store.add_answers(created.meeting, name, [entry])
    return store.unsettled(created.meeting.id)[-1]


@pytest.mark.parametrize("consent", ["named", "anonymous"])
def test_the_right_option_of_another_quiz_is_offered_as_a_wrong_one(
    desk: Desk, store: Meetings, created: Created, job: QuizJob, consent: str
) -> None:
    other = answered(store, created, "밥", "라면이요", consent)
    desk.take(other)
    desk.put(other, QUIZ)
    assert desk.take(job).room == ("갱시기",)


def test_words_given_as_a_wrong_option_only_are_offered(
    desk: Desk, store: Meetings, created: Created, job: QuizJob
) -> None:
    answered(store, created, "밥", "만두", "distractor")
    assert desk.take(job).room == ("만두",)


@pytest.mark.parametrize(
    ("text", "consent"), [("만두", "none"), ("항암 치료 중이에요", "distractor")]
)
def test_withheld_and_sensitive_words_are_not_offered(
    desk: Desk, store: Meetings, created: Created, job: QuizJob, text, consent
) -> None:
    answered(store, created, "밥", text, consent)
    assert desk.take(job).room == ()


def test_an_answer_whose_quiz_is_not_made_yet_is_not_offered(
    desk: Desk, store: Meetings, created: Created, job: QuizJob
) -> None:
    answered(store, created, "밥", "라면", "named")
    assert desk.take(job).room == ()


def test_what_the_host_did_not_want_is_passed_on(
    desk: Desk, redis: Redis, job: QuizJob
) -> None:
    stored = record(redis, job) | {"avoid": ["누가?", "갱시기"]}
    redis.hset(Keys.quizzes(job.meeting), job.answer, json.dumps(stored))
    assert desk.take(job).avoid == ("누가?", "갱시기")
