"""Replies weighed together are as likely as each alone."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.model

LENGTH = 64
REPLY_LENGTHS = (1, 3, 12, 5)  # the third is longer than the sliding window


@pytest.fixture(scope="module", params=["gemma3", "gemma2"])
def network(request, tiny):
    return tiny.backbone() if request.param == "gemma3" else tiny.gemma2()


@pytest.fixture(scope="module")
def params(network):
    from worker.weights import architecture_of, arrange, weights_of

    weights = weights_of(network)
    every = np.ones(len(weights["embedding"]), bool)
    arch = architecture_of(network)
    return arch, arrange(arch, weights, every, "float32"), every


def weigh(params, prompt, replies):
    from worker import engine, weighing

    arch, arrays, in_head = params
    padded = engine.pad_prompts([prompt], 24, in_head)
    places = engine.places(arrays["head_ids"], padded)
    row, scored = weighing.lay_out(prompt, replies, places, LENGTH)
    found = weighing.weigh(arch, arrays, padded, row)
    return weighing.sums(np.asarray(found), scored)


@pytest.fixture(scope="module")
def texts(tiny):
    prompt, *replies = tiny.prompts(21, *(n + 1 for n in REPLY_LENGTHS))
    return prompt, [reply[1:] for reply in replies]


def test_each_is_as_likely_as_alone(network, params, texts):
    from worker.likelihood import Likelihood
    from worker.weights import architecture_of, weights_of

    prompt, replies = texts
    alone = Likelihood(architecture_of(network), weights_of(network))
    wanted = [each.sum() for each in alone.score([(prompt, r) for r in replies])]
    np.testing.assert_allclose(weigh(params, prompt, replies), wanted, atol=1e-3)


def test_a_reply_without_room_is_unlikely_and_costs_the_others_nothing(params, texts):
    from worker.weighing import UNLIKELY

    prompt, replies = texts
    found = weigh(params, prompt, [replies[0], [5] * LENGTH, replies[1]])
    wanted = weigh(params, prompt, replies[:2])
    np.testing.assert_allclose([found[0], found[2]], wanted, atol=1e-4)
    assert found[1] == UNLIKELY
