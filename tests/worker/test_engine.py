"""The decode loop writes what KerasHub's backbone would."""

from __future__ import annotations

import numpy as np
import pytest

from worker.layers import EightBits, matmul

pytestmark = pytest.mark.model


def greedy_steps(tiny, prompt, written, allowed=None, network=None):
    """Tokens written up to the first stop, and KerasHub's argmax at their places."""
    stops = np.flatnonzero(written == tiny.STOP)
    kept = written[: stops[0] + 1] if len(stops) else written
    scores = tiny.logits([*prompt, *kept[:-1].tolist()], network)[len(prompt) - 1 :]
    if allowed is not None:
        scores = np.where(allowed, scores, -np.inf)
    return kept.tolist(), scores.argmax(axis=-1).tolist()


SEEDS = np.arange(16).reshape(4, 4)


@pytest.fixture(scope="module")
def prompts(tiny):
    """Ragged; their lengths lie on both sides of the sliding window of 8 tokens."""
    return tiny.prompts(1, 5, 8, 21)


@pytest.fixture(scope="module")
def written(tiny, prompts):
    """Four candidates of 20 tokens each: the prompts slide out of the window."""
    return tiny.write(prompts, SEEDS)


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_greedy_equals_the_backbones_argmax_token_by_token(
    tiny, prompts, written, place
):
    kept, wanted = greedy_steps(tiny, prompts[place], written[place, 0])
    assert kept == wanted


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_a_single_candidate_is_the_backbones_argmax_too(tiny, prompts, place):
    alone = tiny.write(prompts, SEEDS[:, :1])
    kept, wanted = greedy_steps(tiny, prompts[place], alone[place, 0])
    assert kept == wanted


@pytest.mark.parametrize("place", [1, 3])
def test_a_sampled_row_does_not_depend_on_its_batch_mates(
    tiny, prompts, written, place
):
    alone = tiny.write([prompts[place]], SEEDS[place : place + 1])
    assert written[place].tolist() == alone[0].tolist()


def test_another_seed_draws_another_reply(written):
    assert written[3, 1].tolist() != written[3, 2].tolist()


def test_nothing_follows_a_stop_token(tiny, written):
    stopped = np.cumsum(written == tiny.STOP, axis=-1) > 0
    assert set(written[stopped].tolist()) <= {tiny.STOP}


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_gemma_2_with_its_caps_and_windows_is_decoded_too(tiny, prompts, place):
    written = tiny.write(prompts, SEEDS, network=tiny.gemma2())
    kept, wanted = greedy_steps(
        tiny, prompts[place], written[place, 0], network=tiny.gemma2()
    )
    assert kept == wanted


def test_the_stretched_positions_of_a_large_gemma_3_are_decoded_too(tiny, prompts):
    large = tiny.make_backbone(global_rope_scaling_factor=8.0)
    written = tiny.write(prompts[3:], SEEDS[3:], network=large)
    kept, wanted = greedy_steps(tiny, prompts[3], written[0, 0], network=large)
    assert kept == wanted
    assert kept != greedy_steps(tiny, prompts[3], written[0, 0])[1]


def test_the_first_token_comes_with_its_probability(tiny, prompts):
    _, sure = tiny.run(prompts, SEEDS)
    for prompt, probability in zip(prompts, sure, strict=True):
        scores = np.exp(tiny.logits(prompt)[-1].astype(np.float64))
        assert probability == pytest.approx(scores.max() / scores.sum(), rel=1e-4)


def small_head(tiny):
    in_head = np.zeros(tiny.VOCABULARY, bool)
    in_head[:64] = True
    return in_head


def test_a_small_head_and_the_prompts_tokens_are_scored_like_the_full_head(tiny):
    prompt = tiny.prompts(21)[0]
    in_head = small_head(tiny)
    written = tiny.write([prompt], SEEDS[:1], in_head)[0, 0]
    allowed = in_head.copy()
    allowed[prompt] = True
    kept, wanted = greedy_steps(tiny, prompt, written, allowed)
    assert kept == wanted


def test_a_token_outside_the_head_can_be_copied(tiny):
    prompt = tiny.prompts(21)[0]
    written = tiny.write([prompt], SEEDS[:1], small_head(tiny))
    copied = [token for token in written[0, 0].tolist() if token >= 64]
    assert copied and set(copied) <= set(prompt)


def test_docstring_example_of_padded_prompts():
    from worker.engine import pad_prompts

    in_head = np.arange(8) == 5
    padded = pad_prompts([[5, 6, 6], [7]], 4, in_head)
    assert {name: values.astype(int).tolist() for name, values in padded.items()} == {
        "tokens": [[5, 6, 6, 0], [7, 0, 0, 0]],
        "lengths": [3, 1],
        "fresh": [[0, 1, 0, 0], [1, 0, 0, 0]],
    }


@pytest.mark.parametrize("prompts", [[[]], [[1, 2, 3, 4, 5]]])
def test_empty_and_too_long_prompts_are_refused(prompts):
    from worker.engine import pad_prompts

    with pytest.raises(ValueError, match=r"Prompts must have 1 to 4 tokens\."):
        pad_prompts(prompts, 4, np.ones(8, bool))


@pytest.mark.parametrize("size", [4096, 64 * 40, 64 * 41, 1000])
@pytest.mark.parametrize("rounded", [False, True], ids=["distinct", "ties"])
def test_top_k_equals_jax(size, rounded):
    import jax

    from worker.sampling import top_k

    scores = np.random.default_rng(size).normal(size=(3, size)).astype(np.float32)
    scores = scores.round(1) if rounded else scores
    wanted, _ = jax.lax.top_k(scores, 40)
    values, places = top_k(scores, 40)
    assert values.tolist() == wanted.tolist()
    assert np.take_along_axis(scores, np.asarray(places), 1).tolist() == wanted.tolist()


@pytest.mark.parametrize("axis", [0, 1])
def test_a_matrix_in_eight_bits_multiplies_like_the_one_it_was_made_of(axis):
    draw = np.random.default_rng(0)
    x = draw.normal(size=(5, 64)).astype(np.float32)
    matrix = draw.normal(size=(64, 48)).astype(np.float32)
    matrix[:, 7] = 0.0
    rounded = EightBits.of(matrix if axis == 0 else matrix.T, axis)
    wanted, found = x @ matrix, np.asarray(matmul(x, rounded, axis))
    assert np.linalg.norm(found - wanted) / np.linalg.norm(wanted) < 0.01
    assert not found[:, 7].any()


def test_weights_in_eight_bits_are_nearly_as_sure_of_the_first_token(tiny, prompts):
    _, sure = tiny.run(prompts, SEEDS)
    _, rounded = tiny.run(prompts, SEEDS, dtype="int8")
    assert rounded == pytest.approx(sure, rel=0.1)
