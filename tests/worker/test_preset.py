"""The embedded preset: the same numbers as the source, and never half there."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from worker.presets import PresetError, gemma3_270m, locate

pytestmark = pytest.mark.model

REFERENCE = json.loads(Path(__file__).with_name("reference_logits.json").read_text())
LENGTH = 40  # tokens of the longest reference prompt, and one


@pytest.fixture(scope="module")
def scores(model_dir):
    """A function from token ids to the preset's logits of the next token."""
    import jax

    from worker.presets.backbone import load_backbone

    backbone = load_backbone(gemma3_270m.prepare(model_dir), "float32")
    weights = [
        [variable.value for variable in variables]
        for variables in (
            backbone.trainable_variables,
            backbone.non_trainable_variables,
        )
    ]

    @jax.jit
    def run(weights, inputs):
        return backbone.stateless_call(*weights, inputs)[0]

    def last(tokens: list[int]) -> np.ndarray:
        padded = np.zeros((1, LENGTH), np.int32)
        padded[0, : len(tokens)] = tokens
        mask = np.arange(LENGTH)[None] < len(tokens)
        hidden = run(weights, {"token_ids": padded, "padding_mask": mask})
        state = hidden[:, len(tokens) - 1]
        return np.asarray(backbone.token_embedding(state, reverse=True))[0]

    return last


@pytest.fixture(scope="module")
def tokenizer(model_dir):
    from worker.presets.backbone import load_tokenizer

    return load_tokenizer(gemma3_270m.prepare(model_dir))


@pytest.mark.parametrize("prompt", REFERENCE["prompts"], ids=lambda one: one["prompt"])
def test_token_ids_equal_the_reference(tokenizer, prompt):
    tokens = [tokenizer.start_token_id, *map(int, tokenizer(prompt["prompt"]))]
    assert tokens == prompt["token_ids"]


@pytest.mark.parametrize("prompt", REFERENCE["prompts"], ids=lambda one: one["prompt"])
def test_logits_equal_the_reference(scores, prompt):
    found = scores(prompt["token_ids"])
    wanted = [*prompt["top_logits"], *prompt["spread_logits"]]
    spread = found[7::4099]
    assert np.abs([*found[prompt["top_ids"]], *spread] - np.array(wanted)).max() < 1e-3


class Source:
    """Stands in for the packaged weights; only the writing of the preset is real."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.broken = True
        monkeypatch.setattr(gemma3_270m, "_assemble", self.assemble)
        monkeypatch.setattr(gemma3_270m, "_write_preset", self.write)

    def assemble(self, folder: Path) -> Path:
        path = folder / "weights.gguf"
        path.write_bytes(b"weights")
        return path

    def write(self, source: Path, folder: Path, progress) -> None:
        (folder / "config.json").write_text("{}")
        if self.broken:
            raise KeyboardInterrupt


@pytest.fixture
def source(monkeypatch) -> Source:
    return Source(monkeypatch)


def test_an_interrupted_conversion_leaves_no_preset(tmp_path, source):
    with pytest.raises(KeyboardInterrupt):
        gemma3_270m.prepare(tmp_path)
    assert not (tmp_path / "presets" / "gemma3_270m").exists()


def test_the_next_call_heals_an_interrupted_conversion(tmp_path, source):
    with pytest.raises(KeyboardInterrupt):
        gemma3_270m.prepare(tmp_path)
    source.broken = False
    folder = gemma3_270m.prepare(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "prepared.json",
    ]


def test_a_healed_conversion_leaves_no_partial_folder(tmp_path, source):
    with pytest.raises(KeyboardInterrupt):
        gemma3_270m.prepare(tmp_path)
    source.broken = False
    gemma3_270m.prepare(tmp_path)
    assert not (tmp_path / "presets" / "gemma3_270m.partial").exists()


def test_a_preset_of_another_version_is_made_again(tmp_path, source):
    folder = tmp_path / "presets" / "gemma3_270m"
    folder.mkdir(parents=True)
    (folder / "prepared.json").write_text('{"sha256": "other", "format": 1}')
    source.broken = False
    gemma3_270m.prepare(tmp_path)
    assert gemma3_270m.is_prepared(folder)


def test_a_complete_preset_is_left_alone(tmp_path, source):
    source.broken = False
    gemma3_270m.prepare(tmp_path)
    source.broken = True
    assert gemma3_270m.prepare(tmp_path).name == "gemma3_270m"


def test_an_unknown_preset_is_refused_by_name(tmp_path):
    with pytest.raises(PresetError, match="Received: 'gemma9'"):
        locate("gemma9", tmp_path)
