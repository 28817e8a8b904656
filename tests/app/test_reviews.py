"""What the host decides about a quiz, and two decisions at the same time."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from redis import Redis

from app.drafts import QuizDraft
from app.errors import NotFound, UserError
from app.meetings import Meeting, Meetings, Quiz
from protocol import Status
from protocol.keys import Keys
from tests.app.conftest import texts
from tests.fakes import FakeWorker

DRAFT = QuizDraft(
    question="Alice의 점심은?", options=("김밥", "라면", "국수", "빵"), answer=1
)
HELD = {
    "status": "skipped",
    "reason": "sensitive",
    "question": "무슨 병이 있나요?",
    "options": ["감기", "천식", "두통", "몸살"],
    "answer": 2,
}


@pytest.fixture
def quiz(store: Meetings, meeting: Meeting, worker: FakeWorker) -> Quiz:
    """Alice's ready quiz."""
    store.add_answers(meeting, "Alice", texts(food="김밥"))
    worker.work()
    return now(store, meeting)


def now(store: Meetings, meeting: Meeting) -> Quiz:
    (quiz,) = store.snapshot(meeting.id).quizzes
    return quiz


def record(redis: Redis, meeting: Meeting, quiz: Quiz) -> dict[str, Any]:
    return json.loads(redis.hget(Keys.quizzes(meeting.id), quiz.id))


def write(redis: Redis, meeting: Meeting, quiz: Quiz, **fields: Any) -> None:
    changed = record(redis, meeting, quiz) | fields
    redis.hset(Keys.quizzes(meeting.id), quiz.id, json.dumps(changed))


def test_an_unknown_quiz_is_not_found(store: Meetings, meeting: Meeting) -> None:
    for action in (store.approve, store.regenerate, store.drop, store.restore):
        with pytest.raises(NotFound):
            action(meeting.id, "unknown")


@pytest.mark.parametrize(
    "action",
    ["approve", "regenerate", "show_anyway", "keep_earlier", "retry", "drop"],
)
def test_an_old_revision_changes_nothing(
    store: Meetings, meeting: Meeting, quiz: Quiz, redis: Redis, action: str
) -> None:
    before = record(redis, meeting, quiz)
    with pytest.raises(UserError, match="quiz_changed"):
        getattr(store, action)(meeting.id, quiz.id, quiz.revision - 1)
    assert record(redis, meeting, quiz) == before


def test_a_ready_quiz_is_approved(
    store: Meetings, meeting: Meeting, quiz: Quiz
) -> None:
    store.approve(meeting.id, quiz.id, quiz.revision)
    assert now(store, meeting).review == "approved"


def test_a_quiz_in_the_making_cannot_be_approved(
    store: Meetings, meeting: Meeting
) -> None:
    store.add_answers(meeting, "Alice", texts(food="김밥"))
    with pytest.raises(NotFound):
        store.approve(meeting.id, now(store, meeting).id)


def test_an_edit_is_a_new_revision_in_the_hosts_words(
    store: Meetings, meeting: Meeting, quiz: Quiz, redis: Redis
) -> None:
    write(redis, meeting, quiz, sources=["answer", "model", "model", "bank"])
    store.edit(meeting.id, quiz.id, DRAFT, quiz.revision)
    edited = now(store, meeting)
    assert (edited.question, tuple(edited.options), edited.answer) == (
        DRAFT.question,
        DRAFT.options,
        1,
    )
    assert (edited.review, edited.revision) == ("edited", quiz.revision + 1)
    assert edited.sources == ["answer", "host", "host", "host"]
    assert (edited.evidence, edited.checks) == ("김밥", {})


def test_the_same_words_again_only_approve(
    store: Meetings, meeting: Meeting, quiz: Quiz
) -> None:
    store.edit(meeting.id, quiz.id, QuizDraft.of(quiz))
    assert now(store, meeting).review == "approved"
    assert now(store, meeting).revision == quiz.revision


def test_an_edited_quiz_stays_edited_when_approved(
    store: Meetings, meeting: Meeting, quiz: Quiz
) -> None:
    store.edit(meeting.id, quiz.id, DRAFT)
    store.approve(meeting.id, quiz.id)
    assert now(store, meeting).review == "edited"


