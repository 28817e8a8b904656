"""How likely each of many short replies to one prompt is, in one pass.

Prompt and replies lie in one row. A reply sees the prompt and itself, and counts its
positions from the prompt's end, as if it stood there alone (tree attention: Miao et
al., SpecInfer, 2024).

Shapes in this module: `R` length of the row, which is also the most tokens that get
scored, `D` hidden size, `S` tokens of the output head, `X` rare tokens: those of prompt
and replies that the head has not.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from worker.asking import LONGEST_PROMPT
from worker.layers import (
    HIDDEN,
    attention_weights,
    block,
    embed,
    matmul,
    project,
    rms_norm,
    soft_cap,
    turns,
)
from worker.rounds import bucket

LENGTHS = (128, 192, 320, 576)  # of rows; each is compiled
ENOUGH = {128: 320, LONGEST_PROMPT: 576}  # prompt length, at most -> longest row
SCORED_AT_ONCE = 64  # positions: 9 MB of scores
RARE = 512
PROMPT, PADDING = 0, -1  # what `part` holds for tokens of the prompt, and for none
UNLIKELY = -1e3  # log-probability of a reply for which there is no room

Tokens = Sequence[int]


class Weigher:
    """Weighs replies with one set of weights; its programs are compiled once."""

    def __init__(self, arch, params, stop: int) -> None:
        """Take weights as `worker.weights.arrange` gives them.

        Args:
            arch: `Architecture`.
            params: dict.
            stop: int, the token that ends a reply.
        """
        self.arch, self.params, self.stop = arch, params, stop
        head = np.asarray(params["head_ids"]).tolist()
        self._head = {token: place for place, token in enumerate(head)}
        self._programs: dict = {}

    def with_params(self, params) -> Weigher:
        """One with other weights of the same shapes; nothing is compiled again."""
        other = Weigher(self.arch, params, self.stop)
        other._programs = self._programs
        return other

    def weigh(self, prompt: Tokens, replies: Sequence[Tokens]) -> list[float]:
        """Log-probability (natural) of each reply with its stop token.

        A reply for which there is no room in the row gets `UNLIKELY`.

        Raises:
            PromptTooLong: if the prompt has more than `LONGEST_PROMPT` tokens.
        """
        ended = [[*reply, self.stop] for reply in replies]
        length = row_length(prompt, ended)
        row, scored = lay_out(prompt, ended, self._head, length)
        return sums(np.asarray(self._program(length)(self.params, row)), scored)

    def _program(self, length: int):
        """The compiled `weigh` of one length."""
        if length not in self._programs:
            row, _ = lay_out([0], [], self._head, length)
            self._programs[length] = weigh.lower(self.arch, self.params, row).compile()
        return self._programs[length]

    def warm_up(self) -> None:
        """Compile all programs so that no user waits for them."""
        for length in LENGTHS:
            self._program(length)


def row_length(prompt: Tokens, replies: Sequence[Tokens]) -> int:
    """The shortest row in which all replies have room, or the longest one.

    Raises:
        PromptTooLong: if the prompt has more than `LONGEST_PROMPT` tokens.
    """
    longest = ENOUGH[bucket(len(prompt), tuple(ENOUGH))]
    scored = sum(map(len, replies))
    needed = max(scored, len(prompt) + scored - len(replies))
    return min([longest, *(length for length in LENGTHS if length >= needed)])


@functools.partial(jax.jit, static_argnames="arch")
def weigh(arch, params, row):
    """Log-probability of every token of the replies, float32 `(R,)`.

    Args:
        arch: `Architecture`.
        params: weights as `worker.weights.arrange` gives them.
        row: dict of `lay_out`.
    """
    hidden = _hidden_states(arch, params, row)
    rare = params["embedding"][row["rare"]].astype(params["head"].dtype)

    def score(places):
        before, following = places
        x = rms_norm(hidden[before], params["final_norm"], arch.epsilon)
        others = soft_cap(matmul(x, rare, axis=1), arch.final_soft_cap)
        others = jnp.where(row["in_use"], others, HIDDEN)
        head = soft_cap(matmul(x, params["head"], axis=1), arch.final_soft_cap)
        scores = jnp.concatenate((head, others), axis=-1)
        chosen = jnp.take_along_axis(scores, following[:, None], axis=-1)[:, 0]
        return chosen - jax.nn.logsumexp(scores, axis=-1)

    places = (row["before"], row["following"])
    blocks = [place.reshape(-1, SCORED_AT_ONCE) for place in places]
    return jax.lax.map(score, tuple(blocks)).reshape(-1)


def _hidden_states(arch, params, row):
    """`(R, D)` after every token of the row, before the last norm."""
    position, part = row["position"], row["part"]
    seen = (part[None] == part[:, None]) | (part[None] == PROMPT)
    distance = position[:, None] - position[None]
    turn = turns(arch, position[None])
    x = embed(params, row["tokens"])[None]
    for index, layer in enumerate(params["layers"]):
        mask = seen & (distance >= 0)
        if arch.windows[index]:
            mask &= distance < arch.windows[index]

        def attend(y, layer=layer, index=index, mask=mask):
            q, k, v = project(arch, layer, y, turn[index])
            scores = jnp.einsum("aqkgh,apkh->akgqp", q, k)
            weights = attention_weights(arch, scores, mask[None, None, None])
            return jnp.einsum("akgqp,apkh->aqkgh", weights, v)

        x = block(arch, layer, x, attend)
    return x[0]


def lay_out(
    prompt: Tokens, replies: Sequence[Tokens], head: dict[int, int], length: int
) -> tuple[dict[str, np.ndarray], list[int]]:
    """The row of a prompt and as many of its replies as have room.

    Args:
        prompt: token ids.
        replies: token ids of each, with the stop token.
        head: the place of each token that the head scores.
        length: int, `R`, a multiple of `SCORED_AT_ONCE`.

    Returns:
        A dict of int32 arrays. `(R,)`: `tokens`, `position` of each token in its text,
        `part` (0 for the prompt, n for the n-th reply, -1 for padding), and for each
        token to score the place `before` it and its own place `following` in the
        scores. `(X,)`: `rare`, and bool `in_use`. Then for each reply how many tokens
        of it are scored.

    Example, prompt [2, 5], replies [[6, 1], [7, 1]], a head of all tokens below 7:

        tokens     [2, 5, 6, 7, 0, ...]
        position   [0, 1, 2, 2, 0, ...]
        part       [0, 0, 1, 2, -1, ...]
        before     [1, 2, 1, 3, 0, ...]
        following  [6, 1, 7, 1, 0, ...]
        rare       [7, 0, ...]
    """
    tokens, position = list(prompt), list(range(len(prompt)))
    part, before, following = [PROMPT] * len(prompt), [], []
    every = dict.fromkeys(token for text in (prompt, *replies) for token in text)
    rare = [token for token in every if token not in head][:RARE]
    places = head | {token: len(head) + n for n, token in enumerate(rare)}
    scored = []
    for number, reply in enumerate(replies, start=1):
        begin, read = len(tokens), reply[:-1]
        fits = max(begin + len(read), len(before) + len(reply)) <= length
        if not fits or any(token not in places for token in reply):
            scored.append(0)
            continue
        tokens += read
        position += range(len(prompt), len(prompt) + len(read))
        part += [number] * len(read)
        before += [len(prompt) - 1, *range(begin, begin + len(read))]
        following += [places[token] for token in reply]
        scored.append(len(reply))
    row = {
        "tokens": _padded(tokens, length),
        "position": _padded(position, length),
        "part": _padded(part, length, PADDING),
        "before": _padded(before, length),
        "following": _padded(following, length),
        "rare": _padded(rare, RARE),
        "in_use": np.arange(RARE) < len(rare),
    }
    return row, scored


def _padded(values: Sequence[int], length: int, padding: int = 0) -> np.ndarray:
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
