"""What a host asks the studio for, and what a child says: cleaned, or refused."""

from __future__ import annotations

import re
from typing import Any

from app.cleaning import clean_line, clean_text
from app.errors import UserError
from app.studio.items import MOTHER, SUDAGOM
from app.submissions import LANGUAGES, checked_name
from protocol import (
    MAX_CONDITION,
    MAX_CONTEXT,
    MAX_MESSAGE,
    MAX_SUMMARY,
    Recipe,
)

AGES = (3, 18)
GENDERS = ("", "girl", "boy")
PERSONAS = ("sudagom", "mother")

_HANGUL = re.compile("[가-힣]")

Fields = dict[str, Any]


def word_order(context: str, condition: str, language: str) -> Fields:
    """A word for this scene, with an optional wish.

    Raises: UserError.
    """
    context, condition = clean_text(context), clean_line(condition)
    if not context:
        raise UserError("context_missing")
    _limit("context_too_long", context, MAX_CONTEXT)
    _limit("condition_too_long", condition, MAX_CONDITION)
    if language not in LANGUAGES:
        raise UserError("language_unknown")
    return {
        "recipe": Recipe.SLANG,
        "context": context,
        "condition": condition,
        "language": language,
    }


def talk_order(child: str, age: int | None, gender: str, persona: str) -> Fields:
    """A conversation with this child; its scene is what the worker reads.

    Raises: UserError.
    """
    child = checked_name(child)
    if age is None or not AGES[0] <= age <= AGES[1]:
        raise UserError("age_wrong", youngest=AGES[0], oldest=AGES[1])
    if gender not in GENDERS:
        raise UserError("gender_unknown")
    if persona not in PERSONAS:
        raise UserError("persona_unknown")
    role = f"{child}의 {MOTHER}" if persona == "mother" else SUDAGOM
    scene = {"persona": role, "child": child, "age": age, "gender": gender}
    return {"recipe": Recipe.CHAT, "scene": scene}


def paper_order(summary: str) -> Fields:
    """An abstract of this summary.

    Raises: UserError.
    """
    summary = clean_text(summary)
    if not summary:
        raise UserError("summary_missing")
    _limit("summary_too_long", summary, MAX_SUMMARY)
    if not _HANGUL.search(summary):  # what the adapter has learned
        raise UserError("summary_not_korean")
    return {"recipe": Recipe.ABSTRACT, "summary": summary}


def checked_message(text: str) -> str:
    """What a child says, on one line.

    Raises: UserError.
    """
    text = clean_line(text)
    if not text:
        raise UserError("message_missing")
    _limit("message_too_long", text, MAX_MESSAGE)
    return text


def _limit(code: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise UserError(code, length=len(text), limit=limit)