def test_evidence_goes_with_the_right_option_it_belonged_to(
    store: Meetings, meeting: Meeting, quiz: Quiz
) -> None:
    other = QuizDraft(question="?", options=("빵", "라면", "국수", "밥"), answer=1)
    store.edit(meeting.id, quiz.id, other)
    assert now(store, meeting).evidence == ""


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"question": " \u202e"}, "quiz_question_missing"),
        ({"question": "가" * 301}, "question_too_long"),
        ({"options": ("김밥", "라면", "국수")}, "option_missing"),
        ({"options": ("김밥", "라면", "국수", " ")}, "option_missing"),
        ({"options": ("김밥", "라면", "국수", "빵" * 81)}, "option_too_long"),
        ({"options": ("김밥", "라면", "Tea", "t ea")}, "options_repeated"),
        ({"answer": 0}, "right_option_unknown"),
        ({"answer": None}, "right_option_unknown"),
    ],
)
def test_words_that_make_no_quiz_are_refused(
    store: Meetings,
    meeting: Meeting,
    quiz: Quiz,
    changed: dict[str, Any],
    code: str,
) -> None:
    draft = QuizDraft(**(vars(DRAFT) | changed))
    with pytest.raises(UserError, match=code):
        store.edit(meeting.id, quiz.id, draft)
    assert now(store, meeting).question == quiz.question


def test_another_quiz_is_queued_and_told_what_not_to_make_again(
    store: Meetings, meeting: Meeting, quiz: Quiz, redis: Redis, worker: FakeWorker
) -> None:
    store.regenerate(meeting.id, quiz.id, quiz.revision)
    assert record(redis, meeting, quiz) == {
        "status": "queued",
        "revision": 2,
        "avoid": [quiz.question, "김밥"],
    }
    assert store.jobs.queue.count == 1
    worker.replies["김밥"] = {**HELD, "status": "ready", "question": "새 문제?"}
    worker.work()
    store.regenerate(meeting.id, quiz.id)
    assert record(redis, meeting, quiz)["avoid"] == [
        quiz.question,
        "김밥",
        "새 문제?",
        "천식",
    ]


def test_a_second_try_is_told_what_to_avoid_too(
    store: Meetings, meeting: Meeting, quiz: Quiz, redis: Redis, worker: FakeWorker
) -> None:
    """The worker's record of a failure knows nothing of the host's wishes."""
    store.regenerate(meeting.id, quiz.id)
    worker.replies["김밥"] = {"status": "failed", "reason": "unparsable"}
    worker.work()
    store.retry(meeting.id, quiz.id)
    assert record(redis, meeting, quiz)["avoid"] == [quiz.question, "김밥"]


def test_a_lost_job_of_another_quiz_is_told_as_well(
    store: Meetings, meeting: Meeting, quiz: Quiz, redis: Redis, worker: FakeWorker
) -> None:
    store.regenerate(meeting.id, quiz.id)
    worker.replies["김밥"] = None
    worker.work()
    redis.hset(
        Keys.quizzes(meeting.id),
        quiz.id,
        json.dumps({"status": "running", "revision": 2}),
    )
    store.jobs.reconcile(store.unsettled(meeting.id))
    assert record(redis, meeting, quiz)["avoid"] == [quiz.question, "김밥"]


def test_the_earlier_quiz_survives_a_failure(
    store: Meetings, meeting: Meeting, quiz: Quiz, worker: FakeWorker
) -> None:
    store.approve(meeting.id, quiz.id)
    store.regenerate(meeting.id, quiz.id)
    worker.replies["김밥"] = {"status": "failed", "reason": "unparsable"}
    worker.work()
    failed = now(store, meeting)
    assert failed.status == Status.FAILED and failed.earlier.question == quiz.question
    store.keep_earlier(meeting.id, quiz.id, failed.revision)
    back = now(store, meeting)
    assert (back.status, back.question, back.review) == (
        "ready",
        quiz.question,
        "approved",
    )
    assert back.earlier is None and back.revision == 3


def test_the_earlier_quiz_comes_back_while_the_new_one_is_made(
    store: Meetings, meeting: Meeting, quiz: Quiz, worker: FakeWorker
) -> None:
    store.regenerate(meeting.id, quiz.id)
    store.keep_earlier(meeting.id, quiz.id)
    worker.work()  # its job is of a revision that is gone
    assert now(store, meeting).question == quiz.question
    with pytest.raises(NotFound):
        store.keep_earlier(meeting.id, quiz.id)


def test_a_changed_answer_forgets_the_earlier_quiz(
    store: Meetings, meeting: Meeting, redis: Redis, worker: FakeWorker
) -> None:
    token = store.add_answers(meeting, "A", texts(food="김밥")).participant_token
    worker.work()
    store.regenerate(meeting.id, now(store, meeting).id)
    store.add_answers(meeting, "A", texts(food="라면"), token)
    assert now(store, meeting).earlier is None
    assert redis.hlen(Keys.earlier(meeting.id)) == 0


