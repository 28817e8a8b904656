"""Easy survey questions to choose from, by category; `wording/questions.json`."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).parent / "wording" / "questions.json"


@dataclass(frozen=True, kw_only=True)
class Category:
    """A named shelf of the bank."""

    name: str
    questions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Bank:
    """All questions of one language and the ones ticked at the start."""

    categories: tuple[Category, ...]
    defaults: tuple[str, ...]

    @property
    def shelves(self) -> tuple[Category, ...]:
        """The categories behind one nameless shelf with the default questions."""
        rest = (
            Category(
                name=shelf.name,
                questions=tuple(q for q in shelf.questions if q not in self.defaults),
            )
            for shelf in self.categories
        )
        return (Category(name="", questions=self.defaults), *rest)

    @property
    def questions(self) -> tuple[str, ...]:
        return tuple(q for shelf in self.categories for q in shelf.questions)


@functools.cache
def bank(language: str) -> Bank:
    """The bank in one language.

    Raises: KeyError if there is no bank in this language.
    """
    stored = json.loads(_FILE.read_text("utf-8"))[language]
    return Bank(
        categories=tuple(
            Category(name=shelf["name"], questions=tuple(shelf["questions"]))
            for shelf in stored["categories"]
        ),
        defaults=tuple(stored["defaults"]),
    )
