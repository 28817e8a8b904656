"""The loaded model of this process: tokenizer, weights, adapter, buckets.

Weights come from a KerasHub preset folder and are arranged for `worker.engine`.
The LoRA adapter is merged into them in float32, so serving costs nothing extra.
"""

from __future__ import annotations

import ctypes
import gc
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import jax.numpy as jnp
import numpy as np

from worker import engine
from worker.adapter import Adapter, dense_layers
from worker.sampling import TOP_K_BLOCK, Sampling

PROMPT_BUCKETS = (64, 128, 448)  # tokens; more is refused, never cut
CANDIDATES = 8  # replies to each prompt
NEW_TOKENS = 96  # tokens of the longest reply
# The 4-bit source has fewer digits than float16 keeps, at half of float32's memory.
STORED = "float16"
ANSWER_BUCKETS = (1, 4)  # answers a batch on a CPU

Tokens = list[int]


class PromptTooLong(ValueError):
    """A prompt needs more tokens than the largest bucket has."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long replies may get and how they are drawn; no part of a compiled shape."""

    new_tokens: int
    sampling: Sampling = field(default_factory=Sampling)


@dataclass(kw_only=True)
class Gemma:
    """A Gemma ready to write replies.

    `params` are the arrays `worker.engine` reads; `in_head` is bool `(V,)`.
    """

    tokenizer: object
    arch: engine.Architecture
    params: dict
    in_head: np.ndarray
    answer_buckets: tuple[int, ...] = ANSWER_BUCKETS
    tokens_written: int = 0  # by all replies so far, without stop tokens

    @classmethod
    def load(
        cls,
        preset: Path,
        adapter: Adapter | None = None,
        *,
        dtype: str = "float32",
        answer_buckets: tuple[int, ...] = ANSWER_BUCKETS,
        progress: Callable[[float], None] = lambda share: None,
    ) -> Gemma:
        """Load a KerasHub preset folder and merge an adapter into it.

        Args:
            preset: Path of a Gemma 3 text preset.
            adapter: `Adapter` or None.
            dtype: "float32" on a CPU, "bfloat16" on GPU and TPU.
            answer_buckets: batch sizes that get compiled.
            progress: called with the share done.
        """
        from worker.presets.backbone import load_backbone, load_tokenizer

        tokenizer = load_tokenizer(preset)
        progress(0.3)
        backbone = load_backbone(preset, STORED)
        progress(0.8)
        in_head = writable_tokens(tokenizer)
        params = arrange(backbone, in_head, dtype, adapter)
        progress(1.0)
        arch = architecture(backbone)
        del backbone
        give_back_memory()
        return cls(
            tokenizer=tokenizer,
            arch=arch,
            params=params,
            in_head=in_head,
            answer_buckets=answer_buckets,
        )

    def encode(self, text: str) -> Tokens:
        """Token ids of a prompt, with the beginning-of-sequence token."""
        ids = [int(token) for token in self.tokenizer(text)]
        return [self.tokenizer.start_token_id, *ids]

    def decode(self, tokens: Sequence[int]) -> str:
        """Text of generated tokens, up to the first stop token."""
        stop = self.tokenizer.end_token_id
        kept = list(tokens)
        if stop in kept:
            kept = kept[: kept.index(stop)]
        return self.tokenizer.detokenize(kept) if kept else ""

    def continuation(self, text: str) -> Tokens:
        """Token ids of text that a reply is made to begin with."""
        return [int(token) for token in self.tokenizer(" " + text)]

    def reply(
        self,
        prompts: Sequence[Tokens],
        seeds: Sequence[np.ndarray],
        plan: Plan,
    ) -> list[list[str]]:
        """Candidate replies for each prompt; the first of each is greedy.

        Prompts are grouped by length, padded to the next bucket and run in batches.

        Args:
            prompts: lists of token ids from `encode`.
            seeds: for each prompt uint32 `(CANDIDATES,)`.
            plan: `Plan`, with at most `NEW_TOKENS` tokens.

        Returns:
            For each prompt a list of `CANDIDATES` texts.

        Raises:
            PromptTooLong: if a prompt has more than the largest bucket's tokens.
        """
        replies: list[list[str]] = [[] for _ in prompts]
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        for rows in self._batches(order):
            written = self._run(
                [prompts[i] for i in rows],
                np.stack([seeds[i] for i in rows]),
                plan,
            )
            for i, candidates in zip(rows, written, strict=False):
                replies[i] = [self.decode(tokens) for tokens in candidates.tolist()]
        return replies

    def _batches(self, order: list[int]) -> list[list[int]]:
        size = max(self.answer_buckets)
        return [order[start : start + size] for start in range(0, len(order), size)]

    def _run(self, prompts, seeds, plan: Plan) -> np.ndarray:
        length = bucket(max(map(len, prompts)), PROMPT_BUCKETS)
        rows = bucket(len(prompts), self.answer_buckets)
        missing = rows - len(prompts)
        padded = [*prompts, *[prompts[0]] * missing]
        seeds = np.concatenate((seeds, np.repeat(seeds[:1], missing, axis=0)))
        draw = {
            "seeds": seeds.astype(np.uint32),
            "temperature": np.float32(plan.sampling.temperature),
            "top_p": np.float32(plan.sampling.top_p),
        }
        written = engine.generate(
            self.arch,
            self.params,
            engine.pad_prompts(padded, length, self.in_head),
            draw,
            np.int32(plan.new_tokens),
            new_tokens=NEW_TOKENS,
            stop=self.tokenizer.end_token_id,
            enough=CANDIDATES * 3 // 4,
        )
        kept = np.asarray(written)[: len(prompts)]
        self.tokens_written += int((kept != self.tokenizer.end_token_id).sum())
        return kept

    def warm_up(self, progress: Callable[[float], None] = lambda share: None) -> None:
        """Compile every bucket so that no user waits for it."""
        shapes = list(product(PROMPT_BUCKETS, self.answer_buckets))
        stop = self.tokenizer.end_token_id
        for done, (length, rows) in enumerate(shapes, start=1):
            seeds = np.zeros((rows, CANDIDATES), np.uint32)
            self._run([[stop] * length] * rows, seeds, Plan(new_tokens=1))
            progress(done / len(shapes))
        give_back_memory()


