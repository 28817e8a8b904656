"""Keras runs on JAX here, whatever the machine prefers."""

from __future__ import annotations

import os

import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")


@pytest.fixture(scope="session")
def tiny():
    """The module `tests.worker.tiny`; importing it takes Keras' seconds."""
    from tests.worker import tiny

    return tiny
