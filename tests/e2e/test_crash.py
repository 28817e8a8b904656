"""A worker that is killed in the middle of its work."""

from __future__ import annotations

import signal
import time
from typing import Any

import psutil
import pytest

from tests.e2e.meetings import (
    FOOD,
    FOODS,
    HOBBIES,
    HOBBY,
    NICKNAMES,
    QUIZ_SECONDS,
    Create,
    Meeting,
)
from tests.e2e.product import Product, measure
from tests.e2e.watching import watching_quizzes

pytestmark = [pytest.mark.e2e, pytest.mark.model]


def test_a_worker_killed_in_the_middle_loses_no_quiz_and_makes_none_twice(
    warm: Product, create: Create
) -> None:
    meeting = create(questions=[FOOD, HOBBY, "별명은?"])
    with watching_quizzes(warm, meeting) as settled:
        for n, texts in enumerate(zip(FOODS, HOBBIES, NICKNAMES, strict=True)):
            texts = (f"{texts[0]} 제일 좋아해요.", f"요즘 {texts[1]}", texts[2])
            assert meeting.answer(f"참가자 {n}", *texts).status == 201
        start = time.monotonic()
        warm.until(lambda: in_the_middle(meeting), QUIZ_SECONDS)
        before = written(meeting.show()["quizzes"])
        victim = warm.worker()
        victim.send_signal(signal.SIGKILL)
        psutil.wait_procs([victim], timeout=10)
        shown = meeting.settled(30)
    measure(thirty_answers_with_a_kill_seconds=time.monotonic() - start)
    assert shown["counts"]["ready"] + shown["counts"]["skipped"] == 30
    assert len(settled) == 30
    assert set(settled.values()) == {1}
    after = written(shown["quizzes"])
    assert before and {key: after[key] for key in before} == before
    assert warm.worker().pid != victim.pid
    warm.until(lambda: queue_is_empty(warm), 30)


def written(quizzes: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What the worker wrote, by quiz. The kind is no part: the mix is drawn anew."""
    return {q["id"]: {**q, "kind": None} for q in quizzes if q["options"]}


def in_the_middle(meeting: Meeting) -> bool:
    counts = meeting.show()["counts"]
    return counts["ready"] >= 3 and counts["running"] >= 2


def queue_is_empty(product: Product) -> bool:
    redis = product.redis()
    lists = ("rq:queue:quizzes", "rq:queue:quizzes:intermediate")
    registries = ("rq:wip:quizzes", "rq:failed:quizzes")
    return not sum(map(redis.llen, lists)) + sum(map(redis.zcard, registries))
