"""`python -m worker`: how it starts, and what it makes of a batch."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from redis import Redis
from rq import SimpleWorker

from app.meetings import Meetings
from protocol import QuizJob, Reason, Status, WorkerPhase
from worker.__main__ import WORKER_TTL, Quizzes, Reporter, connect
from worker.config import ConfigError, WorkerConfig
from worker.desk import Desk
from worker.outcomes import Item, Outcome, Skipped
from worker.pulse import Pulse

ROOT = Path(__file__).parents[2]
FOOD = "가장 좋아하는 음식은?"


class Maker:
    """A quiz maker that stumbles over some answers.

    Attributes:
        batches: the answers of each call.
        poison: answers at which a call fails.
    """

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.poison: set[str] = set()

    def stream(self, items: Sequence[Item]) -> Iterator[tuple[int, Outcome]]:
        answers = [item.answer for item in items]
        self.batches.append(answers)
        for place, answer in enumerate(answers):
            if answer in self.poison:
                raise RuntimeError("the device is out of memory")
            yield place, Skipped(reason=Reason.TOO_SHORT)


@pytest.fixture
def maker() -> Maker:
    return Maker()


@pytest.fixture
def pulse(redis: Redis) -> Pulse:
    return Pulse(redis, "one", preset="", adapter="")


@pytest.fixture
def quizzes(redis: Redis, maker: Maker, pulse: Pulse) -> Quizzes:
    return Quizzes(maker, Desk(redis), pulse)


@pytest.fixture
def answered(store: Meetings) -> Callable[..., list[QuizJob]]:
    """Makes a meeting with these answers and returns their jobs."""

    def new(*texts: str) -> list[QuizJob]:
        meeting = store.create("팀", "ko", [FOOD]).meeting
        for n, text in enumerate(texts):
            entries = [{"question": FOOD, "text": text}]
            store.add_answers(meeting, f"참가자 {n}", entries)
        return store.unsettled(meeting.id)

    return new


def outcomes(store: Meetings, jobs: list[QuizJob]) -> list[str]:
    snapshot = store.snapshot(jobs[0].meeting)
    return [quiz.reason or quiz.status for quiz in snapshot.quizzes]


def test_a_batch_is_made_in_one_call_and_counted(
    quizzes: Quizzes, maker: Maker, pulse: Pulse, store: Meetings, answered: Callable
) -> None:
    jobs = answered("김밥", "라면", "떡볶이")
    assert quizzes(jobs) == [None, None, None]
    assert [len(batch) for batch in maker.batches] == [3]
    assert outcomes(store, jobs) == [Reason.TOO_SHORT] * 3
    assert pulse.state.seconds_per_quiz > 0


def test_if_the_model_fails_on_a_batch_each_answer_left_gets_its_own_try(
    quizzes: Quizzes, maker: Maker, store: Meetings, answered: Callable
) -> None:
    jobs = answered("김밥", "독버섯", "라면")
    maker.poison = {"독버섯"}
    assert quizzes(jobs) == [None, None, None]
    assert outcomes(store, jobs) == [
        Reason.TOO_SHORT,
        Reason.MODEL_ERROR,
        Reason.TOO_SHORT,
    ]
    assert not store.unsettled(jobs[0].meeting)
    assert maker.batches == [["김밥", "독버섯", "라면"], ["독버섯"], ["라면"]]


def test_jobs_that_need_nothing_do_not_reach_the_model(
    quizzes: Quizzes, maker: Maker, pulse: Pulse, store: Meetings, answered: Callable
) -> None:
    jobs = answered("김밥", "라면")
    store.delete(jobs[0].meeting)
    assert quizzes(jobs) == [None, None]
    assert maker.batches == []
    assert pulse.state.seconds_per_quiz == 0


def test_a_settled_quiz_in_a_batch_is_not_made_again(
    quizzes: Quizzes, maker: Maker, store: Meetings, answered: Callable
) -> None:
    jobs = answered("김밥", "라면")
    quizzes(jobs[:1])
    quizzes(jobs)
    assert [len(batch) for batch in maker.batches] == [1, 1]
    assert {*outcomes(store, jobs)} == {Reason.TOO_SHORT}
    assert Status.QUEUED not in outcomes(store, jobs)


def test_a_store_that_never_answers_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"REDIS_URL .* Start it"):
        connect(f"unix://{tmp_path}/none.sock", patience_seconds=0.3)


def test_a_connection_outlasts_the_wait_of_an_idle_worker(redis_url: str) -> None:
    redis = connect(redis_url)
    used_before = redis.connection_pool.get_connection()
    worker = SimpleWorker(["idle"], connection=redis, worker_ttl=WORKER_TTL)
    assert used_before.socket_timeout >= worker.connection_timeout
    redis.connection_pool.release(used_before)
    redis.close()


def test_without_an_address_the_worker_refuses_to_start(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "worker"],
        cwd=ROOT,
        env={"PATH": ""},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("REDIS_URL is not set.")


def test_settings_have_defaults_and_empty_ones_count_as_unset() -> None:
    config = WorkerConfig.from_env({"REDIS_URL": " redis://h/0 ", "PRESET": ""})
    assert config.redis_url == "redis://h/0"
    assert config.preset == "gemma3_270m"
    assert config.data_dir.is_absolute()
    assert config.adapter == Path("worker/adapters/quiz")


def test_the_first_conversion_draws_a_bar_and_a_prepared_model_none(
    pulse: Pulse, capsys: pytest.CaptureFixture[str]
) -> None:
    Reporter(pulse)(WorkerPhase.PREPARING, 1.0)
    assert capsys.readouterr().err == ""
    report = Reporter(pulse)
    for share in (0.0, 0.5, 1.0):
        report(WorkerPhase.PREPARING, share)
    assert "Preparing the model: 100%" in capsys.readouterr().err
