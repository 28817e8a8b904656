"""What the API promises, kept by the real parts: worker, model, Valkey, HTTP."""

from __future__ import annotations

import time

import pytest

from protocol.keys import Keys
from tests.e2e.meetings import (
    FIVE_AND_ONE,
    FOOD,
    FOODS,
    HOBBY,
    QUIZ_SECONDS,
    TEAM,
    Create,
    Meeting,
    assert_playable,
    counted,
)
from tests.e2e.product import Product, measure, memory_mb

pytestmark = [pytest.mark.e2e, pytest.mark.model]


def test_every_process_is_small(warm: Product) -> None:
    web = [memory_mb(process) for process in warm.processes("gunicorn")]
    worker = memory_mb(warm.worker())
    measure(web_rss_mb=max(web), web_rss_mb_in_all=sum(web), worker_rss_mb_idle=worker)
    assert max(web) < 150
    assert worker < 3000


def test_three_people_and_two_questions_become_five_quizzes(
    warm: Product, create: Create
) -> None:
    meeting = create(questions=[FOOD, HOBBY])
    start = time.monotonic()
    for name, texts in TEAM.items():
        assert meeting.answer(name, *texts).status == 201
    warm.until(lambda: meeting.show()["counts"]["ready"], QUIZ_SECONDS)
    first = time.monotonic() - start
    shown = meeting.settled(6)
    measure(first_quiz_seconds=first, six_answers_seconds=time.monotonic() - start)
    measure(worker_rss_mb=memory_mb(warm.worker()))
    assert counted(shown) == FIVE_AND_ONE
    assert (shown["counts"]["participants"], shown["counts"]["answers"]) == (3, 6)
    assert shown["status"] == "ready"
    [skipped] = [q for q in shown["quizzes"] if q["status"] == "skipped"]
    assert (skipped["participant"], skipped["reason"]) == ("박서준", "meaningless")
    assert_playable(shown)
    assert memory_mb(warm.worker()) < 3000
    assert max(map(memory_mb, warm.processes("gunicorn"))) < 150


def test_a_wrong_token_opens_nothing(warm: Product, create: Create) -> None:
    meeting = create(questions=[FOOD])
    for token in ("", "wrong", create(questions=[FOOD]).host_token):
        assert warm.ask("GET", meeting.path, token=token).status == 404
        assert warm.ask("DELETE", meeting.path, token=token).status == 404
    assert meeting.show()["title"] == "월요일 회의"


def test_a_deleted_meeting_leaves_no_key(warm: Product, create: Create) -> None:
    meeting = create(questions=[FOOD, HOBBY])
    for name, texts in TEAM.items():
        meeting.answer(name, *texts)
    meeting.settled(6)
    reply = meeting.delete()
    assert (reply.status, reply.body["deleted"]["quizzes"]) == (200, 6)
    assert traces(warm, meeting) == []
    assert warm.ask("GET", meeting.path, token=meeting.host_token).status == 404


def test_a_meeting_deleted_while_its_quizzes_are_made_leaves_no_key(
    warm: Product, create: Create
) -> None:
    meeting, other = create(questions=[FOOD]), create(questions=[FOOD])
    for n in range(8):
        meeting.answer(f"참가자 {n}", f"{FOODS[n]} 제일 좋아해요.")
    warm.until(lambda: meeting.show()["counts"]["running"] > 1, QUIZ_SECONDS)
    assert meeting.delete().status == 200
    other.answer("김지민", TEAM["김지민"][0])
    other.settled(1)  # so the worker has ended what it was doing
    assert traces(warm, meeting) == []


def traces(product: Product, meeting: Meeting) -> list[bytes]:
    """Keys and queue entries that name the meeting."""
    redis = product.redis()
    keys = list(redis.scan_iter(f"*{meeting.id}*", count=1000))
    keys += redis.scan_iter(Keys.join(meeting.join_code))
    lists = [redis.lrange(key, 0, -1) for key in redis.scan_iter(_type="list")]
    sets = [redis.smembers(key) for key in redis.scan_iter(_type="set")]
    sorted_sets = [redis.zrange(key, 0, -1) for key in redis.scan_iter(_type="zset")]
    entries = [entry for found in lists + sets + sorted_sets for entry in found]
    return keys + [entry for entry in entries if meeting.id.encode() in entry]
