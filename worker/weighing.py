"""How likely each of many short replies to one prompt is, in one pass.

Prompt and replies lie in one row, as a tree: what several replies begin with is there
once. A token sees what leads to it and counts its position so, as if its reply stood
there alone (tree attention: Miao et al., SpecInfer, 2024).

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
        row, scored = lay_out(prompt, ended, self._head, lengths_for(prompt))
        program = self._program(len(row["tokens"]))
        return sums(np.asarray(program(self.params, row)), scored)

    def _program(self, length: int):
        """The compiled `weigh` of one length."""
        if length not in self._programs:
            row, _ = lay_out([0], [], self._head, (length,))
            self._programs[length] = weigh.lower(self.arch, self.params, row).compile()
        return self._programs[length]

    def warm_up(self) -> None:
        """Compile all programs so that no user waits for them."""
        for length in LENGTHS:
            self._program(length)


def lengths_for(prompt: Tokens) -> tuple[int, ...]:
    """The rows that are there for a prompt, rising.

    Raises:
        PromptTooLong: if the prompt has more than `LONGEST_PROMPT` tokens.
    """
    longest = ENOUGH[bucket(len(prompt), tuple(ENOUGH))]
    return tuple(length for length in LENGTHS if length <= longest)


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
    position = row["position"]
    distance = position[:, None] - position[None]
    turn = turns(arch, position[None])
    x = embed(params, row["tokens"])[None]
    for index, layer in enumerate(params["layers"]):
        mask = row["seen"]
        if arch.windows[index]:
            mask = mask & (distance < arch.windows[index])

        def attend(y, layer=layer, index=index, mask=mask):
            q, k, v = project(arch, layer, y, turn[index])
            scores = jnp.einsum("aqkgh,apkh->akgqp", q, k)
            weights = attention_weights(arch, scores, mask[None, None, None])
            return jnp.einsum("akgqp,apkh->aqkgh", weights, v)

        x = block(arch, layer, x, attend)
    return x[0]


class _Tree:
    """Tokens behind those that lead to them, and which of them get scored.

    Attributes:
        tokens, position, parent: of each token that is read; -1 has no parent.
        scored: the place among the scored of a token behind the one in some place.
    """

    def __init__(self, prompt: Tokens, room: int) -> None:
        self.tokens, self.room = list(prompt), room
        self.position = list(range(len(prompt)))
        self.parent = [place - 1 for place in self.position]
        self.scored: dict[tuple[int, int], int] = {}
        self._places: dict[tuple[int, int], int] = {}
        self._end = len(prompt) - 1

    def add(self, reply: Tokens) -> list[int]:
        """Where the tokens of a reply are scored; nowhere if there is no room."""
        new = len(reply) - self._known(reply)
        if max(len(self.tokens), len(self.scored)) + new > self.room:
            return []
        place, found = self._end, []
        for token in reply[:-1]:
            found.append(self._score(place, token))
            place = self._follow(place, token)
        return [*found, self._score(place, reply[-1])]

    def _known(self, reply: Tokens) -> int:
        """How many tokens of its beginning are there."""
        place = self._end
        for count, token in enumerate(reply):
            if (place, token) not in self._places:
                return count
            place = self._places[place, token]
        return len(reply)

    def _score(self, place: int, token: int) -> int:
        return self.scored.setdefault((place, token), len(self.scored))

    def _follow(self, place: int, token: int) -> int:
        if (place, token) not in self._places:
            self._places[place, token] = len(self.tokens)
            self.tokens.append(token)
            self.position.append(self.position[place] + 1)
            self.parent.append(place)
        return self._places[place, token]

    def seen(self, length: int) -> np.ndarray:
        """Bool `(length, length)`, the tokens that lead to each one and itself."""
        seen = np.zeros((length, length), bool)
        for place, parent in enumerate(self.parent):
            if parent >= 0:
                seen[place] = seen[parent]
            seen[place, place] = True
        return seen


def lay_out(
    prompt: Tokens,
    replies: Sequence[Tokens],
    head: dict[int, int],
    lengths: Sequence[int],
) -> tuple[dict[str, np.ndarray], list[list[int]]]:
    """The row of a prompt and as many of its replies as have room.

    Args:
        prompt: token ids.
        replies: token ids of each, with the stop token.
        head: the place of each token that the head scores.
        lengths: of rows, rising multiples of `SCORED_AT_ONCE`; `R` is the first that
            holds all, or the last.

    Returns:
        A dict of int32 arrays `(R,)`: `tokens`, `position` of each token in its text,
        and for each token to score the place `before` it and its own place
        `following` in the scores; bool `(R, R)` `seen`, what leads to each token;
        `(X,)` `rare`, and bool `in_use`. Then for each reply the places where its
        tokens are scored, none if it had no room.

    Example, prompt [2, 5], replies [[6, 1], [6, 7, 1]], a head of all tokens below 7:

        tokens     [2, 5, 6, 7, 0, ...]
        position   [0, 1, 2, 3, 0, ...]
        before     [1, 2, 2, 3, 0, ...]
        following  [6, 1, 7, 1, 0, ...]
        rare       [7, 0, ...]

    and the replies are scored in [0, 1] and [0, 2, 3].
    """
    every = dict.fromkeys(token for text in (prompt, *replies) for token in text)
    rare = [token for token in every if token not in head][:RARE]
    places = {token: len(head) + n for n, token in enumerate(rare)}
    places |= {token: head[token] for token in every if token in head}
    tree = _Tree(prompt, lengths[-1])
    scored = [
        tree.add(reply) if all(token in places for token in reply) else []
        for reply in replies
    ]
    needed = max(len(tree.tokens), len(tree.scored))
    length = next(length for length in lengths if length >= needed)
    row = {
        "tokens": _padded(tree.tokens, length),
        "position": _padded(tree.position, length),
        "seen": tree.seen(length),
        "before": _padded([place for place, _ in tree.scored], length),
        "following": _padded([places[token] for _, token in tree.scored], length),
        "rare": _padded(rare, RARE),
        "in_use": np.arange(RARE) < len(rare),
    }
    return row, scored


def _padded(values: Sequence[int], length: int) -> np.ndarray:
    array = np.zeros(length, np.int32)
    array[: len(values)] = values
    return array


def sums(log_probabilities: np.ndarray, scored: Sequence[list[int]]) -> list[float]:
    """One number a reply: the log-probability of it all, `UNLIKELY` if left out."""
    return [
        float(log_probabilities[places].sum()) if places else UNLIKELY
        for places in scored
    ]
