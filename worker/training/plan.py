"""The batches of a run, epoch by epoch: known in advance from rows, sizes and seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from worker.training.data import batch_of, count_batches, draw_rows
from worker.training.packing import Room, pack, used


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How rows become steps, and when training ends.

    An epoch's order depends on `seed` and the epoch only, so a run can be taken up
    again anywhere.
    """

    groups: list[dict[str, np.ndarray]]
    batch_size: int  # rows per micro-batch
    epochs: int
    accumulate: int = 1  # micro-batches per step
    max_steps: int | None = None
    seed: int = 0
    pack_length: int = 0  # positions of a packed sequence; 0: one row each
    parts: int = 1  # devices that the rows are spread over

    @property
    def steps_per_epoch(self) -> int:
        return count_batches(self.groups, self.batch_size * self.accumulate)

    @property
    def steps(self) -> int:
        """Of the whole run, if nothing stops it early."""
        steps = self.steps_per_epoch * self.epochs
        return min(steps, self.max_steps or steps)

    def steps_of(self, epoch: int) -> int:
        """Steps of one epoch, from 0; fewer where `max_steps` ends the run."""
        left = self.steps - epoch * self.steps_per_epoch
        return min(self.steps_per_epoch, left)

    def epoch(self, number: int, skip: int = 0) -> Iterator[dict[str, np.ndarray]]:
        """Batches `(m, B, ...)` of an epoch, from 0, without the first `skip`."""
        for group, rows in self._drawn(number)[skip : self.steps_of(number)]:
            parts = [self._micro_batch(group, own) for own in self._cut(rows)]
            yield {name: np.stack([one[name] for one in parts]) for name in parts[0]}

    def _drawn(self, epoch: int) -> list[tuple[int, np.ndarray]]:
        draw = np.random.default_rng([self.seed, epoch])
        return draw_rows(self.groups, self.batch_size * self.accumulate, draw)

    def _cut(self, rows: np.ndarray) -> list[np.ndarray]:
        """The rows of each micro-batch; the last may have none."""
        cuts = self.batch_size * np.arange(1, self.accumulate)
        return np.split(rows, cuts)

    def _micro_batch(self, group: int, rows: np.ndarray) -> dict[str, Any]:
        arrays = self.groups[group]
        if not len(rows):
            batch = batch_of(arrays, np.zeros(1, int), self.batch_size)
            batch["weights"][:] = 0.0
        else:
            batch = batch_of(arrays, rows, self.batch_size)
        return pack(batch, self._rooms[group]) if self.pack_length else batch

    @cached_property
    def _rooms(self) -> list[Room]:
        """For each group the room that its fullest micro-batch needs."""
        sizes = [np.array(used(arrays)) for arrays in self.groups]
        learned = [(arrays["weights"] != 0).sum(axis=1) for arrays in self.groups]
        micro: list[list] = [[] for _ in self.groups]
        for epoch in range(self.epochs):
            for group, rows in self._drawn(epoch):
                micro[group] += [
                    (sizes[group][own].tolist(), learned[group][own].tolist())
                    for own in self._cut(rows)
                    if len(own)
                ]
        return [Room.for_all(one, self.pack_length, self.parts) for one in micro]
