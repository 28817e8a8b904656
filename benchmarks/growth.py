"""Time and memory of the quiz maker over 1, 4, 16, 64 and 256 answers.

    python -m benchmarks.growth [--limit-seconds 600] [--write]

Frozen test rows through the whole pipeline (tries, checks, drafts), shipped adapter,
programs compiled before. Sizes that would pass the limit are left out.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from benchmarks import report

COUNTS = (1, 4, 16, 64, 256)


def resident_gigabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e9


def items(count: int) -> list:
    from worker.outcomes import Item
    from worker.recipes import quiz
    from worker.training.data import read_rows

    return [
        Item(question=row["question"], answer=row["answer"], seed_text=f"growth-{n}")
        for n, row in enumerate(read_rows(quiz.TEST_FILE)[:count])
    ]


def run(maker, count: int) -> list[object]:
    """A row of the table."""
    started, first, written = time.perf_counter(), 0.0, maker.gemma.tokens_written
    for _ in maker.stream(items(count)):
        first = first or time.perf_counter() - started
    seconds = time.perf_counter() - started
    written = maker.gemma.tokens_written - written
    return [
        count,
        first,
        seconds,
        seconds / count,
        written / seconds,
        resident_gigabytes(),
    ]


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--limit-seconds", type=float, default=600)
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS)
    options = parser.parse_args()
    report.without_tensorflow()
    from worker.loading import load_quiz_maker
    from worker.recipes import quiz

    maker = load_quiz_maker("gemma3_270m", quiz.ADAPTER, options.data_dir)
    maker.warm_up()
    rows: list[list] = []
    for count in options.counts:
        if rows and rows[-1][3] * count > options.limit_seconds:
            break
        rows.append(run(maker, count))
        print(rows[-1], flush=True)
    header = [
        "answers",
        "first quiz, s",
        "all, s",
        "s an answer",
        "tokens a second",
        "resident memory, GB",
    ]
    text = f"{report.machine('jax', 'keras-hub')}.\n\n"
    report.publish("growth", text + report.table(header, rows), options.write)


if __name__ == "__main__":
    main()