def test_nothing_is_left_of_a_withdrawn_or_deleted_earlier_quiz(
    store: Meetings, meeting: Meeting, redis: Redis, worker: FakeWorker
) -> None:
    token = store.add_answers(meeting, "A", texts(food="김밥")).participant_token
    store.add_answers(meeting, "B", texts(food="라면"))
    worker.work()
    for one in store.snapshot(meeting.id).quizzes:
        store.regenerate(meeting.id, one.id)
    ends = redis.expiretime(Keys.earlier(meeting.id))
    assert ends == int(meeting.expires_at.timestamp())
    store.withdraw(meeting.id, token)
    assert redis.hlen(Keys.earlier(meeting.id)) == 1
    store.delete(meeting.id)
    assert not redis.exists(Keys.earlier(meeting.id))


def test_a_dropped_quiz_is_in_no_count_and_comes_back_as_it_was(
    store: Meetings, meeting: Meeting, quiz: Quiz
) -> None:
    store.drop(meeting.id, quiz.id, quiz.revision)
    snapshot = store.snapshot(meeting.id)
    assert (snapshot.quizzes, snapshot.counts["answers"]) == ([], 0)
    assert [one.id for one in snapshot.dropped] == [quiz.id]
    with pytest.raises(NotFound):
        store.drop(meeting.id, quiz.id)
    with pytest.raises(NotFound):
        store.regenerate(meeting.id, quiz.id)
    store.restore(meeting.id, quiz.id)
    assert now(store, meeting).question == quiz.question
    assert now(store, meeting).status == Status.READY


def test_a_running_job_does_not_bring_a_dropped_quiz_back(
    store: Meetings, meeting: Meeting, worker: FakeWorker
) -> None:
    store.add_answers(meeting, "Alice", texts(food="김밥"))
    quiz = now(store, meeting)
    store.drop(meeting.id, quiz.id)
    worker.work()
    assert store.snapshot(meeting.id).dropped[0].status == Status.QUEUED
    assert store.unsettled(meeting.id) == []
    store.restore(meeting.id, quiz.id)
    worker.work()
    assert now(store, meeting).status == Status.READY


def test_a_sensitive_quiz_is_shown_only_when_the_host_says_so(
    store: Meetings, meeting: Meeting, worker: FakeWorker
) -> None:
    worker.replies["천식이요"] = HELD
    store.add_answers(meeting, "Alice", texts(food="천식이요"))
    worker.work()
    held = now(store, meeting)
    assert held.held and store.deck(store.snapshot(meeting.id)) == []
    with pytest.raises(NotFound):
        store.retry(meeting.id, held.id)
    store.show_anyway(meeting.id, held.id, held.revision)
    shown = now(store, meeting)
    assert (shown.status, shown.reason, shown.review) == ("ready", None, None)
    assert len(store.deck(store.snapshot(meeting.id))) == 1


def test_an_edit_of_what_is_made_again_is_refused(
    store: Meetings, meeting: Meeting, quiz: Quiz
) -> None:
    store.regenerate(meeting.id, quiz.id)
    with pytest.raises(UserError, match="quiz_changed"):
        store.edit(meeting.id, quiz.id, DRAFT, quiz.revision)
    with pytest.raises(NotFound):
        store.edit(meeting.id, quiz.id, DRAFT)


def test_of_two_decisions_at_once_one_is_refused(
    store: Meetings, meeting: Meeting, quiz: Quiz
) -> None:
    """Edit, make another and drop start together; the first to arrive wins."""
    start, refused = threading.Barrier(3), []

    def decide(action: Any, *more: Any) -> None:
        start.wait()
        try:
            action(meeting.id, quiz.id, *more, quiz.revision)
        except UserError as error:
            refused.append(error.code)

    threads = [
        threading.Thread(target=decide, args=args)
        for args in ((store.edit, DRAFT), (store.regenerate,), (store.drop,))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert refused == ["quiz_changed"] * 2


def test_the_mix_is_kept_and_never_empty(store: Meetings, meeting: Meeting) -> None:
    assert store.get(meeting.id).mix == ("said", "guess_who", "who_shares")
    store.set_mix(meeting.id, ["who_shares", "said", "other"])
    assert store.get(meeting.id).mix == ("said", "who_shares")
    with pytest.raises(UserError, match="mix_empty"):
        store.set_mix(meeting.id, ["other"])
