"""The LoRA training loop: KerasHub's backbone and Keras' AdamW, one jitted step.

The loss is sparse categorical cross-entropy on the target's tokens only. Logits over
the 262,144 tokens are made one row at a time, and what the backward pass needs of them
at once, so they never exist for a whole batch.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import keras
import numpy as np

from worker.training.data import batches


@dataclass(kw_only=True)
class History:
    """Loss and token accuracy of each epoch, on training and validation rows.

    Validation is the mean over the groups, so that each task weighs the same.
    """

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    val_accuracy: list[float] = field(default_factory=list)

    @property
    def best_epoch(self) -> int:
        """Index of the epoch with the highest validation accuracy.

        The loss rises earlier, while the words that are chosen still get better.
        """
        return int(np.argmax(self.val_accuracy))


def row_losses(hidden, table, batch, soft_cap=0.0):
    """Loss and hits of each target position.

    Args:
        hidden: `(B, L, D)` hidden states.
        table: `(V, D)` token embedding; it is not trained and gets no gradient.
        batch: arrays of `worker.training.data.encode_example`, stacked.
        soft_cap: float, Gemma 2's cap of the final logits, 0.0 for none.

    Returns:
        Two float32 arrays `(B, R)`, zero where the weight is zero.
    """
    states = jnp.take_along_axis(hidden, batch["at"][..., None], axis=1)
    losses, hits = _losses(soft_cap, states, table, batch["targets"])
    return losses * batch["weights"], hits * batch["weights"]


def _scores(soft_cap, states, table):
    logits = jax.lax.dot_general(
        states, table, (((1,), (1,)), ((), ())), preferred_element_type=jnp.float32
    )
    return jnp.tanh(logits / soft_cap) * soft_cap if soft_cap else logits


def _row(soft_cap, table, row):
    """Loss and hits (R,) of one row, and its scores (R, V) with their log-sum."""
    states, targets = row
    scores = _scores(soft_cap, states, table)
    wanted = jnp.take_along_axis(scores, targets[:, None], axis=-1)[:, 0]
    total = jax.nn.logsumexp(scores, axis=-1)
    hit = wanted >= scores.max(axis=-1)
    return (total - wanted, hit.astype(jnp.float32)), (scores, total)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _losses(soft_cap, states, table, targets):
    """Cross-entropy and hits (B, R) of states (B, R, D), one row at a time."""
    row = functools.partial(_row, soft_cap, table)
    return jax.lax.map(lambda one: row(one)[0], (states, targets))


def _losses_with_slopes(soft_cap, states, table, targets):
    """The same, and each loss's gradient (B, R, D): the scores are made only once."""

    def one(row):
        losses, (scores, total) = _row(soft_cap, table, row)
        slope = jnp.exp(scores - total[:, None])
        slope -= jax.nn.one_hot(row[1], scores.shape[-1], dtype=slope.dtype)
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
    """Trains the LoRA weights of a backbone and keeps the best epoch's.

    They are kept in float32 whatever the backbone's type; `value_of` reads them.
    """

    def __init__(self, backbone, optimizer=None) -> None:
        """Without an optimizer it only measures."""
        self.backbone = backbone
        self.optimizer = optimizer
        masters = [
            keras.Variable(variable.value, dtype="float32")
            for variable in backbone.trainable_variables
        ]
        if optimizer:
            optimizer.build(masters)
        self._trainable = [master.value for master in masters]
        self._frozen = [v.value for v in backbone.non_trainable_variables]
        self._slots = [v.value for v in optimizer.variables] if optimizer else []
        embeddings = backbone.token_embedding.embeddings
        self._table = next(
            i for i, v in enumerate(backbone.non_trainable_variables) if v is embeddings
        )

    def _loss(self, trainable, frozen, batch):
        inputs = {name: batch[name] for name in ("token_ids", "padding_mask")}
        trainable = [
            master.astype(variable.dtype)
            for master, variable in zip(
                trainable, self.backbone.trainable_variables, strict=True
            )
        ]
        hidden, _ = self.backbone.stateless_call(trainable, frozen, inputs)
        table = frozen[self._table].astype(hidden.dtype)
        cap = self.backbone.final_logit_soft_cap or 0.0
        loss, hits = row_losses(hidden, table, batch, cap)
        tokens = jnp.maximum(batch["weights"].sum(), 1.0)
        return loss.sum() / tokens, (loss.sum(), hits.sum(), batch["weights"].sum())

    @functools.partial(jax.jit, static_argnums=0, donate_argnums=(1, 3))
    def _step(self, trainable, frozen, slots, batch):
        grads, sums = jax.grad(self._loss, has_aux=True)(trainable, frozen, batch)
        trainable, slots = self.optimizer.stateless_apply(slots, grads, trainable)
        return trainable, slots, jnp.stack(sums)

    @functools.partial(jax.jit, static_argnums=0)
    def _measure(self, trainable, frozen, batch):
        return jnp.stack(self._loss(trainable, frozen, batch)[1])

    def train_epoch(self, groups, size, draw, tick) -> tuple[float, float]:
        """One pass; mean loss and accuracy per token while training."""
        sums = np.zeros(3)
        for batch in batches(groups, size, draw):
            self._trainable, self._slots, measured = self._step(
                self._trainable, self._frozen, self._slots, batch
            )
            sums += np.asarray(measured)
            tick()
        return sums[0] / sums[2], sums[1] / sums[2]

    def measure(self, groups, size) -> tuple[float, float]:
        """Mean loss and accuracy per token of each group, averaged; no training."""
        shares = []
        for group in groups:
            sums = np.zeros(3)
            for batch in batches([group], size):
                sums += np.asarray(self._measure(self._trainable, self._frozen, batch))
            shares.append(sums[:2] / sums[2])
        loss, accuracy = np.mean(shares, axis=0)
        return loss, accuracy

    def fit(
        self,
        training,
        validation,
        *,
        batch_size: int,
        epochs: int,
        patience: int,
        seed: int,
        tick: Callable[[], None] = lambda: None,
        report: Callable[[History], None] = lambda history: None,
    ) -> History:
        """Train with early stopping; the backbone ends with the best epoch's weights.

        Args:
            training: groups of `encode_pairs`; shuffled anew each epoch.
            validation: groups of `encode_pairs`.
            batch_size: int, rows per step.
            epochs: int, at most.
            patience: int, epochs without a higher validation accuracy before stopping.
            seed: int, of the shuffling.
            tick: called after each step.
            report: called after each epoch.

        Returns:
            `History` with one entry per epoch run.
        """
        history, self._best = History(), list(map(np.asarray, self._trainable))
        rng = np.random.default_rng(seed)
        for epoch in range(epochs):
            loss, accuracy = self.train_epoch(training, batch_size, rng, tick)
            val_loss, val_accuracy = self.measure(validation, batch_size)
            history.loss.append(float(loss))
            history.accuracy.append(float(accuracy))
            history.val_loss.append(float(val_loss))
            history.val_accuracy.append(float(val_accuracy))
            report(history)
            if history.best_epoch == epoch:
                self._best = list(map(np.asarray, self._trainable))
            elif epoch - history.best_epoch >= patience:
                break
        for variable, value in zip(
            self.backbone.trainable_variables, self._best, strict=True
        ):
            variable.assign(value)
        return history

    def value_of(self, variable) -> np.ndarray:
        """The best epoch's float32 value of one of the backbone's LoRA variables."""
        places = {id(v): i for i, v in enumerate(self.backbone.trainable_variables)}
        return self._best[places[id(variable)]]
