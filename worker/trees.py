"""The tokens of one conversation as a tree: what is shared is computed once.

The prompts of a conversation begin alike, and so do the replies to a prompt: eight
drafts of a quiz have a third fewer different beginnings than tokens, tries at a key
two thirds.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from worker.asking import Ask, Tokens, Written


@dataclass(eq=False)
class Candidate:
    """One reply that is being written."""

    place: int  # 0 is greedy
    seed: int
    tokens: Tokens = field(default_factory=list)
    ended: bool = False

    def goes(self, limit: float) -> bool:
        """Whether it gets another token, if replies may have `limit`."""
        return not self.ended and len(self.tokens) < limit


@dataclass(eq=False)
class Asked:
    """An `Ask` under way, with the tokens outside the head that its prompt has."""

    ask: Ask
    rare: frozenset[int]
    candidates: list[Candidate]
    sure: float = 0.0

    @classmethod
    def of(cls, ask: Ask, in_head: np.ndarray) -> Asked:
        rare = frozenset(token for token in ask.prompt if not in_head[token])
        candidates = [Candidate(n, int(seed)) for n, seed in enumerate(ask.seeds)]
        return cls(ask, rare, candidates)

    @property
    def limit(self) -> float:
        """How long the replies that have not ended may get.

        Replies are written at different speeds; the limit is the one that they would
        find if all were written at the same speed.
        """
        ends = sorted(len(one.tokens) for one in self.candidates if one.ended)
        enough = self.ask.enough
        slowest = ends[enough - 1] + 1 if len(ends) >= enough else math.inf
        return min(self.ask.plan.new_tokens, slowest)

    @property
    def written(self) -> Written:
        limit = int(self.limit)
        return Written(
            tokens=[one.tokens[:limit] for one in self.candidates], sure=self.sure
        )


@dataclass(eq=False)
class Node:
    """A token behind its parent; `entry` is its place in the pool once it is read."""

    token: int
    position: int
    parent: Node | None
    entry: int = -1
    children: dict[int, Node] = field(default_factory=dict)
    asked: Asked | None = None  # whose candidates go on from here
    candidates: list[Candidate] = field(default_factory=list)


class Tree:
    """The tokens of one conversation, in `room` entries of the pool.

    Attributes:
        waiting: nodes to be read, parents before children.
        size: entries in use.
        positions: int32 `(room,)`, each entry's place in its text.
        seen: bool `(room, room)`, the entries that lead to each entry and itself.
    """

    def __init__(self, room: int) -> None:
        self.room = room
        self.positions = np.zeros(room, np.int32)
        self.seen = np.zeros((room, room), bool)
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.size = self._promised = 0
        self.waiting: deque[Node] = deque()
        self._roots: dict[int, Node] = {}
        self._trunk: list[Node] = []

    def keep_trunk(self) -> None:
        """Forget everything but the first prompt."""
        self.size = self._promised = len(self._trunk)
        self.waiting.clear()
        below: dict[int, Node] = {}
        for node in reversed(self._trunk):
            node.asked = None
            node.children, below = below, {node.token: node}
        self._roots = below

    def fits(self, ask: Ask) -> bool:
        """Whether there is room for a prompt and the longest replies to it."""
        return self._promised + self._need(ask) <= self.room

    def _need(self, ask: Ask) -> int:
        new = len(ask.prompt) - len(self._known(ask.prompt))
        return new + len(ask.seeds) * ask.plan.new_tokens

    def _known(self, prompt: Sequence[int]) -> list[Node]:
        """Nodes of the longest beginning that another prompt has.

        The last token is always read anew: candidates go on from it.
        """
        path: list[Node] = []
        children = self._roots
        for token in prompt[:-1]:
            node = children.get(token)
            if node is None or node.asked:
                break
            path.append(node)
            children = node.children
        return path

    def add(self, asked: Asked) -> None:
        """Put a prompt into the tree; its candidates go on from its last token."""
        prompt = asked.ask.prompt
        self._promised += self._need(asked.ask)
        path = self._known(prompt)
        node = path[-1] if path else None
        for token in prompt[len(path) :]:
            node = self._grow(node, token)
            path.append(node)
        node.asked, node.candidates = asked, list(asked.candidates)
        self._trunk = self._trunk or path

    def _grow(self, parent: Node | None, token: int) -> Node:
        node = Node(token, parent.position + 1 if parent else 0, parent)
        (parent.children if parent else self._roots)[token] = node
        self.waiting.append(node)
        return node

    def follow(self, node: Node, candidates: Sequence[Candidate]) -> None:
        """Let candidates go on with the last token that each has written."""
        for candidate in candidates:
            token = candidate.tokens[-1]
            child = node.children.get(token)
            if child is None or child.asked is not node.asked:
                child = self._grow(node, token)
                child.asked = node.asked
            child.candidates.append(candidate)

    def enter(self) -> Node:
        """The next waiting node, which gets its entry."""
        node = self.waiting.popleft()
        node.entry = self.size
        self.size += 1
        self.positions[node.entry] = node.position
        seen = self.seen[node.entry]
        seen[:] = self.seen[node.parent.entry] if node.parent else False
        seen[node.entry] = True
        return node

    def forget_ended(self, asked: Asked) -> None:
        """Do not read what only leads on replies that have ended."""
        limit = asked.limit
        self.waiting = deque(
            node
            for node in self.waiting
            if node.asked is not asked
            or any(candidate.goes(limit) for candidate in node.candidates)
        )
