"""The base model as training needs it: frozen, on the host, with LoRA beside it."""

from __future__ import annotations

import contextlib
import json
from argparse import Namespace
from pathlib import Path

import jax

from worker.presets.backbone import load_backbone
from worker.training.dense import Lora, add_lora
from worker.training.lora import recomputed


def load(preset: Path, options: Namespace):
    """A preset's backbone, converted as the options say.

    It is built in the host's memory, so that a base too large for one device can be
    quantised or spread over several; `LoraTrainer` brings it there. Frozen weights are
    bfloat16, on a CPU float32; what is learned is float32 everywhere.
    """
    dtype = "float32" if jax.default_backend() == "cpu" else "bfloat16"
    layers = num_layers(preset) if options.recompute else 0
    with on_host(), recomputed(layers):
        backbone = load_backbone(preset, dtype)
    add_lora(backbone, lora_of(options), options.quantise)
    return backbone


def lora_of(options: Namespace) -> Lora:
    """What the options say is learned."""
    return Lora(
        rank=options.rank,
        targets=tuple(options.targets),
        alpha=options.alpha,
        dropout=options.dropout,
    )


def num_layers(preset: Path) -> int:
    """Decoder blocks of a preset folder."""
    config = json.loads((preset / "config.json").read_text(encoding="utf-8"))
    return config["config"]["num_layers"]


def on_host():
    """A scope in which arrays are made in the host's memory, if JAX may use it."""
    try:
        return jax.default_device(jax.local_devices(backend="cpu")[0])
    except RuntimeError:  # JAX_PLATFORMS=cuda: there is no CPU backend then
        return contextlib.nullcontext()
