"""Several short rows in one sequence, so that fewer positions are padding.

Rows of one micro-batch stay together: what is learned in a step is the same as without
packing, and so is the loss curve. `padding_mask` holds the number of a position's text
in its sequence, from 1, and 0 for padding; a position only sees its own text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from keras import ops


def keep_texts_apart(backbone) -> None:
    """Let positions see earlier ones of the same text only.

    KerasHub's mask knows one text a row. A rotary position embedding sees distances
    only, so a text may stand anywhere in its sequence.
    """
    for block in backbone.transformer_layers:
        block._compute_attention_mask = _own_text


def _own_text(x, texts, *_):
    """Mask `(B, L, L)` from the text numbers `(B, L)`."""
    texts = ops.cast(texts, "int32")
    same = ops.equal(texts[:, :, None], texts[:, None, :])
    place = ops.arange(ops.shape(x)[1])
    return ops.logical_and(same, place[:, None] >= place[None, :])


def first_fit(sizes: Sequence[int], room: int) -> list[list[int]]:
    """Rows in sequences of `room` positions, the longest first; those of 0 nowhere.

    Example, sizes [3, 5, 4, 2] and room 7: [[1, 3], [2, 0]].
    """
    sequences: list[list[int]] = []
    free: list[int] = []
    for row in sorted(np.flatnonzero(sizes).tolist(), key=lambda row: -sizes[row]):
        place = next((i for i, f in enumerate(free) if f >= sizes[row]), len(free))
        if place == len(free):
            sequences.append([])
            free.append(room)
        sequences[place].append(row)
        free[place] -= sizes[row]
    return sequences


@dataclass(frozen=True, kw_only=True)
class Room:
    """The shape of packed micro-batches.

    `sequences` of `length` positions, with up to `replies` to learn in each.
    """

    length: int
    sequences: int
    replies: int

    @classmethod
    def for_all(
        cls,
        micro_batches: Iterable[tuple[list[int], list[int]]],
        length: int,
        parts: int,
    ) -> Room:
        """The least room for every micro-batch.

        Args:
            micro_batches: for each, the positions that its rows use, and how many of
                these are learned.
            length: int, positions of a sequence.
            parts: int, devices that get as many sequences each.
        """
        sequences = replies = 1
        for sizes, learned in micro_batches:
            fitted = first_fit(sizes, length)
            sequences = max(sequences, len(fitted))
            replies = max(replies, *(sum(learned[i] for i in own) for own in fitted))
        return cls(
            length=length,
            sequences=-(-sequences // parts) * parts,
            replies=-(-replies // 16) * 16,
        )


def pack(batch: dict[str, np.ndarray], room: Room) -> dict[str, np.ndarray]:
    """A micro-batch `(B, ...)` of `worker.training.data.encode_example`s, packed.

    Example, room for one sequence of 8: rows [2, 11, 20] and [2, 12] become
    `token_ids` [2, 11, 20, 2, 12, 0, 0, 0], `padding_mask` [1, 1, 1, 2, 2, 0, 0, 0].
    """
    places, learned = (room.sequences, room.length), (room.sequences, room.replies)
    packed = {
        "token_ids": np.zeros(places, np.int32),
        "padding_mask": np.zeros(places, np.int32),
        "at": np.zeros(learned, np.int32),
        "targets": np.zeros(learned, np.int32),
        "weights": np.zeros(learned, np.float32),
    }
    for place, rows in enumerate(first_fit(used(batch), room.length)):
        start = learnt = 0
        for number, row in enumerate(rows, start=1):
            size = int(batch["padding_mask"][row].sum())
            reply = int((batch["targets"][row] != 0).sum())
            own = slice(start, start + size)
            packed["token_ids"][place, own] = batch["token_ids"][row, :size]
            packed["padding_mask"][place, own] = number
            own = slice(learnt, learnt + reply)
            packed["at"][place, own] = batch["at"][row, :reply] + start
            for name in ("targets", "weights"):
                packed[name][place, own] = batch[name][row, :reply]
            start, learnt = start + size, learnt + reply
    return packed


def used(batch: dict[str, np.ndarray]) -> list[int]:
    """Positions that each row of a batch uses; 0 for a row without weight."""
    learned = batch["weights"].any(axis=1)
    return (batch["padding_mask"].sum(axis=1) * learned).tolist()
