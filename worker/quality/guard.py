"""Writes an abstract sentence by sentence, so that nothing unsupported is left.

The model drafts each sentence several times. The guard takes one that says nothing the
summary does not; if every draft does, it leaves the sentence out and says what it
left out. What the summary tells and the abstract does not is said too.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

from worker.quality.coverage import Fact, facts
from worker.quality.sentences import sentences
from worker.quality.unsupported import Unsupported, unsupported
from worker.quality.words import content_words

MAX_SENTENCES = 12
TRIES = 3  # rounds of drafts for a sentence before it is left out
SAME_SENTENCE = 0.8  # share of content words two sentences have in common

Draft = Callable[[str], Sequence[str]]  # the text so far -> drafts of what follows


@dataclass(frozen=True, kw_only=True)
class Written:
    """An abstract and what a reader should know about it.

    unsupported: claims that remain, with their places in `text`; none unless every
        draft of every sentence had one.
    dropped: sentences that were left out because each draft of them had one.
    missing: facts of the summary that are not told.
    """

    text: str
    unsupported: list[Unsupported] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    missing: list[Fact] = field(default_factory=list)


def write(draft: Draft, summary: str, *, limit: int = MAX_SENTENCES) -> Written:
    """Ask for one sentence after another until there is none, and keep what holds.

    Args:
        draft: called with the abstract so far; gives drafts of the rest, of which the
            first sentence counts. An empty draft means that the abstract is complete.
        summary: what may be said.
        limit: int, sentences at most.
    """
    writing = write_by_turns(summary, limit=limit)
    so_far = next(writing)
    while True:
        try:
            so_far = writing.send(draft(so_far))
        except StopIteration as end:
            return end.value


def write_by_turns(
    summary: str, *, limit: int = MAX_SENTENCES
) -> Generator[str, Sequence[str], Written]:
    """The same for a model that is asked elsewhere.

    Yields the abstract so far, is sent drafts of the rest, and returns what is written.
    The same text is yielded again when no draft of its next sentence holds.
    """
    kept: list[str] = []
    dropped: list[str] = []
    while len(kept) < limit and len(dropped) <= TRIES:
        chosen = yield from _next(kept, dropped, summary)
        if chosen is None:
            break
        (dropped if unsupported(chosen, summary) else kept).append(chosen)
    return report(kept or dropped[:1], dropped if kept else [], summary)


def _next(
    kept: Sequence[str], dropped: Sequence[str], summary: str
) -> Generator[str, Sequence[str], str | None]:
    """A sentence that holds, of up to `TRIES` rounds; else the best one offered."""
    offered: list[str] = []
    chosen = None
    for _ in range(TRIES):
        drafts = yield " ".join(kept)
        offered += _firsts(drafts, dropped)
        chosen = choose(offered, kept, summary)
        if chosen is None or not unsupported(chosen, summary):
            break
    return chosen


def from_drafts(drafts: Sequence[Sequence[str]], summary: str) -> Written:
    """The same for given drafts: of each sentence, in order, several.

    Example, for the summary "표본 30명에서 오차가 줄었다.":

        [["표본은 31명이다.", "표본은 30명이다."], ["오차가 늘었다."]]
        -> text "표본은 30명이다.", dropped ["오차가 늘었다."]
    """
    kept: list[str] = []
    dropped: list[str] = []
    for alternatives in drafts:
        chosen = choose(alternatives, kept, summary)
        if chosen is not None:
            (dropped if unsupported(chosen, summary) else kept).append(chosen)
    return report(kept or dropped[:1], dropped if kept else [], summary)


def choose(drafts: Sequence[str], so_far: Sequence[str], summary: str) -> str | None:
    """The draft with the fewest unsupported claims that says something new.

    Of equals, the one that tells most facts not told yet, then the first. None if
    each repeats a sentence so far or is empty.
    """
    fresh = [one.strip() for one in drafts if one.strip()]
    fresh = [one for one in dict.fromkeys(fresh) if not repeats(one, so_far)]
    before = {fact.start for fact in facts(summary, " ".join(so_far)) if fact.told}

    def worth(one: str) -> tuple[int, int]:
        told = {fact.start for fact in facts(summary, one) if fact.told}
        return -len(unsupported(one, summary)), len(told - before)

    return max(fresh, key=worth, default=None)


def report(kept: Sequence[str], dropped: Sequence[str], summary: str) -> Written:
    """The sentences as one text, with what remains and what is missing."""
    text = " ".join(kept)
    return Written(
        text=text,
        unsupported=unsupported(text, summary),
        dropped=list(dropped),
        missing=[fact for fact in facts(summary, text) if not fact.told],
    )


def _firsts(drafts: Sequence[str], dropped: Sequence[str]) -> list[str]:
    """First sentences of drafts, without those that were left out before."""
    firsts = [(sentences(one) or [""])[0] for one in drafts]
    return [one for one in firsts if one and one not in dropped]


def repeats(one: str, so_far: Sequence[str]) -> bool:
    """Whether a sentence so far has most content words of this one."""
    words = set(content_words(one))
    return any(
        len(words & set(content_words(other))) >= SAME_SENTENCE * max(1, len(words))
        for other in so_far
    )
