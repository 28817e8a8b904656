"""What a training run measured, epoch by epoch and step by step."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(kw_only=True)
class History:
    """Loss and token accuracy of each epoch, on training and validation rows.

    Validation is the mean over the groups, so that each task weighs the same.
    `step_loss` and `step_rate` have the loss and the learning rate of every step.
    """

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    val_accuracy: list[float] = field(default_factory=list)
    step_loss: list[float] = field(default_factory=list)
    step_rate: list[float] = field(default_factory=list)

    @property
    def best_epoch(self) -> int:
        """Index of the epoch with the highest validation accuracy.

        The loss rises earlier, while the words that are chosen still get better.
        """
        return int(np.argmax(self.val_accuracy))

    def add_epoch(self, training, validation) -> None:
        """Append loss and accuracy on training and on validation rows."""
        for name, value in zip(
            ("loss", "accuracy", "val_loss", "val_accuracy"),
            (*training, *validation),
            strict=True,
        ):
            getattr(self, name).append(float(value))
