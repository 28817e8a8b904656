"""The LoRA step: KerasHub's backbone and Keras' AdamW, one jitted program.

The loss is sparse categorical cross-entropy on the target's tokens only. Logits over
the 262,144 tokens are made for some tokens at a time, and what the backward pass needs
of them at once, so they never exist for a whole batch.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Iterable, Iterator

import jax
import jax.numpy as jnp
import numpy as np

from worker.training.data import batches
from worker.training.dense import dropping
from worker.training.devices import Devices, one_device
from worker.training.packing import keep_texts_apart

TOKENS_AT_A_TIME = 512  # whose logits exist together, on each device
FEW_TOKENS = 128  # where memory counts more than time: 131 MB of logits, not 524
AHEAD = 8  # steps handed to the device before the oldest is waited for


def token_sums(
    states,
    table,
    targets,
    weights,
    soft_cap=0.0,
    parts=1,
    at_a_time=TOKENS_AT_A_TIME,
):
    """Sums of the loss, of hits and of the weights over tokens.

    Args:
        states: `(B, R, D)` hidden states that have to predict `targets`.
        table: `(V, D)` token embedding; it is not trained and gets no gradient.
        targets: int32 `(B, R)`.
        weights: float32 `(B, R)`, 0 where nothing is to be learned.
        soft_cap: float, Gemma 2's cap of the final logits, 0.0 for none.
        parts: int, devices that rows are spread over.
        at_a_time: int, tokens whose logits exist together.

    Returns:
        float32 `(3,)`.
    """
    states, targets, weights = (
        _in_chunks(values, parts, at_a_time) for values in (states, targets, weights)
    )
    losses, hits = _losses(soft_cap, states, table, targets)
    return jnp.stack([(losses * weights).sum(), (hits * weights).sum(), weights.sum()])


def _in_chunks(values, parts: int, size: int):
    """`(B, R, ...)` as `(chunks, parts, size or fewer, ...)`, filled with zeros."""
    values = values.reshape(parts, -1, *values.shape[2:])
    size = min(size, values.shape[1])
    short = -values.shape[1] % size
    values = jnp.pad(values, [(0, 0), (0, short)] + [(0, 0)] * (values.ndim - 2))
    values = values.reshape(parts, -1, size, *values.shape[2:])
    return values.swapaxes(0, 1)


def _raw_scores(table, states):
    """Scores (p, T, V) of a chunk, float32, before they are capped."""
    return jnp.einsum("ptd,vd->ptv", states, table, preferred_element_type=jnp.float32)


def _capped(scores, cap):
    return jnp.tanh(scores / cap) * cap if cap else scores


def _chunk(soft_cap, raw, targets):
    """Loss and hits (p, T) from raw scores (p, T, V), and the log of their sum.

    With a cap the largest score is known before: one pass over all of them, not two.
    """
    wanted = jnp.take_along_axis(raw, targets[..., None], axis=-1)[..., 0]
    best = raw.max(axis=-1)
    hit = wanted >= best
    largest = jnp.full_like(best, soft_cap) if soft_cap else best
    shares = jnp.exp(_capped(raw, soft_cap) - largest[..., None])
    total = jnp.log(shares.sum(axis=-1)) + largest
    return (total - _capped(wanted, soft_cap), hit.astype(jnp.float32)), total


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _losses(soft_cap, states, table, targets):
    """Cross-entropy and hits (c, p, T) of states (c, p, T, D), a chunk at a time."""

    def one(chunk):
        raw = _raw_scores(table, chunk[0])
        return _chunk(soft_cap, raw, chunk[1])[0]

    return jax.lax.map(one, (states, targets))


def _losses_with_slopes(soft_cap, states, table, targets):
    """The same, and their gradients (c, p, T, D): the scores are made only once."""

    def one(chunk):
        raw = _raw_scores(table, chunk[0])
        losses, total = _chunk(soft_cap, raw, chunk[1])
        # Behind the barrier scores are capped again, where they are used: to write and
        # read them takes longer.
        scores = _capped(jax.lax.optimization_barrier(raw), soft_cap)
        slope = jnp.exp(scores - total[..., None])
        slope -= jax.nn.one_hot(chunk[1], scores.shape[-1], dtype=slope.dtype)
        if soft_cap:
            slope *= 1.0 - jnp.square(scores / soft_cap)
        return losses, slope.astype(table.dtype) @ table

    return jax.lax.map(one, (states, targets))


def _times_slopes(soft_cap, slopes, grads):
    return (grads[0][..., None] * slopes).astype(slopes.dtype), None, None


_losses.defvjp(_losses_with_slopes, _times_slopes)


def recompute(backbone, keep_products: bool = True) -> None:
    """Have the backward pass compute the inside of each layer again, to save memory.

    Args:
        backbone: KerasHub backbone.
        keep_products: keep what the weights were multiplied to; the rest costs hardly
            any time. Otherwise nothing is kept: about a third more time for still less
            memory.
    """
    kept = jax.checkpoint_policies.dots_with_no_batch_dims_saveable
    for layer in backbone.transformer_layers:
        layer.call = _recomputing(layer.call, kept if keep_products else None)


def _recomputing(call, policy):
    def recomputing(x, **others):
        return jax.checkpoint(lambda x: call(x, **others), policy=policy)(x)

    return recomputing


class LoraTrainer:
    """Trains the LoRA weights of a backbone, a step at a time.

    Attributes:
        trainable, slots: arrays on the devices; what a step changes.
        tokens_at_a_time: whose logits exist together; set it before the first step.
    """

    tokens_at_a_time = TOKENS_AT_A_TIME

    def __init__(
        self, backbone, optimizer=None, devices: Devices | None = None, seed: int = 0
    ) -> None:
        """Without an optimizer it only measures. `seed` is of the dropout."""
        self.backbone, self.optimizer, self.seed = backbone, optimizer, seed
        self.devices = devices or one_device()
        keep_texts_apart(backbone)
        if optimizer:
            optimizer.build(backbone.trainable_variables)
        place = self.devices.place_variables
        self.trainable = place(backbone, backbone.trainable_variables)
        self._frozen = place(backbone, backbone.non_trainable_variables)
        self.slots = place(backbone, optimizer.variables) if optimizer else []
        embeddings = backbone.token_embedding.embeddings
        self._table = next(
            i for i, v in enumerate(backbone.non_trainable_variables) if v is embeddings
        )

    def _sums(self, trainable, frozen, batch, key=None):
        """Loss, hits and weights, summed over the rows `(B, ...)` of a batch."""
        inputs = {name: batch[name] for name in ("token_ids", "padding_mask")}
        with dropping(key):
            hidden, _ = self.backbone.stateless_call(trainable, frozen, inputs)
        states = jnp.take_along_axis(hidden, batch["at"][..., None], axis=1)
        return token_sums(
            states,
            frozen[self._table].astype(hidden.dtype),
            batch["targets"],
            batch["weights"],
            soft_cap=self.backbone.final_logit_soft_cap or 0.0,
            parts=self.devices.data_parts,
            at_a_time=self.tokens_at_a_time,
        )

    @functools.partial(jax.jit, static_argnums=0, donate_argnums=(1, 3))
    def _step(self, trainable, frozen, slots, batch, key):
        """One optimizer step over a batch of one or more micro-batches `(m, B, ...)`.

        Sums are added up and divided once, so that the step is the same however the
        rows are cut into micro-batches.
        """

        def slope(trainable, batch, key):
            def loss(trainable):
                sums = self._sums(trainable, frozen, batch, key)
                return sums[0], sums

            return jax.grad(loss, has_aux=True)(trainable)

        def add(total, part):
            return jax.tree.map(jnp.add, total, slope(trainable, *part)), None

        count = batch["at"].shape[0]
        keys = jax.random.split(key, count)
        first, rest = (
            jax.tree.map(lambda x, cut=cut: x[cut], (batch, keys))
            for cut in (0, slice(1, None))
        )
        total = slope(trainable, *first)
        if count > 1:
            total, _ = jax.lax.scan(add, total, rest)
        grads, sums = total
        grads = jax.tree.map(lambda grad: grad / jnp.maximum(sums[2], 1.0), grads)
        trainable, slots = self.optimizer.stateless_apply(slots, grads, trainable)
        return trainable, slots, sums

    @functools.partial(jax.jit, static_argnums=0)
    def _measure(self, trainable, frozen, batch):
        return self._sums(
            trainable, frozen, {name: value[0] for name, value in batch.items()}
        )

    def train(self, coming: Iterable[dict], first_step: int = 0) -> Iterator:
        """Take a step per batch. Yields the sums of each, some steps later.

        Args:
            coming: batches of `worker.training.data.encode_example`s, stacked
                `(m, B, ...)`: `m` micro-batches of `B` rows.
            first_step: int, steps taken before; dropout depends on it.

        Yields:
            float32 `(3,)`: loss, hits and weights of a step.
        """
        under_way: deque = deque()
        root = jax.random.key(self.seed)
        for step, batch in enumerate(coming, start=first_step):
            key = jax.random.fold_in(root, step)
            self.trainable, self.slots, sums = self._step(
                self.trainable,
                self._frozen,
                self.slots,
                self.devices.place_batch(batch),
                key,
            )
            under_way.append(sums)
            if len(under_way) > AHEAD:
                yield np.asarray(under_way.popleft())
        yield from map(np.asarray, under_way)

    def train_epoch(self, groups, size, draw, tick: Callable[[], None] = lambda: None):
        """One plain pass; mean loss and accuracy per token while training."""
        total = np.zeros(3)
        for sums in self.train(map(alone, batches(groups, size, draw))):
            total += sums
            tick()
        return total[0] / total[2], total[1] / total[2]

    def measure(self, groups, size: int) -> tuple[float, float]:
        """Mean loss and accuracy per token of each group, averaged; no training."""
        shares = []
        for group in groups:
            total = np.zeros(3)
            for batch in map(alone, batches([group], self.devices.rounded(size))):
                placed = self.devices.place_batch(batch)
                total += np.asarray(self._measure(self.trainable, self._frozen, placed))
            shares.append(total[:2] / total[2])
        loss, accuracy = np.mean(shares, axis=0)
        return loss, accuracy

    def give_back(self, trainable) -> None:
        """Put arrays of trained weights into the backbone's variables."""
        variables = self.backbone.trainable_variables
        for variable, value in zip(variables, trainable, strict=True):
            variable.assign(np.asarray(value))


def alone(batch: dict) -> dict:
    """A batch `(B, ...)` as the only micro-batch `(1, B, ...)` of a step."""
    return {name: values[None] for name, values in batch.items()}
