"""The loaded model of this process: tokenizer, weights, adapter, buckets.

`worker.weights` brings a KerasHub preset's weights into the form `worker.engine` reads.
The LoRA adapter is merged into them in float32, so serving costs nothing extra.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import numpy as np

from worker import engine, weighing
from worker.adapter import Adapter
from worker.layers import Architecture
from worker.sampling import Sampling
from worker.vocabulary import writable_tokens
from worker.weights import arrange, read_preset

PROMPT_BUCKETS = (64, 128, 448)  # tokens; more is refused, never cut
CANDIDATES = 8  # replies to each prompt
NEW_TOKENS = 96  # tokens of the longest reply
ANSWER_BUCKETS = (1, 4)  # answers a batch on a CPU
COMPILERS = 2  # programs compiled at a time
WEIGHED_ROWS = {128: 320, 448: 576}  # prompt bucket -> its row with replies to weigh

Tokens = list[int]


class PromptTooLong(ValueError):
    """A prompt needs more tokens than the largest bucket has."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long replies may get and how they are drawn; no part of a compiled shape."""

    new_tokens: int
    sampling: Sampling = field(default_factory=Sampling)


FIRST_TOKEN = Plan(new_tokens=1)
YES = "yes"


@dataclass(kw_only=True)
class Gemma:
    """A Gemma ready to write replies.

    `params` are the arrays `worker.engine` reads; `in_head` is bool `(V,)`.
    """

    tokenizer: object
    arch: Architecture
    params: dict
    in_head: np.ndarray
    answer_buckets: tuple[int, ...] = ANSWER_BUCKETS
    programs: dict = field(default_factory=dict)  # the compiled ones, by shape
    tokens_written: int = 0  # by all replies so far, without stop tokens

    @classmethod
    def load(
        cls,
        preset: Path,
        adapter: Adapter | None = None,
        *,
        cache: Path,
        dtype: str = "float32",
        answer_buckets: tuple[int, ...] = ANSWER_BUCKETS,
        progress: Callable[[float], None] = lambda share: None,
    ) -> Gemma:
        """Load a KerasHub preset folder and merge an adapter into it.

        Args:
            preset: Path of a Gemma 2 or Gemma 3 text preset.
            adapter: `Adapter` or None.
            cache: folder that keeps the preset's weights in the engine's form.
            dtype: "float32" on a CPU, "bfloat16" on GPU and TPU.
            answer_buckets: batch sizes that get compiled.
            progress: called with the share done.
        """
        from worker.presets.backbone import load_tokenizer

        tokenizer = load_tokenizer(preset)
        progress(0.3)
        arch, weights = read_preset(preset, cache)
        progress(0.7)
        in_head = writable_tokens(tokenizer)
        params = arrange(arch, weights, in_head, dtype, adapter)
        progress(1.0)
        del weights
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
            written, _ = self._run(
                [prompts[i] for i in rows],
                np.stack([seeds[i] for i in rows]),
                plan,
            )
            for i, candidates in zip(rows, written, strict=False):
                replies[i] = [self.decode(tokens) for tokens in candidates.tolist()]
        return replies

    def agree(self, prompts: Sequence[Tokens]) -> list[float]:
        """Probability that the reply to each prompt is "yes", 0 to 1.

        Raises:
            PromptTooLong: if a prompt has more than the largest bucket's tokens.
        """
        shares = [0.0] * len(prompts)
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        for rows in self._batches(order):
            seeds = np.zeros((len(rows), CANDIDATES), np.uint32)
            written, sure = self._run([prompts[i] for i in rows], seeds, FIRST_TOKEN)
            for i, tokens, share in zip(rows, written, sure, strict=True):
                yes = self.decode(tokens[0].tolist()).strip() == YES
                shares[i] = float(share if yes else 1 - share)
        return shares

    def weigh(self, prompt: Tokens, replies: Sequence[str]) -> list[float]:
        """Log-probability (natural) of each whole reply; those with no room get less.

        Raises:
            PromptTooLong: if the prompt has more than the largest bucket's tokens.
        """
        size = bucket(len(prompt), tuple(WEIGHED_ROWS))
        padded = engine.pad_prompts([prompt], size, self.in_head)
        row, scored = weighing.lay_out(
            prompt,
            [
                [*self.continuation(text), self.tokenizer.end_token_id]
                for text in replies
            ],
            engine.places(self.params["head_ids"], padded),
            WEIGHED_ROWS[size],
        )
        found = self._weigher(size)(self.params, padded, row)
        return weighing.sums(np.asarray(found), scored)

    def _weigher(self, size: int):
        """The compiled `weighing.weigh` of one prompt bucket."""
        if ("weigh", size) not in self.programs:
            prompt = engine.pad_prompts([[0] * size], size, self.in_head)
            row, _ = weighing.lay_out([0], [], {}, WEIGHED_ROWS[size])
            lowered = weighing.weigh.lower(self.arch, self.params, prompt, row)
            self.programs["weigh", size] = lowered.compile()
        return self.programs["weigh", size]

    def _batches(self, order: list[int]) -> list[list[int]]:
        size = max(self.answer_buckets)
        return [order[start : start + size] for start in range(0, len(order), size)]

    def _run(self, prompts, seeds, plan: Plan) -> tuple[np.ndarray, np.ndarray]:
        length = bucket(max(map(len, prompts)), PROMPT_BUCKETS)
        rows = bucket(len(prompts), self.answer_buckets)
        missing = rows - len(prompts)
        padded = [*prompts, *[prompts[0]] * missing]
        seeds = np.concatenate((seeds, np.repeat(seeds[:1], missing, axis=0)))
        written, sure = self._program(length, rows)(
            self.params,
            engine.pad_prompts(padded, length, self.in_head),
            _draw(seeds, plan.sampling),
            np.int32(plan.new_tokens),
        )
        kept = np.asarray(written)[: len(prompts)]
        self.tokens_written += int((kept != self.tokenizer.end_token_id).sum())
        return kept, np.asarray(sure)[: len(prompts)]

    def _program(self, length: int, rows: int):
        """The compiled `engine.generate` of one shape."""
        if (length, rows) not in self.programs:
            prompt = engine.pad_prompts([[0] * length] * rows, length, self.in_head)
            self.programs[length, rows] = engine.generate.lower(
                self.arch,
                self.params,
                prompt,
                _draw(np.zeros((rows, CANDIDATES)), Sampling()),
                np.int32(1),
                new_tokens=NEW_TOKENS,
                stop=self.tokenizer.end_token_id,
                enough=CANDIDATES * 3 // 4,
            ).compile()
        return self.programs[length, rows]

    def warm_up(self, progress: Callable[[float], None] = lambda share: None) -> None:
        """Compile every shape so that no user waits for it; two at a time."""
        shapes = list(product(PROMPT_BUCKETS, self.answer_buckets))
        with ThreadPoolExecutor(COMPILERS) as pool:
            compiled = [pool.submit(self._program, *shape) for shape in shapes]
            compiled += [pool.submit(self._weigher, size) for size in WEIGHED_ROWS]
            for done, one in enumerate(as_completed(compiled), start=1):
                one.result()
                progress(done / len(compiled))
        give_back_memory()


def _draw(seeds, sampling: Sampling) -> dict:
    return {
        "seeds": seeds.astype(np.uint32),
        "temperature": np.float32(sampling.temperature),
        "top_p": np.float32(sampling.top_p),
    }


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
