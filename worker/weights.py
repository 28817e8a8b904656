"""Gemma's weights in the form `worker.engine` reads, kept on disk beside the preset's.

Building a KerasHub backbone only to read its weights takes ten times as long as
reading the arranged matrices, so they are written once per preset. The files hold the
base model; adapters are merged when they are loaded.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from worker.adapter import Adapter, AdapterError, dense_layers
from worker.layers import Architecture, EightBits

# The 4-bit source has fewer digits than float16 keeps, at half of float32's memory.
STORED = "float16"
GEMMA2_WAVELENGTH = 10_000.0  # of the rotary embedding, in tokens
_NORMS = (
    "pre_attention_norm",
    "post_attention_norm",
    "pre_ffw_norm",
    "post_ffw_norm",
)

Weights = Mapping[str, np.ndarray]


def read_preset(
    preset: Path, cache: Path, *, layers_only: bool = False
) -> tuple[Architecture, Weights]:
    """Architecture and weights of a preset folder, from `cache` if they are there.

    `layers_only` leaves out the embedding, two thirds of a small model.

    Returns:
        `Architecture`, and arrays by name: `embedding` `(V, D)`, `final_norm` `(D,)`
        and for layer `i` `i/qkv` `(D, (N + 2K) * H)`, `i/attention_output`
        `(N * H, D)`, `i/gate_up` `(D, 2F)`, `i/down` `(F, D)`, all float16, and the
        norms' scales in float32.
    """
    file = cache / f"{preset.name}-{_fingerprint(preset)}.safetensors"
    if not file.is_file():
        _write(preset, file)
    return _read(file, {"embedding"} if layers_only else set())


def _fingerprint(preset: Path) -> str:
    """Changes when a file of the preset does."""
    digest = hashlib.sha256((preset / "config.json").read_bytes())
    for file in sorted([*preset.glob("*.h5"), *preset.glob("*.safetensors")]):
        state = file.stat()
        digest.update(f"{file.name} {state.st_size} {state.st_mtime_ns}".encode())
    return digest.hexdigest()[:16]


def _write(preset: Path, file: Path) -> None:
    """Store a preset's weights; an interrupted write leaves no file of this name."""
    from safetensors.numpy import save_file

    from worker.presets.backbone import load_backbone

    backbone = load_backbone(preset, STORED)
    file.parent.mkdir(parents=True, exist_ok=True)
    for older in file.parent.glob(f"{preset.name}-*.safetensors*"):
        older.unlink()
    partial = file.with_suffix(".partial")
    architecture = json.dumps(asdict(architecture_of(backbone)))
    save_file(weights_of(backbone), partial, {"architecture": architecture})
    os.replace(partial, file)


def _read(file: Path, left_out: set[str]) -> tuple[Architecture, Weights]:
    from safetensors import safe_open

    with safe_open(file, framework="numpy") as stored:
        fields = json.loads(stored.metadata()["architecture"])
        names = set(stored.keys()) - left_out
        weights = {name: stored.get_tensor(name) for name in names}
    for name in ("windows", "wavelengths"):
        fields[name] = tuple(fields[name])
    return Architecture(**fields), weights


