"""The makers of the studio, beside the quiz maker: one base, an adapter each.

They are loaded after the quiz maker is ready, or when they are first wanted. A recipe
whose adapter is not there is not served; a child who tells of a danger is answered even
then, because no model is needed for it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from protocol import Reason, Recipe
from worker.abstractor import Abstractor
from worker.adapter import CARD, Adapter, AdapterError
from worker.asking import Conversation
from worker.chatter import Chatter
from worker.model import Gemma
from worker.outcomes import Failed
from worker.quizmaker import QuizMaker
from worker.recipes import load_recipe
from worker.slangmaker import SlangMaker

MAKERS = {
    Recipe.SLANG: SlangMaker,
    Recipe.CHAT: Chatter,
    Recipe.ABSTRACT: Abstractor,
}

log = logging.getLogger(__name__)


def class_of(recipe: Recipe):
    """The class of a recipe's makers."""
    return MAKERS.get(recipe, QuizMaker)


class NotServed(RuntimeError):
    """A model was asked that is not there."""


class NoModel:
    """Stands in for a model: conversations may end before they ask, and no later."""

    tokens_written = 0

    def encode(self, text: str) -> list[int]:
        raise NotServed

    def hold(self, conversations: Iterable[Conversation]) -> Iterator[tuple[int, Any]]:
        for place, conversation in enumerate(conversations):
            try:
                next(conversation)
            except StopIteration as end:
                yield place, end.value
            except NotServed:
                yield place, Failed(reason=Reason.NOT_SERVED)


class Siblings:
    """The studio's makers of one worker.

    Args:
        gemma: the loaded base, or None if nothing is served.
        adapters: folder by recipe.
    """

    def __init__(self, gemma: Gemma | None, adapters: Mapping[Recipe, Path]) -> None:
        self.gemma = gemma
        self.adapters = {
            recipe: folder
            for recipe, folder in adapters.items()
            if (folder / CARD).is_file()
        }
        self._makers: dict[Recipe, Any] = {}
        self._lock = threading.Lock()

    @property
    def served(self) -> tuple[Recipe, ...]:
        """The recipes whose adapter is there."""
        return tuple(self.adapters) if self.gemma else ()

    def maker(self, recipe: Recipe):
        """The maker of a recipe, loaded once."""
        with self._lock:
            if recipe not in self._makers:
                self._makers[recipe] = MAKERS[recipe](self._model(recipe))
            return self._makers[recipe]

    def _model(self, recipe: Recipe) -> Gemma | NoModel:
        if recipe not in self.served:
            log.warning("%s is not served: it has no adapter", recipe)
            return NoModel()
        known = load_recipe(recipe)
        try:
            adapter = Adapter.load(
                self.adapters[recipe],
                recipe=known.NAME,
                prompt_version=known.PROMPT_VERSION,
            )
            return self.gemma.with_adapter(adapter)
        except AdapterError as error:  # also one that was trained on another preset
            log.error("%s is not served: %s", recipe, error)
            del self.adapters[recipe]
            return NoModel()

    def swap(self, recipe: Recipe, folder: Path, adapter: Adapter) -> None:
        """Have a recipe made with another adapter from its next batch on."""
        if self.gemma is None:
            return
        maker = MAKERS[recipe](self.gemma.with_adapter(adapter))
        with self._lock:
            self.adapters[recipe], self._makers[recipe] = folder, maker

    def load(self, done: Callable[[], None] = lambda: None) -> threading.Thread:
        """Load all that is served, in a thread of its own."""

        def load() -> None:
            for recipe in self.served:
                self.maker(recipe)
            if self.gemma and self.adapters:
                self.gemma.warm_up_later()
            done()

        thread = threading.Thread(target=load, daemon=True, name="siblings")
        thread.start()
        return thread

    def let_in(self, meanwhile: Callable[[], None]) -> None:
        """Have `meanwhile` called between the steps of whatever is written."""
        if self.gemma:
            self.gemma.writer.between_steps = meanwhile
