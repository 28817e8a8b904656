"""Write the replies of many conversations at once, on a CPU.

Every conversation has a tree of tokens. A step of the model reads up to 32 tokens that
wait in any of them, of prompts and of replies, and draws what follows. Nobody waits
for a batch: a conversation that ends makes room for the next one. The oldest comes
first, so that the first quiz of a meeting is not late.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from worker import stepping
from worker.asking import Ends, WrittenConversation
from worker.feeding import Draw, Shape, Sizes, Step, feed_of
from worker.trees import Asked, Tree


@dataclass(eq=False)
class Talk:
    """A conversation under way, with its tree in place `slot` of the pool."""

    index: int
    conversation: WrittenConversation
    slot: int
    tree: Tree
    begun: bool = False
    asked: list[Asked] = field(default_factory=list)
    later: deque[Asked] = field(default_factory=deque)  # no room for them yet

    @property
    def waits(self) -> bool:
        """Whether all that was asked is written."""
        return not self.tree.waiting and not self.later

    def go_on(self, in_head: np.ndarray) -> None:
        """Hear what was written, and ask the next. Raises: StopIteration at the end."""
        if self.begun:
            asks = self.conversation.send([asked.written for asked in self.asked])
        else:
            asks = next(self.conversation)
        self.begun = True
        self.asked = [Asked.of(ask, in_head) for ask in asks]
        self.later = deque(self.asked)
        self.tree.keep_trunk()
        self.admit()

    def admit(self) -> None:
        """Put what was asked into the tree, as far as there is room."""
        while self.later and self.tree.fits(self.later[0].ask):
            self.tree.add(self.later.popleft())
        if self.later and not self.tree.waiting:
            self.tree.clear()  # an empty tree has room for any prompt
            self.tree.add(self.later.popleft())

    def hear(self, draw: Draw, tokens: Sequence[int], sure: float, ends: Ends) -> None:
        """Take the tokens drawn for the candidates at a node."""
        asked = draw.node.asked
        for candidate, token in zip(draw.node.candidates, tokens, strict=True):
            if candidate.place == 0 and not candidate.tokens:
                asked.sure = float(sure)
            candidate.ended = token in ends
            if token != ends.stop:
                candidate.tokens.append(int(token))
        limit = asked.limit
        self.tree.follow(draw.node, [c for c in draw.node.candidates if c.goes(limit)])
        self.tree.forget_ended(asked)


@dataclass(eq=False)
class Workplace:
    """What one run needs: trees, the pool of their keys and values, and weights."""

    trees: list[Tree]
    pool: list | None = None
    params: dict | None = None

    @classmethod
    def of(cls, sizes: Sizes) -> Workplace:
        return cls([Tree(sizes.longest) for _ in range(sizes.trees)])


class Writer:
    """Runs conversations with one set of weights."""

    def __init__(
        self, arch, params, in_head: np.ndarray, ends: Ends, sizes: Sizes | None = None
    ) -> None:
        """Take weights as `worker.weights.arrange` gives them.

        Args:
            arch: `Architecture`.
            params: dict, for conversations that come without their own.
            in_head: bool `(V,)`, the tokens of the output head.
            ends: `Ends`, what ends a reply.
            sizes: `Sizes`.
        """
        self.arch, self.params, self.in_head, self.ends = arch, params, in_head, ends
        self.sizes = sizes or Sizes()
        self.between_steps: Callable[[], None] = lambda: None
        self._spare: list[Workplace] = []
        self._programs: dict[Shape, Any] = {}

    def run(
        self, conversations: Iterable[WrittenConversation], params=None
    ) -> Iterator[tuple[int, Any]]:
        """Results with the place of their conversation, as they come.

        Another run may begin and end between two steps of this one.

        Args:
            conversations: of `worker.asking`, with tokens.
            params: weights of the same shapes as the writer's own, or None.
        """
        place = self._spare.pop() if self._spare else Workplace.of(self.sizes)
        place.params = self.params if params is None else params
        try:
            yield from self._run(enumerate(conversations), place)
        finally:
            self._spare.append(place)

    def _run(self, coming: Iterator, place: Workplace) -> Iterator[tuple[int, Any]]:
        free = list(range(len(place.trees)))
        talks: list[Talk] = []
        while True:
            while free and (new := next(coming, None)):
                slot = free.pop()
                place.trees[slot].clear()
                talks.append(Talk(*new, slot, place.trees[slot]))
            if not talks:
                return
            self.between_steps()
            for talk in [talk for talk in talks if talk.waits]:
                try:
                    talk.go_on(self.in_head)
                except StopIteration as end:
                    talks.remove(talk)
                    free.append(talk.slot)
                    yield talk.index, end.value
            if any(talk.tree.waiting for talk in talks):
                self._advance(talks, place)

    def _advance(self, talks: list[Talk], place: Workplace) -> None:
        """One step of the model."""
        few_long = self.sizes.later in self._programs
        step = Step.of(talks, self.sizes, few_long)
        feed, draws = feed_of(step, self.sizes)
        program = self._program(step.shape)
        pool, place.pool = place.pool, None  # donated, of no use if the step fails
        if pool is None:
            pool = self._new_pool()
        place.pool, tokens, sure = program(place.params, pool, feed)
        tokens, sure = np.asarray(tokens), np.asarray(sure)
        for draw in draws:
            drawn = tokens[draw.first : draw.first + len(draw.node.candidates)]
            draw.talk.hear(draw, drawn.tolist(), sure[draw.row], self.ends)
        for talk in talks:
            talk.admit()

    def _new_pool(self) -> list:
        return stepping.new_pool(
            self.arch, self.params, self.sizes.trees + 1, self.sizes.room
        )

    def _program(self, shape: Shape):
        """The compiled `stepping.step` of one shape."""
        if shape not in self._programs:
            nothing = Step(sizes=self.sizes, shape=shape)
            self._programs[shape] = stepping.step.lower(
                self.arch,
                self.params,
                self._new_pool(),
                feed_of(nothing, self.sizes)[0],
                entries=shape.entries,
            ).compile()
        return self._programs[shape]

    def warm_up(self, progress: Callable[[float], None], compilers: int) -> None:
        """Compile every shape so that no user waits for it."""
        shapes = self.sizes.shapes
        with ThreadPoolExecutor(compilers) as pool:
            compiled = [pool.submit(self._program, shape) for shape in shapes]
            for done, one in enumerate(as_completed(compiled), start=1):
                one.result()
                progress(done / len(shapes))

    def warm_up_later(self) -> None:
        """Compile what makes some steps quicker, beside the work if need be."""
        self._program(self.sizes.later)
