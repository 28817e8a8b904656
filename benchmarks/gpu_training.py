"""A LoRA and a QLoRA step against transformers + PEFT, same shapes, same run.

    python -m benchmarks.gpu_training                 # Gemma 2 2B's shapes on a GPU
    python -m benchmarks.gpu_training --few-bits      # 4 bits beside bfloat16
    python -m benchmarks.gpu_training --devices 2     # two GPUs beside one
    python -m benchmarks.gpu_training --shape tiny --rows 2 --tokens 32

Rank 8 on query and value, 16 rows of 512 tokens, the loss on all of them. Each side
runs in a process of its own, so that peak memory is its own; it tells memory that
steps need, without what loading needed. bitsandbytes is asked if it is installed.
In few bits a step is taken in 4 micro-batches, and nothing is kept of a layer. With
several devices both sides take the same step, of so many rows for each device.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks import report, shapes

TARGETS = ("query", "value")
TORCH, TORCH_4_BIT = "transformers + PEFT", "transformers + PEFT + bitsandbytes nf4"
LORA: dict[str, list[str]] = {
    "ours": [],
    "ours, keeping everything": ["--keep", "everything"],
    "ours, keeping nothing": ["--keep", "nothing"],
    TORCH: [],
}
LEAST = ["--accumulate", "4", "--keep", "nothing"]
FEW_BITS: dict[str, list[str]] = {
    "ours, bfloat16": LEAST,
    "ours, int8": [*LEAST, "--quantise", "int8"],
    "ours, int4": [*LEAST, "--quantise", "int4"],
    "ours, nf4": [*LEAST, "--quantise", "nf4"],
    TORCH: LEAST,
    TORCH_4_BIT: LEAST,
}
LOSSES = 3  # steps whose loss is shown
WARM_UP = 2  # steps that compile


def sides_of(options) -> dict[str, list[str]]:
    """The sides that the options ask for, with the options of each."""
    if options.devices > 1:
        both = {"one device": 1, f"{options.devices} devices": options.devices}
        rows = ["--rows", str(rows_of(options))]
        model = ["--model-parallel", str(options.model_parallel)]
        sides = {name: ["--devices", str(n), *rows] for name, n in both.items()}
        return {n: m if n == "one device" else m + model for n, m in sides.items()}
    sides = FEW_BITS if options.few_bits else LORA
    if find_spec("bitsandbytes") is None:
        sides = {name: more for name, more in sides.items() if name != TORCH_4_BIT}
    return {name: m for name, m in sides.items() if name not in options.without}


def rows_of(options) -> int:
    """Rows of a step: with several devices so many for each, also for one alone."""
    return options.rows * options.devices


def batch_of(options, vocabulary: int) -> dict[str, np.ndarray]:
    """Arrays of `worker.training.data.encode_example`, stacked."""
    from worker.training.data import encode_example

    texts = shapes.prompts([options.tokens + 1] * options.rows, vocabulary)
    rows = [
        encode_example(
            text[:1], text[1:], length=options.tokens, reply_length=options.tokens
        )
        for text in texts
    ]
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def ours(options) -> dict[str, Any]:
    """Seconds of each step, memory and losses of `worker.training`."""
    report.without_tensorflow()
    import jax
    import keras

    from worker.training import base, devices
    from worker.training.dense import Lora, add_lora
    from worker.training.lora import FEW_TOKENS, LoraTrainer, recompute

    device = jax.devices()[0]
    dtype = "float32" if device.platform == "cpu" else "bfloat16"
    with base.on_host(), shapes.quickly_drawn():
        backbone = shapes.backbone(options.shape, dtype)
    add_lora(backbone, Lora(rank=8, targets=TARGETS), options.quantise)
    if options.keep != "everything":
        recompute(backbone, keep_products=options.keep == "products")
    parts = options.accumulate
    at_once = options.rows // parts
    spread = devices.choose(options.devices, options.model_parallel, at_once)
    trainer = LoraTrainer(backbone, keras.optimizers.AdamW(1e-4), spread)
    if options.keep == "nothing":
        trainer.tokens_at_a_time = FEW_TOKENS
    batch = {
        name: rows.reshape(parts, at_once, *rows.shape[1:])
        for name, rows in batch_of(options, backbone.vocabulary_size).items()
    }
    losses = []

    def step() -> None:
        (sums,) = trainer.train([batch])
        losses.append(float(sums[0] / sums[2]))

    seconds = [report.timed(step) for _ in range(options.repeat + WARM_UP)]
    peak = (device.memory_stats() or {}).get("peak_bytes_in_use", 0)
    return {
        "seconds": seconds[WARM_UP:],
        "peak": peak,
        "losses": losses[:LOSSES],
        "device": device.device_kind,
    }


def peft(options) -> dict[str, Any]:
    """The same of transformers + PEFT, on request with bitsandbytes' nf4."""
    import torch
    from peft import LoraConfig, get_peft_model

    model = shapes.hugging_face(options.shape)
    if options.side == TORCH_4_BIT:
        in_four_bits(model)
    if options.keep == "nothing":
        model.gradient_checkpointing_enable()
        model.enable_input_require_grads()
    model = get_peft_model(
        model, LoraConfig(r=8, target_modules=["q_proj", "v_proj"])
    ).train()
    optimizer = torch.optim.AdamW(
        [p for p in model.parameters() if p.requires_grad], 1e-4
    )
    vocabulary = shapes.SHAPES[options.shape]["vocabulary_size"]
    given = shapes.prompts([options.tokens] * options.rows, vocabulary)
    tokens = torch.as_tensor(np.array(given), device=model.device)
    losses = []

    def step() -> None:
        total = 0.0
        for part in tokens.chunk(options.accumulate):
            loss = model(input_ids=part, labels=part).loss / options.accumulate
            loss.backward()
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(total)

    on_gpu = torch.cuda.is_available()
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    seconds = [report.timed(step) for _ in range(options.repeat + WARM_UP)]
    return {
        "seconds": seconds[WARM_UP:],
        "peak": torch.cuda.max_memory_allocated() if on_gpu else 0,
        "losses": losses[:LOSSES],
        "device": torch.cuda.get_device_name() if on_gpu else "",
    }


