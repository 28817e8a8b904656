"""An adapter on disk is whole or absent, and fits its recipe."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from worker.adapter import Adapter, AdapterError

CARD = {"recipe": "quiz", "prompt_version": 1}
LAYER = "decoder_block_0/query"


def adapter(**card) -> Adapter:
    weights = {
        f"{LAYER}/a": np.array([[1.0], [2.0]], np.float16),
        f"{LAYER}/b": np.array([[3.0, 4.0]], np.float16),
    }
    return Adapter(weights=weights, card=CARD | card)


def load(folder: Path) -> Adapter:
    return Adapter.load(folder, recipe="quiz", prompt_version=1)


def test_a_saved_adapter_loads_again(tmp_path):
    adapter(rank=1).save(tmp_path / "quiz")
    loaded = load(tmp_path / "quiz")
    assert loaded.card == {"recipe": "quiz", "prompt_version": 1, "rank": 1}
    np.testing.assert_allclose(loaded.change_of(LAYER), [[3.0, 4.0], [6.0, 8.0]], 0.01)


def test_an_adapter_of_ranks_of_any_size_keeps_its_change(tmp_path):
    draw = np.random.default_rng(0)
    sizes = np.array([1e-6, 1e-3, 1.0, 0.0])
    weights = {
        f"{LAYER}/a": (draw.normal(size=(4, 32, 4)) * sizes).astype(np.float32),
        f"{LAYER}/b": draw.normal(size=(4, 64)).astype(np.float32),
    }
    before = Adapter(weights=weights, card=CARD)
    before.save(tmp_path / "quiz")
    wanted, kept = before.change_of(LAYER), load(tmp_path / "quiz").change_of(LAYER)
    assert np.linalg.norm(kept - wanted) < 0.02 * np.linalg.norm(wanted)


def test_plain_float16_pairs_are_read_too(tmp_path):
    from safetensors.numpy import save_file

    adapter().save(tmp_path / "quiz")
    save_file(dict(adapter().weights), tmp_path / "quiz" / "adapter.safetensors")
    assert load(tmp_path / "quiz").weights[f"{LAYER}/a"].tolist() == [[1.0], [2.0]]


def test_the_change_of_a_layer_is_the_product_of_its_pair():
    assert adapter().change_of(LAYER).tolist() == [[3.0, 4.0], [6.0, 8.0]]


def test_the_change_is_float32():
    assert adapter().change_of(LAYER).dtype == np.float32


def test_another_layer_does_not_change():
    assert adapter().change_of("decoder_block_1/query") == 0.0


def test_a_crash_while_saving_leaves_no_folder(tmp_path):
    with pytest.raises(TypeError):
        adapter(broken=object()).save(tmp_path / "quiz")
    assert not (tmp_path / "quiz").exists()


def test_a_crash_while_saving_keeps_the_adapter_of_before(tmp_path):
    adapter(rank=1).save(tmp_path / "quiz")
    with pytest.raises(TypeError):
        adapter(broken=object()).save(tmp_path / "quiz")
    assert load(tmp_path / "quiz").card["rank"] == 1


def test_saving_after_a_crash_works(tmp_path):
    with pytest.raises(TypeError):
        adapter(broken=object()).save(tmp_path / "quiz")
    adapter().save(tmp_path / "quiz")
    assert [path.name for path in tmp_path.iterdir()] == ["quiz"]


def test_extras_are_saved_beside_the_weights(tmp_path):
    adapter().save(tmp_path / "quiz", {"history.json": b"{}"})
    assert (tmp_path / "quiz" / "history.json").read_bytes() == b"{}"


@pytest.mark.parametrize("card", [{"prompt_version": 2}, {"recipe": "soup"}])
def test_an_adapter_for_another_prompt_is_refused(tmp_path, card):
    adapter(**card).save(tmp_path / "quiz")
    with pytest.raises(AdapterError, match="Fine-tune again"):
        load(tmp_path / "quiz")


@pytest.mark.parametrize("missing", ["adapter.json", "adapter.safetensors"])
def test_an_adapter_without_a_file_is_refused(tmp_path, missing):
    adapter().save(tmp_path / "quiz")
    (tmp_path / "quiz" / missing).unlink()
    with pytest.raises(AdapterError, match=r"must hold adapter\.json"):
        load(tmp_path / "quiz")


def test_a_damaged_card_is_refused(tmp_path):
    adapter().save(tmp_path / "quiz")
    (tmp_path / "quiz" / "adapter.json").write_bytes(b"\x00\x01")
    with pytest.raises(AdapterError, match=r"must hold adapter\.json"):
        load(tmp_path / "quiz")


def test_the_shipped_adapter_fits_its_recipe():
    from worker.recipes import quiz

    shipped = Adapter.load(quiz.ADAPTER, recipe="quiz", prompt_version=1)
    assert shipped.card["preset"] == "gemma3_270m"
