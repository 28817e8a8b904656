"""The whole product with a fast stand-in for the model, for faults and for privacy."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.trust.stage import Stage


@pytest.fixture
def stage() -> Iterator[Callable[..., Stage]]:
    """Starts the product on a fresh folder, with settings; ends it after the test."""
    with tempfile.TemporaryDirectory(prefix="icebreaker-") as folder:
        started: list[Stage] = []

        def start(**settings: str) -> Stage:
            started.append(Stage(Path(folder) / "data", settings))
            started[-1].site.wait_until_ready(60)
            return started[-1]

        yield start
        for each in started:
            each.end()
