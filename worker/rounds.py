"""Write the replies of many conversations in rounds, on a GPU or TPU.

There a whole reply is one program (`worker.engine.generate`): to ask the host after
every token, as `worker.writer` does, would cost more than the token. Prompts are
grouped by length, padded to the next bucket and run in batches of fixed sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice, product
from typing import Any

import numpy as np

from worker import engine
from worker.asking import (
    CANDIDATES,
    LONGEST_PROMPT,
    NEW_TOKENS,
    ROOM,
    Ask,
    Ends,
    Plan,
    PromptTooLong,
    Written,
    WrittenConversation,
)
from worker.sampling import Sampling

PROMPT_BUCKETS = (64, 128, LONGEST_PROMPT)  # tokens
LONGER_BUCKETS = (*PROMPT_BUCKETS, ROOM)  # compiled when they are first needed
REPLY_BUCKETS = (NEW_TOKENS, 256, ROOM)  # so are replies longer than the first


class Rounds:
    """Runs conversations with one set of weights; see `worker.writer.Writer`."""

    def __init__(self, arch, params, in_head, ends: Ends, sizes: Sequence[int]) -> None:
        """`sizes` are the batch sizes that get compiled, rising."""
        self.arch, self.params, self.in_head, self.ends = arch, params, in_head, ends
        self.sizes = sizes
        self.between_steps: Callable[[], None] = lambda: None
        self._programs: dict[tuple[int, int, int], Any] = {}

    def run(
        self, conversations: Iterable[WrittenConversation], params=None
    ) -> Iterator[tuple[int, Any]]:
        """Results with the place of their conversation, as they come."""
        coming = enumerate(conversations)
        params = self.params if params is None else params
        while part := dict(islice(coming, max(self.sizes))):
            yield from self._run(part, params)

    def _run(
        self, part: dict[int, WrittenConversation], params
    ) -> Iterator[tuple[int, Any]]:
        """Asks with the shortest replies first, so that those after them meet."""
        asked: dict[int, list[Ask]] = {}
        heard: dict[int, list[Written] | None] = dict.fromkeys(part)
        while heard:
            for index, written in heard.items():
                try:
                    asked[index] = part[index].send(written)
                except StopIteration as end:
                    asked.pop(index, None)
                    yield index, end.value
            heard = self._hear(asked, params)

    def _hear(self, asked: dict[int, list[Ask]], params) -> dict[int, list[Written]]:
        """What is written for the conversations that ask for the shortest replies."""
        if not asked:
            return {}
        length = {
            index: max((ask.plan.new_tokens for ask in asks), default=0)
            for index, asks in asked.items()
        }
        chosen = [index for index in asked if length[index] == min(length.values())]
        together = [ask for index in chosen for ask in asked[index]]
        written = iter(self.write(together, params))
        return {index: [next(written) for _ in asked[index]] for index in chosen}

    def write(self, asks: Sequence[Ask], params) -> list[Written]:
        """The replies to each ask, those of one plan and like length together."""
        replies: dict[int, Written] = {}
        by_plan: dict[Plan, list[int]] = {}
        for i in sorted(range(len(asks)), key=lambda i: len(asks[i].prompt)):
            by_plan.setdefault(asks[i].plan, []).append(i)
        size = max(self.sizes)
        for rows in by_plan.values():
            for start in range(0, len(rows), size):
                batch = rows[start : start + size]
                self.between_steps()
                written = self._batch([asks[i] for i in batch], params)
                replies |= zip(batch, written, strict=True)
        return [replies[i] for i in range(len(asks))]

    def _batch(self, asks: Sequence[Ask], params) -> list[Written]:
        """Replies to asks of one plan, at most a batch."""
        rows = bucket(len(asks), self.sizes)
        padded = [*asks, *[asks[0]] * (rows - len(asks))]
        length = bucket(max(len(ask.prompt) for ask in asks), LONGER_BUCKETS)
        reply = bucket(asks[0].plan.new_tokens, REPLY_BUCKETS)
        written, sure = self._program(length, rows, reply)(
            params,
            engine.pad_prompts([ask.prompt for ask in padded], length, self.in_head),
            _draw(np.stack([_filled(ask.seeds) for ask in padded]), asks[0].plan),
            np.int32(asks[0].plan.new_tokens),
        )
        written, sure = np.asarray(written), np.asarray(sure)
        return [
            Written(
                tokens=[self._kept(row) for row in rows[: len(ask.seeds)].tolist()],
                sure=float(share),
            )
            for ask, rows, share in zip(asks, written, sure, strict=False)
        ]

    def _kept(self, tokens: list[int]) -> list[int]:
        stop = self.ends.stop
        return tokens[: tokens.index(stop)] if stop in tokens else tokens

    def _program(self, length: int, rows: int, reply: int = NEW_TOKENS):
        """The compiled `engine.generate` of one shape."""
        if (length, rows, reply) not in self._programs:
            prompt = engine.pad_prompts([[0] * length] * rows, length, self.in_head)
            seeds = np.zeros((rows, CANDIDATES), np.uint32)
            self._programs[length, rows, reply] = engine.generate.lower(
                self.arch,
                self.params,
                prompt,
                _draw(seeds, Plan(new_tokens=1)),
                np.int32(1),
                new_tokens=reply,
                ends=self.ends,
                enough=CANDIDATES * 3 // 4,
            ).compile()
        return self._programs[length, rows, reply]

    def warm_up(self, progress: Callable[[float], None], compilers: int) -> None:
        """Compile every shape so that no user waits for it."""
        shapes = list(product(PROMPT_BUCKETS, self.sizes))
        with ThreadPoolExecutor(compilers) as pool:
            compiled = [pool.submit(self._program, *shape) for shape in shapes]
            for done, one in enumerate(as_completed(compiled), start=1):
                one.result()
                progress(done / len(shapes))

    def warm_up_later(self) -> None:
        """Nothing: long replies are rare enough to compile when they are wanted."""


def _filled(seeds: np.ndarray) -> np.ndarray:
    """As many seeds as rows were compiled for; the replies to the others are lost."""
    return np.resize(seeds, CANDIDATES).astype(np.uint32)


def _draw(seeds: np.ndarray, plan: Plan) -> dict:
    sampling: Sampling = plan.sampling
    return {
        "seeds": seeds,
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
