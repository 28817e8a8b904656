"""One card of each kind, made by plain code and right by construction.

`said` is the quiz of the model. `guess_who` quotes an answer and asks whose it is.
`who_shares` asks which two people gave the same answer. The last two name people, so
they are made of answers with consent `named` only, and of ready quizzes only: what
the worker has not looked through does not reach the big screen.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from app.cleaning import folded
from app.names import Names
from app.records import Quiz, Snapshot
from app.wording import text
from protocol import Reason, Status

LONGEST_QUOTE = 140  # characters that a room reads at a glance
NAMES_NEEDED = 4
_SENTENCE_END = re.compile(r"[.!?。！？…~]+[\"'”’)\]]*(?=\s|$)|\n")


@dataclass(frozen=True, kw_only=True)
class Words:
    """What somebody wrote, for the reveal; `name` is empty if unnamed."""

    name: str
    text: str
    evidence: str = ""


@dataclass(frozen=True, kw_only=True)
class Card:
    """One question of the deck."""

    id: str
    kind: str  # one of `records.KINDS`
    quizzes: tuple[str, ...]  # the quizzes, so the answers, it comes from
    topic: str  # the survey question
    question: str
    options: tuple[str, ...]
    answer: int  # 1 to 4
    people: tuple[str, ...]  # ids of those it is about; nobody if unnamed
    words: tuple[Words, ...]

    @property
    def right(self) -> str:
        return self.options[self.answer - 1]


class Room:
    """Who is in the meeting and who said what, for makers of cards."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.meeting = snapshot.meeting
        named = {q.participant for q in snapshot.quizzes if q.consent == "named"}
        people = snapshot.participants
        # Two people of one name are one option.
        names = {p.name: p.id for p in reversed(people) if p.id in named}
        self.named = {person: name for name, person in names.items()}
        self.names = {p.id: p.name for p in people}
        self.spoken = Names(self.names.values())
        self.folded = {q.id: folded(q.answer_text) for q in snapshot.quizzes}
        self.keys = {q.id: folded(q.right) for q in snapshot.quizzes}
        self.to: dict[str, list[Quiz]] = defaultdict(list)  # by survey question
        for quiz in snapshot.quizzes:
            self.to[folded(quiz.survey_question)].append(quiz)
        self.wrong_so_far: Counter[str] = Counter()

    def lot(self, *parts: str) -> int:
        """A number that is always the same for these parts in this meeting."""
        drawn = "\x1f".join((self.meeting.id, *parts))
        return int.from_bytes(hashlib.sha256(drawn.encode()).digest()[:8])

    def told_the_same(self, quiz: Quiz) -> list[Quiz]:
        """Answers of others to the same question that may say the same: equal right
        options, one text within the other, or a text that was not kept."""
        key, said = self.keys[quiz.id], self.folded[quiz.id]
        return [
            other
            for other in self.to[folded(quiz.survey_question)]
            if other.participant != quiz.participant
            and (
                self.keys[other.id] == key
                or key in self.folded[other.id]
                or said in self.folded[other.id]
                or _within(self.folded[other.id], said)
                or (other.reason == Reason.WITHHELD and not other.answer_text)
            )
        ]

    def others(self, quizzes: Iterable[Quiz], count: int) -> list[str]:
        """`count` named people who did not say this, as wrong names: those who
        answered the same question first, those named least before others."""
        quizzes = list(quizzes)
        out = {other.participant for quiz in quizzes for other in self.sayers(quiz)}
        said_here = {
            quiz.participant for quiz in self.to[folded(quizzes[0].survey_question)]
        }
        pool = [person for person in self.named if person not in out]
        pool.sort(
            key=lambda person: (
                self.wrong_so_far[person],
                person not in said_here,
                self.lot("wrong", quizzes[0].id, person),
            )
        )
        if len(pool) < count:
            return []
        self.wrong_so_far.update(pool[:count])
        return pool[:count]

    def sayers(self, quiz: Quiz) -> list[Quiz]:
        """This answer and those of others that may say the same."""
        return [quiz, *self.told_the_same(quiz)]


