"""A backbone's weights under the names of Hugging Face's Gemma, an adapter merged in.

Keras keeps a query kernel as `(heads, D, H)`, an output kernel as `(heads, H, D)` and
other kernels as `(in, out)`; a linear layer of PyTorch is `(out, in)`. Norm scales are
stored alike: both add the one themselves. Shapes: `D` hidden size, `H` head size.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from worker.adapter import Adapter, AdapterError, target_layers

EMBEDDING = "model.embed_tokens.weight"
FINAL_NORM = "model.norm.weight"
MODULES = {
    "query": "self_attn.q_proj",
    "key": "self_attn.k_proj",
    "value": "self_attn.v_proj",
    "attention_output": "self_attn.o_proj",
    "ffw_gating": "mlp.gate_proj",
    "ffw_gating_2": "mlp.up_proj",
    "ffw_linear": "mlp.down_proj",
}
NORMS = {
    "pre_attention_norm": "input_layernorm",
    "post_attention_norm": "post_attention_layernorm",
    "pre_ffw_norm": "pre_feedforward_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
}
HEADS = ("query", "key", "value")  # their kernels have the heads first


def module_of(layer: str) -> str:
    """Hugging Face's name of a layer of ours.

    Example: `decoder_block_3/query` -> `model.layers.3.self_attn.q_proj`
    """
    block, name = layer.split("/")
    return f"model.layers.{block.removeprefix('decoder_block_')}.{MODULES[name]}"


def linear_weight(layer: str, kernel: np.ndarray) -> np.ndarray:
    """The `(out, in)` matrix of a kernel of layer `layer`."""
    name = layer.split("/")[-1]
    if name in HEADS:
        return kernel.transpose(0, 2, 1).reshape(-1, kernel.shape[1])
    return kernel.reshape(-1, kernel.shape[-1]).T


def tensors(backbone, adapter: Adapter | None) -> Iterator[tuple[str, np.ndarray]]:
    """All weights as `(name, float32 array)`, one at a time; sums are in float32.

    The head is not among them: Gemma's is the embedding.
    """
    yield EMBEDDING, as_float32(backbone.token_embedding.embeddings.value)
    for layer, dense in target_layers(backbone):
        change = adapter.change_of(layer) if adapter else 0.0
        weight = linear_weight(layer, as_float32(dense.kernel) + change)
        yield f"{module_of(layer)}.weight", weight
    for index, block in enumerate(backbone.transformer_layers):
        for name, norm in norms(block):
            yield f"model.layers.{index}.{name}.weight", as_float32(norm.scale)
    yield FINAL_NORM, as_float32(backbone.layer_norm.scale)


def norms(block) -> Iterator[tuple[str, object]]:
    """Hugging Face's names and the layers of a decoder block's norms."""
    for ours, theirs in NORMS.items():
        yield theirs, getattr(block, ours)
    if hasattr(block.attention, "query_norm"):
        yield "self_attn.q_norm", block.attention.query_norm
        yield "self_attn.k_norm", block.attention.key_norm


def as_float32(variable) -> np.ndarray:
    return np.asarray(variable, np.float32)


def check_fit(adapter: Adapter, backbone) -> None:
    """Refuse an adapter that was trained on another preset.

    Raises:
        AdapterError: naming a layer and both shapes.
    """
    kernels = {layer: dense.kernel.shape for layer, dense in target_layers(backbone)}
    for layer in sorted({name.rpartition("/")[0] for name in adapter.weights}):
        a, b = adapter.weights[f"{layer}/a"], adapter.weights[f"{layer}/b"]
        shape = (*a.shape[:-1], b.shape[-1])
        if shape != kernels.get(layer):
            raise AdapterError(
                f"The adapter was trained on {adapter.card.get('preset')!r}: it "
                f"changes {layer} of shape {shape}, and this preset has "
                f"{kernels.get(layer)} there. Name the preset it was trained on."
            )
