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


def new_run(tiny, arrays, *, form=None, kept=None, num_layers=2, **plan):
    """A run of three epochs over `arrays`; `plan` changes it."""
    import keras

    from worker.training.dense import Lora, add_lora
    from worker.training.fitting import Run
    from worker.training.lora import LoraTrainer
    from worker.training.plan import Plan

    dropout = plan.pop("dropout", 0.0)
    backbone = tiny.make_backbone(num_layers=num_layers)
    targets = ("query", "value", "ffw_linear")
    add_lora(backbone, Lora(rank=4, targets=targets, dropout=dropout), form)
    plan = {"groups": [arrays], "batch_size": 4, "epochs": 3} | plan
    return Run(
        trainer=LoraTrainer(backbone, keras.optimizers.AdamW(0.02)),
        plan=Plan(**plan),
        validation=[arrays],
        patience=5,
        checkpoint=kept,
        checkpoint_steps=1,
    )


@pytest.fixture(scope="module")
def trained(tiny, arrays):
    """A backbone after three epochs, with its history."""
    run = new_run(tiny, arrays, num_layers=6)
    before = run.trainer.measure([arrays], 4)
    return run.trainer.backbone, before, run.fit()


@pytest.fixture(scope="module")
def plain(tiny, arrays):
    """The history of a smaller backbone, trained without any option."""
    return new_run(tiny, arrays).fit()


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
    """The loss of `token_sums` from all logits at once, for JAX to differentiate."""
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
    import jax.numpy as jnp

    from worker.training.lora import token_sums

    draw = np.random.default_rng(1)
    hidden = draw.normal(size=(8, 16, 12)).astype(np.float32)
    table = draw.normal(size=(512, 12)).astype(np.float32)

    def ours(hidden):
        states = jnp.take_along_axis(hidden, arrays["at"][..., None], axis=1)
        targets, weights = arrays["targets"], arrays["weights"]
        return token_sums(states, table, targets, weights, cap, parts=2)[0]

    wanted = jax.value_and_grad(plain_losses)(hidden, table, arrays, cap)
    loss, gradient = jax.value_and_grad(ours)(hidden)
    assert loss == pytest.approx(float(wanted[0]), rel=1e-5)
    np.testing.assert_allclose(gradient, wanted[1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("keep_products", [True, False])
def test_recomputing_layers_changes_nothing_but_memory(
    tiny, arrays, plain, keep_products
):
    from worker.training.lora import recompute

    run = new_run(tiny, arrays, epochs=1)
    recompute(run.trainer.backbone, keep_products=keep_products)
    assert run.fit().loss[0] == pytest.approx(plain.loss[0], rel=1e-3)


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
    loss, _ = new_run(tiny, arrays, num_layers=6).trainer.measure([arrays], 3)
    assert loss == pytest.approx(plain_loss(tiny, tiny.backbone(), arrays), rel=1e-5)


@pytest.mark.parametrize(
    "otherwise",
    [{"pack_length": 40}, {"batch_size": 2, "accumulate": 2}],
    ids=["packed", "accumulated"],
)
def test_other_ways_to_feed_the_same_rows_keep_the_loss_curve(
    tiny, arrays, plain, otherwise
):
    history = new_run(tiny, arrays, **otherwise).fit()
    assert history.step_loss == pytest.approx(plain.step_loss, rel=1e-4)


def test_packing_saves_positions(tiny, arrays):
    plan = new_run(tiny, arrays, pack_length=48).plan
    batch, _ = plan.epoch(0)
    assert batch["token_ids"].shape == (1, 1, 48)  # four rows of up to 16


@pytest.mark.parametrize("form", ["nf4"])
def test_a_base_in_few_bits_learns_too(tiny, arrays, plain, form):
    run = new_run(tiny, arrays, form=form)
    size = run.trainer.backbone.transformer_layers[0].gating_ffw.codes.value.nbytes
    assert size == 32 * 48 // (1 if form == "int8" else 2)
    history = run.fit()
    assert history.val_loss[-1] == pytest.approx(plain.val_loss[-1], rel=0.1)
    assert history.val_loss[-1] < history.val_loss[0]


def test_dropout_is_drawn_from_the_seed_and_the_step(tiny, arrays, plain):
    first, again = (
        new_run(tiny, arrays, dropout=0.3, epochs=1).fit() for _ in range(2)
    )
    assert first.step_loss == again.step_loss
    assert first.step_loss[1] != plain.step_loss[1]


class Killed(BaseException):
    """Stands for kill -9; the real one is in test_finetune.py."""


def test_a_run_taken_up_again_ends_like_one_that_was_not_stopped(
    tiny, arrays, plain, tmp_path
):
    from worker.training.checkpoint import Checkpoint

    kept = Checkpoint(tmp_path / "state.safetensors", {"run": 1})
    killed = new_run(tiny, arrays, kept=kept)
    ticks = iter([None] * 3)  # in the middle of the second epoch

    def tick():
        if next(ticks, Killed) is Killed:
            raise Killed

    killed.tick = tick
    with pytest.raises(Killed):
        killed.fit()
    again = new_run(tiny, arrays, kept=kept)
    assert again.fit(kept.load()) == plain


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    from worker.training.checkpoint import Checkpoint, CheckpointError, Progress

    Checkpoint(tmp_path / "state.safetensors", {"rank": 8}).save(Progress())
    with pytest.raises(CheckpointError, match="other settings"):
        Checkpoint(tmp_path / "state.safetensors", {"rank": 4}).load()
