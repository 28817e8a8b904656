"""One module per fine-tuned system: prompt, target, parser, and its rows.

Each has NAME, PROMPT_VERSION, TRAIN_FILES, TEST_FILE, ADAPTER, `read_rows(path)`,
`training_pairs(row)` and `parse_reply(text)`.
"""

from __future__ import annotations

import importlib
from types import ModuleType

NAMES = ("quiz", "slang", "chat", "abstract")


def load_recipe(name: str) -> ModuleType:
    """The module of a recipe.

    Raises:
        ValueError: if there is no such recipe.
    """
    if name not in NAMES:
        raise ValueError(f"The recipe must be one of {NAMES}. Received: {name!r}.")
    return importlib.import_module(f"worker.recipes.{name}")
