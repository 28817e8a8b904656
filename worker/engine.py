"""Decode several candidates per prompt with one Gemma, in plain JAX.

KerasHub's `generate` steps all rows from the shortest prompt on and runs the prompt
once per candidate. Here the prompt of an answer is run once (prefill), its keys and
values are shared by all candidates, and every row continues at its own position.
Weights are the KerasHub backbone's own (`worker.model` arranges them).

Shapes in this module: `A` answers, `C` candidates each, `P` prompt length (a bucket),
`T` new tokens, `D` hidden size, `N` query heads in `K` groups, `H` head size.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from worker.sampling import choose


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """What a Gemma computes, apart from its weights.

    `windows[i]` is the sliding window of layer `i` (0: global attention) and
    `wavelengths[i]` its rotary wavelength in tokens. Soft caps are 0.0 when unused.
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


def _rms_norm(x, scale, epsilon):
    """RMS normalisation in float32 with Gemma's `1 + scale`."""
    y = x.astype(jnp.float32)
    y = y * jax.lax.rsqrt(jnp.mean(y * y, axis=-1, keepdims=True) + epsilon)
    return (y * (1.0 + scale)).astype(x.dtype)


def _rotate(x, positions, wavelength):
    """Rotary embedding of `x` (..., heads, H) at integer `positions` (...)."""
    half = x.shape[-1] // 2
    frequency = wavelength ** (-jnp.arange(half, dtype=jnp.float32) / half)
    angle = positions[..., None, None].astype(jnp.float32) * frequency
    sin, cos = jnp.sin(angle), jnp.cos(angle)
    left, right = x[..., :half].astype(jnp.float32), x[..., half:].astype(jnp.float32)
    turned = jnp.concatenate((left * cos - right * sin, right * cos + left * sin), -1)
    return turned.astype(x.dtype)


def _soft_cap(x, cap):
    return jnp.tanh(x / cap) * cap if cap else x


