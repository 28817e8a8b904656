"""What a host and a participant may write: cleaned, or refused with the limit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from app.cleaning import clean_line, clean_text
from app.errors import UserError
from protocol import (
    MAX_ANSWER,
    MAX_NAME,
    MAX_QUESTION,
    MAX_QUESTIONS,
    MAX_TITLE,
    Reason,
)

LANGUAGES = ("ko", "en")
# named, anonymous: make a quiz, show it with or without the name.
# distractor: no quiz, the text may serve as a wrong option of others.
# none: no quiz, and the text is not stored at all.
CONSENTS = ("named", "anonymous", "distractor", "none")
MAX_LINK = 500

# .../spreadsheets/d/ID/...; "d/e/2PACX-..." is a published page, which the Sheets
# API does not serve, and /forms/d/ID is the form itself.
_SHEET = re.compile(
    r"https://docs\.google\.com/spreadsheets/.*?d/([\w-]{20,})(?:/|$|[?#])"
)


def checked_meeting(
    title: str,
    language: str,
    questions: Iterable[str],
    google_sheet: str | None,
) -> dict[str, str | int]:
    """The fields of a new meeting.

    Raises: UserError.
    """
    title = clean_line(title)
    if not title:
        raise UserError("title_missing")
    if len(title) > MAX_TITLE:
        raise UserError("title_too_long", length=len(title), limit=MAX_TITLE)
    if language not in LANGUAGES:
        raise UserError("language_unknown")
    fields: dict[str, str | int] = {
        "title": title,
        "language": language,
        "questions": json.dumps(checked_questions(questions)),
    }
    return fields | sheet_fields(google_sheet) if google_sheet else fields


def checked_questions(questions: Iterable[str]) -> list[str]:
    """The questions of a survey, each on one line.

    Raises: UserError.
    """
    checked = [checked_question(question) for question in questions]
    if len(checked) > MAX_QUESTIONS:
        raise UserError("too_many_questions", count=len(checked), limit=MAX_QUESTIONS)
    for question in checked:
        if checked.count(question) > 1:
            raise UserError("question_repeated", question=question)
    return checked


def checked_question(question: str) -> str:
    """One question.

    Raises: UserError.
    """
    question = clean_line(question)
    if not question:
        raise UserError("question_missing")
    if len(question) > MAX_QUESTION:
        raise UserError("question_too_long", length=len(question), limit=MAX_QUESTION)
    return question


def sheet_fields(link: str) -> dict[str, str | int]:
    """The fields of a meeting fed by the sheet at `link`.

    An address that is not a sheet's is kept and marked, so that the host sees it
    and can correct it.
    Raises: UserError if it is too long.
    """
    link = clean_line(link)
    if len(link) > MAX_LINK:
        raise UserError("link_too_long", length=len(link), limit=MAX_LINK)
    spreadsheet_id = spreadsheet_id_of(link)
    return {
        "sheet_url": link,
        "sheet_id": spreadsheet_id or "",
        "sheet_tab": "",
        "sheet_status": "waiting" if spreadsheet_id else "error",
        "sheet_problem": "" if spreadsheet_id else "bad_link",
        "sheet_checked_at": "",
        "sheet_rows": 0,
    }


def spreadsheet_id_of(link: str) -> str | None:
    """The id in a Google Sheets address, or None if it is another address."""
    match = _SHEET.match(link)
    return match[1] if match else None


def checked_name(name: str) -> str:
    """A participant's display name.

    Raises: UserError.
    """
    name = clean_line(name)
    if not name:
        raise UserError("name_missing")
    if len(name) > MAX_NAME:
        raise UserError("name_too_long", length=len(name), limit=MAX_NAME)
    return name


def checked_answers(answers: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Answers as `{"question", "text", "consent", "skip"}`; the last of two to the
    same question counts.

    Raises: UserError.
    """
    checked = {}
    for answer in answers:
        entry = checked_answer(answer)
        checked[entry["question"]] = entry
    if len(checked) > MAX_QUESTIONS:
        raise UserError("too_many_questions", count=len(checked), limit=MAX_QUESTIONS)
    return list(checked.values())


def checked_answer(answer: Mapping[str, str]) -> dict[str, str]:
    """One answer. `skip` says why it gets no quiz, and is empty if it does.

    Raises: UserError.
    """
    text = clean_text(answer["text"])
    if len(text) > MAX_ANSWER:
        raise UserError("answer_too_long", length=len(text), limit=MAX_ANSWER)
    consent = answer.get("consent") or "named"
    if consent not in CONSENTS:
        raise UserError("consent_unknown")
    withheld = bool(text) and consent in ("distractor", "none")
    return {
        "question": checked_question(answer["question"]),
        "text": "" if consent == "none" else text,
        "consent": consent,
        "skip": Reason.WITHHELD if withheld else "",
    }
