"""A training row, what its reviewers say, and what follows from that.

Two people may judge a row: the host and a second reviewer. Neither sees what the other
says before they have judged it themselves. Where they differ, the host settles it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HOST, SECOND, SETTLED = "host", "second", "settled"
REVIEWERS = (HOST, SECOND)
ACCEPT, EDIT, REJECT = "accept", "edit", "reject"
VERDICTS = (ACCEPT, EDIT, REJECT)
OPEN, DISPUTED = "open", "disputed"
DIFFICULTIES = ("easy", "medium", "hard")

Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Wording:
    """The part of a row that a reviewer may rewrite."""

    quiz_question: str
    options: tuple[str, ...]
    correct: int  # 1 to 4

    @property
    def right(self) -> str:
        return self.options[self.correct - 1]

    def to_json(self) -> Record:
        return {
            "quiz_question": self.quiz_question,
            "options": list(self.options),
            "correct": self.correct,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Wording:
        return cls(
            quiz_question=record["quiz_question"],
            options=tuple(record["options"]),
            correct=record["correct"],
        )


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What one reviewer decided about one row."""

    verdict: str  # one of VERDICTS
    difficulty: str | None = None
    wording: Wording | None = None  # with EDIT only

    def to_json(self) -> Record:
        record: Record = {"verdict": self.verdict, "difficulty": self.difficulty}
        if self.wording:
            record["wording"] = self.wording.to_json()
        return record

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Verdict:
        wording = record.get("wording")
        return cls(
            verdict=record["verdict"],
            difficulty=record.get("difficulty"),
            wording=Wording.from_json(wording) if wording else None,
        )

    def agrees_with(self, other: Verdict) -> bool:
        """Whether both want the same row; how hard it is may stay open."""
        return (self.verdict, self.wording) == (other.verdict, other.wording)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A draft as it came in."""

    id: str  # 16 hexadecimal digits
    lang: str
    question: str  # of the survey or the page it comes from
    answer: str
    source: Record | None  # url, title, collected, licence; None: from a meeting
    wording: Wording
    drafted_by: str

    def to_json(self, wording: Wording | None = None) -> Record:
        """The row in the format of drafts, in these words or in its own."""
        return {
            "id": self.id,
            "lang": self.lang,
            "question": self.question,
            "answer": self.answer,
            "source": self.source,
            **(wording or self.wording).to_json(),
            "drafted_by": self.drafted_by,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Row:
        names = ("id", "lang", "question", "answer", "source", "drafted_by")
        fields = {name: record[name] for name in names}
        return cls(**fields, wording=Wording.from_json(record))


@dataclass(frozen=True, kw_only=True)
class Judged:
    """All that was said about one row."""

    by: Mapping[str, Verdict] = field(default_factory=dict)

    @property
    def own(self) -> list[Verdict]:
        """What the reviewers said, each for themselves: the host first."""
        return [self.by[who] for who in REVIEWERS if who in self.by]

    @property
    def differs(self) -> bool:
        """Whether the two reviewers want different rows."""
        own = self.own
        return len(own) == 2 and not own[0].agrees_with(own[1])

    @property
    def last_word(self) -> Verdict | None:
        """What holds; None while nobody judged, or the two differ."""
        if SETTLED in self.by:
            return self.by[SETTLED]
        return self.own[0] if self.own and not self.differs else None

    @property
    def standing(self) -> str:
        """One of VERDICTS, OPEN or DISPUTED."""
        if self.last_word:
            return self.last_word.verdict
        return DISPUTED if self.own else OPEN

    @property
    def difficulty(self) -> str | None:
        """How hard it is: as settled, else as the host says, else the other."""
        order = (self.by[who] for who in (SETTLED, *REVIEWERS) if who in self.by)
        return next((one.difficulty for one in order if one.difficulty), None)

    def standing_for(self, reviewer: str) -> str:
        """Where the row stands for one reviewer, who may not know what the other
        says: the second reviewer never does, the host only once both have judged."""
        if reviewer not in self.by:
            return OPEN
        if reviewer == HOST and (self.differs or SETTLED in self.by):
            return self.standing
        return self.by[reviewer].verdict


NOTHING = Judged()


def reviewed(row: Row, judged: Judged) -> Record:
    """The row as it is taken along: a draft in the words that hold, with `review`."""
    last = judged.last_word
    return row.to_json(last.wording if last else None) | {
        "review": {
            "verdict": judged.standing,
            "difficulty": judged.difficulty,
            "reviewers": len(judged.own),
            "verdicts": [one.verdict for one in judged.own],
        }
    }