def _within(short: str, long: str) -> bool:
    return len(short) > 1 and short in long


def is_playable(quiz: Quiz) -> bool:
    """Whether the big screen may show this quiz."""
    allowed = quiz.consent in ("named", "anonymous")
    return allowed and quiz.status is Status.READY and bool(quiz.right)


def said(quiz: Quiz) -> Card:
    """The quiz as the model, or the host, wrote it."""
    named = quiz.consent == "named"
    name = quiz.participant_name if named else ""
    return Card(
        id=quiz.id,
        kind="said",
        quizzes=(quiz.id,),
        topic=quiz.survey_question,
        question=quiz.question,
        options=tuple(quiz.options),
        answer=quiz.answer,
        people=(quiz.participant,) if named else (),
        words=(Words(name=name, text=quiz.answer_text, evidence=quiz.evidence),),
    )


def quote_of(answer_text: str) -> str:
    """The answer, or its first whole sentences, if a room can read that at a glance.

    Example: a text of 500 characters whose first sentence has 60 gives that sentence;
    one without a sentence end before character 140 gives "".
    """
    line = " ".join(answer_text.split())
    if len(line) <= LONGEST_QUOTE:
        return line
    ends = [end.end() for end in _SENTENCE_END.finditer(line[:LONGEST_QUOTE])]
    return line[: ends[-1]].strip() if ends else ""


def guess_who(quiz: Quiz, room: Room) -> Card | None:
    """Whose answer is this? None if it names somebody, is too long to show, may be
    somebody else's as well, or if there are not four names to choose from."""
    words = quote_of(quiz.answer_text)
    person = quiz.participant
    if quiz.consent != "named" or person not in room.named or not folded(words):
        return None
    if room.spoken.in_text(quiz.answer_text) or room.told_the_same(quiz):
        return None
    wrong = room.others([quiz], NAMES_NEEDED - 1)
    if not wrong:
        return None
    options, answer = _shuffled(
        room, f"who-{quiz.id}", [room.named[one] for one in (person, *wrong)]
    )
    return Card(
        id=f"who-{quiz.id}",
        kind="guess_who",
        quizzes=(quiz.id,),
        topic=quiz.survey_question,
        question=text("card.guess_who", room.meeting.language, words=words),
        options=options,
        answer=answer,
        people=(person,),
        words=(Words(name=room.named[person], text=words),),
    )


def who_shares(one: Quiz, other: Quiz, room: Room) -> Card | None:
    """Which two people said the same? None if there are not two more names of people
    who said something else.

    With A and B who said it, C and D who did not, the pairs are AB, AC, BD and CD:
    every name is there twice, so that counting names helps nobody.
    """
    pair = (one.participant, other.participant)
    if any(person not in room.named for person in pair):
        return None
    wrong = room.others([one, other], 2)
    if not wrong:
        return None
    a, b, c, d = (room.named[person] for person in (*pair, *wrong))
    language = room.meeting.language
    pairs = [
        text("card.pair", language, one=first, other=second)
        for first, second in ((a, b), (a, c), (b, d), (c, d))
    ]
    id_ = f"same-{one.id}-{other.id}"
    options, answer = _shuffled(room, id_, pairs)
    return Card(
        id=id_,
        kind="who_shares",
        quizzes=(one.id, other.id),
        topic=one.survey_question,
        question=text("card.who_shares", language, said=f"‘{one.right}’"),
        options=options,
        answer=answer,
        people=pair,
        words=tuple(
            Words(name=name, text=quiz.answer_text, evidence=quiz.evidence)
            for name, quiz in ((a, one), (b, other))
        ),
    )


def _shuffled(room: Room, id_: str, options: list[str]) -> tuple[tuple[str, ...], int]:
    """The options in their places, and where the first one went."""
    right, mixed = options[0], list(options)
    random.Random(room.lot("options", id_)).shuffle(mixed)
    return tuple(mixed), mixed.index(right) + 1
