"""Choose the next token of every row: greedy, or drawn with the row's own seed."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp

TOP_K = 40  # only so many of the likeliest tokens are drawn from
TOP_K_BLOCK = 64  # block size of the exact two-stage top-k


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How the candidates after the first, greedy one are drawn."""

    temperature: float = 0.8
    top_p: float = 0.92


def top_k(logits, k):
    """Exact top `k` of the last axis in two stages.

    The `k` largest values lie in the `k` blocks with the largest maxima, so only
    those blocks are searched. XLA's own top-k sorts whole rows on a CPU.
    """
    rows, size = logits.shape
    if size % TOP_K_BLOCK or size // TOP_K_BLOCK <= k:
        return jax.lax.top_k(logits, k)
    blocks = logits.reshape(rows, -1, TOP_K_BLOCK)
    _, best = jax.lax.top_k(blocks.max(axis=-1), k)
    chosen = jnp.take_along_axis(blocks, best[..., None], axis=1)
    values, inside = jax.lax.top_k(chosen.reshape(rows, -1), k)
    block = jnp.take_along_axis(best, inside // TOP_K_BLOCK, axis=1)
    return values, block * TOP_K_BLOCK + inside % TOP_K_BLOCK


def draw(values, ids, seeds, steps, temperature, top_p):
    """One of each row's likeliest tokens, drawn with the row's own seed.

    Args:
        values: float32 `(R, k)`, scores of the likeliest tokens, best first.
        ids: int32 `(R, k)`, their places.
        seeds: uint32 `(R,)`.
        steps: int32, how many tokens each row has; `(R,)` or one for all.
        temperature: float32 above 0, `(R,)` or one for all; so is `top_p`.

    Returns:
        int32 `(R,)`, from `ids`.

    The draw depends on the row's own seed and step alone, so a result does not change
    with what else is in the batch.
    """
    rows = seeds.shape
    values = values / jnp.broadcast_to(temperature, rows)[:, None]
    share = jax.nn.softmax(values, axis=-1)
    before = jnp.cumsum(share, axis=-1) - share
    likely = before < jnp.broadcast_to(top_p, rows)[:, None]
    values = jnp.where(likely, values, -jnp.inf)

    def pick(seed, step, row):
        return jax.random.categorical(
            jax.random.fold_in(jax.random.key(seed), step), row
        )

    picked = jax.vmap(pick)(seeds, jnp.broadcast_to(steps, rows), values)
    return jnp.take_along_axis(ids, picked[:, None], axis=1)[:, 0]


def choose(logits, draws, step):
    """Next token of each row: greedy for candidate 0, drawn for the others.

    Args:
        logits: float32 `(A, C, V)`.
        draws: dict of `seeds`, `temperature` and `top_p`, see
            `worker.engine.generate`.
        step: int32, how many tokens the rows have.

    Returns:
        int32 `(A, C)`, places in the last axis of `logits`.
    """
    answers, candidates, size = logits.shape
    greedy = jnp.argmax(logits[:, 0], axis=-1)
    if candidates == 1:
        return greedy[:, None]
    values, ids = top_k(logits.reshape(-1, size), TOP_K)
    seeds = draws["seeds"].reshape(-1)
    drawn = draw(values, ids, seeds, step, draws["temperature"], draws["top_p"])
    return drawn.reshape(answers, candidates).at[:, 0].set(greedy)
