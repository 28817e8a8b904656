"""Load a KerasHub Gemma 3 text preset without TensorFlow."""

from __future__ import annotations

from pathlib import Path


def load_tokenizer(preset: Path):
    """The `Gemma3Tokenizer` of a preset folder."""
    import keras_hub

    return keras_hub.models.Gemma3Tokenizer.from_preset(str(preset))


def load_backbone(preset: Path, dtype: str = "float32"):
    """The `Gemma3Backbone` of a preset folder, weights in `dtype`."""
    import keras_hub

    return keras_hub.models.Gemma3Backbone.from_preset(str(preset), dtype=dtype)
