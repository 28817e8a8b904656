"""`python -m tests.worker.spread`: the same run on 1, 2 and 4 devices, as JSON.

A process of its own: how many devices a CPU pretends to be is settled when JAX starts.
"""

from __future__ import annotations

import json
import os

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"
os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

from tests.worker import tiny
from worker.training import devices
from worker.training.data import encode_example
from worker.training.dense import Lora, add_lora
from worker.training.fitting import Run
from worker.training.lora import LoraTrainer
from worker.training.plan import Plan

LAYOUTS = {"1": (1, 1), "2 x 1": (2, 1), "1 x 4": (4, 4)}  # rows x matrices


def rows() -> dict[str, np.ndarray]:
    """Eight rows of random tokens."""
    rng = np.random.default_rng(5)
    encoded = [
        encode_example(
            [2, *rng.integers(4, 500, 8).tolist()],
            [*rng.integers(4, 500, 3).tolist(), 1],
            length=16,
            reply_length=6,
        )
        for _ in range(8)
    ]
    return {name: np.stack([row[name] for row in encoded]) for name in encoded[0]}


def run(make, layout: tuple[int, int], form: str | None = None) -> dict:
    """Losses of a run on some devices, and how a key's and a query's kernel lie."""
    backbone, group = make(), rows()
    add_lora(backbone, Lora(rank=2, targets=("query", "ffw_linear")), form)
    spread = devices.choose(*layout, batch_size=4)
    trainer = LoraTrainer(backbone, keras.optimizers.AdamW(0.02), spread)
    history = Run(
        trainer=trainer,
        plan=Plan(groups=[group], batch_size=4, epochs=1, parts=spread.data_parts),
        validation=[group],
        patience=5,
    ).fit()
    frozen = dict(
        zip(
            [v.path for v in backbone.non_trainable_variables],
            trainer._frozen,
            strict=True,
        )
    )
    shards = {
        path.split("attention/")[1]: len({str(s.index) for s in v.addressable_shards})
        for path, v in frozen.items()
        if "decoder_block_0/attention" in path and path.endswith(("kernel", "codes"))
    }
    return {"losses": history.step_loss + history.val_loss, "shards": shards}


def main() -> None:
    gemma3 = lambda: tiny.make_backbone(num_layers=2)  # noqa: E731
    found = {name: run(gemma3, layout) for name, layout in LAYOUTS.items()}
    found["few bits, 1"] = run(gemma3, (1, 1), "int4")
    found["few bits, 2 x 2"] = run(gemma3, (4, 2), "int4")
    gemma2 = tiny.gemma2.__wrapped__
    found["gemma2, 1"] = run(gemma2, (1, 1))
    found["gemma2, 1 x 2"] = run(gemma2, (2, 2))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
