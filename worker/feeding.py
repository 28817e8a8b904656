"""What one step of the model reads, and its arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from worker.asking import CANDIDATES, ROOM
from worker.trees import Node

if TYPE_CHECKING:
    from worker.writer import Talk


class Groups(NamedTuple):
    """How many groups a step reads, and how many tokens of one tree each."""

    count: int
    width: int

    def hold(self, waiting: Iterable[int]) -> bool:
        """Whether all that waits is read in one step, so many tokens in each tree."""
        return sum(-(-tokens // self.width) for tokens in waiting) <= self.count


FEW, MANY = Groups(2, 4), Groups(8, 4)


class Shape(NamedTuple):
    """What is compiled: groups, and the first `entries` of their trees."""

    groups: Groups
    entries: int


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Shapes that get compiled, and how many conversations run at a time.

    `few` groups are read where they hold all that waits, `many` otherwise, and of each
    tree its first `short` entries if all have no more.
    """

    few: Groups = FEW
    many: Groups = MANY
    short: int = 512
    longest: int = ROOM
    rare: int = 512  # tokens outside the head that a step can write
    trees: int = 8

    def __post_init__(self) -> None:
        if self.few.width > self.many.width:
            raise ValueError(
                "few groups may be as wide as many ones, since many can take their "
                f"place. Received: {self.few.width} and {self.many.width}."
            )

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Each program's."""
        return (
            Shape(self.few, self.short),
            Shape(self.many, self.short),
            self.longest_shape,
        )

    @property
    def longest_shape(self) -> Shape:
        """The program that does for every step."""
        return Shape(self.many, self.longest)

    @property
    def later(self) -> Shape:
        """One more program, which nothing needs: half the time for few long trees."""
        return Shape(self.few, self.longest)

    @property
    def room(self) -> int:
        """Entries of a tree in the pool: a group that is not full writes beyond."""
        return self.longest + max(self.few.width, self.many.width)


@dataclass(frozen=True)
class Draw:
    """A node whose candidates go on: its row of scores, and its first draw."""

    talk: Talk
    node: Node
    row: int
    first: int


@dataclass(eq=False, kw_only=True)
class Step:
    """Groups of nodes that are read together, each of one talk."""

    sizes: Sizes
    shape: Shape
    groups: list[tuple[Talk, list[Node]]] = field(default_factory=list)
    draws: int = 0
    rare: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, talks: Sequence[Talk], sizes: Sizes, few_long: bool = False) -> Step:
        """The oldest talk's nodes first, then full groups, then what is left.

        `few_long`: whether few groups may read long trees, see `Sizes.later`.
        """
        few = sizes.few.hold(len(talk.tree.waiting) for talk in talks)
        groups = sizes.few if few else sizes.many
        step = cls(sizes=sizes, shape=Shape(groups, sizes.short))
        order = [(talk, 1) for talk in talks[:1]]
        order += [(talk, least) for least in (groups.width, 1) for talk in talks]
        for talk, least in order:
            while len(talk.tree.waiting) >= least and step._take(talk):
                pass
        if max(talk.tree.size for talk, _ in step.groups) > sizes.short:
            step.shape = sizes.later if few and few_long else sizes.longest_shape
        return step

    def _take(self, talk: Talk) -> bool:
        """Take a group. False if no other of the same talk may follow."""
        room = self.shape.groups
        if len(self.groups) == room.count:
            return False
        group: list[Node] = []
        while talk.tree.waiting and len(group) < room.width:
            node = talk.tree.waiting[0]
            rare = self.rare | node.asked.rare if node.candidates else self.rare
            draws = self.draws + len(node.candidates)
            if draws > room.count * CANDIDATES or len(rare) > self.sizes.rare:
                break
            self.rare, self.draws = rare, draws
            group.append(talk.tree.enter())
        if group:
            self.groups.append((talk, group))
        return len(group) == room.width


def feed_of(step: Step, sizes: Sizes) -> tuple[dict, list[Draw]]:
    """The arrays of `worker.stepping.step`, and what is drawn."""
    (_, width), entries = step.shape
    feed = _empty(step.shape, sizes)
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
                row = len(draws)
                draws.append(Draw(talk, node, row, first))
                feed["rows"][row] = place * width + column
                feed["allowed"][row, [rare[token] for token in node.asked.rare]] = True
                first = _fill_draws(feed, node, row, first)
    feed["drawing"] = np.int32(len(draws))
    feed["how_sure"] = np.bool_(any(not d.node.candidates[0].tokens for d in draws))
    return feed, draws


def _empty(shape: Shape, sizes: Sizes) -> dict:
    """Arrays of a step that reads nothing, into a tree that nobody has."""
    (groups, width), entries = shape
    draws = groups * CANDIDATES
    return {
        "tree": np.full(groups, sizes.trees, np.int32),
        "start": np.zeros(groups, np.int32),
        "entry_positions": np.zeros((groups, entries), np.int32),
        "tokens": np.zeros((groups, width), np.int32),
        "positions": np.zeros((groups, width), np.int32),
        "seen": np.zeros((groups, width, entries), bool),
        "rows": np.zeros(groups * width, np.int32),
        "draw_row": np.zeros(draws, np.int32),
        "step": np.zeros(draws, np.int32),
        "seed": np.zeros(draws, np.uint32),
        "temperature": np.ones(draws, np.float32),
        "top_p": np.ones(draws, np.float32),
        "greedy": np.zeros(draws, bool),
        "rare": np.zeros(sizes.rare, np.int32),
        "allowed": np.zeros((groups * width, sizes.rare), bool),
        "drawing": np.int32(0),
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
