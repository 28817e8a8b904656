"""Models of known shapes with random weights, for this engine and for others."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np

# keras_hub's gemma2_instruct_2b_en
GEMMA2_2B = {
    "vocabulary_size": 256_000,
    "num_layers": 26,
    "num_query_heads": 8,
    "num_key_value_heads": 4,
    "hidden_dim": 2304,
    "intermediate_dim": 18_432,
    "head_dim": 256,
    "query_head_dim_normalize": True,
    "use_post_ffw_norm": True,
    "use_post_attention_norm": True,
    "attention_logit_soft_cap": 50.0,
    "final_logit_soft_cap": 30.0,
    "use_sliding_window_attention": True,
    "sliding_window_size": 4096,
}
TINY = GEMMA2_2B | {
    "vocabulary_size": 4096,
    "num_layers": 2,
    "num_query_heads": 4,
    "num_key_value_heads": 2,
    "hidden_dim": 64,
    "intermediate_dim": 256,
    "head_dim": 16,
}
SHAPES = {"2b": GEMMA2_2B, "tiny": TINY}


def backbone(shape: str, dtype: str):
    """A KerasHub Gemma 2 with random weights."""
    import keras_hub

    return keras_hub.models.GemmaBackbone(**SHAPES[shape], dtype=dtype)


@contextmanager
def quickly_drawn():
    """Within it, kernels repeat a million random numbers: seconds instead of minutes.

    Every process draws the same ones, so that losses can be compared.
    """
    import keras

    block = np.random.default_rng(0).normal(0.0, 0.02, 1_000_003).astype(np.float32)
    initializer = keras.initializers.VarianceScaling
    draw = initializer.__call__
    initializer.__call__ = lambda self, shape, dtype=None: keras.ops.cast(
        np.resize(block, shape), dtype or "float32"
    )
    try:
        yield
    finally:
        initializer.__call__ = draw


def hugging_face(shape: str, attention: str = "eager"):
    """The same shapes in transformers, bfloat16 on a GPU, float32 elsewhere."""
    import torch
    from transformers import Gemma2Config, Gemma2ForCausalLM

    config = SHAPES[shape]
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_default_dtype(torch.bfloat16 if device == "cuda" else torch.float32)
    with torch.device(device):
        return Gemma2ForCausalLM(
            Gemma2Config(
                vocab_size=config["vocabulary_size"],
                hidden_size=config["hidden_dim"],
                intermediate_size=config["intermediate_dim"] // 2,
                num_hidden_layers=config["num_layers"],
                num_attention_heads=config["num_query_heads"],
                num_key_value_heads=config["num_key_value_heads"],
                head_dim=config["head_dim"],
                attn_implementation=attention,
            )
        )


def prompts(lengths, vocabulary: int, seed: int = 0) -> list[list[int]]:
    """Random prompts of the given lengths."""
    draw = np.random.default_rng(seed)
    return [[2, *draw.integers(4, vocabulary, size - 1).tolist()] for size in lengths]
