"""A training run: epochs with early stopping, checkpoints on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import numpy as np

from worker.training.checkpoint import Checkpoint, Progress
from worker.training.devices import is_first_host
from worker.training.history import History
from worker.training.lora import LoraTrainer
from worker.training.plan import Plan


@dataclass(kw_only=True)
class Run:
    """Trains with early stopping; the backbone ends with the best epoch's weights.

    Attributes:
        validation: groups of `encode_pairs`.
        patience: epochs without a higher validation accuracy before stopping.
        checkpoint: where the state is kept, None for nowhere.
        checkpoint_steps: steps between two checkpoints, besides that of each epoch.
        rate: the learning rate of a step, from 0, for the history.
        tick: called after each step.
        report: called with the history after each epoch.
    """

    trainer: LoraTrainer
    plan: Plan
    validation: list[dict[str, np.ndarray]]
    patience: int
    checkpoint: Checkpoint | None = None
    checkpoint_steps: int = 200
    rate: Callable[[int], float] = lambda step: 0.0
    tick: Callable[[], None] = lambda: None
    report: Callable[[History], None] = lambda history: None

    def fit(self, progress: Progress | None = None) -> History:
        """Train to the end, from `progress` or from the start.

        Returns:
            `History` with one entry per epoch and per step.
        """
        now = self.now = progress or Progress()
        if progress:
            self._take_up(progress)
        else:
            now.best = _on_host(self.trainer.trainable)
        while not self._over():
            self._epoch()
            self.report(now.history)
            if now.history.best_epoch == now.epoch:
                now.best = _on_host(self.trainer.trainable)
            now.epoch, now.step, now.sums = now.epoch + 1, 0, [0.0, 0.0, 0.0]
            self._save()
        self.trainer.give_back(now.best)
        return now.history

    @property
    def steps_done(self) -> int:
        return self.now.epoch * self.plan.steps_per_epoch + self.now.step

    def _take_up(self, progress: Progress) -> None:
        trainer = self.trainer
        trainer.trainable, trainer.slots = (
            [
                trainer.devices.place_like(new, old)
                for new, old in zip(stored, fresh, strict=True)
            ]
            for stored, fresh in (
                (progress.trainable, trainer.trainable),
                (progress.slots, trainer.slots),
            )
        )
        for _ in range(self.steps_done):
            self.tick()

    def _over(self) -> bool:
        now = self.now
        if self.steps_done >= self.plan.steps:
            return True
        done = now.history.val_accuracy
        return bool(done) and now.epoch - 1 - now.history.best_epoch >= self.patience

    def _epoch(self) -> None:
        """One pass from where the run is, and the measurement after it."""
        now = self.now
        coming = self.plan.epoch(now.epoch, skip=now.step)
        while now.step < self.plan.steps_of(now.epoch):
            part = islice(coming, self.checkpoint_steps)
            for sums in self.trainer.train(part, self.steps_done):
                self._count(sums)
            self._save()
        loss, hits, tokens = now.sums
        validation = self.trainer.measure(self.validation, self.plan.batch_size)
        now.history.add_epoch((loss / tokens, hits / tokens), validation)

    def _count(self, sums: np.ndarray) -> None:
        now = self.now
        now.sums = [a + float(b) for a, b in zip(now.sums, sums, strict=True)]
        now.history.step_loss.append(float(sums[0] / sums[2]))
        now.history.step_rate.append(float(self.rate(self.steps_done)))
        now.step += 1
        self.tick()

    def _save(self) -> None:
        if self.checkpoint is None:
            return
        self.now.trainable = _on_host(self.trainer.trainable)
        self.now.slots = _on_host(self.trainer.slots)
        if is_first_host():
            self.checkpoint.save(self.now)


def _on_host(arrays) -> list[np.ndarray]:
    return [np.array(array) for array in arrays]
