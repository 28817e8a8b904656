"""A LoRA step against transformers + PEFT, same shapes, same run.

    python -m benchmarks.gpu_training              # Gemma 2 2B's shapes on a GPU
    python -m benchmarks.gpu_training --shape tiny --rows 2 --tokens 32

Rank 8 on query and value, 16 rows of 512 tokens, the loss on all of them. Each side
runs in a process of its own, so that peak memory is its own.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys

import numpy as np

from benchmarks import report, shapes

SIDES = {
    "ours": [],
    "ours, keeping everything": ["--keep", "everything"],
    "ours, keeping nothing": ["--keep", "nothing"],
    "transformers + PEFT": [],
}


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


def ours(options) -> dict:
    """Seconds of each step and peak memory of `worker.training.lora`."""
    report.without_tensorflow()
    import jax
    import keras

    from worker.training.lora import LoraTrainer, recompute

    device = jax.devices()[0]
    dtype = "float32" if device.platform == "cpu" else "bfloat16"
    backbone = shapes.backbone(options.shape, dtype)
    backbone.enable_lora(8, target_layer_names=["query", "value"])
    if options.keep != "everything":
        recompute(backbone, keep_products=options.keep == "products")
    trainer = LoraTrainer(backbone, keras.optimizers.AdamW(1e-4))
    batch = batch_of(options, backbone.vocabulary_size)
    count = len(batch["at"])
    draw = np.random.default_rng(0)
    seconds = [
        report.timed(lambda: trainer.train_epoch([batch], count, draw, lambda: None))
        for _ in range(options.repeat + 2)
    ]
    peak = (device.memory_stats() or {}).get("peak_bytes_in_use", 0)
    return {"seconds": seconds[2:], "peak": peak, "device": device.device_kind}


def peft(options) -> dict:
    """The same of transformers + PEFT."""
    import torch
    from peft import LoraConfig, get_peft_model

    model = shapes.hugging_face(options.shape)
    model = get_peft_model(
        model, LoraConfig(r=8, target_modules=["q_proj", "v_proj"])
    ).train()
    optimizer = torch.optim.AdamW(
        [p for p in model.parameters() if p.requires_grad], 1e-4
    )
    vocabulary = shapes.SHAPES[options.shape]["vocabulary_size"]
    given = shapes.prompts([options.tokens] * options.rows, vocabulary)
    tokens = torch.as_tensor(np.array(given), device=model.device)

    def step() -> None:
        loss = model(input_ids=tokens, labels=tokens).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        loss.item()

    seconds = [report.timed(step) for _ in range(options.repeat + 2)]
    on_gpu = torch.cuda.is_available()
    return {
        "seconds": seconds[2:],
        "peak": torch.cuda.max_memory_allocated() if on_gpu else 0,
        "device": torch.cuda.get_device_name() if on_gpu else "",
    }


def run_side(name: str, options) -> dict:
    """One side in a process of its own."""
    arguments = [
        *("--side", name, "--shape", options.shape, "--repeat", str(options.repeat)),
        *("--rows", str(options.rows), "--tokens", str(options.tokens), *SIDES[name]),
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


def main() -> None:
    parser = report.parser(__doc__)
    parser.add_argument("--shape", choices=shapes.SHAPES, default="2b")
    parser.add_argument("--rows", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=512)
    kept = ("products", "everything", "nothing")
    parser.add_argument("--keep", choices=kept, default="products", help="in memory")
    parser.add_argument("--side", choices=SIDES)
    parser.add_argument("--without", nargs="*", default=[], help="sides to leave out")
    options = parser.parse_args()
    if options.side:
        side = peft if options.side == "transformers + PEFT" else ours
        print(json.dumps(side(options)))
        return
    rows, device = [], ""
    for name in SIDES:
        if name in options.without:
            continue
        measured = run_side(name, options)
        device = measured["device"] or device
        seconds = statistics.median(measured["seconds"])
        speed = options.rows * options.tokens / seconds
        rows.append([name, seconds, f"{speed:,.0f}", measured["peak"] / 1e9])
        print(rows[-1], flush=True)
    where = report.machine(
        "jax", "keras-hub", "torch", "transformers", "peft", device=device
    )
    header = ["", "step, s", "tokens a second", "peak memory, GB"]
    text = f"{where}. {options.shape} shapes, {options.rows} x {options.tokens}.\n\n"
    report.publish("gpu-training", text + report.table(header, rows), options.write)


if __name__ == "__main__":
    main()
