"""The base model as training needs it: frozen, on the host, with LoRA beside it."""

from __future__ import annotations

import contextlib
from argparse import Namespace
from pathlib import Path

import jax

from worker.adapter import Adapter
from worker.presets.backbone import load_backbone
from worker.training.dense import Lora, add_lora
from worker.training.lora import recompute


def load(preset: Path, options: Namespace, start: Adapter | None = None):
    """A preset's backbone, converted as the options say; LoRA starts as in `start`.

    It is built in the host's memory, so that a base too large for one device can be
    quantised or spread over several; `LoraTrainer` brings it there. Frozen weights are
    bfloat16, on a CPU float32; what is learned is float32 everywhere.
    """
    on_cpu = jax.default_backend() == "cpu"
    with on_host():
        backbone = load_backbone(preset, "float32" if on_cpu else "bfloat16")
    add_lora(backbone, lora_of(options), options.quantise)
    if start:
        start.put_into(backbone)
    keep = options.keep or ("everything" if on_cpu else "products")
    if keep != "everything":
        recompute(backbone, keep_products=keep == "products")
    return backbone


def lora_of(options: Namespace) -> Lora:
    """What the options say is learned."""
    return Lora(
        rank=options.rank,
        targets=tuple(options.targets),
        alpha=options.alpha,
        dropout=options.dropout,
    )


def on_host():
    """A scope in which arrays are made in the host's memory, if JAX may use it."""
    try:
        return jax.default_device(jax.local_devices(backend="cpu")[0])
    except RuntimeError:  # JAX_PLATFORMS=cuda: there is no CPU backend then
        return contextlib.nullcontext()
