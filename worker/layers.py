"""What a Gemma computes, layer by layer, in plain JAX.

Matrices are multiplied in their own type and summed in float32; everything between
them is float32. Attention belongs to the callers, who keep keys and values in
different ways (`worker.engine`, `worker.stepping`).

Shapes: `D` hidden size, `N` query heads in `K` groups, `H` head size.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp

HIDDEN = -1e30  # score of what must not be attended to or written


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """What a Gemma computes, apart from its weights.

    `windows[i]` is the sliding window of layer `i` (0: global attention) and
    `wavelengths[i]` its rotary wavelength in tokens. Global layers divide positions by
    `stretch` (8 in Gemma 3 from 4B on). Soft caps are 0.0 when unused.
    """

    num_heads: int
    num_groups: int
    head_dim: int
    query_scale: float
    epsilon: float
    windows: tuple[int, ...]
    wavelengths: tuple[float, ...]
    attention_soft_cap: float = 0.0
    final_soft_cap: float = 0.0
    stretch: float = 1.0


class EightBits(NamedTuple):
    """A matrix as int8 `codes` (out, D), with a float32 scale for each output.

    With `D` last, a GPU turns codes into numbers on their way into the product. The
    other way round XLA writes them to memory first, and nothing is won.
    """

    codes: jax.Array
    scales: jax.Array

    @classmethod
    def of(cls, matrix, axis: int = 0) -> EightBits:
        """`matrix`, whose `axis` has `D`, each output to the nearest of 255 values."""
        rows = jnp.moveaxis(jnp.asarray(matrix, jnp.float32), axis, -1)
        scales = jnp.abs(rows).max(axis=-1) / 127
        codes = jnp.round(rows / jnp.where(scales == 0, 1, scales)[:, None])
        return cls(codes.astype(jnp.int8), scales)

    @property
    def dtype(self):
        """What it is multiplied in."""
        return jnp.dtype(jnp.bfloat16)


def matmul(x, matrix, axis: int = 0):
    """`x` (..., D) by `matrix`, whose `axis` has `D`; float32 (..., out).

    An `EightBits` knows its axis. The sum is asked for in float32: XLA has fast CPU
    kernels for bfloat16 then, and for bfloat16 results it has not (nine times slower).
    """
    if isinstance(matrix, EightBits):
        return matmul(x, matrix.codes.astype(matrix.dtype), 1) * matrix.scales
    contract = (((x.ndim - 1,), (axis,)), ((), ()))
    return jax.lax.dot_general(
        x.astype(matrix.dtype), matrix, contract, preferred_element_type=jnp.float32
    )


def rms_norm(x, scale, epsilon):
    """RMS normalisation in float32 with Gemma's `1 + scale`."""
    x = x.astype(jnp.float32)
    x = x * jax.lax.rsqrt(jnp.mean(x * x, axis=-1, keepdims=True) + epsilon)
    return x * (1.0 + scale)


def turns(arch, positions) -> list:
    """Sines and cosines (..., 1, H/2) of the rotary embedding, for each layer.

    Layers of one wavelength share them. The barrier keeps XLA from computing them
    again in each.
    """
    of = [
        (wavelength, 1.0 if window else arch.stretch)
        for wavelength, window in zip(arch.wavelengths, arch.windows, strict=True)
    ]
    half = arch.head_dim // 2
    shares = -jnp.arange(half, dtype=jnp.float32) / half
    place = positions[..., None, None].astype(jnp.float32)
    made = {}
    for wavelength, stretch in dict.fromkeys(of):
        angle = place * (wavelength**shares / stretch)
        pair = jnp.sin(angle), jnp.cos(angle)
        made[wavelength, stretch] = jax.lax.optimization_barrier(pair)
    return [made[one] for one in of]


def rotate(x, turn):
    """Rotary embedding of `x` (..., heads, H) by a pair of `turns`."""
    sin, cos = turn
    left, right = jnp.split(x, 2, axis=-1)
    return jnp.concatenate((left * cos - right * sin, right * cos + left * sin), -1)


def soft_cap(x, cap):
    """Gemma 2's bound on scores; 0.0 for none."""
    return jnp.tanh(x / cap) * cap if cap else x


def project(arch, layer, x, turn):
    """Queries (..., K, N/K, H), keys and values (..., K, H) of one layer, float32.

    `turn` is the layer's pair of `turns` at the positions (...) of `x` (..., D).
    """
    heads, groups, size = arch.num_heads, arch.num_groups, arch.head_dim
    joint = matmul(x, layer["qkv"]).reshape(*x.shape[:-1], heads + 2 * groups, size)
    q, k, v = jnp.split(joint, (heads, heads + groups), axis=-2)
    if "query_norm" in layer:
        q = rms_norm(q, layer["query_norm"], arch.epsilon)
        k = rms_norm(k, layer["key_norm"], arch.epsilon)
    q, k = rotate(q, turn) * arch.query_scale, rotate(k, turn)
    return q.reshape(*x.shape[:-1], groups, heads // groups, size), k, v


def block(arch, layer, x, attend):
    """One decoder block; `attend` maps the normalised input to (..., N, H)."""
    norm = functools.partial(rms_norm, epsilon=arch.epsilon)
    attended = attend(norm(x, layer["pre_attention_norm"]))
    y = matmul(attended.reshape(*x.shape[:-1], -1), layer["attention_output"])
    x = x + norm(y, layer["post_attention_norm"])
    y = matmul(norm(x, layer["pre_ffw_norm"]), layer["gate_up"])
    gate, up = jnp.split(y, 2, axis=-1)
    y = matmul(jax.nn.gelu(gate, approximate=True) * up, layer["down"])
    return x + norm(y, layer["post_ffw_norm"])


def embed(params, tokens):
    """Embeddings (..., D) of token ids, float32, scaled as Gemma does."""
    rows = params["embedding"][tokens].astype(jnp.float32)
    return rows * rows.shape[-1] ** 0.5


def attention_weights(arch, scores, mask):
    """Softmax over the last axis of float32 `scores`, where `mask` allows."""
    scores = soft_cap(scores.astype(jnp.float32), arch.attention_soft_cap)
    return jax.nn.softmax(jnp.where(mask, scores, HIDDEN), axis=-1)
