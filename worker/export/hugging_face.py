"""A folder that `transformers` and vLLM load: configuration and safetensors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

from worker.layers import Architecture
from worker.weights import architecture_of

DTYPES = {
    "float32": np.dtype(np.float32),
    "float16": np.dtype(np.float16),
    "bfloat16": np.dtype(ml_dtypes.bfloat16),
}
SHARD = 5_000_000_000  # bytes of a file at most, as the Hub likes them
LONGEST = {"gemma2": 8192, "gemma3_text": 32_768}  # tokens, as Gemma was trained
LONGEST_STRETCHED = 131_072
GEMMA3_LOCAL_WAVELENGTH = 10_000.0

Tensors = Iterable[tuple[str, np.ndarray]]


def family(backbone) -> str:
    """Hugging Face's `model_type`: "gemma2" or "gemma3_text"."""
    return "gemma3_text" if hasattr(backbone, "use_query_key_norm") else "gemma2"


def configuration(backbone, tokenizer, dtype: str) -> dict[str, Any]:
    """What `config.json` says of a Gemma 2 or Gemma 3 text backbone."""
    kind, arch = family(backbone), architecture_of(backbone)
    # A gated layer of KerasHub's Gemma 2 counts both halves, one of Gemma 3 does not.
    halves = 2 if kind == "gemma2" else 1
    special = _special_tokens(tokenizer)
    return {
        "architectures": [
            "Gemma2ForCausalLM" if kind == "gemma2" else "Gemma3ForCausalLM"
        ],
        "model_type": kind,
        "vocab_size": backbone.vocabulary_size,
        "hidden_size": backbone.hidden_dim,
        "intermediate_size": backbone.intermediate_dim // halves,
        "num_hidden_layers": backbone.num_layers,
        "num_attention_heads": arch.num_heads,
        "num_key_value_heads": arch.num_groups,
        "head_dim": arch.head_dim,
        "query_pre_attn_scalar": round(arch.query_scale**-2),
        "hidden_activation": "gelu_pytorch_tanh",
        "rms_norm_eps": arch.epsilon,
        "max_position_embeddings": longest(kind, arch),
        "sliding_window": backbone.sliding_window_size,
        "layer_types": [
            "sliding_attention" if window else "full_attention"
            for window in arch.windows
        ],
        "attn_logit_softcapping": arch.attention_soft_cap or None,
        "final_logit_softcapping": arch.final_soft_cap or None,
        "attention_bias": False,
        "attention_dropout": 0.0,
        "tie_word_embeddings": True,
        "use_cache": True,
        "torch_dtype": dtype,
        **_rotary(kind, arch),
        **special | {"eos_token_id": special["eos_token_id"][0]},
    }


def longest(kind: str, arch: Architecture) -> int:
    """Tokens of the longest text; presets do not say it."""
    return LONGEST_STRETCHED if arch.stretch > 1 else LONGEST[kind]


def _rotary(kind: str, arch: Architecture) -> dict[str, Any]:
    """Rotary settings by the names that all releases of transformers read."""
    if kind == "gemma2":
        return {"rope_theta": arch.wavelengths[0]}
    stretched = {"rope_type": "linear", "factor": arch.stretch}
    return {
        "rope_theta": max(arch.wavelengths),
        "rope_local_base_freq": GEMMA3_LOCAL_WAVELENGTH,
        "rope_scaling": stretched if arch.stretch > 1 else None,
    }


def _special_tokens(tokenizer) -> dict[str, Any]:
    """Their ids; a chat's turn ends with a token of its own where there is one."""
    ends = [tokenizer.end_token_id, tokenizer.token_to_id("<end_of_turn>")]
    return {
        "bos_token_id": tokenizer.start_token_id,
        "eos_token_id": [end for end in ends if tokenizer.id_to_token(end) != "<unk>"],
        "pad_token_id": tokenizer.pad_token_id,
    }


def write_configuration(folder: Path, backbone, tokenizer, dtype: str) -> None:
    """`config.json`, and `generation_config.json` for greedy replies."""
    generation = _special_tokens(tokenizer) | {"do_sample": False}
    write_json(folder / "config.json", configuration(backbone, tokenizer, dtype))
    write_json(folder / "generation_config.json", generation)


def write_weights(folder: Path, weights: Tensors, dtype: str, shard=SHARD) -> None:
    """`model.safetensors`, or several files with an index when they are large."""
    from safetensors.numpy import save_file

    places, size = [], 0
    for number, part in enumerate(_shards(weights, DTYPES[dtype], shard), 1):
        save_file(part, folder / f"part-{number}", {"format": "pt"})
        places.append(list(part))
        size += sum(array.nbytes for array in part.values())
    names = [f"model-{n:05}-of-{len(places):05}.safetensors" for n in _numbers(places)]
    if len(names) == 1:
        names = ["model.safetensors"]
    for number, name in zip(_numbers(places), names, strict=True):
        (folder / f"part-{number}").rename(folder / name)
    if len(names) > 1:
        weight_map = {
            weight: name
            for name, part in zip(names, places, strict=True)
            for weight in part
        }
        index = {"metadata": {"total_size": size}, "weight_map": weight_map}
        write_json(folder / "model.safetensors.index.json", index)


def _shards(weights: Tensors, dtype, limit: int) -> Iterator[dict[str, np.ndarray]]:
    part, size = {}, 0
    for name, array in weights:
        array = np.ascontiguousarray(array.astype(dtype))
        if part and size + array.nbytes > limit:
            yield part
            part, size = {}, 0
        part[name] = array
        size += array.nbytes
    yield part


def _numbers(places: list) -> range:
    return range(1, len(places) + 1)


def write_json(path: Path, content: Any) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
