"""What people typed, as fields that a page can show again when something is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from app.errors import UserError
from app.question_bank import bank
from app.records import Answer, Meeting
from protocol import MAX_QUESTIONS


@dataclass(frozen=True, kw_only=True)
class NewMeeting:
    """The form that creates a meeting."""

    title: str = ""
    language: str = "ko"
    source: str = "survey"
    sheet: str = ""
    own: str = ""  # the host's own questions, one a line
    chosen: tuple[str, ...] = ()

    @classmethod
    def empty(cls, language: str) -> NewMeeting:
        return cls(language=language, chosen=bank(language).defaults)

    @classmethod
    def read(cls, form: MultiDict[str, str]) -> NewMeeting:
        language = form.get("language", "")
        return cls(
            title=form.get("title", ""),
            language=language,
            source=form.get("source", "survey"),
            sheet=form.get("sheet", ""),
            own=form.get("own", ""),
            chosen=tuple(form.getlist(f"questions-{language}")),
        )

    @property
    def questions(self) -> list[str]:
        """Chosen and own questions, each once."""
        own = (line.strip() for line in self.own.splitlines())
        return list(dict.fromkeys([*self.chosen, *filter(None, own)]))

    def order(self) -> dict[str, object]:
        """What to ask the store for.

        Raises: UserError if the chosen source lacks what it needs.
        """
        if self.source == "google_sheet" and not self.sheet.strip():
            raise UserError("sheet_missing")
        if self.source == "survey" and not self.questions:
            raise UserError("no_questions", limit=MAX_QUESTIONS)
        asked = self.source == "survey"
        return {
            "title": self.title,
            "language": self.language,
            "questions": self.questions if asked else [],
            "google_sheet": self.sheet if self.source == "google_sheet" else None,
            "source": self.source if self.source == "file" else "survey",
        }


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One question of the survey with what this person wrote."""

    question: str
    text: str = ""
    consent: str = "named"


@dataclass(frozen=True, kw_only=True)
class Replies:
    """The survey as one participant sees it."""

    name: str = ""
    replies: tuple[Reply, ...] = ()
    known: bool = field(default=False)  # has this person answered before?
    train: bool = False  # may the answers help to train the model?

    @classmethod
    def stored(
        cls, meeting: Meeting, name: str, answers: Mapping[str, Answer], train: bool
    ) -> Replies:
        """Empty, or what this person sent before."""
        found = (answers.get(question) for question in meeting.questions)
        replies = (
            Reply(question=question, text=answer.text, consent=answer.consent)
            if answer
            else Reply(question=question)
            for question, answer in zip(meeting.questions, found, strict=True)
        )
        return cls(name=name, replies=tuple(replies), known=bool(name), train=train)

    @classmethod
    def read(
        cls, meeting: Meeting, form: MultiDict[str, str], *, known: bool
    ) -> Replies:
        replies = (
            Reply(
                question=question,
                text=form.get(f"answer-{number}", ""),
                consent=form.get(f"consent-{number}", "named"),
            )
            for number, question in enumerate(meeting.questions)
        )
        return cls(
            name=form.get("name", ""),
            replies=tuple(replies),
            known=known,
            train=form.get("train") == "yes",
        )

    def entries(self) -> list[dict[str, str]]:
        """The answers as the store takes them."""
        return [
            {"question": r.question, "text": r.text, "consent": r.consent}
            for r in self.replies
        ]
