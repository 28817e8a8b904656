"""One and two workers on one Redis: a meeting's time, and that no job is done twice.

    python -m benchmarks.two_workers [--answers 16] [--write]

On one machine the workers share its cores, so two are no faster there; what counts is
that they share the jobs.
"""

from __future__ import annotations

import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

from redis import Redis

from benchmarks import growth, report
from benchmarks.product import Product, running, wait_for
from protocol import MAX_QUESTIONS
from protocol.keys import Keys


def warm_workers(product: Product, redis: Redis) -> int:
    states = [redis.get(key) or b"" for key in redis.scan_iter(Keys.worker("*"))]
    return sum(b"ready" in state for state in states)


def jobs_done(redis: Redis) -> list[int]:
    """How many jobs each worker finished."""
    return [
        int(redis.hget(key, "successful_job_count") or 0)
        for key in redis.smembers("rq:workers")
    ]


def answers_to_few(count: int) -> list[tuple[str, str]]:
    """Questions and answers; more than one answer to some, as in a meeting."""
    items = growth.items(count)[:MAX_QUESTIONS]
    return [(one.question, one.answer) for one in islice(cycle(items), count)]


def run(workers: int, options) -> list[object]:
    """A row of the table."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), options.data_dir) as product,
        Redis.from_url(product.valkey.url) as redis,
    ):
        product.start_web()
        for _ in range(workers):
            product.start_worker()
        wait_for(lambda: warm_workers(product, redis) == workers, 300)
        answers = answers_to_few(options.answers)
        started, first = time.monotonic(), 0.0
        meeting = product.new_meeting(answers)
        path, token = f"/api/v1/meetings/{meeting['id']}", meeting["host_token"]
        open_answers = options.answers
        while open_answers:
            counts = (product.ask(path, token=token) or {}).get("counts", {})
            open_answers = counts.get("queued", 1) + counts.get("running", 0)
            if counts.get("ready") and not first:
                first = time.monotonic() - started
            time.sleep(0.2)
        seconds = time.monotonic() - started
        time.sleep(1)  # the last batch is being settled
        done = jobs_done(redis)
    return [workers, first, seconds, sum(done), " + ".join(map(str, done))]


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--answers", type=int, default=16)
    options = parser.parse_args()
    options.data_dir = options.data_dir.resolve()
    rows = [run(workers, options) for workers in (1, 2)]
    header = ["workers", "first quiz, s", "all, s", "jobs done", "by each"]
    text = f"{report.machine('jax', 'rq')}. {options.answers} answers.\n\n"
    report.publish("workers", text + report.table(header, rows), options.write)


if __name__ == "__main__":
    main()
