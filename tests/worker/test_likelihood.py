"""Continuations are scored as KerasHub's full logits score them."""

from __future__ import annotations

import jax
import numpy as np
import pytest

pytestmark = pytest.mark.model

LENGTHS = (1, 5, 12, 21)  # on both sides of the sliding window of 8 tokens
SAID = (3, 1, 4, 7)


@pytest.fixture(scope="module")
def likelihood(tiny):
    return of(tiny.backbone())


def of(backbone):
    from worker.likelihood import Likelihood
    from worker.weights import architecture_of, weights_of

    return Likelihood(architecture_of(backbone), weights_of(backbone))


@pytest.fixture(scope="module")
def pairs(tiny):
    said = [one[1:] for one in tiny.prompts(*(n + 1 for n in SAID))]
    return list(zip(tiny.prompts(*LENGTHS), said, strict=True))


@pytest.fixture(scope="module")
def scores(likelihood, pairs):
    return likelihood.score(pairs)


def wanted(backbone, prompt, said) -> np.ndarray:
    """From KerasHub's logits; its output head applies the soft cap itself."""
    size = len(prompt) + len(said)
    tokens = np.zeros((1, 28), np.int32)  # one length, which is compiled once
    tokens[0, :size] = [*prompt, *said]
    inputs = {"token_ids": tokens, "padding_mask": np.arange(28)[None] < size}
    logits = backbone.token_embedding(backbone(inputs), reverse=True)[0]
    every = np.asarray(jax.nn.log_softmax(logits[len(prompt) - 1 : size - 1], axis=-1))
    return every[np.arange(len(said)), said]


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_log_probabilities_equal_kerashubs(tiny, pairs, scores, place):
    truth = wanted(tiny.backbone(), *pairs[place])
    np.testing.assert_allclose(scores[place], truth, atol=1e-4)


def test_gemma_2_with_its_caps_is_scored_too(tiny, pairs):
    found = of(tiny.gemma2()).score(pairs[3:])[0]
    truth = wanted(tiny.gemma2(), *pairs[3])
    np.testing.assert_allclose(found, truth, atol=1e-4)


def test_a_score_does_not_depend_on_its_batch_mates(likelihood, pairs, scores):
    alone = likelihood.score(pairs[1:2])[0]
    np.testing.assert_allclose(alone, scores[1], atol=1e-5)


def test_more_pairs_than_a_batch_come_back_in_order(likelihood, pairs, scores):
    prompt, said = pairs[3]
    many = [(prompt[:n], said) for n in range(1, 20)] + [pairs[0]]
    np.testing.assert_allclose(likelihood.score(many)[-1], scores[0], atol=1e-5)


def test_more_positions_than_are_scored_at_a_time_come_back_in_order(
    tiny, likelihood, monkeypatch, pairs
):
    monkeypatch.setattr("worker.likelihood.POSITIONS", 4)
    found = likelihood.score(pairs)[3]
    np.testing.assert_allclose(found, wanted(tiny.backbone(), *pairs[3]), atol=1e-4)


def test_more_pairs_than_are_scored_together_come_back_in_order(
    likelihood, monkeypatch, pairs, scores
):
    monkeypatch.setattr("worker.likelihood.ROWS", 1)
    monkeypatch.setattr("worker.likelihood.BATCHES", 2)
    found = likelihood.score(pairs)[3]
    np.testing.assert_allclose(found, scores[3], atol=1e-5)


def test_equal_pairs_are_scored_once(likelihood, pairs):
    done: list[int] = []
    likelihood.score([pairs[0], pairs[0]], done.append)
    assert sum(done) == 1


@pytest.mark.parametrize(
    ("prompt", "said"),
    [([], [5]), ([5], []), ([5] * 250, [5] * 8)],
    ids=["empty prompt", "empty continuation", "too long"],
)
def test_pairs_that_do_not_fit_are_refused(likelihood, prompt, said):
    with pytest.raises(ValueError, match="together at most 257"):
        likelihood.score([(prompt, said)])


def test_docstring_example_of_rows():
    from worker.likelihood import arrange_rows

    tokens, lengths, *where = arrange_rows([((2, 5), (6, 7)), ((2,), (8,))])
    assert tokens[:2, :4].tolist() == [[2, 5, 6, 0], [2, 0, 0, 0]]
    assert lengths[:3].tolist() == [3, 1, 1]
    assert [one.tolist() for one in where] == [[0, 0, 1], [1, 2, 0]]
