"""The studio's jobs on a real Valkey: recipes mixed, a child who waits, the end."""

from __future__ import annotations

import json
from functools import partial

import pytest
from redis import Redis
from rq.job import Job, JobStatus
from rq.timeouts import JobTimeoutException

from app.jobs import Jobs
from protocol import MAKE_STUDIO, Reason, Recipe
from protocol.keys import Keys
from tests.worker.steering import (
    NOTHING,
    Handler,
    do_all,
    enqueue,
    leftovers,
    new_worker,
    people,
    status,
    studio_job,
)
from worker import queue as queue_module
from worker.__main__ import studio
from worker.handlers import ByRecipe
from worker.queue import ModelWorker
from worker.siblings import MAKERS, Siblings

CHAT = studio_job(Recipe.CHAT)
SLANG = studio_job(Recipe.SLANG)


def test_a_word_does_not_wait_behind_all_quizzes_of_its_meeting(
    redis: Redis, jobs: Jobs, worker: ModelWorker, handler: Handler
) -> None:
    for job in people(40):
        jobs.enqueue(job)
    enqueue(redis, SLANG)
    do_all(worker)
    done = [job for batch in handler.batches for job in batch]
    assert done.index(SLANG) < 3 and len(done) == 41
    assert leftovers(redis) == NOTHING


