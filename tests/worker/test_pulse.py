"""The pulse: what the pages know about the worker."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as Away

from app.jobs import Jobs, expected_seconds
from protocol import WORKER_SEEN_SECONDS, WorkerPhase, WorkerState
from worker import pulse as pulse_module
from worker.pulse import Pulse


@pytest.fixture
def pulse(redis: Redis) -> Iterator[Pulse]:
    pulse = Pulse(redis, "one", preset="gemma3_270m", adapter="quiz")
    yield pulse
    pulse._stopped.set()


def told(redis: Redis) -> WorkerState:
    [state] = Jobs(redis).workers()
    return state


def wait_until_told(redis: Redis) -> WorkerState:
    deadline = time.monotonic() + 5
    while not Jobs(redis).workers() and time.monotonic() < deadline:
        time.sleep(0.01)
    return told(redis)


def test_a_worker_is_seen_as_soon_as_it_starts(pulse: Pulse, redis: Redis) -> None:
    pulse.start()
    state = wait_until_told(redis)
    assert state.phase is WorkerPhase.PREPARING
    assert (state.preset, state.adapter) == ("gemma3_270m", "quiz")


def test_a_worker_that_stops_says_good_bye(pulse: Pulse, redis: Redis) -> None:
    pulse.start()
    wait_until_told(redis)
    pulse.stop()
    assert Jobs(redis).workers() == []


def test_a_worker_that_dies_is_forgotten_after_half_a_minute(
    pulse: Pulse, redis: Redis
) -> None:
    pulse.report(WorkerPhase.READY, 1.0)
    assert 0 < redis.ttl(pulse.key) <= WORKER_SEEN_SECONDS


def test_the_state_is_renewed_before_it_expires(
    pulse: Pulse, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse_module, "BEAT_SECONDS", 0.02)
    pulse.start()
    wait_until_told(redis)
    redis.delete(pulse.key)
    assert wait_until_told(redis)
    assert pulse_module.BEAT_SECONDS < WORKER_SEEN_SECONDS


def test_each_phase_and_each_percent_is_told_at_once(
    pulse: Pulse, redis: Redis
) -> None:
    pulse.report(WorkerPhase.LOADING, 0.0)
    assert told(redis).phase is WorkerPhase.LOADING
    pulse.report(WorkerPhase.LOADING, 0.25)
    assert told(redis).progress == 0.25
    pulse.report(WorkerPhase.WARMING, 0.0)
    assert told(redis).phase is WorkerPhase.WARMING
    assert told(redis).progress == 0.0


def test_small_steps_are_told_once_they_make_a_percent(
    pulse: Pulse, redis: Redis
) -> None:
    pulse.report(WorkerPhase.LOADING, 0.0)
    for step in range(1, 51):
        pulse.report(WorkerPhase.LOADING, step / 1000)
    assert told(redis).progress >= 0.04


def test_the_end_of_a_phase_is_always_told(pulse: Pulse, redis: Redis) -> None:
    pulse.report(WorkerPhase.LOADING, 0.999)
    pulse.report(WorkerPhase.LOADING, 1.0)
    assert told(redis).progress == 1.0


def test_the_pace_is_a_moving_average_of_seconds_per_quiz(
    pulse: Pulse, redis: Redis
) -> None:
    pulse.finished(quizzes=4, seconds=8.0)
    assert pulse.state.seconds_per_quiz == 2.0
    pulse.finished(quizzes=1, seconds=4.0)
    assert pulse.state.seconds_per_quiz == pytest.approx(2.6)
    pulse.report(WorkerPhase.READY, 1.0)
    assert expected_seconds(10, Jobs(redis).workers()) == pytest.approx(26)


def test_a_store_that_is_away_does_not_end_the_pulse(
    pulse: Pulse, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse_module, "BEAT_SECONDS", 0.02)
    failures: list[int] = []
    tell = redis.set

    def fail_twice(*args: object, **options: object) -> object:
        if len(failures) < 2:
            failures.append(1)
            raise Away("for a moment")
        return tell(*args, **options)

    monkeypatch.setattr(redis, "set", fail_twice)
    pulse.start()
    assert wait_until_told(redis)
    assert len(failures) == 2


def test_a_worker_can_say_good_bye_while_the_store_is_away(
    pulse: Pulse, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise Away("gone")

    pulse.start()
    wait_until_told(redis)
    monkeypatch.setattr(redis, "delete", fail)
    pulse.stop()
