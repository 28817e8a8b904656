"""Which adapter is in use, and the way back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from worker.adapter import Adapter, AdapterError
from worker.shelf import IN_USE, Shelf


@pytest.fixture
def shelf(tmp_path) -> Shelf:
    return Shelf(tmp_path, "fast", "quiz", Path("shipped/quiz"))


@pytest.fixture
def put(shelf, tmp_path):
    """Puts an adapter whose one weight is `value` on the shelf; gives its name."""

    def put(value: float) -> str:
        weights = {"decoder_block_0/query/a": np.full((2, 2), value, np.float32)}
        folder = tmp_path / "out"
        Adapter(weights=weights, card={"recipe": "quiz"}).save(folder)
        return shelf.put(folder)

    return put


def test_a_folder_without_an_adapter_is_refused(shelf, tmp_path):
    with pytest.raises(AdapterError, match=r"must hold adapter.json"):
        shelf.put(tmp_path)


def test_there_is_no_way_back_from_the_adapter_of_the_settings(shelf):
    with pytest.raises(AdapterError, match="there is none before it"):
        shelf.go_back()


def test_a_list_that_cannot_be_read_is_named(shelf):
    shelf.folder.mkdir(parents=True)
    (shelf.folder / IN_USE).write_text("[")
    with pytest.raises(AdapterError, match="Remove it to use shipped/quiz"):
        shelf.in_use()


def test_at_first_the_adapter_of_the_settings_is_in_use(shelf):
    assert shelf.in_use() == Path("shipped/quiz")


def test_the_same_weights_have_the_same_name(put):
    assert put(1.0) == put(1.0) != put(2.0)


def test_each_step_back_is_the_adapter_before(shelf, put):
    first, second = put(1.0), put(2.0)
    shelf.use(first)
    shelf.use(second)
    assert shelf.in_use() == shelf.folder / second
    assert shelf.go_back() == shelf.folder / first
    assert shelf.go_back() == Path("shipped/quiz")
