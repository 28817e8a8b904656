"""The LoRA training loop: KerasHub's backbone and Keras' AdamW, one jitted step.

The loss is sparse categorical cross-entropy on the target's tokens only. Logits over
the 262,144 tokens are made one row at a time and recomputed in the backward pass, so
they never exist for a whole batch.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
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
        table: `(V, D)` token embedding.
        batch: arrays of `worker.training.data.encode_example`, stacked.
        soft_cap: float, Gemma 2's cap of the final logits, 0.0 for none.

    Returns:
        Two float32 arrays `(B, R)`, zero where the weight is zero.
    """

    @jax.checkpoint
    def one_row(row):
        states, targets, weights = row
        logits = (states @ table.T).astype(jnp.float32)
        logits = jnp.tanh(logits / soft_cap) * soft_cap if soft_cap else logits
        wanted = jnp.take_along_axis(logits, targets[:, None], axis=-1)[:, 0]
        loss = jax.nn.logsumexp(logits, axis=-1) - wanted
        hit = jnp.argmax(logits, axis=-1) == targets
        return loss * weights, hit * weights

    states = jnp.take_along_axis(hidden, batch["at"][..., None], axis=1)
    return jax.lax.map(one_row, (states, batch["targets"], batch["weights"]))


def recomputed(layers: int):
    """A scope in which a backbone of so many layers is built to keep less in memory.

    The backward pass computes the inside of each layer again: about a third more time
    for a small part of the memory. With 0 layers nothing is recomputed.
    """
    import keras

    if not layers:
        return contextlib.nullcontext()
    names = [f"decoder_block_{index}" for index in range(layers)]
    return keras.RematScope(mode="list_of_layers", layer_names=names)


class LoraTrainer:
    """Trains the LoRA weights of a backbone and keeps the best epoch's."""

    def __init__(self, backbone, optimizer=None) -> None:
        """Without an optimizer it only measures."""
        self.backbone = backbone
        self.optimizer = optimizer
        if optimizer:
            optimizer.build(backbone.trainable_variables)
        self._trainable = [v.value for v in backbone.trainable_variables]
        self._frozen = [v.value for v in backbone.non_trainable_variables]
        self._slots = [v.value for v in optimizer.variables] if optimizer else []
        embeddings = backbone.token_embedding.embeddings
        self._table = next(
            i for i, v in enumerate(backbone.non_trainable_variables) if v is embeddings
        )

    def _loss(self, trainable, frozen, batch):
        inputs = {name: batch[name] for name in ("token_ids", "padding_mask")}
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
        history, best = History(), list(map(np.asarray, self._trainable))
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
                best = list(map(np.asarray, self._trainable))
            elif epoch - history.best_epoch >= patience:
                break
        for variable, value in zip(
            self.backbone.trainable_variables, best, strict=True
        ):
            variable.assign(value)
        return history
