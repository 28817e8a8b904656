"""Adapters that were put in use, and which of them is, for a preset and a recipe.

`DATA_DIR/adapters/gemma3_270m/quiz/` holds the adapters by name, and `in_use.json`
names the one in use and those before it. The file is replaced in one go, and running
workers read it again every second; without it that of the settings is in use.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from worker.adapter import CARD, WEIGHTS, AdapterError

IN_USE = "in_use.json"


@dataclass(frozen=True)
class Shelf:
    """The adapters of a recipe on a preset; `configured` is that of the settings."""

    data_dir: Path
    preset: str
    recipe: str
    configured: Path

    @property
    def folder(self) -> Path:
        return self.data_dir / "adapters" / self.preset / self.recipe

    def in_use(self) -> Path:
        """The folder of the adapter in use."""
        names = self._names()
        return self.folder / names[-1] if names else self.configured

    @property
    def overrides(self) -> bool:
        """Whether another adapter than that of the settings is in use."""
        return self.in_use() != self.configured

    def put(self, adapter: Path) -> str:
        """Keep a copy of an adapter under a name that its weights give it.

        Raises:
            AdapterError: if files are missing.
        """
        try:
            content = (adapter / WEIGHTS).read_bytes() + (adapter / CARD).read_bytes()
        except OSError as error:
            raise AdapterError(
                f"{adapter} must hold {CARD} and {WEIGHTS}. Received: {error}."
            ) from error
        name = f"{self.recipe}-{hashlib.sha256(content).hexdigest()[:8]}"
        if not (self.folder / name / CARD).is_file():
            partial = self.folder / f"{name}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(adapter, partial)
            os.replace(partial, self.folder / name)
        return name

    def use(self, name: str) -> None:
        """Put an adapter of this shelf in use."""
        self._write([*(one for one in self._names() if one != name), name])

    def go_back(self) -> Path:
        """Use the adapter before the one in use; the settings' is the first of all.

        Raises:
            AdapterError: if the one of the settings is in use.
        """
        names = self._names()
        if not names:
            raise AdapterError(
                f"{self.configured} is in use for {self.recipe}, the adapter of the "
                "settings; there is none before it."
            )
        self._write(names[:-1])
        return self.in_use()

    def _names(self) -> list[str]:
        try:
            text = (self.folder / IN_USE).read_text(encoding="utf-8")
            return list(json.loads(text)["names"])
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AdapterError(
                f"{self.folder / IN_USE} must be as `python -m worker.promote` writes "
                f"it. Received: {error}. Remove it to use {self.configured}."
            ) from error

    def _write(self, names: list[str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / f"{IN_USE}.partial"
        partial.write_text(json.dumps({"names": names}) + "\n", encoding="utf-8")
        os.replace(partial, self.folder / IN_USE)
