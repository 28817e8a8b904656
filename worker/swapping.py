"""A running worker takes up another adapter: loaded beside the work, used from the next
batch on. No job waits for it and none is lost; a batch keeps the maker it began with.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from protocol import Recipe
from worker.adapter import Adapter, AdapterError
from worker.config import WorkerConfig
from worker.pulse import Pulse
from worker.recipes import load_recipe
from worker.shelf import Shelf
from worker.siblings import Siblings

LOOK_SECONDS = 1.0

log = logging.getLogger("worker")


@dataclass(frozen=True)
class Serving:
    """A maker, and the name of its adapter for the records."""

    maker: Any
    adapter: str


class Swaps:
    """What is served now, and the thread that follows the shelves.

    Args:
        serving: the quiz maker to begin with.
        siblings: the studio's makers.
        pulse: told of the quiz's adapter.
        shelves: those to follow.
    """

    def __init__(
        self,
        serving: Serving,
        siblings: Siblings,
        pulse: Pulse,
        shelves: Mapping[Recipe, Shelf],
    ) -> None:
        self.serving, self.siblings, self.pulse = serving, siblings, pulse
        self.shelves = shelves
        self._seen = {recipe: shelf.in_use() for recipe, shelf in shelves.items()}
        self._trouble = ""

    def start(self) -> None:
        """Look every second until the process ends."""
        if not self.shelves:
            return
        threading.Thread(target=self._follow, daemon=True, name="swaps").start()

    def _follow(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            self.look()

    def look(self) -> None:
        """Load what was put in use since the last look."""
        for recipe, shelf in self.shelves.items():
            try:
                folder = shelf.in_use()
                if folder != self._seen[recipe]:
                    self._seen[recipe] = folder
                    self._take(recipe, folder)
                    log.info("%s now uses %s", recipe, folder.name)
            except AdapterError as error:
                if str(error) != self._trouble:
                    log.error("%s keeps its adapter: %s", recipe, error)
                self._trouble = str(error)

    def _take(self, recipe: Recipe, folder: Path) -> None:
        known = load_recipe(recipe)
        adapter = Adapter.load(
            folder, recipe=known.NAME, prompt_version=known.PROMPT_VERSION
        )
        if recipe is not Recipe.QUIZ:
            self.siblings.swap(recipe, folder, adapter)
            self.pulse.serves((Recipe.QUIZ, *self.siblings.served))
            return
        maker = self.serving.maker.replaced(adapter)
        self.serving = Serving(maker, folder.name)
        self.pulse.uses(folder.name)


def shelves_of(config: WorkerConfig) -> dict[Recipe, Shelf]:
    """A shelf for each recipe; the log tells where it comes before the settings."""
    preset = Path(config.preset).name
    shelves = {
        recipe: Shelf(config.data_dir, preset, str(recipe), folder)
        for recipe, folder in config.adapters.items()
    }
    for recipe, shelf in shelves.items():
        if shelf.overrides:
            name = shelf.in_use().name
            log.info("%s: %s was promoted, not %s", recipe, name, shelf.configured)
    return shelves
