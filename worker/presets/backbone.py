"""Load a KerasHub preset of Gemma 2 or Gemma 3 text without TensorFlow."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path


def load_tokenizer(preset: Path):
    """The tokenizer of a preset folder."""
    import keras_hub

    return keras_hub.models.Tokenizer.from_preset(str(preset))


def load_backbone(preset: Path, dtype: str = "float32"):
    """The backbone of a preset folder, weights in `dtype`."""
    import keras_hub

    with _without_random_weights():
        return keras_hub.models.Backbone.from_preset(str(preset), dtype=dtype)


@contextmanager
def _without_random_weights():
    """Start from zeros: the preset's weights replace them at once.

    Keras draws 268 million random numbers first otherwise (2.5 GB, some seconds).
    """
    import keras

    initializer = keras.initializers.VarianceScaling
    draw = initializer.__call__
    initializer.__call__ = lambda self, shape, dtype=None: keras.ops.zeros(shape, dtype)
    try:
        yield
    finally:
        initializer.__call__ = draw
