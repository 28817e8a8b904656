"""Preset folders of tiny random models with a vocabulary that can write anything."""

from __future__ import annotations

import functools
import io
from pathlib import Path

import keras_hub
import numpy as np
import sentencepiece

from tests.worker import tiny
from worker.adapter import Adapter, target_layers
from worker.recipes import quiz

RANK = 3
CARD = {
    "recipe": "quiz",
    "prompt_version": quiz.PROMPT_VERSION,
    "settings": {"rank": RANK, "targets": ["query", "value"]},
    "data": {"rows": 1234, "fingerprint": "a6cca098476aed02"},
    "validation": {"loss": 0.5, "token_accuracy": 0.8484},
    "made": "2026-11-22",
    "device": "cpu",
}
KINDS = ("gemma2", "gemma3", "gemma3, stretched")
STRETCH = 8.0  # of the positions in global layers, as in Gemma 3 from 4B on


@functools.cache
def vocabulary() -> bytes:
    """A SentencePiece model like Gemma's, of `tiny.VOCABULARY` pieces."""
    rows = quiz.read_rows(quiz.TRAIN_FILES[0])
    korean = [row["question"] for row in rows if row["lang"] == "ko"][:12]
    english = [row["answer"] for row in rows if row["lang"] == "en"][:200]
    prompt = quiz.build_prompt("", "")
    texts = [*korean, *english, *[prompt] * 20]
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=written,
        vocab_size=tiny.VOCABULARY,
        model_type="bpe",
        byte_fallback=True,
        character_coverage=0.99,
        normalization_rule_name="identity",
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        user_defined_symbols=["<start_of_turn>", "<end_of_turn>", "\n", "▁▁"],
        **{f"{name}_piece": f"<{name}>" for name in ("pad", "eos", "bos", "unk")},
        **{name: n for n, name in enumerate(("pad_id", "eos_id", "bos_id", "unk_id"))},
        minloglevel=2,
    )
    return written.getvalue()


def make(kind: str):
    """A backbone and its tokenizer; `kind` is one of `KINDS`."""
    if kind == "gemma2":
        backbone = tiny.make_gemma2()
        tiny.shake_norms(backbone)
        return backbone, keras_hub.models.GemmaTokenizer(vocabulary())
    tokenizer = keras_hub.models.Gemma3Tokenizer(vocabulary(), has_vision_tokens=False)
    if kind == "gemma3":
        return tiny.make_backbone(), tokenizer
    return tiny.make_backbone(global_rope_scaling_factor=STRETCH), tokenizer


def save(folder: Path, kind: str):
    """Write a KerasHub preset folder; the backbone in it."""
    backbone, tokenizer = make(kind)
    backbone.save_to_preset(str(folder))
    tokenizer.save_to_preset(str(folder))
    return backbone


def save_adapter(folder: Path, backbone, **card) -> Adapter:
    """Write an adapter of all seven layers with random weights that change much.

    Returns it as it is read again, rounded.
    """
    rng = np.random.default_rng(11)
    weights = {}
    for name, layer in target_layers(backbone):
        *rows, columns = layer.kernel.shape
        for part, shape in (("a", (*rows, RANK)), ("b", (RANK, columns))):
            values = rng.normal(0.0, 0.3, shape)
            weights[f"{name}/{part}"] = values.astype(np.float32)
    Adapter(weights=weights, card=CARD | card).save(folder)
    return Adapter.load(folder, recipe="quiz", prompt_version=quiz.PROMPT_VERSION)
