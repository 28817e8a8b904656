"""Find a preset: the embedded one, KerasHub's by name, a hub's, or a folder.

A folder is a KerasHub preset or a Hugging Face model; both are Gemma 2 or Gemma 3 for
text.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from worker.presets import gemma3_270m, hubs
from worker.presets.gemma3_270m import PresetError

__all__ = ["PresetError", "locate", "name_of"]


def locate(
    preset: str,
    data_dir: Path,
    progress: Callable[[float], None] = lambda share: None,
) -> Path:
    """The folder of a preset, prepared or fetched if it has to be.

    Args:
        preset: "gemma3_270m", a name of KerasHub's such as "gemma2_instruct_2b_en",
            "kaggle://...", "hf://..." or a folder.

    Raises:
        PresetError: if there is no such preset, it cannot be had, or it is not a
            Gemma 2 or Gemma 3 for text.
    """
    if preset == gemma3_270m.NAME:
        return gemma3_270m.prepare(data_dir, progress)
    folder = Path(preset)
    if not folder.is_dir():
        folder = hubs.fetch(_address(preset))
    _check(folder, preset)
    return folder


def name_of(preset: str) -> str:
    """How cards name a preset: a hub's address as it is, a folder by its name."""
    return preset if "://" in preset else Path(preset).name


def _address(preset: str) -> str:
    """Where a hub keeps a preset."""
    if preset.startswith((hubs.HUGGING_FACE, hubs.KAGGLE)):
        return preset
    import keras_hub

    known = keras_hub.models.Backbone.presets
    if preset not in known:
        raise PresetError(
            f"PRESET must be {gemma3_270m.NAME!r}, a KerasHub name such as "
            "'gemma2_instruct_2b_en', hf://ORGANISATION/NAME, "
            "kaggle://ORGANISATION/MODEL/keras/VARIANT, or a folder with a "
            f"config.json. Received: {preset!r}."
        )
    return known[preset]["kaggle_handle"]


def _check(folder: Path, preset: str) -> None:
    """Refuse what is no Gemma 2 or 3 for text before gigabytes are read."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise PresetError(
            f"{preset} must hold a config.json, as KerasHub and transformers save it."
        ) from None
    if not _is_text_gemma(config):
        found = config.get("class_name") or config.get("model_type")
        raise PresetError(
            f"{preset} must be a Gemma 2 or a Gemma 3 for text (KerasHub's names of "
            f"these end in _text from 4B on). Received: {found}."
        )
    vocabularies = ("tokenizer.model", "tokenizer.json")
    if not any((folder / name).is_file() for name in vocabularies):
        raise PresetError(
            f"{preset} must have its vocabulary, {' or '.join(vocabularies)}. Copy it "
            "from the model it was made of."
        )


def _is_text_gemma(config: dict[str, Any]) -> bool:
    inner = config.get("config", {})
    if config.get("class_name") == "GemmaBackbone":
        return bool(inner.get("use_post_ffw_norm"))  # Gemma 1 has none
    if config.get("class_name") == "Gemma3Backbone":
        return not (inner.get("vision_encoder") or inner.get("is_embedding_model"))
    return config.get("model_type") in ("gemma2", "gemma3_text")
