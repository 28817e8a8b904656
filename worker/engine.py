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
    turns,
)
from worker.sampling import choose


def _scores(arch, params, prompt, own, hidden):
    """Logits (A, C, S + P), float32, over the head's tokens and the prompt's own.

    The head holds the `S` tokens a reply is written with. Tokens of a prompt outside
    the head are scored behind them, so whatever was typed can be copied; `own`
    (A, P, D) are their embeddings.
    """
    x = rms_norm(hidden, params["final_norm"], arch.epsilon)
    head = matmul(x, params["head"], axis=1)
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
    turn = turns(arch, positions[None, :])
    x = embed(params, tokens)
    cache = []
    for index, layer in enumerate(params["layers"]):
        window = arch.windows[index] or length
        near = positions[:, None] - positions[None, :] < window
        mask = (causal & near)[None] & real[:, None, :]

        def attend(y, layer=layer, index=index, mask=mask):
            kept = layer["qkv"].dtype
            q, k, v = (
                part.astype(kept) for part in project(arch, layer, y, turn[index])
            )
            cache.append((k, v))
            scores = _sum("aqkgh,apkh->akgqp", q, k)
            weights = attention_weights(arch, scores, mask[:, None, None])
            return _sum("akgqp,apkh->aqkgh", weights.astype(kept), v)

        x = block(arch, layer, x, attend)
    return x, cache


def _by_group(x):
    """Keys or values (..., L, K, H) as (..., K, L, H), as products read them."""
    return jnp.swapaxes(x, -3, -2)


def _attention(arch, q, pools, masks):
    """What queries (A, C, K, N/K, H) read from pools of keys and values, float32.

    A pool is (A, K, S, H), shared by the candidates, or (A, C, K, S, H); its mask is
    (A, S). The division by the softmax's sum comes last, on the smallest array.
    """
    axes = ["aksh" if keys.ndim == 4 else "acksh" for keys, _ in pools]
    scores, allowed = [], []
    for pool, mask, form in zip(pools, masks, axes, strict=True):
        scores.append(_sum(f"ackgh,{form}->ackgs", q, pool[0]))
        allowed.append(jnp.broadcast_to(mask[:, None, None, None], scores[-1].shape))
    joint = soft_cap(jnp.concatenate(scores, axis=-1), arch.attention_soft_cap)
    joint = jnp.where(jnp.concatenate(allowed, axis=-1), joint, HIDDEN)
    weights = jnp.exp(joint - joint.max(axis=-1, keepdims=True))
    ends = np.cumsum([one.shape[-1] for one in scores])[:-1]
    read = sum(
        _sum(f"ackgs,{form}->ackgh", part, pool[1])
        for part, pool, form in zip(
            jnp.split(weights.astype(q.dtype), ends, axis=-1), pools, axes, strict=True
        )
    )
    return read / weights.sum(axis=-1, keepdims=True)


def _decode_step(arch, params, tokens, step, lengths, shared, cache, start):
    """Hidden states (A, C, D) after one more token per row; updates `cache`.

    Args:
        arch: `Architecture`.
        params: weights.
        tokens: int32 (A, C), the newest of each row.
        step: int32, how many tokens came before it.
        lengths: int32 (A,), of the prompts.
        shared: keys and values of the prompts for all candidates, per layer
            (A, K, P, H); empty where each row has its own.
        cache: each row's own, per layer (A, C, K, S, H).
        start: int, place of the first reply token in `cache`; prompts lie before it.
    """
    positions = lengths[:, None] + step
    places = jnp.arange(cache[0][0].shape[-2])
    own_at = jnp.where(places < start, places, lengths[:, None] + places - start)
    own_real = jnp.where(places < start, places < lengths[:, None], own_at <= positions)
    prompt_at = jnp.arange(shared[0][0].shape[-2]) if shared else None
    turn = turns(arch, positions)
    x = embed(params, tokens)
    updated = []
    for index, layer in enumerate(params["layers"]):
        window = arch.windows[index] or 1 << 30
        masks = [own_real & (positions - own_at < window)]
        if shared:
            near = positions - prompt_at < window
            masks.insert(0, near & (prompt_at < lengths[:, None]))

        def attend(y, layer=layer, index=index, masks=masks):
            kept = cache[index][0].dtype
            q, k, v = (p.astype(kept) for p in project(arch, layer, y, turn[index]))
            at = (0, 0, 0, start + step, 0)
            own = tuple(
                jax.lax.dynamic_update_slice(pool, new[:, :, :, None], at)
                for pool, new in zip(cache[index], (k, v), strict=True)
            )
            updated.append(own)
            return _attention(arch, q, [*shared[index : index + 1], own], masks)

        x = block(arch, layer, x, attend)
    return x, updated


def _rooms(prompt_cache, candidates, new_tokens):
    """Where the replies' keys and values go: shared, own, and the replies' start.

    Several candidates share their prompt's. A single one keeps its own behind them, in
    one array, which is quicker to read than two.
    """

    def room(x, size):
        return jnp.pad(x, [(0, 0)] * (x.ndim - 2) + [(0, size), (0, 0)])

    grouped = [(_by_group(k), _by_group(v)) for k, v in prompt_cache]
    if candidates == 1:
        own = [tuple(room(x, new_tokens)[:, None] for x in pair) for pair in grouped]
        return [], own, grouped[0][0].shape[-2]
    answers, groups, _, size = grouped[0][0].shape
    empty = jnp.zeros(
        (answers, candidates, groups, new_tokens, size), grouped[0][0].dtype
    )
    return grouped, [(empty, empty) for _ in grouped], 0


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
    shared, cache, start = _rooms(prompt_cache, candidates, new_tokens)
    own = params["embedding"][prompt["tokens"]].astype(params["head"].dtype)
    last = jnp.take_along_axis(hidden, (lengths - 1)[:, None, None], axis=1)

    def next_token(scores, step):
        return _token_at(params, prompt, choose(scores, draw, step))

    scores = _scores(arch, params, prompt, own, last)
    sure = jnp.exp(scores.max(-1) - jax.nn.logsumexp(scores, axis=-1))[:, 0]
    chosen = next_token(jnp.repeat(scores, candidates, axis=1), 0)
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
            arch, params, chosen, step, lengths, shared, cache, start
        )
        scores = _scores(arch, params, prompt, own, hidden)
        following = next_token(scores, step + 1)
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
