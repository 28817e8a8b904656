"""Frozen dense layers with LoRA beside them: alpha, dropout, a base in few bits.

Keras' own LoRA has no dropout, and in 4 bits it quantises the activations too. So the
backbone's dense layers become `LoraDense` layers here, in place, as Keras does it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass

import jax
import keras
from keras import ops

from worker.adapter import target_layers
from worker.training.quantise import dequantise, quantise

_key: ContextVar = ContextVar("dropout key", default=None)


@dataclass(frozen=True, kw_only=True)
class Lora:
    """What is learned beside the frozen layers named in `targets`.

    The change of a kernel is `alpha / rank * a @ b`; `dropout` is the share of a
    layer's inputs that the change does not see while training.
    """

    rank: int
    targets: tuple[str, ...]
    alpha: float | None = None  # None: as large as the rank
    dropout: float = 0.0


class LoraDense(keras.layers.EinsumDense):
    """An `EinsumDense` whose kernel stays as it is; made by `convert` only.

    Its variables are `kernel`, or `codes` and `scales`, and if it learns
    `lora_kernel_a` `(..., r)` and `lora_kernel_b` `(r, out)` in float32.
    """

    form = None  # of `quantise`, None for an unquantised kernel
    dropout = 0.0
    place = 0  # tells the dropout of one layer from another's

    def convert(self, form: str | None, lora: Lora | None, place: int) -> None:
        """Quantise the kernel and add the two LoRA matrices."""
        self._tracker.unlock()
        shape = self._kernel.shape
        if form:
            self._quantise(form)
        if lora and self.name in lora.targets:
            self._add_lora(lora, shape)
            self.place = place
        self._tracker.lock()

    def _quantise(self, form: str) -> None:
        codes, scales = quantise(self._kernel.value, form)
        self._untrack_variable(self._kernel)
        self._kernel, self.form = None, form
        for name, value in (("codes", codes), ("scales", scales)):
            variable = self.add_weight(
                name=name,
                shape=value.shape,
                dtype=str(value.dtype),
                initializer=lambda *_, value=value, **__: value,
                autocast=False,
                trainable=False,
            )
            setattr(self, name, variable)

    def _add_lora(self, lora: Lora, shape: tuple[int, ...]) -> None:
        if self._kernel is not None:
            self._kernel.trainable = False
        self.lora_enabled, self.lora_rank = True, lora.rank
        self.lora_alpha = lora.rank if lora.alpha is None else lora.alpha
        self.dropout = lora.dropout
        options = {"dtype": "float32", "autocast": False}
        self.lora_kernel_a = self.add_weight(
            name="lora_kernel_a",
            shape=(*shape[:-1], lora.rank),
            initializer="he_uniform",
            **options,
        )
        self.lora_kernel_b = self.add_weight(
            name="lora_kernel_b",
            shape=(lora.rank, shape[-1]),
            initializer="zeros",
            **options,
        )

    @property
    def kernel(self):
        """What the layer multiplies by, its LoRA change included."""
        if self.form:
            kernel = dequantise(
                self.codes.value, self.scales.value, self.form, self.compute_dtype
            )
        else:
            kernel = ops.convert_to_tensor(self._kernel)
        if not self.lora_enabled:
            return kernel
        change = ops.matmul(self.lora_kernel_a, self.lora_kernel_b)
        return kernel + ops.cast(self._share * change, kernel.dtype)

    @property
    def _share(self) -> float:
        return self.lora_alpha / self.lora_rank

    def call(self, inputs, training=None):
        outputs = self._frozen(inputs)
        if not self.lora_enabled:
            return outputs
        a = ops.cast(self.lora_kernel_a, inputs.dtype)
        b = ops.cast(self.lora_kernel_b, inputs.dtype)
        seen = self._with_dropout(inputs)
        return outputs + ops.matmul(ops.einsum(self.equation, seen, a), b) * self._share

    def _frozen(self, inputs):
        if not self.form:
            return ops.einsum(self.equation, inputs, self._kernel)

        # Unpacked again in the backward pass: else all layers' kernels would be kept.
        @jax.checkpoint
        def multiply(inputs, codes, scales):
            kernel = dequantise(codes, scales, self.form, inputs.dtype)
            return ops.einsum(self.equation, inputs, kernel)

        return multiply(inputs, self.codes.value, self.scales.value)

    def _with_dropout(self, inputs):
        key = _key.get()
        if key is None or not self.dropout:
            return inputs
        own = jax.random.fold_in(key, self.place)
        kept = jax.random.bernoulli(own, 1 - self.dropout, inputs.shape)
        return ops.where(kept, inputs / (1 - self.dropout), 0)


@contextlib.contextmanager
def dropping(key) -> Iterator[None]:
    """Within it, layers drop inputs as the random key says; with None they do not."""
    token = _key.set(key)
    try:
        yield
    finally:
        _key.reset(token)


def add_lora(backbone, lora: Lora, form: str | None = None) -> None:
    """Freeze a backbone and let `lora` learn beside it.

    Args:
        backbone: a KerasHub Gemma 2 or Gemma 3 text backbone.
        lora: `Lora`.
        form: "int8", "int4" or "nf4" to keep all dense layers so, or None.
    """
    backbone.trainable = True
    for layer in backbone._flatten_layers(include_self=False):
        layer.trainable = False
    for place, (_, dense) in enumerate(target_layers(backbone)):
        learns = dense.name in lora.targets
        if learns or form:
            dense.__class__ = LoraDense
            dense.trainable = learns
            dense.convert(form, lora, place)
