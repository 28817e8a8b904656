"""Exports in other programs: are the greedy tokens ours?

    make export-test    # makes the other programs' Python first

Tiny Gemma 2 and Gemma 3 with random weights and adapters, and the embedded model
with the shipped quiz adapter. Each is exported by `worker.export` in all formats, and
transformers, PEFT and llama.cpp continue the same prompts. Ours is the worker's own
engine in float32 with the adapter merged. A row of the table says in how many prompts
the new tokens are the same to the end, and in how many the first 20 are.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import report

EMBEDDED = "embedded"
FIRST = 20  # tokens that llama.cpp is held to
DOCUMENT = report.DOCUMENT.with_name("export.md")
FORMATS = {
    "hf": ("--format", "hf", "--dtype", "float32"),
    "peft": ("--format", "peft", "--dtype", "float32"),
    "f16": ("--format", "gguf", "--gguf-type", "f16"),
    "q8_0": ("--format", "gguf", "--gguf-type", "q8_0"),
}
PROGRAMS = {
    "hf": "transformers, merged, float32",
    "peft": "transformers + PEFT, float32",
    "f16": "llama.cpp, GGUF f16",
    "q8_0": "llama.cpp, GGUF Q8_0",
}


def quiz_texts(count: int) -> list[str]:
    from worker.recipes import quiz

    rows = quiz.read_rows(quiz.TEST_FILE)
    step = len(rows) // count
    return [
        quiz.build_prompt(row["question"], row["answer"])
        for row in rows[: step * count : step]
    ]


def ours(preset: Path, adapter: Path, prompts, new_tokens: int) -> list[list[int]]:
    """Greedy replies of the engine in float32, with their stop token."""
    from worker import engine, weights
    from worker.asking import Ends
    from worker.export.__main__ import read_adapter
    from worker.presets.backbone import load_backbone, load_tokenizer

    backbone = load_backbone(preset, "float32")
    in_head = np.ones(backbone.vocabulary_size, bool)
    arch, stop = weights.architecture_of(backbone), load_tokenizer(preset).end_token_id
    arranged = weights.arrange(
        arch, weights.weights_of(backbone), in_head, "float32", read_adapter(adapter)
    )
    written, _ = engine.generate(
        arch,
        arranged,
        engine.pad_prompts(prompts, max(map(len, prompts)), in_head),
        {
            "seeds": np.zeros((len(prompts), 1), np.uint32),
            "temperature": np.float32(1.0),
            "top_p": np.float32(0.95),
        },
        np.int32(new_tokens),
        new_tokens=new_tokens,
        ends=Ends(stop),
        enough=1,
    )
    return [until(stop, row[0].tolist()) for row in np.asarray(written)]


def until(stop: int, tokens: list[int]) -> list[int]:
    return tokens[: tokens.index(stop) + 1] if stop in tokens else tokens


def export_all(preset: Path, adapter: Path, folder: Path, data_dir: Path) -> dict:
    """The folders of all formats by name, and of the base model."""
    from worker.export.__main__ import main

    common = ["--preset", str(preset), "--data-dir", str(data_dir)]
    folders = {name: folder / name for name in (*FORMATS, "base")}
    for name, out in folders.items():
        own = [] if name == "base" else ["--adapter", str(adapter)]
        own += ["--base-model", str(folders["base"])]
        kind = FORMATS["hf" if name == "base" else name]
        if main([*kind, *common, *own, "--output", str(out)]):
            raise SystemExit(f"The export {name} failed.")
    return folders


def ask(python: str, job: dict) -> dict:
    """What another Python answers to a job of `benchmarks.export_side`."""
    side = Path(__file__).with_name("export_side.py")
    answered = subprocess.run(
        [python, str(side)], input=json.dumps(job), capture_output=True, text=True
    )
    if answered.returncode:
        raise SystemExit(answered.stderr)
    return json.loads(answered.stdout.splitlines()[-1])


def compare(name: str, preset: Path, adapter: Path, options) -> list[list]:
    """Rows of the table for one model."""
    from worker.presets.backbone import load_tokenizer

    tokenizer = load_tokenizer(preset)
    texts = quiz_texts(options.prompts)
    prompts = [[tokenizer.start_token_id, *map(int, tokenizer(t))] for t in texts]
    wanted = ours(preset, adapter, prompts, options.new_tokens)
    with tempfile.TemporaryDirectory() as folder:
        folders = export_all(preset, adapter, Path(folder), options.data_dir)
        job = {
            "texts": texts,
            "prompts": prompts,
            "stop": tokenizer.end_token_id,
            "new_tokens": options.new_tokens,
            **{kind: str(folders[kind]) for kind in ("hf", "peft", "base")},
            "gguf": {
                kind: str(next(folders[kind].glob("*.gguf")))
                for kind in ("f16", "q8_0")
            },
        }
        found = ask(options.transformers, job | {"side": "transformers"})
        llama = ask(options.llama, job | {"side": "llama"})
    same = [found.pop("tokens"), llama.pop("tokens")]
    if same != [prompts, prompts]:
        print(f"{name}: tokens of the texts differ", file=sys.stderr)
    return [
        [name, PROGRAMS[kind], *counts(wanted, written)]
        for kind, written in (found | llama).items()
    ]


def counts(wanted, written) -> list[str]:
    """Prompts whose first tokens and whose whole replies are the same."""
    pairs = list(zip(wanted, written, strict=True))
    first = sum(a[:FIRST] == b[:FIRST] for a, b in pairs)
    whole = sum(a == b for a, b in pairs)
    tokens = sum(map(len, wanted))
    return [f"{first} of {len(pairs)}", f"{whole} of {len(pairs)}", f"{tokens:,}"]


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--transformers", required=True, help="Python with it and peft")
    parser.add_argument("--llama", required=True, help="a Python with llama-cpp-python")
    parser.add_argument("--prompts", type=int, default=10)
    parser.add_argument("--new-tokens", type=int, default=100)
    parser.add_argument("--only", nargs="+", help="models, such as gemma2 or embedded")
    options = parser.parse_args()
    report.without_tensorflow()
    from tests.worker import tiny_presets
    from worker.presets import locate
    from worker.recipes import quiz

    wanted = options.only or (*tiny_presets.KINDS, EMBEDDED)
    rows = []
    for kind in tiny_presets.KINDS:
        if kind not in wanted:
            continue
        with tempfile.TemporaryDirectory() as folder:
            preset, adapter = Path(folder) / "tiny", Path(folder) / "adapter"
            backbone = tiny_presets.save(preset, kind)
            tiny_presets.save_adapter(adapter, backbone, preset="tiny")
            rows += compare(f"tiny {kind}", preset, adapter, options)
    if EMBEDDED in wanted:
        preset = locate("gemma3_270m", options.data_dir)
        rows += compare("Gemma 3 270M, quiz", preset, quiz.ADAPTER, options)
    header = ["model", "in", f"first {FIRST} tokens", "whole reply", "tokens of ours"]
    text = f"{report.machine('jax', 'keras-hub')}.\n\n{report.table(header, rows)}\n"
    report.publish("export", text, options.write, DOCUMENT)


if __name__ == "__main__":
    main()