def in_four_bits(model) -> None:
    """Replace the linear layers of a model by bitsandbytes' nf4 ones, in place."""
    import bitsandbytes
    import torch

    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, torch.nn.Linear) and name != "lm_head":
                linear = bitsandbytes.nn.Linear4bit(
                    child.in_features,
                    child.out_features,
                    bias=False,
                    compute_dtype=torch.bfloat16,
                    quant_type="nf4",
                )
                weight = child.weight.data.to("cpu")
                linear.weight = bitsandbytes.nn.Params4bit(
                    weight, requires_grad=False, quant_type="nf4"
                )
                setattr(module, name, linear.to(child.weight.device))


def run_side(name: str, more: list[str], options) -> dict[str, Any]:
    """One side in a process of its own."""
    arguments = [
        *("--side", name, "--shape", options.shape, "--repeat", str(options.repeat)),
        *("--rows", str(options.rows), "--tokens", str(options.tokens)),
        *more,
    ]
    # JAX would take three quarters of the memory at once and report that.
    environment = os.environ | {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu_training", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=environment,
    )
    return json.loads(done.stdout.splitlines()[-1])


def add_options(parser) -> None:
    add = parser.add_argument
    add("--shape", choices=shapes.SHAPES, default="2b")
    add("--rows", type=int, default=16)
    add("--tokens", type=int, default=512)
    add("--few-bits", action="store_true", help="compare bases in 16, 8 and 4 bits")
    add("--devices", type=int, default=1, help="compare so many devices with one")
    add("--model-parallel", type=int, default=1, help="devices that share a matrix")
    kept = ("products", "everything", "nothing")
    add("--keep", choices=kept, default="products", help="in memory")
    add("--accumulate", type=int, default=1, help="micro-batches of a step")
    add("--quantise", help="the base of one side")
    add("--side", help="run this one only, in this process")
    add("--without", nargs="*", default=[], help="sides to leave out")


def main() -> None:
    parser = report.parser(__doc__)
    add_options(parser)
    options = parser.parse_args()
    if options.side:
        side = peft if options.side in (TORCH, TORCH_4_BIT) else ours
        print(json.dumps(side(options)))
        return
    rows, device = [], ""
    for name, more in sides_of(options).items():
        measured = run_side(name, more, options)
        device = measured["device"] or device
        seconds = statistics.median(measured["seconds"])
        losses = ", ".join(f"{loss:.3f}" for loss in measured["losses"])
        speed = f"{rows_of(options) * options.tokens / seconds:,.0f}"
        rows.append([name, seconds, speed, measured["peak"] / 1e9, losses])
        print(rows[-1], flush=True)
    publish(rows, device, options)


def publish(rows: list[list], device: str, options) -> None:
    """Print the table, and write it into the document on request."""
    where = report.machine(
        *("jax", "keras-hub", "torch", "transformers", "peft", "bitsandbytes"),
        device=device,
    )
    header = ["", "step, s", "tokens a second", "peak memory, GB", "first losses"]
    name = "gpu-training"
    if options.devices > 1:
        name += "-devices"
    elif options.few_bits:
        name += "-few-bits"
    text = (
        f"{where}. {options.shape} shapes, {rows_of(options)} x {options.tokens}.\n\n"
    )
    report.publish(name, text + report.table(header, rows), options.write)


if __name__ == "__main__":
    main()