def architecture_of(backbone) -> Architecture:
    """The `Architecture` of a KerasHub Gemma 2 or Gemma 3 text backbone."""
    attention = [layer.attention for layer in backbone.transformer_layers]
    first = attention[0]
    return Architecture(
        num_heads=first.num_query_heads,
        num_groups=first.num_key_value_heads,
        head_dim=first.head_dim,
        query_scale=first.head_dim**-0.5
        if first.query_head_dim_normalize
        else (backbone.hidden_dim // first.num_query_heads) ** -0.5,
        epsilon=backbone.layer_norm_epsilon,
        windows=tuple(
            a.sliding_window_size if a.use_sliding_window_attention else 0
            for a in attention
        ),
        wavelengths=tuple(
            float(getattr(a, "rope_wavelength", GEMMA2_WAVELENGTH)) for a in attention
        ),
        attention_soft_cap=first.logit_soft_cap or 0.0,
        final_soft_cap=backbone.final_logit_soft_cap or 0.0,
        stretch=getattr(backbone, "global_rope_scaling_factor", 1.0),
    )


def weights_of(backbone) -> dict[str, np.ndarray]:
    """The arrays of `read_preset` from a KerasHub backbone."""
    weights = {
        "embedding": np.asarray(backbone.token_embedding.embeddings.value),
        "final_norm": np.asarray(backbone.layer_norm.scale, np.float32),
    }
    for index, layer in enumerate(backbone.transformer_layers):
        kernels = {
            dense.name: np.asarray(dense.kernel) for dense in dense_layers(layer)
        }
        for name, matrix in _joined(kernels):
            weights[f"{index}/{name}"] = np.ascontiguousarray(matrix)
        for name, norm in _norms(layer):
            weights[f"{index}/{name}"] = np.asarray(norm.scale, np.float32)
    return weights


def _joined(kernels: Mapping[str, np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    """The four matrices of a layer from its seven kernels."""

    def by_input(name):  # (heads, D, H) -> (D, heads * H)
        kernel = kernels[name].transpose(1, 0, 2)
        return kernel.reshape(kernel.shape[0], -1)

    output = kernels["attention_output"]
    yield "qkv", np.concatenate([by_input(n) for n in ("query", "key", "value")], 1)
    yield "attention_output", output.reshape(-1, output.shape[-1])
    gates = [kernels["ffw_gating"], kernels["ffw_gating_2"]]
    yield "gate_up", np.concatenate(gates, axis=1)
    yield "down", kernels["ffw_linear"]


def _norms(layer) -> Iterator[tuple[str, Any]]:
    for name in _NORMS:
        yield name, getattr(layer, name)
    if hasattr(layer.attention, "query_norm"):
        yield "query_norm", layer.attention.query_norm
        yield "key_norm", layer.attention.key_norm


def arrange(
    arch: Architecture,
    weights: Weights,
    in_head: np.ndarray,
    dtype: str,
    adapter: Adapter | None = None,
) -> dict:
    """Weights on the device, an adapter merged into them in float32.

    Args:
        arch: `Architecture`.
        weights: arrays of `read_preset`.
        in_head: bool `(V,)`, the tokens of the output head.
        dtype: of the matrices that are multiplied, or "int8" for `EightBits`; norm
            scales stay float32, and the embedding as it is stored, as only single rows
            of it are read.
        adapter: `Adapter` or None.
    """
    head_ids = np.flatnonzero(in_head).astype(np.int32)
    return {
        "embedding": jnp.asarray(weights["embedding"]),
        "head": _on_device(weights["embedding"][head_ids], dtype, axis=1),
        "head_ids": jnp.asarray(head_ids),
        "layers": arrange_layers(arch, weights, dtype, adapter),
        "final_norm": jnp.asarray(weights["final_norm"]),
    }


def arrange_layers(
    arch: Architecture, weights: Weights, dtype: str, adapter: Adapter | None = None
) -> list[dict]:
    """The `layers` of `arrange`: all of the weights that an adapter changes."""
    return [
        _arrange_layer(arch, weights, f"{index}/", dtype, adapter)
        for index in range(len(arch.windows))
    ]


def _arrange_layer(arch, weights: Weights, layer: str, dtype: str, adapter) -> dict:
    changes = dict(_changes(arch, weights, layer, adapter)) if adapter else {}
    arranged = {}
    for name, array in weights.items():
        if not name.startswith(layer):
            continue
        part = name.removeprefix(layer)
        if part.endswith("norm"):
            arranged[part] = jnp.asarray(array)
        else:
            merged = array.astype(np.float32) + changes.get(part, 0)
            arranged[part] = _on_device(merged, dtype)
    return arranged


def _on_device(matrix: np.ndarray, dtype: str, axis: int = 0):
    """A matrix, whose `axis` has `D`, as `arrange` wants it."""
    if dtype == "int8":
        return EightBits.of(matrix, axis)
    return jnp.asarray(matrix, dtype)


def _changes(arch, weights: Weights, layer: str, adapter: Adapter):
    """What an adapter adds to the four matrices of a layer."""
    hidden, inner = weights[f"{layer}down"].shape[::-1]
    shapes = {
        "query": (arch.num_heads, hidden, arch.head_dim),
        "key": (arch.num_groups, hidden, arch.head_dim),
        "value": (arch.num_groups, hidden, arch.head_dim),
        "attention_output": (arch.num_heads, arch.head_dim, hidden),
        "ffw_gating": (hidden, inner),
        "ffw_gating_2": (hidden, inner),
        "ffw_linear": (inner, hidden),
    }
    return _joined(
        {
            name: _change(adapter, f"decoder_block_{layer}{name}", shape)
            for name, shape in shapes.items()
        }
    )


def _change(adapter: Adapter, layer: str, shape: tuple[int, ...]) -> np.ndarray:
    """What an adapter adds to one kernel.

    Raises:
        AdapterError: if the adapter was trained on another preset.
    """
    change = adapter.change_of(layer)
    if np.shape(change) not in ((), shape):
        raise AdapterError(
            f"The adapter was trained on {adapter.card.get('preset')!r}: it changes "
            f"{layer} of shape {np.shape(change)}, and this preset has {shape} there. "
            "Name the preset it was trained on, or ADAPTER=none."
        )
    return np.broadcast_to(change, shape)
