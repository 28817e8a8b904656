"""The files of a data set, one JSON object a line, and what each line must hold.

candidate  id, lang, question, answer, source: url, title, collected, licence
draft      the same and quiz_question, options, correct, drafted_by
reviewed   the same and review: verdict, difficulty, reviewers, verdicts

A row that comes from a meeting has a source of None: nothing is told about it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from worker.training.files import DataError, Row

LANGUAGES = ("ko", "en")
VERDICTS = ("accept", "edit", "reject", "open", "disputed")
GOOD = ("accept", "edit")
DIFFICULTIES = ("easy", "medium", "hard", None)
SOURCE = ("url", "title", "collected", "licence")
NUM_OPTIONS = 4
_ID = re.compile("[0-9a-f]{16}")
_HANGUL = re.compile("[가-힣]")
_LATIN = re.compile("[A-Za-z]")
_LETTER = re.compile(r"[^\W\d_]")


def identity(url: str, question: str, answer: str) -> str:
    """16 hex digits that are the same whenever the same words stand on a page."""
    text = "\n".join((url, question, answer))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def language_of(text: str) -> str | None:
    """ "ko" where a fifth of the letters are Hangul, "en" where most are Latin."""
    letters = len(_LETTER.findall(text)) or 1
    if len(_HANGUL.findall(text)) >= letters / 5:
        return "ko"
    return "en" if len(_LATIN.findall(text)) >= 0.9 * letters else None


def is_draft(row: Mapping[str, Any]) -> bool:
    """Whether there is a quiz in the row, however broken."""
    return "quiz_question" in row or "options" in row


def faults(row: Mapping[str, Any]) -> list[str]:
    """What is wrong with the shape of a row, in words; empty if nothing is.

    Example: {"question": "Hobby?", "answer": "", "lang": "en"} ->
    ["answer must be text"].
    """
    shape: dict[str, Callable[[Any], bool]] = {"question": _text, "answer": _text}
    shape["lang"] = lambda value: value in LANGUAGES
    if is_draft(row):
        shape |= _DRAFT
    needed = set(shape)
    shape |= {name: test for name, test in _PERHAPS.items() if name in row}
    return [
        f"{name} must be {_MUST[name]}"
        for name, test in shape.items()
        if (name in row or name in needed) and not test(row.get(name))
    ]


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _options(value: Any) -> bool:
    return (
        isinstance(value, list) and len(value) == NUM_OPTIONS and all(map(_text, value))
    )


def _number(value: Any) -> bool:
    """1 to 4, and neither true nor 1.0."""
    return type(value) is int and 1 <= value <= NUM_OPTIONS


def _source(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and _text(value.get("url")))


def _review(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("verdict") in VERDICTS
        and value.get("difficulty") in DIFFICULTIES
    )


_DRAFT: dict[str, Callable[[Any], bool]] = {
    "quiz_question": _text,
    "options": _options,
    "correct": _number,
}
_PERHAPS: dict[str, Callable[[Any], bool]] = {
    "id": lambda value: isinstance(value, str) and bool(_ID.fullmatch(value)),
    "source": _source,
    "drafted_by": _text,
    "review": _review,
}
_MUST = {
    "question": "text",
    "answer": "text",
    "lang": "ko or en",
    "quiz_question": "text",
    "options": "a list of 4 texts",
    "correct": "a number from 1 to 4",
    "id": "16 hex digits",
    "source": "an object with a url, or null",
    "drafted_by": "text",
    "review": f"an object with a verdict of {', '.join(VERDICTS)}, and perhaps a "
    "difficulty",
}


def append(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add lines to a file in one go, so that a kill leaves at most one of them torn."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if text:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)


def write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """A new file with these lines."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")


def read_begun(path: Path) -> list[Row]:
    """The rows of an output that a killed run may have left; its torn end is cut off.

    Raises:
        DataError: if a line in the middle is no JSON object; it is not one of ours.
    """
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        path.write_bytes(whole)
    return read(path)


def read(path: Path, needed: Iterable[str] = ()) -> list[Row]:
    """The objects of a JSONL file.

    Raises:
        DataError: naming the line and what is missing.
    """
    found = []
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        row = parsed(line)
        missing = [name for name in needed if row is None or name not in row]
        if row is None or missing:
            what = ", ".join(missing) or "nothing else"
            raise DataError(f"{path}:{number} must be a JSON object with {what}.")
        found.append(row)
    return found


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise DataError(f"{path} must be text in UTF-8.") from None


def parsed(line: str) -> Row | None:
    """The JSON object of a line, or None if it is none."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None
