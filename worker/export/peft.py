"""An adapter as PEFT keeps it: `adapter_config.json` and `adapter_model.safetensors`.

PEFT adds `B @ A * alpha / r` to a matrix `(out, in)`. Our pairs have alpha over rank
folded in, so alpha is the rank here. Keras gives each head of a query, key or value a
matrix `a` of its own and shares `b`; written as one pair, that has a rank per head,
which `rank_pattern` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from worker.adapter import Adapter
from worker.export.hugging_face import DTYPES, write_json
from worker.export.tensors import HEADS, MODULES, module_of

PREFIX = "base_model.model."


def pair(layer: str, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """PEFT's `A` `(rank, in)` and `B` `(out, rank)` of our `a` and `b`.

    Example, for a query of 2 heads, `a` `(2, D, r)` and `b` `(r, H)`:

        A  (2r, D)   the heads' matrices, one above the other
        B  (2H, 2r)  b.T twice on the diagonal
    """
    if layer.split("/")[-1] not in HEADS:
        return a.reshape(-1, a.shape[-1]).T, b.T
    heads = a.shape[0]
    return a.transpose(0, 2, 1).reshape(-1, a.shape[1]), np.kron(np.eye(heads), b.T)


def pairs(adapter: Adapter) -> dict[str, np.ndarray]:
    """All matrices under PEFT's names, float32."""
    found = {}
    for name in adapter.weights:
        layer, _, part = name.rpartition("/")
        if part == "a":
            a, b = (adapter.weights[f"{layer}/{which}"] for which in "ab")
            down, up = pair(layer, a.astype(np.float32), b.astype(np.float32))
            found[f"{PREFIX}{module_of(layer)}.lora_A.weight"] = down
            found[f"{PREFIX}{module_of(layer)}.lora_B.weight"] = up
    return found


def ranks(matrices: Mapping[str, np.ndarray]) -> dict[str, int]:
    """The rank of each kind of layer, by its name in Hugging Face's Gemma."""
    return {
        name.split(".")[-3]: len(array)
        for name, array in matrices.items()
        if name.endswith("lora_A.weight")
    }


def configuration(rank_of: Mapping[str, int], base_model: str) -> dict[str, Any]:
    """What `adapter_config.json` says."""
    rank = min(rank_of.values())
    higher = {name: own for name, own in rank_of.items() if own != rank}
    order = [module.split(".")[-1] for module in MODULES.values()]
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base_model,
        "r": rank,
        "lora_alpha": rank,
        "rank_pattern": higher,
        "alpha_pattern": higher,
        "target_modules": sorted(rank_of, key=order.index),
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
    }


def write(folder: Path, adapter: Adapter, base_model: str, dtype: str) -> None:
    """Both files; `base_model` is where PEFT finds what the adapter changes."""
    from safetensors.numpy import save_file

    matrices = pairs(adapter)
    stored = {
        name: np.ascontiguousarray(array.astype(DTYPES[dtype]))
        for name, array in matrices.items()
    }
    save_file(stored, folder / "adapter_model.safetensors", {"format": "pt"})
    settings = configuration(ranks(matrices), base_model)
    write_json(folder / "adapter_config.json", settings)
