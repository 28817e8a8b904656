"""One step of the model over tokens of several trees, in plain JAX.

The host says which tokens to read (`worker.writer`); the device keeps the keys and
values of all trees. Tokens come in groups of `W`, each group from one tree, so that a
group reads its tree's keys once. A token sees the tokens that lead to it.

Shapes: `G` groups of `W` tokens, `B` trees with room for `E` tokens each, of which a
step reads the first `n`; `R = G * W` rows of the scores, of which those at the front
are in use; `M` draws from them; `X` rare tokens; the others as in `worker.layers`.
"""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp

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
from worker.sampling import TOP_K, draw, top_k

READ_AT_ONCE = 8  # trees: XLA copies them in one pass, sixteen in three
FEW_ROWS = 16  # mostly no more of a step's rows draw, and the head is no small part


def new_pool(arch, params, trees: int, room: int) -> list:
    """Empty keys and values `(B, E, K, H)` of each layer, as bits.

    XLA on a CPU would turn a whole bfloat16 array into float32 and back to change
    four rows of it; integers it leaves alone.
    """
    shape = (trees, room, arch.num_groups, arch.head_dim)
    bits = jnp.uint16 if params["head"].dtype == jnp.bfloat16 else jnp.uint32
    return [tuple(jnp.zeros(shape, bits) for _ in range(2)) for _ in params["layers"]]


def _write(pool, new, tree, start):
    """`pool` with `new` `(G, W, K, H)` at each group's place in its tree.

    One group after the other: what a group that is not full writes behind its tokens
    is overwritten by the next tokens of that tree.
    """
    new = jax.lax.bitcast_convert_type(new, pool.dtype)

    def write(group, pool):
        rows = jax.lax.dynamic_slice_in_dim(new, group, 1)
        at = (tree[group], start[group], 0, 0)
        return jax.lax.dynamic_update_slice(pool, rows, at)

    return jax.lax.fori_loop(0, len(new), write, pool)


def _read(pool, tree, entries, dtype):
    """Each group's tree: `(G, n, K, H)`."""
    size = (1, entries, *pool.shape[2:])
    rows = [jax.lax.dynamic_slice(pool, (one, 0, 0, 0), size) for one in tree]
    return jax.lax.bitcast_convert_type(jnp.concatenate(rows), dtype)


