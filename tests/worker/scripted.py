"""A model that answers as a test says, and remembers what it was asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from worker.asking import Ask, Conversation, Reply

Answer = Callable[[str], list[str]]
_WORD = re.compile(r"\S+|\s")


class Scripted:
    """Stands in for `worker.model.Gemma`; a word or a space is a token.

    Attributes:
        answer: from the text of a prompt to the replies; the last one is repeated.
        asked: texts of the prompts so far.
        sure: probability of the first token of every reply.
        likely: log-probabilities of whole replies.
    """

    def __init__(self, answer: Answer, sure: float = 1.0) -> None:
        self.answer, self.sure = answer, sure
        self.asked: list[str] = []
        self.likely: dict[str, float] = {}
        self.tokens_written = 0
        self._words: list[str] = []
        self._ids: dict[str, int] = {}

    def encode(self, text: str) -> list[int]:
        for word in _WORD.findall(text):
            if word not in self._ids:
                self._ids[word] = len(self._words)
                self._words.append(word)
        return [self._ids[word] for word in _WORD.findall(text)]

    def continuation(self, text: str) -> list[int]:
        return self.encode(" " + text)

    def weigh(self, prompt: list[int], texts: list[str]) -> list[float]:
        """Earlier texts are likelier unless `likely` says otherwise."""
        return [self.likely.get(text, -float(n)) for n, text in enumerate(texts)]

    def hold(self, conversations: Iterable[Conversation]) -> Iterator[tuple[int, Any]]:
        for place, conversation in enumerate(conversations):
            replies = None
            while True:
                try:
                    asks = conversation.send(replies)
                except StopIteration as end:
                    yield place, end.value
                    break
                replies = [self._reply(ask) for ask in asks]

    def _reply(self, ask: Ask) -> Reply:
        prompt = "".join(self._words[token] for token in ask.prompt)
        self.asked.append(prompt)
        texts = self.answer(prompt)
        count = len(ask.seeds)
        return Reply(texts=(texts + texts[-1:] * count)[:count], sure=self.sure)


def only(made: Iterator[tuple[int, Any]]) -> Any:
    """The outcome of the one item."""
    ((_, outcome),) = made
    return outcome