def test_a_child_who_waits_comes_before_everybody(
    redis: Redis, jobs: Jobs, worker: ModelWorker, handler: Handler
) -> None:
    for job in people(3):
        jobs.enqueue(job)
    enqueue(redis, SLANG)
    enqueue(redis, CHAT)
    do_all(worker)
    assert handler.batches[0] == [CHAT]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that looks for urgent jobs whenever it may."""
    monkeypatch.setattr(queue_module, "LOOK_SECONDS", 0)


def test_a_child_who_writes_during_a_batch_is_answered_in_its_midst(
    patient, redis: Redis, jobs: Jobs, worker: ModelWorker, handler: Handler
) -> None:
    seen: list[JobStatus] = []

    def child_writes() -> None:
        if len(handler.batches) == 1:
            enqueue(redis, SLANG)
            enqueue(redis, CHAT)
            worker.meanwhile()
            seen.append(status(redis, CHAT))

    handler.during = child_writes
    [quiz] = people(1)
    jobs.enqueue(quiz)
    do_all(worker)
    assert handler.batches == [[quiz], [CHAT], [SLANG]]
    assert seen == [JobStatus.FINISHED]
    assert {status(redis, job) for job in (quiz, CHAT, SLANG)} == {JobStatus.FINISHED}
    assert leftovers(redis) == NOTHING


def test_nobody_is_let_in_twice_at_a_time(
    patient, redis: Redis, jobs: Jobs, worker: ModelWorker, handler: Handler
) -> None:
    other = studio_job(Recipe.CHAT, item="two")
    depths: list[int] = []
    depth = 0

    def child_writes() -> None:
        nonlocal depth
        depth += 1
        depths.append(depth)
        worker.meanwhile()
        depth -= 1

    handler.during = child_writes
    for job in people(1):
        jobs.enqueue(job)
    enqueue(redis, CHAT)
    enqueue(redis, other)
    do_all(worker)
    assert max(depths) <= 2 and len(depths) == 3
    assert leftovers(redis) == NOTHING


def test_a_reply_that_fails_in_the_midst_leaves_the_batch_alone(
    patient, redis: Redis, jobs: Jobs, worker: ModelWorker, handler: Handler
) -> None:
    def fall() -> None:
        if handler.batches[-1] == [CHAT]:
            raise MemoryError("too large")
        if len(handler.batches) == 1:
            enqueue(redis, CHAT)
            worker.meanwhile()

    handler.during = fall
    [quiz] = people(1)
    jobs.enqueue(quiz)
    do_all(worker)
    assert status(redis, quiz) is JobStatus.FINISHED
    assert status(redis, CHAT) is JobStatus.FAILED
    assert handler.batches.count([CHAT]) == 3
    assert leftovers(redis) == NOTHING


def test_the_clock_of_a_batch_ends_what_was_let_in(
    patient, redis: Redis, jobs: Jobs, worker: ModelWorker, handler: Handler
) -> None:
    def too_late() -> None:
        if len(handler.batches) == 1:
            enqueue(redis, CHAT)
            worker.meanwhile()
        elif len(handler.batches) == 2:
            raise JobTimeoutException("the batch's time is over")

    handler.during = too_late
    [quiz] = people(1)
    jobs.enqueue(quiz)
    do_all(worker)
    assert handler.batches[:2] == [[quiz], [CHAT]]
    assert sorted(map(len, handler.batches[2:])) == [1, 1]  # each had its second try
    assert leftovers(redis) == NOTHING


WRONG = {
    "a quiz": {"meeting": "team", "answer": "alice", "revision": 1},
    "an extra field": CHAT.to_json() | {"text": "hi"},
    "a quiz's recipe": CHAT.to_json() | {"recipe": "quiz"},
    "a wrong type": CHAT.to_json() | {"revision": "1"},
}


@pytest.mark.parametrize("message", WRONG.values(), ids=WRONG)
def test_a_wrong_message_is_refused_for_good(
    redis: Redis, worker: ModelWorker, handler: Handler, message: dict
) -> None:
    enqueue(redis, CHAT)
    found = Job.fetch(CHAT.id, connection=redis, serializer="json")
    content = (MAKE_STUDIO, None, [message], {})
    redis.hset(found.key, "data", found.serializer.dumps(content))
    do_all(worker)
    assert handler.batches == [] and status(redis, CHAT) is JobStatus.FAILED
    assert leftovers(redis) == NOTHING


def test_a_batch_is_handed_to_the_handlers_of_its_recipes_urgent_ones_first() -> None:
    order: list[Recipe] = []

    def handler_of(recipe: Recipe):
        def handle(jobs):
            order.append(recipe)
            return [ValueError(job.id) for job in jobs]

        return lambda: handle

    [quiz] = people(1)
    by_recipe = ByRecipe({recipe: handler_of(recipe) for recipe in Recipe})
    ended = by_recipe([quiz, CHAT, SLANG])
    assert order[0] is Recipe.CHAT and len(order) == 3
    assert [str(one) for one in ended] == [quiz.id, CHAT.id, SLANG.id]


def put(redis: Redis, recipe: Recipe, **fields) -> None:
    record = {"recipe": recipe, "status": "queued", "revision": 1} | fields
    redis.hset(Keys.studio("team"), recipe, json.dumps(record))
    enqueue(redis, studio_job(recipe, item=recipe))


def test_without_adapters_a_worker_says_so_and_still_believes_a_child(
    redis: Redis,
) -> None:
    put(redis, Recipe.SLANG, context="비가 와요.", condition="", language="ko")
    put(redis, Recipe.ABSTRACT, summary="표본 30명.")
    turns = [{"by": "child", "text": "아빠가 나 때려써", "at": 1}]
    put(redis, Recipe.CHAT, scene={"persona": "수다곰", "child": "지우"}, turns=turns)
    served = partial(studio, redis, Siblings(None, {}))
    do_all(new_worker(redis, ByRecipe({one: partial(served, one) for one in MAKERS})))
    records = {
        key.decode(): json.loads(text)
        for key, text in redis.hgetall(Keys.studio("team")).items()
    }
    for recipe in ("slang", "abstract"):
        told = records[recipe]["status"], records[recipe]["reason"]
        assert told == ("failed", Reason.NOT_SERVED)
    assert records["chat"]["status"] == "ready"
    assert records["chat"]["turns"][1]["kind"] == "abuse"
    assert records["chat"]["alerts"][0]["turn"] == 0
    assert leftovers(redis) == NOTHING
