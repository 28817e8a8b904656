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
def weights(network):
    from worker.weights import weights_of

    return weights_of(network)


def weigh(network, weights, prompt, replies, every: int = 1):
    """With a head of every so many tokens."""
    from worker import weighing
    from worker.weights import architecture_of, arrange

    in_head = np.arange(len(weights["embedding"])) % every == 0
    arch = architecture_of(network)
    params = arrange(arch, weights, in_head, "float32")
    head = {int(token): n for n, token in enumerate(params["head_ids"])}
    row, scored = weighing.lay_out(prompt, replies, head, (LENGTH,))
    return weighing.sums(np.asarray(weighing.weigh(arch, params, row)), scored)


@pytest.fixture(scope="module")
def texts(tiny):
    prompt, *replies = tiny.prompts(21, *(n + 1 for n in REPLY_LENGTHS))
    return prompt, [reply[1:] for reply in replies]


def test_each_is_as_likely_as_alone(network, weights, texts):
    from worker.likelihood import Likelihood
    from worker.weights import architecture_of

    prompt, replies = texts
    alone = Likelihood(architecture_of(network), weights)
    wanted = [each.sum() for each in alone.score([(prompt, r) for r in replies])]
    found = weigh(network, weights, prompt, replies)
    np.testing.assert_allclose(found, wanted, atol=1e-3)


def test_replies_that_begin_alike_are_as_likely_as_alone(network, weights, texts):
    prompt, (*_, long, other) = texts
    replies = [long, long[:4], [*long[:4], *other], other, long]
    wanted = [weigh(network, weights, prompt, [reply])[0] for reply in replies]
    found = weigh(network, weights, prompt, replies)
    np.testing.assert_allclose(found, wanted, atol=1e-3)


def test_what_replies_begin_with_is_there_once():
    from worker.weighing import lay_out

    head = {token: token for token in range(7)}
    row, scored = lay_out([2, 5], [[6, 1], [6, 7, 1]], head, (64, 128))
    assert row["tokens"][:6].tolist() == [2, 5, 6, 7, 0, 0]
    assert row["position"][:5].tolist() == [0, 1, 2, 3, 0]
    assert row["before"][:5].tolist() == [1, 2, 2, 3, 0]
    assert row["following"][:5].tolist() == [6, 1, 7, 1, 0]
    assert scored == [[0, 1], [0, 2, 3]]
    assert np.flatnonzero(row["seen"][3]).tolist() == [0, 1, 2, 3]
    assert len(row["tokens"]) == 64


def test_words_outside_the_head_are_scored_with_fewer_rivals(network, weights, texts):
    full = weigh(network, weights, *texts)
    small = weigh(network, weights, *texts, every=3)
    assert all(one > other for one, other in zip(small, full, strict=True))


def test_a_reply_without_room_is_unlikely_and_costs_the_others_nothing(
    network, weights, texts
):
    from worker.weighing import UNLIKELY

    prompt, replies = texts
    long = [5] * LENGTH
    found = weigh(network, weights, prompt, [replies[0], long, replies[1]])
    wanted = weigh(network, weights, prompt, replies[:2])
    np.testing.assert_allclose([found[0], found[2]], wanted, atol=1e-4)
    assert found[1] == UNLIKELY
