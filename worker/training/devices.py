"""Which device holds what: rows over some of them, matrices over the others.

A mesh of `data` x `model` devices, laid out by `keras.distribution`. Every matrix is
split along the axis named in `SPLIT` if it divides, and is whole on each device if not:
Gemma 3 270M has one key/value head, which no two devices can share. LoRA matrices and
the optimizer's slots are small and whole everywhere.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

DATA, MODEL = "data", "model"
# Part of a variable's path, and the axis of it that model parallelism splits.
SPLIT = {
    r"token_embedding/embeddings$": 0,  # the vocabulary
    r"(query|key|value)/(kernel|codes|scales)$": 0,  # heads
    r"attention_output/(kernel|codes|scales)$": 0,  # heads
    r"ffw_gating(_2)?/(kernel|codes|scales)$": 1,  # inner positions
    r"ffw_linear/(kernel|codes|scales)$": 0,  # inner positions
}


class DevicesError(ValueError):
    """The devices that were asked for are not there or do not fit the batch."""


@dataclass(frozen=True, kw_only=True)
class Devices:
    """Devices to train on. `mesh` is Keras', None for a single device."""

    mesh: Any = None
    data_parts: int = 1

    def place_variables(self, backbone, variables) -> list:
        """The values of Keras variables, each where the layout wants it."""
        if self.mesh is None:
            device = jax.devices()[0]
            return [jax.device_put(v.value, device) for v in variables]
        distribution = self._distribution(backbone)
        return [
            _put(v.value, distribution.get_variable_layout(v).backend_layout)
            for v in variables
        ]

    def place_batch(self, batch: dict[str, np.ndarray]) -> dict:
        """Micro-batches `(m, B, ...)`, the rows `B` spread over the data devices."""
        if self.mesh is None:
            return batch
        from keras.distribution import TensorLayout

        layout = TensorLayout([None, DATA], self.mesh).backend_layout
        return {name: _put(values, layout) for name, values in batch.items()}

    def place_like(self, value: np.ndarray, old) -> Any:
        """`value` laid out as the array `old` is."""
        return _put(value, old.sharding)

    def rounded(self, rows: int) -> int:
        """`rows`, or a few more, so that each device gets as many."""
        return -(-rows // self.data_parts) * self.data_parts

    def _distribution(self, backbone):
        from keras.distribution import ModelParallel

        return ModelParallel(
            layout_map=layout_map(backbone, self.mesh), batch_dim_name=DATA
        )


def one_device() -> Devices:
    """The first device, nothing spread."""
    return Devices()


def choose(count: int | None, model: int, batch_size: int) -> Devices:
    """Devices for `--devices` and `--model-parallel`.

    Args:
        count: int, None for all there are.
        model: int, devices that share each matrix; the others share the rows.
        batch_size: int, rows per micro-batch.

    Raises:
        DevicesError: if there are fewer, or if they do not divide evenly.
    """
    from keras.distribution import DeviceMesh, list_devices

    there = list_devices()
    count = count or len(there)
    if not 1 <= count <= len(there):
        raise DevicesError(
            f"--devices must be from 1 to {len(there)}, the devices that JAX sees "
            f"here. Received: {count}."
        )
    data = count // model
    if data * model != count or batch_size % data:
        raise DevicesError(
            f"{count} devices must be a multiple of --model-parallel, and --batch-size "
            f"a multiple of the {max(1, data)} that share the rows. Received: "
            f"{model} and {batch_size}."
        )
    if count == 1:
        return one_device()
    mesh = DeviceMesh((data, model), (DATA, MODEL), there[:count])
    return Devices(mesh=mesh, data_parts=data)


def layout_map(backbone, mesh):
    """A `keras.distribution.LayoutMap` for a Gemma 2 or Gemma 3 text backbone."""
    from keras.distribution import LayoutMap

    layouts = LayoutMap(mesh)
    parts = mesh.shape[mesh.axis_names.index(MODEL)]
    for variable in backbone.variables:
        axis = next((a for p, a in SPLIT.items() if re.search(p, variable.path)), None)
        if axis is not None and variable.shape[axis] % parts == 0:
            axes = [None] * len(variable.shape)
            axes[axis] = MODEL
            layouts[f"^{re.escape(variable.path)}$"] = tuple(axes)
    return layouts


def _put(value, sharding):
    """An array laid out over devices, also over those of other hosts.

    Every host holds all rows and weights, and hands its own devices their share.
    """
    if jax.process_count() == 1:
        return jax.device_put(value, sharding)
    whole = np.asarray(value)
    return jax.make_array_from_callback(whole.shape, sharding, whole.__getitem__)


def join_hosts() -> None:
    """Meet the other hosts, if the launcher named them in the environment.

    Keras reads KERAS_DISTRIBUTION_JOB_ADDRESSES, _NUM_PROCESSES and _PROCESS_ID.
    """
    if "KERAS_DISTRIBUTION_NUM_PROCESSES" in os.environ:
        from keras.distribution import initialize

        initialize()


def is_first_host() -> bool:
    """Whether this process writes the files."""
    return jax.process_index() == 0
