"""A Gemma 3 of six small layers with random weights, as the engine reads it."""

from __future__ import annotations

import functools

import jax
import keras
import keras_hub
import numpy as np

from worker import engine, weights
from worker.asking import Ends

VOCABULARY = 512
STOP = 1
WINDOW = 8
LONGEST = 48  # tokens that `logits` takes
NEW_TOKENS = 20
CONFIG = {
    "vocabulary_size": VOCABULARY,
    "image_size": None,
    "num_layers": 6,  # the sixth is the first with global attention
    "num_query_heads": 4,
    "num_key_value_heads": 2,
    "hidden_dim": 32,
    "intermediate_dim": 48,
    "head_dim": 16,
    "query_head_dim_normalize": True,
    "use_query_key_norm": True,
    "use_post_ffw_norm": True,
    "use_post_attention_norm": True,
    "use_sliding_window_attention": True,
    "sliding_window_size": WINDOW,
    "layer_norm_epsilon": 1e-6,
}


def make_backbone(vocabulary: int = VOCABULARY, **more):
    """A new backbone; its norms are random too, they start as zeros otherwise."""
    keras.utils.set_random_seed(7)
    backbone = keras_hub.models.Gemma3Backbone(
        **CONFIG | {"vocabulary_size": vocabulary} | more, dtype="float32"
    )
    shake_norms(backbone)
    return backbone


def shake_norms(backbone) -> None:
    """Give the norms random scales."""
    rng = np.random.default_rng(7)
    for variable in backbone.weights:
        if variable.path.endswith("scale"):
            variable.assign(rng.normal(0.0, 0.3, variable.shape))


@functools.cache
def backbone():
    """The backbone that tests only read."""
    return make_backbone()


@functools.cache
def gemma2():
    """The Gemma 2 that tests only read."""
    return make_gemma2()


def make_gemma2():
    """A Gemma 2 of two layers, the first with a sliding window, with random weights."""
    keras.utils.set_random_seed(7)
    config = {
        name: CONFIG[name]
        for name in (
            "vocabulary_size",
            "num_query_heads",
            "num_key_value_heads",
            "hidden_dim",
            "head_dim",
            "query_head_dim_normalize",
            "use_post_ffw_norm",
            "use_post_attention_norm",
            "use_sliding_window_attention",
            "sliding_window_size",
        )
    }
    caps = {"attention_logit_soft_cap": 5.0, "final_logit_soft_cap": 3.0}
    return keras_hub.models.GemmaBackbone(
        **config, **caps, num_layers=2, intermediate_dim=96, dtype="float32"
    )


def logits(tokens: list[int], network=None) -> np.ndarray:
    """KerasHub's logits `(tokens, V)` after each token."""
    network = network or backbone()
    padded = np.zeros((1, LONGEST), np.int32)
    padded[0, : len(tokens)] = tokens
    mask = np.arange(LONGEST)[None] < len(tokens)
    hidden = _run(network)({"token_ids": padded, "padding_mask": mask})
    scores = network.token_embedding(hidden, reverse=True)
    return np.asarray(scores)[0, : len(tokens)]


@functools.cache
def _run(network):
    """The backbone compiled for one length."""
    trainable = [variable.value for variable in network.trainable_variables]
    frozen = [variable.value for variable in network.non_trainable_variables]

    @jax.jit
    def hidden(inputs):
        return network.stateless_call(trainable, frozen, inputs)[0]

    return hidden


def prompts(*lengths: int) -> list[list[int]]:
    """Random prompts that begin with token 2."""
    rng = np.random.default_rng(3)
    return [[2, *rng.integers(4, VOCABULARY, size - 1).tolist()] for size in lengths]


def write(*args, **kwargs) -> np.ndarray:
    """New tokens `(answers, candidates, NEW_TOKENS)` of the engine."""
    return run(*args, **kwargs)[0]


def run(
    prompts: list[list[int]],
    seeds,
    in_head: np.ndarray | None = None,
    network=None,
    dtype: str = "float32",
) -> tuple[np.ndarray, np.ndarray]:
    """What the engine returns: new tokens, and how sure the first one is."""
    network = network or backbone()
    in_head = np.ones(VOCABULARY, bool) if in_head is None else in_head
    seeds = np.asarray(seeds, np.uint32)
    draw = {
        "seeds": seeds,
        "temperature": np.float32(1.0),
        "top_p": np.float32(0.95),
    }
    arch = weights.architecture_of(network)
    written, sure = engine.generate(
        arch,
        weights.arrange(arch, weights.weights_of(network), in_head, dtype),
        engine.pad_prompts(prompts, 24, in_head),
        draw,
        np.int32(NEW_TOKENS),
        new_tokens=NEW_TOKENS,
        ends=Ends(STOP),
        enough=seeds.shape[1],
    )
    return np.asarray(written), np.asarray(sure)
