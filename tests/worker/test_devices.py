"""The same run over several devices: rows shared, matrices shared, and both."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def found() -> dict:
    """Losses and layouts of the runs in tests/worker/spread.py."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.worker.spread"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("alone", "spread"),
    [
        ("1", "2 x 1"),
        ("1", "1 x 4"),
        ("few bits, 1", "few bits, 2 x 2"),
        ("gemma2, 1", "gemma2, 1 x 2"),
    ],
)
def test_the_loss_curve_is_the_same(found, alone, spread):
    assert found[spread]["losses"] == pytest.approx(found[alone]["losses"], rel=1e-5)


def test_heads_are_shared_where_they_divide(found):
    shards = found["1 x 4"]["shards"]
    assert (shards["query/kernel"], shards["attention_output/kernel"]) == (4, 4)


def test_two_key_heads_stay_whole_on_four_devices(found):
    assert found["1 x 4"]["shards"]["key/kernel"] == 1


def test_codes_are_shared_like_kernels(found):
    assert found["few bits, 2 x 2"]["shards"]["query/codes"] == 2


@pytest.mark.parametrize(
    ("count", "model", "batch_size", "words"),
    [(99, 1, 4, "--devices must be"), (1, 2, 4, "a multiple of --model-parallel")],
)
def test_devices_that_are_not_there_are_refused(count, model, batch_size, words):
    from worker.training import devices

    with pytest.raises(devices.DevicesError, match=words):
        devices.choose(count, model, batch_size)
