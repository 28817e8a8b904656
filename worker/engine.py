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

import jax
import jax.numpy as jnp
import numpy as np

from worker.layers import (
    HIDDEN,
    attention_weights,
    block,
    embed,
    matmul,
    project,
    rms_norm,
    soft_cap,
)
from worker.sampling import choose


def _scores(arch, params, prompt, hidden):
    """Logits (A, C, S + P), float32, over the head's tokens and the prompt's own.

    The head holds the `S` tokens a reply is written with. Tokens of a prompt outside
    the head are scored behind them, so whatever was typed can be copied.
    """
    x = rms_norm(hidden, params["final_norm"], arch.epsilon)
    head = matmul(x, params["head"], axis=1)
    own = params["embedding"][prompt["tokens"]].astype(params["head"].dtype)
    own = _sum("acd,apd->acp", x.astype(own.dtype), own)
    own = soft_cap(own, arch.final_soft_cap)
    own = jnp.where(prompt["fresh"][:, None], own, HIDDEN)
    return jnp.concatenate((soft_cap(head, arch.final_soft_cap), own), axis=-1)


_sum = functools.partial(jnp.einsum, preferred_element_type=jnp.float32)


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
    x = embed(params, tokens)
    cache = []
    for index, layer in enumerate(params["layers"]):
        window = arch.windows[index] or length
        near = positions[:, None] - positions[None, :] < window
        mask = (causal & near)[None] & real[:, None, :]

        def attend(y, layer=layer, index=index, mask=mask):
            kept = layer["qkv"].dtype
            q, k, v = (
                part.astype(kept)
                for part in project(arch, layer, index, y, positions[None, :])
            )
            cache.append((k, v))
            scores = _sum("aqkgh,apkh->akgqp", q, k)
            weights = attention_weights(arch, scores, mask[:, None, None])
            return _sum("akgqp,apkh->aqkgh", weights.astype(kept), v)

        x = block(arch, layer, x, attend)
    return x, cache


def _decode_step(arch, params, tokens, step, lengths, prompt_cache, cache):
    """Hidden states (A, C, D) after one more token per row; updates `cache`."""
    positions = lengths[:, None] + step
    prompt_positions = jnp.arange(prompt_cache[0][0].shape[1])
    steps = jnp.arange(cache[0][0].shape[2])
    x = embed(params, tokens)
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
            kept = k0.dtype
            at = jnp.broadcast_to(positions, y.shape[:2])
            q, k, v = (p.astype(kept) for p in project(arch, layer, index, y, at))
            at = (0, 0, step, 0, 0)
            k1 = jax.lax.dynamic_update_slice(cache[index][0], k[:, :, None], at)
            v1 = jax.lax.dynamic_update_slice(cache[index][1], v[:, :, None], at)
            updated.append((k1, v1))
            old = _sum("ackgh,apkh->ackgp", q, k0)
            new = _sum("ackgh,actkh->ackgt", q, k1)
            mask = jnp.concatenate(
                (
                    jnp.broadcast_to(seen[:, None, None, None], old.shape),
                    jnp.broadcast_to(written, new.shape),
                ),
                axis=-1,
            )
            scores = jnp.concatenate((old, new), axis=-1)
            weights = attention_weights(arch, scores, mask).astype(kept)
            split = old.shape[-1]
            return _sum("ackgp,apkh->ackgh", weights[..., :split], v0) + (
                _sum("ackgt,actkh->ackgh", weights[..., split:], v1)
            )

        x = block(arch, layer, x, attend)
    return x, updated


@functools.partial(jax.jit, static_argnames=("arch", "new_tokens", "ends", "enough"))
def generate(arch, params, prompt, draw, limit, *, new_tokens, ends, enough):
    """Continue every prompt with several candidates.

    Args:
        arch: `Architecture`.
        params: weights as `worker.model` arranges them.
        prompt: dict from `pad_prompts`.
        draw: dict of `seeds` uint32 `(A, C)`, one per row, and the float32 scalars
            `temperature` and `top_p`; candidate 0 is greedy.
        limit: int32, stop after so many tokens; not part of the compiled shape.
        new_tokens: int, `T`.
        ends: `Ends`, the tokens that end a row.
        enough: int, an answer is finished when so many of its candidates are. The
            slowest ones mostly go round in circles; they end where they are.

    Returns:
        int32 `(A, C, T)`: new tokens, `ends.stop` from a row's end on.
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
    empty = jnp.zeros(shape, prompt_cache[0][0].dtype)
    cache = [(empty, empty) for _ in params["layers"]]
    written = jnp.full((answers, candidates, new_tokens), ends.stop, jnp.int32)
    written = written.at[:, :, 0].set(chosen)

    def has_ended(chosen):
        closed = False if ends.close is None else chosen == ends.close
        return (chosen == ends.stop) | closed

    def unfinished(state):
        step, chosen, _, _ = state
        return (step < limit - 1) & ~jnp.all(has_ended(chosen))

    def advance(state):
        step, chosen, written, cache = state
        hidden, cache = _decode_step(
            arch, params, chosen, step, lengths, prompt_cache, cache
        )
        following = next_token(_scores(arch, params, prompt, hidden), step + 1)
        ended = has_ended(chosen)
        ended |= (ended.sum(axis=1) >= enough)[:, None]
        following = jnp.where(ended, ends.stop, following).astype(jnp.int32)
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