def bucket(size: int, buckets: Sequence[int]) -> int:
    """The smallest bucket that holds `size`.

    Raises:
        PromptTooLong: if none does.
    """
    for candidate in buckets:
        if size <= candidate:
            return candidate
    raise PromptTooLong(f"At most {buckets[-1]} fit. Received: {size}.")


def give_back_memory() -> None:
    """Return freed memory to the system; glibc keeps 500 MB of loading otherwise."""
    gc.collect()
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)


_HANGUL = re.compile("▁*[가-힣ㄱ-ㅎㅏ-ㅣ]+")
_ASCII = re.compile("▁*[\x21-\x7e]*")
_BYTE = re.compile("<0x[0-9A-F]{2}>")
COMMON_ASCII = 40_000  # BPE ids rise with rarity; rarer words are spelt in pieces


def writable_tokens(tokenizer) -> np.ndarray:
    """Tokens the output head scores: bool `(V,)`, a multiple of 64 of them set.

    All Hangul pieces, the common ASCII pieces, single characters and the 256 byte
    tokens: any text can be written with them, at an eighth of the full head's cost.
    Rarer pieces of a prompt are scored in addition (`engine._scores`).
    """
    vocabulary = tokenizer.get_vocabulary()
    chosen = np.zeros(len(vocabulary), bool)
    for index, piece in enumerate(vocabulary):
        chosen[index] = (
            _HANGUL.fullmatch(piece) is not None
            or (index < COMMON_ASCII and _ASCII.fullmatch(piece) is not None)
            or (len(piece) == 1 and piece.isascii())
            or _BYTE.fullmatch(piece) is not None
        )
    chosen[tokenizer.end_token_id] = True
    spare = np.flatnonzero(~chosen)
    chosen[spare[-(-chosen.sum() % TOP_K_BLOCK) :]] |= bool(chosen.sum() % TOP_K_BLOCK)
    return chosen


def architecture(backbone) -> engine.Architecture:
    """The `engine.Architecture` of a KerasHub Gemma 3 text backbone."""
    attention = [layer.attention for layer in backbone.transformer_layers]
    first = attention[0]
    return engine.Architecture(
        num_heads=first.num_query_heads,
        num_groups=first.num_key_value_heads,
        head_dim=first.head_dim,
        query_scale=first.head_dim**-0.5
        if first.query_head_dim_normalize
        else (backbone.hidden_dim // first.num_query_heads) ** -0.5,
        epsilon=first.layer_norm_epsilon,
        windows=tuple(
            a.sliding_window_size if a.use_sliding_window_attention else 0
            for a in attention
        ),
        wavelengths=tuple(a.rope_wavelength for a in attention),
        attention_soft_cap=first.logit_soft_cap or 0.0,
        final_soft_cap=backbone.final_logit_soft_cap or 0.0,
    )


def arrange(
    backbone, in_head: np.ndarray, dtype: str, adapter: Adapter | None = None
) -> dict:
    """The backbone's weights, with an adapter merged, as `worker.engine` reads them.

    Query, key and value kernels are joined into one matrix `(D, (N + 2K) * H)`, the
    two gates into `(D, 2F)`; norm scales stay float32. The embedding keeps the
    backbone's dtype, as only single rows of it are read.
    """
    embedding = jnp.asarray(backbone.token_embedding.embeddings.value)
    head_ids = np.flatnonzero(in_head).astype(np.int32)
    return {
        "embedding": embedding,
        "head": embedding[head_ids].astype(dtype),
        "head_ids": jnp.asarray(head_ids),
        "layers": [
            _arrange_layer(index, layer, dtype, adapter)
            for index, layer in enumerate(backbone.transformer_layers)
        ],
        "final_norm": jnp.asarray(backbone.layer_norm.scale, "float32"),
    }


def _arrange_layer(index: int, layer, dtype: str, adapter: Adapter | None) -> dict:
    kernels = {}
    for dense in dense_layers(layer):
        change = (
            adapter.change_of(f"decoder_block_{index}/{dense.name}") if adapter else 0
        )
        kernels[dense.name] = np.asarray(dense.kernel, np.float32) + change

    def by_input(name):  # (heads, D, H) -> (D, heads * H)
        kernel = kernels[name].transpose(1, 0, 2)
        return kernel.reshape(kernel.shape[0], -1)

    def scale(norm):
        return jnp.asarray(norm.scale, "float32")

    output = kernels["attention_output"]
    matrices = {
        "qkv": np.concatenate([by_input(n) for n in ("query", "key", "value")], axis=1),
        "attention_output": output.reshape(-1, output.shape[-1]),
        "gate_up": np.concatenate(
            [kernels["ffw_gating"], kernels["ffw_gating_2"]], axis=1
        ),
        "down": kernels["ffw_linear"],
    }
    attention = layer.attention
    return {name: jnp.asarray(matrix, dtype) for name, matrix in matrices.items()} | {
        "query_norm": scale(attention.query_norm),
        "key_norm": scale(attention.key_norm),
        "pre_attention_norm": scale(layer.pre_attention_norm),
        "post_attention_norm": scale(layer.post_attention_norm),
        "pre_ffw_norm": scale(layer.pre_ffw_norm),
        "post_ffw_norm": scale(layer.post_ffw_norm),
    }
