"""Frozen weights in 8 or 4 bits: packed codes, and a scale for every group of 64.

`int4` and `int8` have evenly spaced values; `nf4` has the 16 values of QLoRA
(arXiv 2305.14314), which lie closer together near zero, as weights do. Codes are
unpacked where they are used, layer by layer; activations stay in bfloat16.
"""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np

GROUP = 64  # weights along the last axis that share a scale
LARGEST = {"int8": 127, "int4": 7, "nf4": 1}
FORMS = tuple(LARGEST)
# Quantiles of the normal distribution, from the QLoRA paper's appendix E.
NF4 = np.array(
    [
        *(-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453),
        *(-0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0),
        *(0.07958029955625534, 0.16093020141124725, 0.24611230194568634),
        *(0.33791524171829224, 0.44070982933044434, 0.5626170039176941),
        *(0.7229568362236023, 1.0),
    ],
    np.float32,
)


def group_of(size: int) -> int:
    """Weights per scale on an axis: 64, or the largest even share of a small axis."""
    return next((g for g in range(GROUP, 1, -2) if size % g == 0), size)


@functools.partial(jax.jit, static_argnames="form")
def quantise(kernel, form: str):
    """Codes and scales of a kernel.

    Args:
        kernel: float `(..., n)`, `n` even.
        form: "int8", "int4" or "nf4".

    Returns:
        `codes`, int8 `(..., n)`, or for 4 bits uint8 `(..., n / 2)` with two weights
        of a group in each, and `scales`, bfloat16 `(..., n / group)`.

    Example: [-7.0, 3.1, 0.4, 7.0] as int4 has scale 1.0 and stands for -7, 3, 0, 7.
    """
    size = kernel.shape[-1]
    groups = kernel.astype(jnp.float32).reshape(
        *kernel.shape[:-1], size // group_of(size), group_of(size)
    )
    scales = (jnp.abs(groups).max(axis=-1) / LARGEST[form]).astype(jnp.bfloat16)
    # Divided by the scale as it is stored, so that its rounding costs nothing.
    exact = scales.astype(jnp.float32)[..., None]
    shares = groups / jnp.where(exact == 0, 1.0, exact)
    if form == "nf4":
        middles = (NF4[1:] + NF4[:-1]) / 2
        codes = sum((shares > middle).astype(jnp.uint8) for middle in middles)
    else:
        limit = LARGEST[form]
        codes = jnp.clip(jnp.round(shares), -limit, limit)
    if form == "int8":
        return codes.astype(jnp.int8).reshape(kernel.shape), scales
    unsigned = (codes if form == "nf4" else codes + 8).astype(jnp.uint8)
    low, high = jnp.split(unsigned, 2, axis=-1)
    return (low | high << 4).reshape(*kernel.shape[:-1], size // 2), scales


def dequantise(codes, scales, form: str, dtype):
    """The kernel that codes and scales stand for, `(..., n)` in `dtype`."""
    groups = codes.reshape(*scales.shape, -1)
    if form != "int8":
        groups = jnp.concatenate((groups & 15, groups >> 4), axis=-1)
    if form == "int4":
        groups = groups.astype(jnp.int8) - 8
    values = jnp.asarray(NF4, dtype)[groups] if form == "nf4" else groups.astype(dtype)
    kernel = values * scales.astype(dtype)[..., None]
    return kernel.reshape(*codes.shape[:-1], -1)
