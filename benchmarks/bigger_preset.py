"""Time and memory of the quiz pipeline with a bigger preset's shapes.

    python -m benchmarks.bigger_preset [--answers 1 32 250] [--weights int8] [--write]

Gemma 2 2B with random weights: what is written is noise, but shapes, memory and speed
are the real ones. The passes are those that `worker.quizmaker` makes of an answer:
tries at the key, checks of keys, drafts of the quiz, and wrong options weighed. One
answer is the first of a meeting, which a worker takes alone (`worker.queue`).
Random replies do not end by themselves, so all are written to their limit. The
embedded tokenizer stands in for Gemma 2's own: the vocabulary is 2 % larger.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks import report, shapes

VOCABULARY = 262_144  # of the embedded tokenizer
BATCHES = (1, 32)  # answers at a time, two of a GPU's three sizes
CHECKS = 4  # of an answer; 3.6 were asked for in a meeting of 16
WEIGHED = (30, 30)  # short texts, with the question and without; 2.25 weighings


def load(data_dir: Path, dtype: str):
    """A `worker.model.Gemma` of Gemma 2 2B's shapes."""
    import keras_hub

    from worker import model, weighing, weights
    from worker.asking import Ends
    from worker.presets import locate
    from worker.presets.backbone import load_tokenizer
    from worker.rounds import Rounds
    from worker.vocabulary import writable_tokens

    tokenizer = load_tokenizer(locate("gemma3_270m", data_dir))
    shape = shapes.GEMMA2_2B | {"vocabulary_size": VOCABULARY}
    with shapes.quickly_drawn():
        backbone = keras_hub.models.GemmaBackbone(**shape, dtype="bfloat16")
    in_head = writable_tokens(tokenizer)
    arch = weights.architecture_of(backbone)
    params = weights.arrange(arch, weights.weights_of(backbone), in_head, dtype)
    stop = tokenizer.end_token_id
    return model.Gemma(
        tokenizer=tokenizer,
        writer=Rounds(arch, params, in_head, Ends(stop), BATCHES),
        weigher=weighing.Weigher(arch, params, stop),
        batch_size=max(BATCHES),
    )


def compile_all(gemma) -> None:
    """Every program, as many at a time as there are cores for."""
    with ThreadPoolExecutor(1) as beside:
        weigher = beside.submit(gemma.weigher.warm_up)
        gemma.writer.warm_up(lambda share: None, os.cpu_count() or 1)
        weigher.result()
    passes(gemma, 1)  # the first call of a program is a slow one


def passes(gemma, count: int) -> dict[str, float]:
    """Seconds of each pass over `count` answers; compiled before."""
    from worker.asking import CANDIDATES, NEW_TOKENS, Plan
    from worker.recipes import quiz
    from worker.training.data import read_rows

    rows = read_rows(quiz.TEST_FILE)
    words = [option for row in rows for option in row["options"]]
    rows = rows[:count]
    texts = [(row["question"], row["answer"]) for row in rows]
    seeds = [np.arange(CANDIDATES, dtype=np.uint32) + i for i in range(count)]

    def tries():
        prompts = [gemma.encode(quiz.build_key_prompt(*text)) for text in texts]
        gemma.reply(prompts, seeds, Plan(new_tokens=quiz.KEY_TOKENS))

    def checks():
        asked = [quiz.build_check_prompt(*text, "key") for text in texts]
        gemma.agree([gemma.encode(text) for text in asked * CHECKS])

    def drafts():
        prompts = [gemma.encode(quiz.build_prompt(*text)) for text in texts]
        gemma.reply(prompts, seeds, Plan(new_tokens=NEW_TOKENS))

    def weighings():
        for text in texts:
            prompt = gemma.encode(quiz.build_key_prompt(*text))
            for options in WEIGHED:
                gemma.weigh(prompt, words[:options])

    work = (tries, checks, drafts, weighings)
    return {run.__name__: report.timed(run) for run in work}


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--answers", type=int, nargs="+", default=[*BATCHES, 250])
    parser.add_argument("--weights", choices=("bfloat16", "int8"), default="bfloat16")
    options = parser.parse_args()
    report.without_tensorflow()
    import jax

    gemma = load(options.data_dir, options.weights)
    compile_all(gemma)
    rows = []
    for count in options.answers:
        seconds = passes(gemma, count)
        rows.append([count, *seconds.values(), sum(seconds.values())])
        print(rows[-1], flush=True)
    device = jax.devices()[0]
    peak = (device.memory_stats() or {}).get("peak_bytes_in_use", 0) / 1e9
    where = report.machine("jax", "keras-hub", device=device.device_kind)
    header = ["answers", "tries, s", "checks, s", "drafts, s", "weighing, s", "all, s"]
    text = f"{where}. Weights in {options.weights}; {peak:.1f} GB at most.\n\n"
    name = f"bigger-preset-{options.weights}"
    report.publish(name, text + report.table(header, rows), options.write)


if __name__ == "__main__":
    main()
