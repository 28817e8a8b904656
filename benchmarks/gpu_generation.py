"""Generation against KerasHub's `generate` and transformers, same shapes, same run.

    python -m benchmarks.gpu_generation            # Gemma 2 2B's shapes on a GPU
    python -m benchmarks.gpu_generation --shape tiny --new-tokens 8   # tries the code

Random weights; every row writes exactly --new-tokens tokens, greedily. Ours is
`worker.engine.generate` with one candidate a row, in bfloat16 and with WEIGHTS=int8.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks import report, shapes

NOTHING_STOPS = -1  # no token has this id
BUCKET = 16  # prompts are padded to a multiple of it
COMPILERS = 4


def cases(seed: int = 1) -> dict[str, list[int]]:
    """Prompt lengths of each case, in tokens."""
    draw = np.random.default_rng(seed)
    return {
        "64 ragged, 30-200": draw.integers(30, 201, 64).tolist(),
        "64 of 115": [115] * 64,
        "16 ragged, 30-200": draw.integers(30, 201, 16).tolist(),
        "16 of 115": [115] * 16,
    }


class Ours:
    """The engine with the backbone's weights and the full output head."""

    def __init__(self, backbone, dtype: str) -> None:
        from worker import weights

        stored = weights.weights_of(backbone)
        vocabulary = len(stored["embedding"])
        self.in_head = np.ones(vocabulary, bool)
        self.arch = weights.architecture_of(backbone)
        self.params = weights.arrange(self.arch, stored, self.in_head, dtype)

    def run(self, prompts, new_tokens: int):
        from worker import engine
        from worker.asking import Ends

        length = -(-max(map(len, prompts)) // BUCKET) * BUCKET
        draw = {
            "seeds": np.zeros((len(prompts), 1), np.uint32),
            "temperature": np.float32(1.0),
            "top_p": np.float32(1.0),
        }
        written, _ = engine.generate(
            self.arch,
            self.params,
            engine.pad_prompts(prompts, length, self.in_head),
            draw,
            np.int32(new_tokens),
            new_tokens=new_tokens,
            ends=Ends(NOTHING_STOPS),
            enough=1,
        )
        return np.asarray(written)[:, 0]


class KerasHub:
    """KerasHub's own `generate`, compiled for each shape."""

    def __init__(self, backbone) -> None:
        import keras_hub

        self.model = keras_hub.models.GemmaCausalLM(backbone, preprocessor=None)
        self.model.compile(sampler="greedy")

    def run(self, prompts, new_tokens: int):
        length = max(map(len, prompts)) + new_tokens
        tokens = np.zeros((len(prompts), length), np.int32)
        mask = np.zeros(tokens.shape, bool)
        for row, prompt in enumerate(prompts):
            tokens[row, : len(prompt)] = prompt
            mask[row, : len(prompt)] = True
        inputs = {"token_ids": tokens, "padding_mask": mask}
        return np.asarray(self.model.generate(inputs, stop_token_ids=None)["token_ids"])


class Transformers:
    """transformers' `generate`, padded on the left."""

    def __init__(self, shape: str) -> None:
        self.model = shapes.hugging_face(shape)

    def run(self, prompts, new_tokens: int):
        import torch

        length = max(map(len, prompts))
        tokens = np.zeros((len(prompts), length), np.int64)
        for row, prompt in enumerate(prompts):
            tokens[row, length - len(prompt) :] = prompt
        given = torch.as_tensor(tokens, device=self.model.device)
        with torch.inference_mode():
            made = self.model.generate(
                given,
                attention_mask=(given > 0).long(),
                do_sample=False,
                min_new_tokens=new_tokens,
                max_new_tokens=new_tokens,
                pad_token_id=0,
            )
        return made.cpu().numpy()


def compile_together(engines: Sequence[Ours], prompts: Sequence, new_tokens: int):
    """Compile the engine for all prompts at once; the others compile in their turn."""
    with ThreadPoolExecutor(COMPILERS) as pool:
        runs = [
            pool.submit(engine.run, case, new_tokens)
            for engine in engines
            for case in prompts
        ]
    for run in runs:
        run.result()


def measure(sides: dict, prompts, options) -> dict[str, float]:
    """Median seconds of each side, compiled before."""
    calls = {
        name: functools.partial(side.run, prompts, options.new_tokens)
        for name, side in sides.items()
    }
    for call in calls.values():
        call()
    return report.in_turns(calls, options.repeat)


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--shape", choices=shapes.SHAPES, default="2b")
    parser.add_argument("--new-tokens", type=int, default=128)
    parser.add_argument("--without", nargs="*", default=[], help="sides to leave out")
    options = parser.parse_args()
    report.without_tensorflow()
    import jax

    device = jax.devices()[0]
    dtype = "float32" if device.platform == "cpu" else "bfloat16"
    with shapes.quickly_drawn():
        backbone = shapes.backbone(options.shape, dtype)
    makers = {
        "ours": lambda: Ours(backbone, dtype),
        "ours, int8": lambda: Ours(backbone, "int8"),
        "KerasHub": lambda: KerasHub(backbone),
        "transformers": lambda: Transformers(options.shape),
    }
    vocabulary = shapes.SHAPES[options.shape]["vocabulary_size"]
    sides = {n: make() for n, make in makers.items() if n not in options.without}
    others = [name for name in ("KerasHub", "transformers") if name in sides]
    prompts = {n: shapes.prompts(sizes, vocabulary) for n, sizes in cases().items()}
    engines = [side for side in sides.values() if isinstance(side, Ours)]
    compile_together(engines, list(prompts.values()), options.new_tokens)
    rows = []
    for name, given in prompts.items():
        seconds = measure(sides, given, options)
        ratios = [f"{seconds[other] / seconds['ours']:.2f}x" for other in others]
        rows.append([name, *seconds.values(), *ratios])
        print(rows[-1], flush=True)
    ratios = [f"{name} / ours" for name in others]
    header = ["answers", *(f"{name}, s" for name in sides), *ratios]
    where = report.machine(
        "jax", "keras-hub", "torch", "transformers", device=device.device_kind
    )
    text = f"{where}. {options.shape} shapes, {options.new_tokens} new tokens.\n\n"
    report.publish("gpu-generation", text + report.table(header, rows), options.write)


if __name__ == "__main__":
    main()
