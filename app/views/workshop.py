"""What the studio's pages say about the worker: can it make this now?"""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import current_app

from app.jobs import makers
from app.meetings import store
from app.views.panel import STARTED_AT, Model, model_of
from protocol import Recipe


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """The worker, seen from one recipe."""

    model: Model
    lacks: bool  # workers are ready, but none has learned this recipe

    @property
    def ready(self) -> bool:
        return self.model.phase == "ready" and not self.lacks


def workshop(recipe: Recipe) -> Workshop:
    """The workers that make this, or why nobody does."""
    workers = store().jobs.workers()
    able = makers(workers, recipe)
    running = time.monotonic() - current_app.extensions[STARTED_AT]
    model = model_of(able or workers, running)
    return Workshop(model=model, lacks=model.phase == "ready" and not able)
