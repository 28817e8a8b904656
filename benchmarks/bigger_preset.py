"""Time and memory of the quiz pipeline with a bigger preset's shapes.

    python -m benchmarks.bigger_preset [--answers 64]

Gemma 2 2B with random weights: what is written is noise, but shapes, memory and speed
are the real ones. The passes are those of `worker.quizmaker`: tries at the key, checks
of keys, drafts of the quiz. The embedded tokenizer stands in for Gemma 2's own, so the
vocabulary is 2 % larger.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

VOCABULARY = 262_144  # of the embedded tokenizer


def load(data_dir: Path, buckets: tuple[int, ...]):
    """A `worker.model.Gemma` of Gemma 2 2B's shapes."""
    import keras_hub

    from benchmarks.shapes import GEMMA2_2B
    from worker import model, weighing, weights
    from worker.asking import Ends
    from worker.presets import locate
    from worker.presets.backbone import load_tokenizer
    from worker.rounds import Rounds
    from worker.vocabulary import writable_tokens

    tokenizer = load_tokenizer(locate("gemma3_270m", data_dir))
    shape = GEMMA2_2B | {"vocabulary_size": VOCABULARY}
    backbone = keras_hub.models.GemmaBackbone(**shape, dtype="bfloat16")
    in_head = writable_tokens(tokenizer)
    arch = weights.architecture_of(backbone)
    stored = {
        name: array.astype("float16") if array.ndim > 1 else array
        for name, array in weights.weights_of(backbone).items()
    }
    params = weights.arrange(arch, stored, in_head, "bfloat16")
    stop = tokenizer.end_token_id
    return model.Gemma(
        tokenizer=tokenizer,
        writer=Rounds(arch, params, in_head, Ends(stop), buckets),
        weigher=weighing.Weigher(arch, params, stop),
        batch_size=max(buckets),
    )


def passes(gemma, count: int) -> dict[str, float]:
    """Seconds of the three passes over `count` answers, compiled before."""
    import numpy as np

    from worker.asking import CANDIDATES, NEW_TOKENS, Plan
    from worker.recipes import quiz
    from worker.training.data import read_rows

    rows = read_rows(quiz.TEST_FILE)[:count]
    texts = [(row["question"], row["answer"]) for row in rows]
    seeds = [np.arange(CANDIDATES, dtype=np.uint32) + i for i in range(count)]
    work = {
        "tries at the key": lambda: gemma.reply(
            [gemma.encode(quiz.build_key_prompt(*text)) for text in texts],
            seeds,
            Plan(new_tokens=quiz.KEY_TOKENS),
        ),
        "checks of four keys": lambda: gemma.agree(
            [
                gemma.encode(quiz.build_check_prompt(*text, "key"))
                for text in texts
                for _ in range(4)
            ]
        ),
        "drafts": lambda: gemma.reply(
            [gemma.encode(quiz.build_prompt(*text)) for text in texts],
            seeds,
            Plan(new_tokens=NEW_TOKENS),
        ),
    }
    seconds = {}
    for name, run in work.items():
        run()  # compiles
        started = time.perf_counter()
        run()
        seconds[name] = time.perf_counter() - started
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=64)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument(
        "--data-dir", type=Path, default=Path(os.environ.get("DATA_DIR", "var"))
    )
    options = parser.parse_args()
    import jax

    gemma = load(options.data_dir, (options.batch_size,))
    seconds = passes(gemma, options.answers)
    device = jax.devices()[0]
    print(f"{device.device_kind}, jax {jax.__version__}, {options.answers} answers")
    for name, value in seconds.items():
        print(f"{name:24}{value:8.2f} s{1000 * value / options.answers:8.0f} ms/answer")
    statistics = device.memory_stats() or {}
    peak = statistics.get("peak_bytes_in_use", 0) / 2**30
    print(f"{'peak memory':24}{peak:8.1f} GiB")


if __name__ == "__main__":
    main()