def _project(arch, layer, index, x, positions):
    """Queries (..., K, N/K, H), keys and values (..., K, H) of one layer."""
    heads, groups, size = arch.num_heads, arch.num_groups, arch.head_dim
    joint = (x @ layer["qkv"]).reshape(*x.shape[:-1], heads + 2 * groups, size)
    q, k, v = jnp.split(joint, (heads, heads + groups), axis=-2)
    if "query_norm" in layer:
        q = _rms_norm(q, layer["query_norm"], arch.epsilon)
        k = _rms_norm(k, layer["key_norm"], arch.epsilon)
    q = _rotate(q, positions, arch.wavelengths[index]) * arch.query_scale
    k = _rotate(k, positions, arch.wavelengths[index])
    return q.reshape(*x.shape[:-1], groups, heads // groups, size), k, v


def _block(arch, layer, x, attend):
    """One decoder block; `attend` maps the normalised input to (..., N, H)."""
    norm = functools.partial(_rms_norm, epsilon=arch.epsilon)
    attended = attend(norm(x, layer["pre_attention_norm"]))
    y = attended.reshape(*x.shape[:-1], -1) @ layer["attention_output"]
    x = x + norm(y, layer["post_attention_norm"])
    y = norm(x, layer["pre_ffw_norm"])
    gate, up = jnp.split(y @ layer["gate_up"], 2, axis=-1)
    y = (jax.nn.gelu(gate, approximate=True) * up) @ layer["down"]
    return x + norm(y, layer["post_ffw_norm"])


def _embed(params, tokens):
    rows = params["embedding"][tokens].astype(params["head"].dtype)
    return rows * jnp.asarray(rows.shape[-1] ** 0.5, rows.dtype)


def _scores(arch, params, prompt, hidden):
    """Logits (A, C, S + P), float32, over the head's tokens and the prompt's own.

    The head holds the `S` tokens a reply is written with. Tokens of a prompt outside
    the head are scored behind them, so whatever was typed can be copied.
    """
    x = _rms_norm(hidden, params["final_norm"], arch.epsilon)
    contract = (((x.ndim - 1,), (1,)), ((), ()))
    head = jax.lax.dot_general(
        x, params["head"], contract, preferred_element_type=jnp.float32
    )
    own = params["embedding"][prompt["tokens"]].astype(x.dtype)
    own = jnp.einsum("acd,apd->acp", x, own, preferred_element_type=jnp.float32)
    own = jnp.where(prompt["fresh"][:, None], own, -1e30)
    return _soft_cap(jnp.concatenate((head, own), axis=-1), arch.final_soft_cap)


def _token_at(params, prompt, index):
    """Token ids (A, C) of positions in the last axis of `_scores`."""
    size = params["head_ids"].shape[0]
    own = jnp.take_along_axis(prompt["tokens"], jnp.maximum(index - size, 0), axis=1)
    return jnp.where(
        index < size, params["head_ids"][jnp.minimum(index, size - 1)], own
    )


def read(arch, params, tokens, lengths):
    """Run whole texts at once.

    Args:
        tokens: int32 `(A, P)`, padded on the right.
        lengths: int32 `(A,)`, real tokens of each row, at least 1.

    Returns:
        Hidden states `(A, P, D)` after every token, before the last norm, and per
        layer the keys and values `(A, P, K, H)`.
    """
    length = tokens.shape[1]
    positions = jnp.arange(length)
    causal = positions[:, None] >= positions[None, :]
    real = positions[None, :] < lengths[:, None]
    x = _embed(params, tokens)
    cache = []
    for index, layer in enumerate(params["layers"]):
        window = arch.windows[index] or length
        near = positions[:, None] - positions[None, :] < window
        mask = (causal & near)[None] & real[:, None, :]

        def attend(y, layer=layer, index=index, mask=mask):
            q, k, v = _project(arch, layer, index, y, positions[None, :])
            cache.append((k, v))
            scores = jnp.einsum("aqkgh,apkh->akgqp", q, k).astype(jnp.float32)
            scores = _soft_cap(scores, arch.attention_soft_cap)
            scores = jnp.where(mask[:, None, None], scores, -1e30)
            weights = jax.nn.softmax(scores, axis=-1).astype(v.dtype)
            return jnp.einsum("akgqp,apkh->aqkgh", weights, v)

        x = _block(arch, layer, x, attend)
    return x, cache


def _decode_step(arch, params, tokens, step, lengths, prompt_cache, cache):
    """Hidden states (A, C, D) after one more token per row; updates `cache`."""
    positions = lengths[:, None] + step
    prompt_positions = jnp.arange(prompt_cache[0][0].shape[1])
    steps = jnp.arange(cache[0][0].shape[2])
    x = _embed(params, tokens)
    updated = []
    for index, layer in enumerate(params["layers"]):
        window = arch.windows[index] or 1 << 30
        seen = (prompt_positions < lengths[:, None]) & (
            positions - prompt_positions < window
        )
        written = (steps <= step) & (step - steps < window)
        prompt_k, prompt_v = prompt_cache[index]

        def attend(
            y,
            layer=layer,
            index=index,
            seen=seen,
            written=written,
            k0=prompt_k,
            v0=prompt_v,
        ):
            q, k, v = _project(
                arch, layer, index, y, jnp.broadcast_to(positions, y.shape[:2])
            )
            at = (0, 0, step, 0, 0)
            k1 = jax.lax.dynamic_update_slice(cache[index][0], k[:, :, None], at)
            v1 = jax.lax.dynamic_update_slice(cache[index][1], v[:, :, None], at)
            updated.append((k1, v1))
            old = jnp.einsum("ackgh,apkh->ackgp", q, k0).astype(jnp.float32)
            new = jnp.einsum("ackgh,actkh->ackgt", q, k1).astype(jnp.float32)
            old = _soft_cap(old, arch.attention_soft_cap)
            new = _soft_cap(new, arch.attention_soft_cap)
            old = jnp.where(seen[:, None, None, None], old, -1e30)
            new = jnp.where(written, new, -1e30)
            weights = jax.nn.softmax(jnp.concatenate((old, new), -1), axis=-1)
            weights = weights.astype(v.dtype)
            split = old.shape[-1]
            return jnp.einsum("ackgp,apkh->ackgh", weights[..., :split], v0) + (
                jnp.einsum("ackgt,actkh->ackgh", weights[..., split:], v1)
            )

        x = _block(arch, layer, x, attend)
    return x, updated


@functools.partial(jax.jit, static_argnames=("arch", "new_tokens", "stop", "enough"))
def generate(arch, params, prompt, draw, limit, *, new_tokens, stop, enough):
    """Continue every prompt with several candidates.

    Args:
        arch: `Architecture`.
        params: weights as `worker.model` arranges them.
        prompt: dict from `pad_prompts`.
        draw: dict of `seeds` uint32 `(A, C)`, one per row, and the float32 scalars
            `temperature` and `top_p`; candidate 0 is greedy.
        limit: int32, stop after so many tokens; not part of the compiled shape.
        new_tokens: int, `T`.
        stop: int, the token that ends a row.
        enough: int, an answer is finished when so many of its candidates are. The
            slowest ones mostly go round in circles; they end where they are.

    Returns:
        int32 `(A, C, T)`: new tokens, `stop` from the first stop token on.
        float32 `(A,)`: probability of the first greedy token, 0 to 1.
    """
    answers, candidates = draw["seeds"].shape
    lengths = prompt["lengths"]
    hidden, prompt_cache = read(arch, params, prompt["tokens"], lengths)
    last = jnp.take_along_axis(hidden, (lengths - 1)[:, None, None], axis=1)

    def next_token(scores, step):
        return _token_at(params, prompt, choose(scores, draw, step))

    scores = _scores(arch, params, prompt, last)
    sure = jnp.exp(scores.max(-1) - jax.nn.logsumexp(scores, axis=-1))[:, 0]
    chosen = next_token(jnp.repeat(scores, candidates, axis=1), 0)
    shape = (answers, candidates, new_tokens, arch.num_groups, arch.head_dim)
    empty = jnp.zeros(shape, last.dtype)
    cache = [(empty, empty) for _ in params["layers"]]
    written = jnp.full((answers, candidates, new_tokens), stop, jnp.int32)
    written = written.at[:, :, 0].set(chosen)

    def unfinished(state):
        step, chosen, _, _ = state
        return (step < limit - 1) & jnp.any(chosen != stop)

    def advance(state):
        step, chosen, written, cache = state
        hidden, cache = _decode_step(
            arch, params, chosen, step, lengths, prompt_cache, cache
        )
        following = next_token(_scores(arch, params, prompt, hidden), step + 1)
        ended = chosen == stop
        ended |= (ended.sum(axis=1) >= enough)[:, None]
        following = jnp.where(ended, stop, following).astype(jnp.int32)
        written = jax.lax.dynamic_update_index_in_dim(
            written, following, step + 1, axis=2
        )
        return step + 1, following, written, cache

    state = (jnp.int32(0), chosen.astype(jnp.int32), written, cache)
    return jax.lax.while_loop(unfinished, advance, state)[2], sure


def pad_prompts(prompts, length, in_head, pad=0):
    """Fixed-shape arrays from lists of token ids.

    Args:
        prompts: list of `A` lists of int.
        length: int, `P`.
        in_head: bool `(V,)`, which tokens the output head scores by itself.
        pad: int.

    Returns:
        A dict of `tokens` int32 `(A, P)`, `lengths` int32 `(A,)` and `fresh` bool
        `(A, P)`: first occurrence of a token outside the head.

    Raises:
        ValueError: if a prompt is empty or longer than `length`.

    Example, prompts [[5, 6, 6], [7]], length 4 and only 5 in the head:

        tokens   [[5, 6, 6, 0], [7, 0, 0, 0]]
        lengths  [3, 1]
        fresh    [[0, 1, 0, 0], [1, 0, 0, 0]]
    """
    lengths = np.array([len(prompt) for prompt in prompts], np.int32)
    if lengths.min() < 1 or lengths.max() > length:
        raise ValueError(
            f"Prompts must have 1 to {length} tokens. Received: {lengths.tolist()}."
        )
    tokens = np.full((len(prompts), length), pad, np.int32)
    fresh = np.zeros(tokens.shape, bool)
    for row, prompt in enumerate(prompts):
        tokens[row, : len(prompt)] = prompt
        _, first = np.unique(np.array(prompt), return_index=True)
        fresh[row, first] = ~in_head[tokens[row, first]]
    return {"tokens": tokens, "lengths": lengths, "fresh": fresh}