def _attention(arch, q, keys, values, mask):
    """`(G, W, N, H)` from queries `(G, W, K, N/K, H)` and a mask `(G, W, n)`."""
    total = functools.partial(jnp.einsum, preferred_element_type=jnp.float32)
    groups, width = q.shape[:2]
    q = q.transpose(0, 2, 1, 3, 4)
    q = q.reshape(*q.shape[:2], -1, q.shape[-1])  # (G, K, W * N/K, H)
    scores = total("bnkh,bkqh->bknq", keys, q).swapaxes(2, 3)  # keys stay as they are
    repeated = jnp.repeat(mask, q.shape[2] // width, axis=1)[:, None]
    weights = attention_weights(arch, scores, repeated).astype(keys.dtype)
    mixed = total("bkqn,bnkh->bkqh", weights, values)
    mixed = mixed.reshape(*mixed.shape[:2], width, -1, mixed.shape[-1])
    return mixed.transpose(0, 2, 1, 3, 4).reshape(groups, width, -1, mixed.shape[-1])


def _masks(arch, feed, entries):
    """Which entries each token sees, `(G, W, n)`, by sliding window."""
    distance = feed["positions"][..., None] - feed["entry_positions"][:, None]
    sizes = {w if w < entries else 0 for w in arch.windows}
    return {w: feed["seen"] & (distance < w) if w else feed["seen"] for w in sizes}


def _scores(arch, params, rare, hidden, allowed):
    """Scores (r, S + X), float32, of the head's tokens and of `rare` `(X,)`."""
    x = rms_norm(hidden, params["final_norm"], arch.epsilon)
    head = matmul(x, params["head"], axis=1)
    rare = params["embedding"][rare].astype(params["head"].dtype)
    rare = soft_cap(matmul(x, rare, axis=1), arch.final_soft_cap)
    rare = jnp.where(allowed, rare, HIDDEN)
    return jnp.concatenate((soft_cap(head, arch.final_soft_cap), rare), axis=-1)


def _likeliest(arch, params, feed, hidden, count):
    """Scores and places `(R, TOP_K)` of what may follow the first `count` rows.

    And the probability of each row's likeliest token, `(R,)`.
    """
    of, allowed = feed["rows"][:count], feed["allowed"][:count]
    scores = _scores(arch, params, feed["rare"], hidden[of], allowed)
    values, places = top_k(scores, TOP_K)
    sure = jax.lax.cond(
        feed["how_sure"],
        lambda: jnp.exp(values[:, 0] - jax.nn.logsumexp(scores, axis=-1)),
        lambda: jnp.zeros(count),
    )
    missing = (0, len(feed["rows"]) - count)
    both = tuple(jnp.pad(found, (missing, (0, 0))) for found in (values, places))
    return *both, jnp.pad(sure, missing)


def _draw(arch, params, feed, hidden):
    """Tokens `(M,)` and the probability of each drawing row's likeliest, `(R,)`."""
    score = functools.partial(_likeliest, arch, params, feed, hidden)
    rows = len(feed["rows"])
    values, places, sure = jax.lax.cond(
        feed["drawing"] > FEW_ROWS,
        lambda: score(rows),
        lambda: score(min(rows, FEW_ROWS)),
    )
    of = feed["draw_row"]
    drawn = draw(
        values[of],
        places[of],
        feed["seed"],
        feed["step"],
        feed["temperature"],
        feed["top_p"],
    )
    place = jnp.where(feed["greedy"], places[of, 0], drawn)
    size = params["head_ids"].shape[0]
    token = jnp.where(
        place < size,
        params["head_ids"][jnp.minimum(place, size - 1)],
        feed["rare"][jnp.maximum(place - size, 0)],
    )
    return token.astype(jnp.int32), sure


@functools.partial(
    jax.jit, static_argnames=("arch", "entries"), donate_argnames=("pool",)
)
def step(arch, params, pool, feed, *, entries):
    """Read tokens into their trees and draw what follows them.

    Args:
        arch: `Architecture`.
        params: weights as `worker.weights.arrange` gives them.
        pool: from `new_pool`; overwritten.
        feed: dict of NumPy arrays,
            for each group `tree` and `start` int32 `(G,)`: where its tokens go;
            `entry_positions` int32 `(G, n)`: places in the text of a tree's entries;
            for each token `tokens`, `positions` int32 `(G, W)` and `seen` bool
            `(G, W, n)`: the entries that lead to it, its own included;
            `drawing` int32, how many tokens' followers are drawn, `rows` int32 `(R,)`
            which ones, of all `G * W`, and `how_sure` bool, whether the probability
            of what is drawn is wanted;
            for each draw `draw_row`, a place in `rows`, and `step` int32, `seed`
            uint32, `temperature`, `top_p` float32 and `greedy` bool, all `(M,)`;
            `rare` int32 `(X,)` and `allowed` bool `(R, X)`: tokens outside the head
            that may follow.
        entries: int, `n`.

    Returns:
        The pool, int32 `(M,)` tokens and float32 `(R,)` probabilities of the
        likeliest token after each of `rows`.
    """
    width = feed["tokens"].shape[1]
    positions = feed["positions"].reshape(-1)
    masks, turn = _masks(arch, feed, entries), turns(arch, positions)
    x = embed(params, feed["tokens"].reshape(-1))
    updated = []
    for index, layer in enumerate(params["layers"]):
        mask = masks[arch.windows[index] if arch.windows[index] < entries else 0]

        def attend(y, layer=layer, index=index, mask=mask):
            dtype = layer["qkv"].dtype
            q, k, v = (
                part.reshape(-1, width, *part.shape[1:]).astype(dtype)
                for part in project(arch, layer, y, turn[index])
            )
            kept = tuple(
                _write(old, new, feed["tree"], feed["start"])
                for old, new in zip(pool[index], (k, v), strict=True)
            )
            updated.append(kept)
            mixed = []
            for first in range(0, len(q), READ_AT_ONCE):
                part = slice(first, first + READ_AT_ONCE)
                read = (_read(one, feed["tree"][part], entries, dtype) for one in kept)
                mixed.append(_attention(arch, q[part], *read, mask[part]))
            return jnp.concatenate(mixed).reshape(len(y), *mixed[0].shape[2:])

        x = block(arch, layer, x, attend)
    nothing = jnp.zeros(len(feed["seed"]), jnp.int32), jnp.zeros(len(feed["rows"]))
    drawn = jax.lax.cond(
        feed["drawing"] > 0,
        lambda hidden: _draw(arch, params, feed, hidden),
        lambda hidden: nothing,
        x,
    )
    return updated, *drawn
