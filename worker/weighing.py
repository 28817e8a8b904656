"""How likely each of many short replies to one prompt is, in one pass.

Prompt and replies lie in one row. A reply sees the prompt and itself, and counts its
positions from the prompt's end, as if it stood there alone (tree attention: Miao et
al., SpecInfer, 2024).

Shapes in this module: `P` prompt length (a bucket), `R` length of the row, which is
also the most tokens that get scored, `D` hidden size, `S` tokens of the output head.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from worker import engine
from worker.asking import LONGEST_PROMPT
from worker.layers import attention_weights, block, embed, project
from worker.rounds import bucket

ROWS = {128: 320, LONGEST_PROMPT: 576}  # prompt bucket -> row with replies to weigh
SCORED_AT_ONCE = 64  # positions: 9 MB of scores
PROMPT = 0  # what `part` holds for tokens of the prompt
UNLIKELY = -100.0  # log-probability of what the head cannot write

Tokens = Sequence[int]


class Weigher:
    """Weighs replies with one set of weights; its two programs are compiled once."""

    def __init__(self, arch, params, in_head: np.ndarray, stop: int) -> None:
        """As `worker.writer.Writer`."""
        self.arch, self.params, self.in_head, self.stop = arch, params, in_head, stop
        self._programs: dict = {}

    def weigh(self, prompt: Tokens, replies: Sequence[Tokens]) -> list[float]:
        """Log-probability (natural) of each reply with its stop token.

        A reply for which there is no room in the row, or that holds tokens which
        neither the head nor the prompt has, gets `UNLIKELY`.

        Raises:
            PromptTooLong: if the prompt has more than `LONGEST_PROMPT` tokens.
        """
        size = bucket(len(prompt), tuple(ROWS))
        padded = engine.pad_prompts([prompt], size, self.in_head)
        ended = [[*reply, self.stop] for reply in replies]
        places = engine.places(self.params["head_ids"], padded)
        row, scored = lay_out(prompt, ended, places, ROWS[size])
        return sums(np.asarray(self._program(size)(self.params, padded, row)), scored)

    def _program(self, size: int):
        """The compiled `weigh` of one prompt bucket."""
        if size not in self._programs:
            prompt = engine.pad_prompts([[0] * size], size, self.in_head)
            row, _ = lay_out([0], [], {}, ROWS[size])
            lowered = weigh.lower(self.arch, self.params, prompt, row)
            self._programs[size] = lowered.compile()
        return self._programs[size]

    def warm_up(self) -> None:
        """Compile both programs so that no user waits for them."""
        for size in ROWS:
            self._program(size)


@functools.partial(jax.jit, static_argnames="arch")
def weigh(arch, params, prompt, row):
    """Log-probability of every token of the replies, float32 `(R,)`.

    Args:
        arch: `Architecture`.
        params: weights as `worker.weights.arrange` leaves them.
        prompt: dict of `engine.pad_prompts` for one prompt, `(1, P)`.
        row: dict of `lay_out`.
    """
    position, part = row["position"], row["part"]
    seen = (part[None] == part[:, None]) | (part[None] == PROMPT)
    distance = position[:, None] - position[None]
    x = embed(params, row["tokens"])[None]
    for index, layer in enumerate(params["layers"]):
        window = arch.windows[index] or len(part) + prompt["tokens"].shape[1]
        mask = seen & (distance >= 0) & (distance < window)

        def attend(y, layer=layer, index=index, mask=mask):
            q, k, v = project(arch, layer, index, y, position[None])
            scores = jnp.einsum("aqkgh,apkh->akgqp", q, k)
            weights = attention_weights(arch, scores, mask[None, None, None])
            return jnp.einsum("akgqp,apkh->aqkgh", weights, v)

        x = block(arch, layer, x, attend)

    def score(places):
        before, following = places
        scores = engine._scores(arch, params, prompt, x[:, before])[0]
        chosen = jnp.take_along_axis(scores, following[:, None], axis=-1)[:, 0]
        return chosen - jax.nn.logsumexp(scores, axis=-1)

    places = (row["before"], row["following"])
    blocks = [place.reshape(-1, SCORED_AT_ONCE) for place in places]
    return jax.lax.map(score, tuple(blocks)).reshape(-1)


def lay_out(
    prompt: Tokens, replies: Sequence[Tokens], places: dict[int, int], length: int
) -> tuple[dict[str, np.ndarray], list[int]]:
    """The row of a prompt and as many of its replies as have room.

    Args:
        prompt: token ids.
        replies: token ids of each, with the stop token.
        places: where the head's scores hold a token; a reply with another is left out.
        length: int, `R`, a multiple of `SCORED_AT_ONCE`.

    Returns:
        A dict of int32 `(R,)` each: `tokens`, `position` of each token in its text,
        `part` (0 for the prompt, n for the n-th reply, -1 for padding), and for each
        token to score the place `before` it and its own place `following` in the
        head's scores. Then for each reply how many tokens of it are scored.

    Example, prompt [2, 5], replies [[6, 1], [7, 1]] and places equal to the ids:

        tokens     [2, 5, 6, 7, 0, ...]
        position   [0, 1, 2, 2, 0, ...]
        part       [0, 0, 1, 2, -1, ...]
        before     [1, 2, 1, 3, 0, ...]
        following  [6, 1, 7, 1, 0, ...]
    """
    names = ("tokens", "position", "part", "before", "following")
    row = {name: [] for name in names}
    row["tokens"], row["position"] = list(prompt), list(range(len(prompt)))
    row["part"] = [PROMPT] * len(prompt)
    scored = []
    for number, reply in enumerate(replies, start=1):
        begin, read = len(row["tokens"]), reply[:-1]
        fits = max(begin + len(read), len(row["before"]) + len(reply)) <= length
        if not fits or any(token not in places for token in reply):
            scored.append(0)
            continue
        row["tokens"] += read
        row["position"] += range(len(prompt), len(prompt) + len(read))
        row["part"] += [number] * len(read)
        row["before"] += [len(prompt) - 1, *range(begin, begin + len(read))]
        row["following"] += [places[token] for token in reply]
        scored.append(len(reply))
    padding = {"part": -1}
    return {
        name: _padded(values, length, padding.get(name, 0))
        for name, values in row.items()
    }, scored


def _padded(values: Sequence[int], length: int, padding: int) -> np.ndarray:
    array = np.full(length, padding, np.int32)
    array[: len(values)] = values
    return array


def sums(log_probabilities: np.ndarray, scored: Sequence[int]) -> list[float]:
    """One number a reply: the log-probability of it all, `UNLIKELY` if left out."""
    ends = np.cumsum(scored)
    return [
        float(log_probabilities[end - count : end].sum()) if count else UNLIKELY
        for end, count in zip(ends, scored, strict=True)
    ]
