"""What one step of the model reads, and its arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from worker.asking import CANDIDATES, ROOM
from worker.trees import Node

if TYPE_CHECKING:
    from worker.writer import Talk


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Shapes that get compiled, and how many conversations run at a time.

    `few` groups are read when little waits, `many` otherwise, and of each tree its
    first `short` entries if all have no more.
    """

    width: int = 4  # tokens of a group
    few: int = 2
    many: int = 8
    short: int = 512
    longest: int = ROOM
    rare: int = 512  # tokens outside the head that a step can write
    trees: int = 8

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """Groups and entries of each program."""
        return (
            (self.few, self.short),
            (self.many, self.short),
            self.longest_shape,
        )

    @property
    def longest_shape(self) -> tuple[int, int]:
        """The program that does for every step."""
        return self.many, self.longest

    @property
    def later(self) -> tuple[int, int]:
        """One more program, which nothing needs: half the time for few long trees."""
        return self.few, self.longest

    @property
    def room(self) -> int:
        """Entries of a tree in the pool: a group that is not full writes beyond."""
        return self.longest + self.width


@dataclass(frozen=True)
class Draw:
    """A node whose candidates go on: its row, and the first of their draws."""

    talk: Talk
    node: Node
    row: int
    first: int


@dataclass(eq=False, kw_only=True)
class Step:
    """Groups of nodes that are read together, each of one talk."""

    sizes: Sizes
    shape: tuple[int, int]
    groups: list[tuple[Talk, list[Node]]] = field(default_factory=list)
    draws: int = 0
    rare: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, talks: Sequence[Talk], sizes: Sizes, few_long: bool = False) -> Step:
        """The oldest talk's nodes first, then full groups, then what is left.

        `few_long`: whether few groups may read long trees, see `Sizes.later`.
        """
        waiting = sum(len(talk.tree.waiting) for talk in talks)
        few = waiting <= sizes.few * sizes.width
        step = cls(sizes=sizes, shape=(sizes.few if few else sizes.many, sizes.short))
        order = [(talk, 1) for talk in talks[:1]]
        order += [(talk, least) for least in (sizes.width, 1) for talk in talks]
        for talk, least in order:
            while len(talk.tree.waiting) >= least and step._take(talk):
                pass
        if max(talk.tree.size for talk, _ in step.groups) > sizes.short:
            step.shape = sizes.later if few and few_long else sizes.longest_shape
        return step

    def _take(self, talk: Talk) -> bool:
        """Take a group. False if no other of the same talk may follow."""
        if len(self.groups) == self.shape[0]:
            return False
        group: list[Node] = []
        while talk.tree.waiting and len(group) < self.sizes.width:
            node = talk.tree.waiting[0]
            rare = self.rare | node.asked.rare if node.candidates else self.rare
            draws = self.draws + len(node.candidates)
            if draws > self.shape[0] * CANDIDATES or len(rare) > self.sizes.rare:
                break
            self.rare, self.draws = rare, draws
            group.append(talk.tree.enter())
        if group:
            self.groups.append((talk, group))
        return len(group) == self.sizes.width


def feed_of(step: Step, sizes: Sizes) -> tuple[dict, list[Draw]]:
    """The arrays of `worker.stepping.step`, and what is drawn."""
    groups, entries = step.shape
    feed = _empty(groups, entries, sizes)
    rare = {token: place for place, token in enumerate(sorted(step.rare))}
    feed["rare"][: len(rare)] = list(rare)
    draws: list[Draw] = []
    first = 0
    for place, (talk, nodes) in enumerate(step.groups):
        feed["tree"][place] = talk.slot
        feed["start"][place] = nodes[0].entry
        feed["entry_positions"][place] = talk.tree.positions[:entries]
        for column, node in enumerate(nodes):
            feed["tokens"][place, column] = node.token
            feed["positions"][place, column] = node.position
            feed["seen"][place, column] = talk.tree.seen[node.entry, :entries]
            if node.candidates:
                row = place * sizes.width + column
                draws.append(Draw(talk, node, row, first))
                feed["allowed"][row, [rare[token] for token in node.asked.rare]] = True
                first = _fill_draws(feed, node, row, first)
    feed["drawing"] = np.bool_(bool(draws))
    feed["how_sure"] = np.bool_(any(not d.node.candidates[0].tokens for d in draws))
    return feed, draws


def _empty(groups: int, entries: int, sizes: Sizes) -> dict:
    """Arrays of a step that reads nothing, into a tree that nobody has."""
    tokens = (groups, sizes.width)
    draws = groups * CANDIDATES
    return {
        "tree": np.full(groups, sizes.trees, np.int32),
        "start": np.zeros(groups, np.int32),
        "entry_positions": np.zeros((groups, entries), np.int32),
        "tokens": np.zeros(tokens, np.int32),
        "positions": np.zeros(tokens, np.int32),
        "seen": np.zeros((*tokens, entries), bool),
        "draw_row": np.zeros(draws, np.int32),
        "step": np.zeros(draws, np.int32),
        "seed": np.zeros(draws, np.uint32),
        "temperature": np.ones(draws, np.float32),
        "top_p": np.ones(draws, np.float32),
        "greedy": np.zeros(draws, bool),
        "rare": np.zeros(sizes.rare, np.int32),
        "allowed": np.zeros((groups * sizes.width, sizes.rare), bool),
        "drawing": np.bool_(False),
        "how_sure": np.bool_(False),
    }


def _fill_draws(feed: dict, node: Node, row: int, first: int) -> int:
    """Write a node's draws from `first` on; where the next ones go."""
    sampling = node.asked.ask.plan.sampling
    end = first + len(node.candidates)
    feed["draw_row"][first:end] = row
    feed["step"][first:end] = [len(one.tokens) for one in node.candidates]
    feed["seed"][first:end] = [one.seed for one in node.candidates]
    feed["temperature"][first:end] = sampling.temperature
    feed["top_p"][first:end] = sampling.top_p
    feed["greedy"][first:end] = [one.place == 0 for one in node.candidates]
    return end
