"""The loaded model of this process: tokenizer, weights, adapter, buckets.

Weights come from a KerasHub preset folder and are arranged for `worker.engine`.
The LoRA adapter is merged into them in float32, so serving costs nothing extra.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import jax.numpy as jnp
import numpy as np

from worker import engine
from worker.adapter import Adapter
from worker.sampling import TOP_K_BLOCK, Sampling

PROMPT_BUCKETS = (64, 128, 256, 448)  # tokens; more is refused, never cut
ANSWER_BUCKETS = (1, 4)  # answers a batch on a CPU

Tokens = list[int]


class PromptTooLong(ValueError):
    """A prompt needs more tokens than the largest bucket has."""


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
        backbone = load_backbone(preset)
        progress(0.8)
        if adapter:
            adapter.apply_to(backbone)
        in_head = writable_tokens(tokenizer)
        params = arrange(backbone, in_head, dtype)
        progress(1.0)
        return cls(
            tokenizer=tokenizer,
            arch=architecture(backbone),
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

    def fits(self, prompt: Tokens) -> bool:
        return len(prompt) <= PROMPT_BUCKETS[-1]

    def reply(
        self,
        prompts: Sequence[Tokens],
        seeds: np.ndarray,
        *,
        new_tokens: int,
        sampling: Sampling | None = None,
    ) -> list[list[str]]:
        """Candidate replies for each prompt; the first of each is greedy.

        Prompts are grouped by length, padded to the next bucket and run in batches.

        Args:
            prompts: lists of token ids from `encode`.
            seeds: uint32 `(len(prompts), C)`.
            new_tokens: int, most tokens per reply.
            sampling: `Sampling` or None for its defaults.

        Returns:
            For each prompt a list of `C` texts.

        Raises:
            PromptTooLong: if a prompt has more than the largest bucket's tokens.
        """
        replies: list[list[str]] = [[] for _ in prompts]
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        for rows in self._batches(order):
            written = self._run(
                [prompts[i] for i in rows],
                seeds[rows],
                new_tokens,
                sampling or Sampling(),
            )
            for i, candidates in zip(rows, written, strict=False):
                replies[i] = [self.decode(tokens) for tokens in candidates.tolist()]
        return replies

    def _batches(self, order: list[int]) -> list[list[int]]:
        size = max(self.answer_buckets)
        return [order[start : start + size] for start in range(0, len(order), size)]

    def _run(self, prompts, seeds, new_tokens, sampling) -> np.ndarray:
        length = bucket(max(map(len, prompts)), PROMPT_BUCKETS)
        rows = bucket(len(prompts), self.answer_buckets)
        missing = rows - len(prompts)
        padded = [*prompts, *[prompts[0]] * missing]
        seeds = np.concatenate((seeds, np.repeat(seeds[:1], missing, axis=0)))
        prompt = engine.pad_prompts(padded, length, self.in_head)
        written = engine.generate(
            self.arch,
            self.params,
            prompt,
            seeds.astype(np.uint32),
            new_tokens=new_tokens,
            stop=self.tokenizer.end_token_id,
            sampling=sampling,
        )
        kept = np.asarray(written)[: len(prompts)]
        self.tokens_written += int((kept != self.tokenizer.end_token_id).sum())
        return kept

    def warm_up(
        self,
        candidates: int,
        new_tokens: int,
        progress: Callable[[float], None] = lambda share: None,
    ) -> None:
        """Compile every bucket, smallest first, so that no user waits for it."""
        shapes = [(n, p) for p in PROMPT_BUCKETS for n in self.answer_buckets]
        stop = self.tokenizer.end_token_id
        for done, (rows, length) in enumerate(shapes, start=1):
            prompts = [[stop] * length] * rows
            seeds = np.zeros((rows, candidates), np.uint32)
            self._run(prompts, seeds, new_tokens, Sampling())
            progress(done / len(shapes))


def bucket(size: int, buckets: Sequence[int]) -> int:
    """The smallest bucket that holds `size`.

    Raises:
        PromptTooLong: if none does.
    """
    for candidate in buckets:
        if size <= candidate:
            return candidate
    raise PromptTooLong(f"At most {buckets[-1]} fit. Received: {size}.")


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


def arrange(backbone, in_head: np.ndarray, dtype: str) -> dict:
    """The backbone's weights as `worker.engine` reads them.

    Query, key and value kernels are joined into one matrix `(D, (N + 2K) * H)`, the
    two gates into `(D, 2F)`; norm scales stay float32.
    """
    embedding = jnp.asarray(backbone.token_embedding.embeddings, dtype)
    head_ids = np.flatnonzero(in_head).astype(np.int32)
    return {
        "embedding": embedding,
        "head": embedding[head_ids],
        "head_ids": jnp.asarray(head_ids),
        "layers": [
            _arrange_layer(layer, dtype) for layer in backbone.transformer_layers
        ],
        "final_norm": jnp.asarray(backbone.layer_norm.scale, "float32"),
    }


def _arrange_layer(layer, dtype: str) -> dict:
    attention = layer.attention

    def by_input(dense):  # (heads, D, H) -> (D, heads * H)
        kernel = jnp.asarray(dense.kernel, dtype)
        return kernel.transpose(1, 0, 2).reshape(kernel.shape[1], -1)

    def scale(norm):
        return jnp.asarray(norm.scale, "float32")

    denses = (attention.query_dense, attention.key_dense, attention.value_dense)
    output = jnp.asarray(attention.output_dense.kernel, dtype)
    gates = (layer.gating_ffw.kernel, layer.gating_ffw_2.kernel)
    return {
        "qkv": jnp.concatenate([by_input(dense) for dense in denses], axis=1),
        "query_norm": scale(attention.query_norm),
        "key_norm": scale(attention.key_norm),
        "attention_output": output.reshape(-1, output.shape[-1]),
        "gate_up": jnp.concatenate([jnp.asarray(g, dtype) for g in gates], axis=1),
        "down": jnp.asarray(layer.ffw_linear.kernel, dtype),
        "pre_attention_norm": scale(layer.pre_attention_norm),
        "post_attention_norm": scale(layer.post_attention_norm),
        "pre_ffw_norm": scale(layer.pre_ffw_norm),
        "post_ffw_norm": scale(layer.post_ffw_norm),
    }
