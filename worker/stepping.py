"""One step of the model over tokens of several trees, in plain JAX.

The host says which tokens to read (`worker.writer`); the device keeps the keys and
values of all trees. Tokens come in groups of `W`, each group from one tree, so that a
group reads its tree's keys once. A token sees the tokens that lead to it.

Shapes: `G` groups of `W` tokens, `B` trees with room for `E` tokens each, of which a
step reads the first `n`; `M` draws from the new scores; `X` rare tokens; the others as
in `worker.layers`.
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
)
from worker.sampling import TOP_K, draw, top_k


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
    """The keys or values of one tree, `(n, K, H)`."""
    size = (1, entries, *pool.shape[2:])
    kept = jax.lax.dynamic_slice(pool, (tree, 0, 0, 0), size)[0]
    return jax.lax.bitcast_convert_type(kept, dtype)


def _attention(arch, q, trees, keys, values, mask):
    """`(G, W, N, H)` from queries `(G, W, K, N/K, H)`, pools and a mask `(G, W, n)`.

    Each group's tree is multiplied where it was read. To put the trees together first
    costs as much as the products, and XLA's kernels for batches are slower.
    """
    total = functools.partial(jnp.einsum, preferred_element_type=jnp.float32)
    groups, width = q.shape[:2]
    read = functools.partial(_read, entries=mask.shape[-1], dtype=q.dtype)
    rows = q.transpose(0, 2, 1, 3, 4)
    rows = rows.reshape(*rows.shape[:2], -1, rows.shape[-1])  # (G, K, W * N/K, H)
    scores = [
        total("kqh,nkh->kqn", row, read(keys, tree))
        for row, tree in zip(rows, trees, strict=True)
    ]
    repeated = jnp.repeat(mask, rows.shape[2] // width, axis=1)[:, None]
    weights = attention_weights(arch, jnp.stack(scores), repeated).astype(q.dtype)
    mixed = [
        total("kqn,nkh->kqh", weight, read(values, tree))
        for weight, tree in zip(weights, trees, strict=True)
    ]
    mixed = jnp.stack(mixed).reshape(groups, rows.shape[1], width, -1, rows.shape[-1])
    return mixed.transpose(0, 2, 1, 3, 4).reshape(groups, width, -1, rows.shape[-1])


def _masks(arch, feed, entries):
    """Which entries each token sees, `(G, W, n)`, by sliding window."""
    distance = feed["positions"][..., None] - feed["entry_positions"][:, None]
    sizes = {w if w < entries else 0 for w in arch.windows}
    return {w: feed["seen"] & (distance < w) if w else feed["seen"] for w in sizes}


def _scores(arch, params, feed, hidden):
    """Scores (R, S + X), float32, of the head's tokens and of `feed["rare"]`."""
    x = rms_norm(hidden, params["final_norm"], arch.epsilon)
    head = matmul(x, params["head"], axis=1)
    rare = params["embedding"][feed["rare"]].astype(params["head"].dtype)
    rare = soft_cap(matmul(x, rare, axis=1), arch.final_soft_cap)
    rare = jnp.where(feed["allowed"], rare, HIDDEN)
    return jnp.concatenate((soft_cap(head, arch.final_soft_cap), rare), axis=-1)


def _draw(arch, params, feed, hidden):
    """Tokens `(M,)` and the probability of each row's likeliest token, `(R,)`."""
    scores = _scores(arch, params, feed, hidden)
    values, places = top_k(scores, TOP_K)
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
    sure = jax.lax.cond(
        feed["how_sure"],
        lambda: jnp.exp(values[:, 0] - jax.nn.logsumexp(scores, axis=-1)),
        lambda: jnp.zeros(len(values)),
    )
    return token, sure


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
            for each draw `draw_row`, `step` int32, `seed` uint32, `temperature`,
            `top_p` float32 and `greedy` bool, all `(M,)`;
            `rare` int32 `(X,)` and `allowed` bool `(R, X)`: tokens outside the head
            that a row may write; `drawing` and `how_sure` bool: whether anything is
            drawn, and whether its probability is wanted.
        entries: int, `n`.

    Returns:
        The pool, int32 `(M,)` tokens and float32 `(R,)` probabilities.
    """
    width = feed["tokens"].shape[1]
    positions = feed["positions"].reshape(-1)
    masks = _masks(arch, feed, entries)
    x = embed(params, feed["tokens"].reshape(-1))
    updated = []
    for index, layer in enumerate(params["layers"]):
        mask = masks[arch.windows[index] if arch.windows[index] < entries else 0]

        def attend(y, layer=layer, index=index, mask=mask):
            dtype = layer["qkv"].dtype
            q, k, v = (
                part.reshape(-1, width, *part.shape[1:]).astype(dtype)
                for part in project(arch, layer, index, y, positions)
            )
            kept = tuple(
                _write(old, new, feed["tree"], feed["start"])
                for old, new in zip(pool[index], (k, v), strict=True)
            )
            updated.append(kept)
            mixed = _attention(arch, q, feed["tree"], *kept, mask)
            return mixed.reshape(-1, *mixed.shape[2:])

        x = block(arch, layer, x, attend)
    nothing = (
        jnp.zeros(len(feed["seed"]), jnp.int32),
        jnp.zeros(len(positions), jnp.float32),
    )
    token, sure = jax.lax.cond(
        feed["drawing"],
        lambda hidden: _draw(arch, params, feed, hidden),
        lambda hidden: nothing,
        x,
    )
    return updated, token.astype(jnp.int32), sure
