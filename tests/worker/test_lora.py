"""LoRA training on a tiny Gemma."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def arrays():
    """Eight rows, of which only the targets are to be learned."""
    from worker.training.data import encode_example

    rng = np.random.default_rng(5)
    rows = [
        encode_example(
            [2, *rng.integers(4, 500, 5 + row % 4).tolist()],
            [*rng.integers(4, 500, 2 + row % 3).tolist(), 1],
            length=16,
            reply_length=6,
        )
        for row in range(8)
    ]
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


@pytest.fixture(scope="module")
def trained(tiny, arrays):
    """A backbone after three epochs, with its history."""
    import keras

    from worker.training.lora import LoraTrainer

    backbone = tiny.make_backbone()
    backbone.enable_lora(4, target_layer_names=["query", "value", "ffw_linear"])
    trainer = LoraTrainer(backbone, keras.optimizers.AdamW(0.02))
    before = trainer.measure([arrays], 4)
    history = trainer.fit(
        [arrays], [arrays], batch_size=4, epochs=3, patience=5, seed=0
    )
    return backbone, before, history


def plain_loss(tiny, network, arrays) -> float:
    """Mean cross-entropy of the targets, from the full logits."""
    total, count = 0.0, 0
    for row in range(len(arrays["at"])):
        size = int(arrays["weights"][row].sum())
        used = int(arrays["padding_mask"][row].sum())
        scores = tiny.logits(arrays["token_ids"][row, :used].tolist(), network)
        scores = scores[arrays["at"][row, :size]].astype(np.float64)
        wanted = scores[np.arange(size), arrays["targets"][row, :size]]
        total += (np.log(np.exp(scores).sum(axis=-1)) - wanted).sum()
        count += size
    return total / count


def test_the_loss_equals_a_plain_computation(tiny, arrays, trained):
    _, (loss, _), _ = trained
    assert loss == pytest.approx(plain_loss(tiny, tiny.backbone(), arrays), rel=1e-5)


def plain_losses(hidden, table, batch, cap):
    """The losses of `row_losses` from all logits at once, for JAX to differentiate."""
    import jax
    import jax.numpy as jnp

    scores = jnp.take_along_axis(hidden, batch["at"][..., None], axis=1) @ table.T
    scores = jnp.tanh(scores / cap) * cap if cap else scores
    logs = jax.nn.log_softmax(scores, axis=-1)
    wanted = jnp.take_along_axis(logs, batch["targets"][..., None], axis=-1)[..., 0]
    return -(wanted * batch["weights"]).sum()


@pytest.mark.parametrize("cap", [0.0, 3.0])
def test_the_gradient_made_with_the_scores_is_the_plain_ones(arrays, cap):
    import jax

    from worker.training.lora import row_losses

    draw = np.random.default_rng(1)
    hidden = draw.normal(size=(8, 16, 12)).astype(np.float32)
    table = draw.normal(size=(512, 12)).astype(np.float32)

    def ours(hidden):
        return row_losses(hidden, table, arrays, cap)[0].sum()

    wanted = jax.value_and_grad(plain_losses)(hidden, table, arrays, cap)
    loss, gradient = jax.value_and_grad(ours)(hidden)
    assert loss == pytest.approx(float(wanted[0]), rel=1e-5)
    np.testing.assert_allclose(gradient, wanted[1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("keep_products", [True, False])
def test_recomputing_layers_changes_nothing_but_memory(
    tiny, arrays, trained, keep_products
):
    import keras

    from worker.training.lora import LoraTrainer, recompute

    backbone = tiny.make_backbone()
    backbone.enable_lora(4, target_layer_names=["query", "value", "ffw_linear"])
    recompute(backbone, keep_products=keep_products)
    history = LoraTrainer(backbone, keras.optimizers.AdamW(0.02)).fit(
        [arrays], [arrays], batch_size=4, epochs=3, patience=5, seed=0
    )
    assert history.loss == pytest.approx(trained[2].loss, rel=1e-3)


def test_training_lowers_the_loss(trained):
    _, (before, _), history = trained
    assert min(history.val_loss) < before - 0.1


def test_the_backbone_ends_with_the_best_epochs_weights(tiny, arrays, trained):
    backbone, _, history = trained
    loss = plain_loss(tiny, backbone, arrays)
    assert loss == pytest.approx(min(history.val_loss), rel=1e-4)


def test_the_history_has_one_entry_an_epoch(trained):
    assert len(trained[2].val_accuracy) == 3


def test_only_target_layers_learn(trained):
    from worker.adapter import Adapter

    names = {
        name.split("/")[1] for name in Adapter.from_backbone(trained[0], {}).weights
    }
    assert names == {"query", "value", "ffw_linear"}


@pytest.mark.parametrize("index", range(6))
def test_merged_kernels_equal_keras_own(tiny, trained, index):
    """`kernel` of a Keras layer includes its LoRA change."""
    from worker.adapter import Adapter, dense_layers

    adapter = Adapter.from_backbone(trained[0], {})
    blocks = zip(
        dense_layers(tiny.backbone().transformer_layers[index]),
        dense_layers(trained[0].transformer_layers[index]),
        strict=True,
    )
    for before, after in blocks:
        change = adapter.change_of(f"decoder_block_{index}/{after.name}")
        merged = np.asarray(before.kernel) + change
        np.testing.assert_allclose(merged, np.asarray(after.kernel), atol=2e-4)


def test_training_changes_the_kernels(tiny, trained):
    before = tiny.backbone().transformer_layers[0].attention.query_dense.kernel
    after = trained[0].transformer_layers[0].attention.query_dense.kernel
    assert float(np.abs(np.asarray(before) - np.asarray(after)).max()) > 0.01


def test_padding_rows_do_not_count(tiny, arrays):
    """Eight rows in batches of three: the last batch repeats a row without weight."""
    import keras

    from worker.training.lora import LoraTrainer

    backbone = tiny.make_backbone()
    backbone.enable_lora(4, target_layer_names=["query"])
    loss, _ = LoraTrainer(backbone, keras.optimizers.AdamW(0.02)).measure([arrays], 3)
    assert loss == pytest.approx(plain_loss(tiny, tiny.backbone(), arrays), rel=1e-5)
