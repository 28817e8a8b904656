"""Where the seconds of 16 answers go: reading, writing, drawing, the host.

python -m benchmarks.meeting_profile [--answers 16] [--write]
"""

from __future__ import annotations

import time

import numpy as np

from benchmarks import growth, report


def watch(writer) -> dict[str, float]:
    """Sums over the steps of a writer, filled while it runs."""
    sums = dict.fromkeys(("steps", "seconds", "room", "tokens", "prompt"), 0.0)
    program_of = writer._program

    def program(shape):
        compiled = program_of(shape)

        def call(params, pool, feed):
            started = time.perf_counter()
            pool, tokens, sure = compiled(params, pool, feed)
            tokens = np.asarray(tokens)
            read = feed["seen"].any(axis=-1)
            drawn = {*feed["draw_row"][feed["seed"] > 0].tolist()}
            sums["seconds"] += time.perf_counter() - started
            sums["steps"] += 1
            sums["room"] += read.size
            sums["tokens"] += read.sum()
            sums["prompt"] += read.sum() - len(drawn)
            return pool, tokens, sure

        return call

    writer._program = program
    return sums


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--answers", type=int, default=16)
    options = parser.parse_args()
    report.without_tensorflow()
    from worker.loading import load_quiz_maker
    from worker.recipes import quiz

    started = time.perf_counter()
    maker = load_quiz_maker("gemma3_270m", quiz.ADAPTER, options.data_dir)
    loaded = time.perf_counter() - started
    maker.warm_up()
    warm = time.perf_counter() - started - loaded
    sums = watch(maker.gemma.writer)
    seconds = report.timed(lambda: maker.make(growth.items(options.answers)))
    rows = [
        ["loading weights, tokenizer, option bank, s", loaded],
        ["compiling, or reading compiled programs, s", warm],
        [f"{options.answers} answers, s", seconds],
        ["... in the model, s", sums["seconds"]],
        ["... on the host, s", seconds - sums["seconds"]],
        ["steps", int(sums["steps"])],
        ["milliseconds a step", 1000 * sums["seconds"] / sums["steps"]],
        ["tokens read", int(sums["tokens"])],
        ["... of prompts, and checks", int(sums["prompt"])],
        ["share of the rows used", sums["tokens"] / sums["room"]],
        ["tokens of replies", maker.gemma.tokens_written],
    ]
    text = f"{report.machine('jax', 'keras-hub')}.\n\n"
    report.publish("profile", text + report.table(["", ""], rows), options.write)


if __name__ == "__main__":
    main()
