"""Find a preset: the embedded one by name, or any KerasHub preset folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from worker.presets import gemma3_270m
from worker.presets.gemma3_270m import PresetError

__all__ = ["PresetError", "locate"]


def locate(
    preset: str,
    data_dir: Path,
    progress: Callable[[float], None] = lambda share: None,
) -> Path:
    """The folder of a preset, preparing the embedded one when it is asked for.

    Raises:
        PresetError: if `preset` is neither the embedded name nor a preset folder.
    """
    if preset == gemma3_270m.NAME:
        return gemma3_270m.prepare(data_dir, progress)
    folder = Path(preset)
    if not (folder / "config.json").is_file():
        raise PresetError(
            f"PRESET must be {gemma3_270m.NAME!r} or a KerasHub preset folder with a "
            f"config.json. Received: {preset!r}."
        )
    return folder
