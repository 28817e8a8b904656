from collections.abc import Callable, Iterator

import pytest

from tests.ground.running import Running


@pytest.fixture
def launch(tmp_path) -> Iterator[Callable[..., Running]]:
    """Starts launchers; ends them after the test."""
    started: list[Running] = []

    def start(**settings: str) -> Running:
        started.append(Running(tmp_path / "data", **settings))
        return started[-1]

    yield start
    for running in started:
        running.end()
