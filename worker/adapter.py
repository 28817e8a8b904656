"""A LoRA adapter on disk: two matrices per layer in one file, and its card.

`adapter.safetensors` holds pairs named after the layer they change, e.g.
`decoder_block_3/query/a` `(..., r)` and `/b` `(r, out)`, as int8 with a float32 scale
for each of the `r` ranks beside them (`/a/scale`), half of float16's size. Files with
plain float16 pairs are read too. `adapter.json` is the card (base preset, rank,
prompt version, data, metrics); it is written last, so its presence means the adapter is
whole.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

WEIGHTS = "adapter.safetensors"
CARD = "adapter.json"
SCALE = "/scale"
LEVELS = 127  # of int8 on either side of zero
TINIEST_SCALE = 1e-30  # for a rank of zeros
TARGETS = (
    "query",
    "key",
    "value",
    "attention_output",
    "ffw_gating",
    "ffw_gating_2",
    "ffw_linear",
)


class AdapterError(RuntimeError):
    """An adapter cannot be used; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """Weights by layer name, floating point, with the card that describes them."""

    weights: Mapping[str, np.ndarray]
    card: Mapping[str, Any]

    @classmethod
    def load(cls, folder: Path, *, recipe: str, prompt_version: int) -> Adapter:
        """Read an adapter and refuse one that does not fit the recipe.

        Raises:
            AdapterError: if files are missing or the prompt version differs.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            card = json.loads((folder / CARD).read_text(encoding="utf-8"))
            weights = load_file(folder / WEIGHTS)
        except (OSError, ValueError, SafetensorError) as error:
            raise AdapterError(
                f"{folder} must hold {CARD} and {WEIGHTS} as `python -m "
                f"worker.finetune` writes them. Received: {error}."
            ) from error
        trained = (card.get("recipe"), card.get("prompt_version"))
        if trained != (recipe, prompt_version):
            raise AdapterError(
                f"The adapter in {folder} was trained for recipe {trained[0]!r} with "
                f"prompt version {trained[1]}; this worker uses {recipe!r} with "
                f"{prompt_version}. Fine-tune again or check out the matching release."
            )
        return cls(weights=_unpacked(weights), card=card)

    def save(self, folder: Path, extras: Mapping[str, bytes] | None = None) -> None:
        """Write all files; `folder` appears under its name only when complete.

        Args:
            folder: Path, replaced if it exists.
            extras: further files by name, such as the training history.
        """
        from safetensors.numpy import save_file

        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        save_file(_packed(self.weights), partial / WEIGHTS)
        for name, content in (extras or {}).items():
            (partial / name).write_bytes(content)
        text = json.dumps(self.card, ensure_ascii=False, indent=2)
        (partial / CARD).write_text(text + "\n", encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(partial, folder)

    def change_of(self, name: str) -> np.ndarray | float:
        """What to add to the kernel of layer `name`, float32; 0.0 if unchanged."""
        if f"{name}/a" not in self.weights:
            return 0.0
        a = self.weights[f"{name}/a"].astype(np.float32)
        return a @ self.weights[f"{name}/b"].astype(np.float32)

    def merge_into(self, backbone) -> None:
        """Add the changes to the kernels of a backbone without LoRA, in float32."""
        for name, layer in target_layers(backbone):
            kernel = np.asarray(layer.kernel, np.float32) + self.change_of(name)
            layer.kernel.assign(kernel)

    def put_into(self, backbone) -> None:
        """Give a backbone with LoRA this adapter's pairs, to learn on from them.

        Raises:
            AdapterError: if the backbone learns in other layers or with another rank.
        """
        fresh = Adapter.from_backbone(backbone, self.card).weights
        theirs, ours = (
            {name: pair.shape for name, pair in weights.items()}
            for weights in (fresh, self.weights)
        )
        if theirs != ours:
            raise AdapterError(
                "To learn on from an adapter, --rank and --targets must be as in its "
                f"card. It has rank {_rank(ours)} in {len(ours) // 2} layers; this run "
                f"has rank {_rank(theirs)} in {len(theirs) // 2}."
            )
        for name, layer in target_layers(backbone):
            if f"{name}/a" in self.weights:
                share = layer.lora_alpha / layer.lora_rank
                layer.lora_kernel_a.assign(self.weights[f"{name}/a"] / share)
                layer.lora_kernel_b.assign(self.weights[f"{name}/b"])

    @classmethod
    def from_backbone(cls, backbone, card: Mapping[str, Any]) -> Adapter:
        """The LoRA weights of a trained backbone; alpha over rank is folded in."""
        weights = {}
        for name, layer in target_layers(backbone):
            if not getattr(layer, "lora_enabled", False):
                continue
            share = layer.lora_alpha / layer.lora_rank
            a = np.asarray(layer.lora_kernel_a, np.float32) * share
            b = np.asarray(layer.lora_kernel_b, np.float32)
            weights[f"{name}/a"], weights[f"{name}/b"] = a, b
        return cls(weights=weights, card=card)


def _rank(shapes: Mapping[str, tuple[int, ...]]) -> int:
    return next(iter(shapes.values()))[-1]


def _packed(weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Each matrix as int8 with one float32 scale a rank."""
    packed = {}
    for name, matrix in weights.items():
        others = _all_but_rank(name, matrix)
        largest = np.abs(matrix.astype(np.float32)).max(axis=others, keepdims=True)
        scale = np.maximum(largest / LEVELS, TINIEST_SCALE)
        packed[name] = np.rint(matrix / scale).astype(np.int8)
        packed[f"{name}{SCALE}"] = scale
    return packed


def _unpacked(stored: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The matrices of a file, float32 where they were packed."""
    return {
        name: matrix.astype(np.float32) * stored[f"{name}{SCALE}"]
        if f"{name}{SCALE}" in stored
        else matrix
        for name, matrix in stored.items()
        if not name.endswith(SCALE)
    }


def _all_but_rank(name: str, matrix: np.ndarray) -> tuple[int, ...]:
    """The axes of a matrix without the one of its ranks: the last of a, b's first."""
    rank = matrix.ndim - 1 if name.endswith("/a") else 0
    return tuple(axis for axis in range(matrix.ndim) if axis != rank)


def target_layers(backbone, targets=TARGETS) -> Iterator[tuple[str, Any]]:
    """Names and layers of a backbone's dense layers whose own name is in `targets`."""
    for index, block in enumerate(backbone.transformer_layers):
        for layer in dense_layers(block):
            if layer.name in targets:
                yield f"decoder_block_{index}/{layer.name}", layer


def dense_layers(block) -> tuple:
    """The seven dense layers of a decoder block, in the order of `TARGETS`."""
    attention = block.attention
    return (
        attention.query_dense,
        attention.key_dense,
        attention.value_dense,
        attention.output_dense,
        block.gating_ffw,
        block.gating_ffw_2,
        block.ffw_linear,
    )
