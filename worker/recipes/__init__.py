"""One module per fine-tuned system: prompt, target, parser, checks, metrics."""

from __future__ import annotations

import importlib
from types import ModuleType

NAMES = ("quiz", "chat")
SERVED = ("quiz",)  # what worker.generate and worker.evaluate can run so far


def load_recipe(name: str) -> ModuleType:
    """The module of a recipe.

    Raises:
        ValueError: if there is no such recipe.
    """
    if name not in NAMES:
        raise ValueError(f"The recipe must be one of {NAMES}. Received: {name!r}.")
    return importlib.import_module(f"worker.recipes.{name}")
