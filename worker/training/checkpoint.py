"""A run's state on disk, so that a killed run goes on where it was.

One safetensors file with the learned weights, the optimizer's slots and the best
weights so far; its header says where the run was and what it measured. The order of
rows and the dropout follow from seed and step and need not be kept. The file is
replaced in one go: after a crash it is the old one or the new one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from worker.training.history import History

Arrays = list[np.ndarray]


class CheckpointError(RuntimeError):
    """A run cannot be taken up again; the text says why and what to do."""


@dataclass(kw_only=True)
class Progress:
    """Where a run is: `epoch` and `step` within it, and all that it needs to go on."""

    epoch: int = 0
    step: int = 0
    sums: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])  # of the epoch
    history: History = field(default_factory=History)
    trainable: Arrays = field(default_factory=list)
    slots: Arrays = field(default_factory=list)
    best: Arrays = field(default_factory=list)


class Checkpoint:
    """The file of one run; `run` is what makes it this run and not another."""

    def __init__(self, file: Path, run: Mapping[str, Any]) -> None:
        self.file = file
        text = json.dumps(run, sort_keys=True, default=str, ensure_ascii=False)
        self.run = hashlib.sha256(text.encode()).hexdigest()[:16]

    def save(self, progress: Progress) -> None:
        """Replace the file; a crash meanwhile leaves the old one."""
        from safetensors.numpy import save

        arrays = {
            f"{name}/{n}": np.array(array, order="C")
            for name in ("trainable", "slots", "best")
            for n, array in enumerate(getattr(progress, name))
        }
        where = {name: getattr(progress, name) for name in ("epoch", "step", "sums")}
        where |= {"run": self.run, "history": asdict(progress.history)}
        content = save(arrays, {"progress": json.dumps(where)})
        self.file.parent.mkdir(parents=True, exist_ok=True)
        partial = self.file.with_suffix(".partial")
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, self.file)

    def load(self) -> Progress | None:
        """The state to go on from; None if there is no file.

        Raises:
            CheckpointError: if it is of a run with other settings or rows.
        """
        from safetensors import safe_open

        if not self.file.is_file():
            return None
        with safe_open(self.file, framework="numpy") as stored:
            where = json.loads(stored.metadata()["progress"])
            arrays = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        if where.pop("run") != self.run:
            raise CheckpointError(
                f"{self.file} is of a run with other settings, rows or preset. Give "
                "the same ones to go on, or leave out --resume to start again."
            )
        return Progress(
            **where | {"history": History(**where["history"])},
            **{
                name: [arrays[f"{name}/{n}"] for n in range(_count(arrays, name))]
                for name in ("trainable", "slots", "best")
            },
        )

    def remove(self) -> None:
        """Forget the run: it is finished, or starts again."""
        self.file.unlink(missing_ok=True)


def _count(arrays: Mapping[str, np.ndarray], name: str) -> int:
    return sum(one.startswith(f"{name}/") for one in arrays)
