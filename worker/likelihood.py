"""How likely a model finds given continuations, in plain JAX.

Shapes in this module: `A` rows, `P` tokens of a row (a bucket), `D` hidden size,
`N` positions scored at a time, `V` vocabulary. The scores of the full vocabulary exist
for `N` positions only: for a whole batch they would take gigabytes.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from worker import engine
from worker.layers import Architecture, matmul, rms_norm, soft_cap
from worker.weights import Weights, arrange

LENGTHS = (8, 16, 24, 32, 48, 64, 128, 256)  # tokens of a row; never cut to fit
ROWS = 16  # a batch
BATCHES = 32  # whose positions are scored together, so that few are padding
POSITIONS = 128  # scored at a time: 134 MB of scores for 262,144 tokens

Tokens = Sequence[int]
Pair = tuple[tuple[int, ...], tuple[int, ...]]


class Likelihood:
    """Scores continuations with the full vocabulary, in float32."""

    def __init__(self, arch: Architecture, weights: Weights) -> None:
        """Put weights on the device.

        Args:
            arch: `Architecture`.
            weights: arrays of `worker.weights.read_preset`.
        """
        everything = np.ones(len(weights["embedding"]), bool)
        self.arch = arch
        self.params = arrange(arch, weights, everything, "float32")

    def score(
        self,
        pairs: Sequence[tuple[Tokens, Tokens]],
        progress: Callable[[int], None] = lambda done: None,
    ) -> list[np.ndarray]:
        """Log-probability of every token of the continuations.

        Args:
            pairs: a prompt and its continuation as token ids, each not empty.
            progress: called with the number of different pairs done since last time.

        Returns:
            For each pair float32 `(tokens of the continuation,)`, natural logarithms.

        Raises:
            ValueError: if a part is empty or both have more tokens than fit.
        """
        wanted = [(tuple(prompt), tuple(said)) for prompt, said in pairs]
        _check(wanted)
        scores: dict[Pair, np.ndarray] = {}
        different = sorted({*wanted}, key=lambda pair: (_size(pair), pair))
        for part in _parts(different, ROWS * BATCHES):
            scores |= zip(part, self._score(part, progress), strict=True)
        return [scores[pair] for pair in wanted]

    def _score(self, pairs: Sequence[Pair], progress) -> list[np.ndarray]:
        hidden = []
        for batch in _parts(pairs, ROWS):
            tokens, lengths, rows, places = arrange_rows(batch)
            states = _hidden_states(self.arch, self.params, tokens, lengths)
            hidden.append(np.asarray(states)[rows, places])
            progress(len(batch))
        following = np.concatenate([said for _, said in pairs]).astype(np.int32)
        before = _parts(np.concatenate(hidden), POSITIONS)
        scored = [
            _log_probabilities(self.arch, self.params, _padded(x), _padded(y))[: len(y)]
            for x, y in zip(before, _parts(following, POSITIONS), strict=True)
        ]
        ends = np.cumsum([len(said) for _, said in pairs])
        return np.split(np.concatenate(scored), ends[:-1])


def _size(pair: Pair) -> int:
    """Tokens the model reads: nothing follows the last one."""
    return len(pair[0]) + len(pair[1]) - 1


def _check(pairs: Sequence[Pair]) -> None:
    for prompt, said in pairs:
        if not prompt or not said or _size((prompt, said)) > LENGTHS[-1]:
            raise ValueError(
                "Prompt and continuation must each have a token and together at most "
                f"{LENGTHS[-1] + 1}. Received: {len(prompt)} and {len(said)}."
            )


def _parts(sequence: Sequence, size: int) -> Iterator[Sequence]:
    for start in range(0, len(sequence), size):
        yield sequence[start : start + size]


def arrange_rows(batch: Sequence[Pair]) -> tuple[np.ndarray, ...]:
    """Fixed-shape arrays of at most `ROWS` pairs, and what comes before each token.

    Returns:
        tokens int32 `(ROWS, P)` and lengths int32 `(ROWS,)`, then for each token of
        the continuations its row and the place before it, int32 `(n,)` each.

    Example, the pairs ((2, 5), (6, 7)) and ((2,), (8,)):

        tokens   [[2, 5, 6, 0, ...], [2, 0, 0, 0, ...], ...]
        lengths  [3, 1, 1, ...]
        rows     [0, 0, 1]
        places   [1, 2, 0]
    """
    longest = max(map(_size, batch))
    length = next(length for length in LENGTHS if length >= longest)
    tokens = np.zeros((ROWS, length), np.int32)
    lengths = np.ones(ROWS, np.int32)
    before: list[tuple[int, int]] = []
    for row, (prompt, said) in enumerate(batch):
        read = [*prompt, *said[:-1]]
        tokens[row, : len(read)] = read
        lengths[row] = len(read)
        before += [(row, len(prompt) - 1 + n) for n in range(len(said))]
    return tokens, lengths, *np.array(before, np.int32).T


def _padded(array: np.ndarray) -> np.ndarray:
    """Zeros behind the first axis up to `POSITIONS`."""
    missing = POSITIONS - len(array)
    return np.pad(array, [(0, missing)] + [(0, 0)] * (array.ndim - 1))


@functools.partial(jax.jit, static_argnums=0)
def _hidden_states(arch, params, tokens, lengths):
    return engine.read(arch, params, tokens, lengths)[0]


@functools.partial(jax.jit, static_argnums=0)
def _log_probabilities(arch, params, hidden, following):
    """Log-probability `(N,)` of token `following[i]` after `hidden[i]`, `(N, D)`."""
    x = rms_norm(hidden, params["final_norm"], arch.epsilon)
    scores = matmul(x, params["head"], axis=1)
    scores = soft_cap(scores, arch.final_soft_cap)
    chosen = jnp.take_along_axis(scores, following[:, None], axis=-1)[:, 0]
    return chosen - jax.nn.logsumexp(scores, axis=-1)
