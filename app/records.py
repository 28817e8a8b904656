"""What the store hands out: meetings, participants, quizzes, one snapshot of all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from privacy import redact
from protocol import SETTLED, Reason, Status

# How an answer can be asked about: what was said, whose answer it is, and which two
# people said the same. The host switches each on or off.
KINDS = ("said", "guess_who", "who_shares")


@dataclass(frozen=True, kw_only=True)
class SheetLink:
    """The Google Sheet that feeds a meeting, and how its last reading went."""

    url: str
    spreadsheet_id: str | None  # None: the address is not one of a sheet
    tab: str | None = None
    status: str = "waiting"  # "waiting" until the first reading, then "ok" or "error"
    problem: str | None = None
    checked_at: datetime | None = None
    rows: int = 0


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """One event with a host."""

    id: str
    title: str
    language: str  # "ko" or "en"
    questions: tuple[str, ...]
    source: str  # "survey", "google_sheet" or "file"
    sheet: SheetLink | None
    join_code: str
    created_at: datetime
    expires_at: datetime
    mix: tuple[str, ...] = KINDS  # which kinds of question are played


@dataclass(frozen=True, kw_only=True)
class Participant:
    """A person who answered."""

    id: str
    name: str
    answered_at: datetime
    source_key: str | None = None  # which row of a sheet or file this is
    stamp: str | None = None  # fingerprint of that row's time stamp
    order: int = 0
    train: bool = False  # their answers may help to train the model, without the name


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One participant's text for one question; `text` is empty if withheld."""

    id: str
    participant: str
    question: str
    text: str
    consent: str


@dataclass(frozen=True, kw_only=True)
class EarlierQuiz:
    """What a quiz was before it was made again."""

    question: str
    options: list[str]
    answer: int
    by_own: bool = False  # because of the person it is about


@dataclass(frozen=True, kw_only=True)
class Quiz:
    """One generated item, with the answer it is about."""

    id: str
    participant: str
    participant_name: str  # empty if the answer is anonymous
    survey_question: str
    answer_text: str
    consent: str
    status: Status
    revision: int
    order: int
    question: str = ""
    options: list[str] = field(default_factory=list)
    answer: int | None = None  # 1 to 4
    reason: str | None = None
    evidence: str = ""
    checks: dict[str, Any] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)  # one `OptionSource` an option
    review: str | None = None  # "approved" or "edited" by the host
    own: str | None = None  # "ok" or "fixed" by the person it is about
    dropped: bool = False
    pulled: bool = False  # dropped by the person it is about
    sensitive: bool = False  # was held back, whatever the host made of it
    earlier: EarlierQuiz | None = None
    mark: str = ""  # sha1 of the answer as it was written

    @property
    def settled(self) -> bool:
        return self.status in SETTLED

    @property
    def held(self) -> bool:
        """Whether it was made, but kept from the screen until the host decides."""
        waits = self.reason in (Reason.SENSITIVE, Reason.PROPOSED)
        return self.status is Status.SKIPPED and waits and len(self.options) == 4

    @property
    def proposed(self) -> bool:
        """Whether it is held in the words of the person it is about."""
        return self.held and self.reason == Reason.PROPOSED

    @property
    def on_screen(self) -> bool:
        """Whether it may come to a screen, now or when the host says so."""
        return (self.status is Status.READY or self.held) and not self.dropped

    @property
    def right(self) -> str:
        """The text of the right option, empty while there is none."""
        return self.options[self.answer - 1] if self.options and self.answer else ""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """All that a host's page shows, read at one moment."""

    meeting: Meeting
    participants: list[Participant]
    quizzes: list[Quiz]  # in the order in which the answers came
    dropped: list[Quiz]  # out of the meeting and of its counts; the host may undo it
    counts: dict[str, int]
    status: str  # "waiting" for answers, "working", "ready"
    etag: str


@dataclass(frozen=True, kw_only=True)
class Created:
    """A new meeting and the only copy of its host's token."""

    meeting: Meeting
    host_token: str


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What became of one participant's answers."""

    participant_id: str
    participant_token: str
    changed: int


def text_fields(record: Mapping[bytes, bytes]) -> dict[str, str]:
    """A Redis hash as text."""
    return {key.decode(): value.decode() for key, value in record.items()}


def meeting_from(meeting_id: str, hash_: Mapping[bytes, bytes]) -> Meeting:
    """The meeting stored in this hash."""
    fields = text_fields(hash_)
    return Meeting(
        id=meeting_id,
        title=fields["title"],
        language=fields["language"],
        questions=tuple(json.loads(fields["questions"])),
        source=fields["source"],
        sheet=_sheet_from(fields),
        join_code=fields["join_code"],
        created_at=_moment(fields["created_at"]),
        expires_at=_moment(fields["expires_at"]),
        mix=tuple(fields["mix"].split(",")) if fields.get("mix") else KINDS,
    )


def _sheet_from(fields: dict[str, str]) -> SheetLink | None:
    if not fields.get("sheet_url"):
        return None
    checked_at = fields.get("sheet_checked_at")
    return SheetLink(
        url=fields["sheet_url"],
        spreadsheet_id=fields.get("sheet_id") or None,
        tab=fields.get("sheet_tab") or None,
        status=fields.get("sheet_status", "waiting"),
        problem=fields.get("sheet_problem") or None,
        checked_at=_moment(checked_at) if checked_at else None,
        rows=int(fields.get("sheet_rows", 0)),
    )


def participant_from(participant_id: str, record: dict[str, Any]) -> Participant:
    """The participant stored in this record."""
    return Participant(
        id=participant_id,
        name=record["name"],
        answered_at=_moment(record["answered_at"]),
        source_key=record.get("source_key"),
        stamp=record.get("stamp"),
        order=record["order"],
        train=bool(record.get("train")),
    )


def answer_from(answer_id: str, record: dict[str, Any]) -> Answer:
    """The answer stored in this record."""
    return Answer(
        id=answer_id,
        participant=record["participant"],
        question=record["question"],
        text=record["text"],
        consent=record["consent"],
    )


def quiz_from(
    record: dict[str, Any],
    answer: Answer,
    person: Participant,
    order: int,
    earlier: dict[str, Any] | None = None,
) -> Quiz:
    """The quiz stored in this record, joined with its answer and its person."""
    reason = record.get("reason")
    return Quiz(
        id=answer.id,
        participant=person.id,
        participant_name="" if answer.consent == "anonymous" else person.name,
        survey_question=answer.question,
        answer_text=redact(answer.text),
        consent=answer.consent,
        status=Status(record["status"]),
        revision=record["revision"],
        order=order,
        question=record.get("question") or "",
        options=list(record.get("options") or []),
        answer=record.get("answer"),
        reason=reason,
        evidence=record.get("evidence") or "",
        checks=dict(record.get("checks") or {}),
        sources=list(record.get("sources") or []),
        review=record.get("review"),
        own=record.get("own"),
        dropped=bool(record.get("dropped")),
        pulled=bool(record.get("pulled")),
        sensitive=bool(record.get("sensitive")) or reason == Reason.SENSITIVE,
        earlier=_earlier_from(earlier) if earlier else None,
        mark=hashlib.sha1(answer.text.encode()).hexdigest(),
    )


def _earlier_from(record: dict[str, Any]) -> EarlierQuiz:
    return EarlierQuiz(
        question=record["question"],
        options=list(record["options"]),
        answer=record["answer"],
        by_own=bool(record.get("by_own")),
    )


def _moment(seconds: str | float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
