"""The loaded model of this process: tokenizer, weights, adapter, and who writes.

`worker.weights` brings a KerasHub preset's weights into the form that programs read.
The LoRA adapter is merged into them in float32, so serving costs nothing extra.
Several adapters share everything else: embedding, head, programs, and the writer.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from worker import weighing
from worker.adapter import Adapter
from worker.asking import (
    FIRST_TOKEN,
    Ask,
    Conversation,
    Ends,
    Plan,
    Reply,
    Tokens,
    Written,
    WrittenConversation,
)
from worker.feeding import Sizes
from worker.rounds import Rounds
from worker.vocabulary import writable_tokens
from worker.weights import arrange, arrange_layers, read_preset
from worker.writer import Writer

COMPILERS = 2  # programs compiled at a time
GPU_BATCHES = (1, 8, 32)  # conversations; each size is compiled


@dataclass(frozen=True)
class Stored:
    """Where the weights of a preset can be read once more, and in what they are."""

    preset: Path
    cache: Path
    dtype: str


@dataclass(kw_only=True)
class Gemma:
    """A Gemma ready to write replies.

    `writer` is a `Writer` on a CPU, `Rounds` on other devices; `batch_size` is how
    many conversations it runs at a time.
    """

    tokenizer: object
    writer: Writer | Rounds
    weigher: weighing.Weigher
    batch_size: int
    params: dict | None = None  # None: the writer's own
    stored: Stored | None = None
    tokens_written: int = 0  # by all replies so far, without stop tokens

    @classmethod
    def load(
        cls,
        preset: Path,
        adapter: Adapter | None = None,
        *,
        cache: Path,
        dtype: str = "bfloat16",
        on_cpu: bool = True,
        batch_size: int | None = None,
        progress: Callable[[float], None] = lambda share: None,
    ) -> Gemma:
        """Load a KerasHub preset folder and merge an adapter into it.

        Args:
            preset: Path of a Gemma 2 or Gemma 3 text preset.
            adapter: `Adapter` or None.
            cache: folder that keeps the preset's weights in the form programs read.
            dtype: "bfloat16" or "int8", see `worker.weights.arrange`.
            on_cpu: False on GPU and TPU.
            batch_size: int, conversations at a time; None chooses by device.
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
        ends = Ends.of(tokenizer)
        parts = arch, params, in_head, ends
        if on_cpu:
            sizes = Sizes(trees=batch_size or Sizes.trees)
            writer, largest = Writer(*parts, sizes), sizes.trees
        else:
            buckets = (batch_size,) if batch_size else GPU_BATCHES
            writer, largest = Rounds(*parts, buckets), max(buckets)
        return cls(
            tokenizer=tokenizer,
            writer=writer,
            weigher=weighing.Weigher(arch, params, ends.stop),
            batch_size=largest,
            params=params,
            stored=Stored(preset, cache, dtype),
        )

    def with_adapter(self, adapter: Adapter | None) -> Gemma:
        """The same base with another adapter; only its layers take memory of their own.

        To write with one and then with the other costs nothing.
        """
        if self.stored is None:
            raise ValueError("Only a Gemma that was loaded can take another adapter.")
        arch, weights = read_preset(
            self.stored.preset, self.stored.cache, layers_only=True
        )
        layers = arrange_layers(arch, weights, self.stored.dtype, adapter)
        params = self.writer.params | {"layers": layers}
        del weights
        give_back_memory()
        return Gemma(
            tokenizer=self.tokenizer,
            writer=self.writer,
            weigher=self.weigher.with_params(params),
            batch_size=self.batch_size,
            params=params,
            stored=self.stored,
        )

    def replaced(self, adapter: Adapter) -> Gemma:
        """The same base with another adapter, which takes this one's place.

        This one's layers are let go as soon as nobody writes with it any more.
        """
        other = self.with_adapter(adapter)
        self.writer.params = other.params
        return other

    def encode(self, text: str) -> Tokens:
        """Token ids of a prompt, with the beginning-of-sequence token."""
        ids = [int(token) for token in self.tokenizer(text)]
        return [self.tokenizer.start_token_id, *ids]

    def decode(self, tokens: Sequence[int]) -> str:
        """Text of written tokens."""
        return self.tokenizer.detokenize(list(tokens)) if len(tokens) else ""

    def continuation(self, text: str) -> Tokens:
        """Token ids of text that a reply is made to begin with."""
        return self._continuations([text])[0]

    def _continuations(self, texts: Sequence[str]) -> list[Tokens]:
        """The same of many texts; one call of the tokenizer takes 0.3 ms."""
        found = self.tokenizer([" " + text for text in texts])
        return [[int(token) for token in tokens] for tokens in found]

    def hold(self, conversations: Iterable[Conversation]) -> Iterator[tuple[int, Any]]:
        """Run conversations. Yields each one's place and result, as they come."""
        in_tokens = (self._in_tokens(one) for one in conversations)
        return self.writer.run(in_tokens, self.params)

    def _in_tokens(self, conversation: Conversation) -> WrittenConversation:
        """A conversation that hears tokens instead of texts."""
        replies = None
        while True:
            try:
                written = yield conversation.send(replies)
            except StopIteration as end:
                return end.value
            replies = [self._reply(one) for one in written]

    def _reply(self, written: Written) -> Reply:
        self.tokens_written += sum(map(len, written.tokens))
        texts = [self.decode(tokens) for tokens in written.tokens]
        return Reply(texts=texts, sure=written.sure)

    def reply(
        self, prompts: Sequence[Tokens], seeds: Sequence[np.ndarray], plan: Plan
    ) -> list[list[str]]:
        """Replies to each prompt, one for each of its seeds; the first is greedy.

        Raises:
            PromptTooLong: if a prompt and its replies have no room.
        """
        asks = [
            Ask(prompt=prompt, seeds=own, plan=plan)
            for prompt, own in zip(prompts, seeds, strict=True)
        ]
        return [reply.texts for reply in self._answers(asks)]

    def agree(self, prompts: Sequence[Tokens]) -> list[float]:
        """Probability that the reply to each prompt is "yes", 0 to 1.

        Raises:
            PromptTooLong: if a prompt has no room.
        """
        return [reply.yes for reply in self._answers(map(yes_or_no, prompts))]

    def weigh(self, prompt: Tokens, texts: Sequence[str]) -> list[float]:
        """Log-probability (natural) of each whole reply; those with no room get less.

        Raises:
            PromptTooLong: if the prompt has more than `LONGEST_PROMPT` tokens.
        """
        return self.weigher.weigh(prompt, self._continuations(texts))

    def _answers(self, asks: Iterable[Ask]) -> list[Reply]:
        results = dict(self.hold([_alone(ask) for ask in asks]))
        return [results[i] for i in range(len(results))]

    def warm_up(self, progress: Callable[[float], None] = lambda share: None) -> None:
        """Compile every shape so that no user waits for it; two at a time."""
        with ThreadPoolExecutor(1) as beside:
            weigher = beside.submit(self.weigher.warm_up)
            self.writer.warm_up(progress, COMPILERS)
            weigher.result()
        give_back_memory()

    def warm_up_later(self) -> None:
        """Compile what readiness need not wait for."""
        self.writer.warm_up_later()
        give_back_memory()


def yes_or_no(prompt: Tokens) -> Ask:
    """A question whose `Reply.yes` is of interest."""
    return Ask(prompt=prompt, seeds=np.zeros(1, np.uint32), plan=FIRST_TOKEN)


def _alone(ask: Ask) -> Generator[list[Ask], list[Reply], Reply]:
    (reply,) = yield [ask]
    return reply


def give_back_memory() -> None:
    """Return freed memory to the system; glibc keeps 500 MB of loading otherwise."""
    gc.collect()
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)
