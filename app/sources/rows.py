"""Rows of a sheet or file as participants with answers.

Row numbers mean nothing: forms insert, people sort and delete. A row is known by a
fingerprint of what it says, so moving it or adding a column does not change it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass

from app.cleaning import clean_line, clean_text, whole_sentences
from app.sources.columns import Columns, consent_of, recognise
from protocol import MAX_ANSWER, MAX_NAME

MAX_COLUMNS = 60


@dataclass(frozen=True, kw_only=True)
class Row:
    """One response. `name` is empty where the form asked for none."""

    key: str
    name: str
    answers: dict[str, str]  # question -> text, blank answers left out
    stamp: str  # fingerprint of the time stamp; the time itself is not kept
    consent: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """What a sheet or file says."""

    questions: list[str]
    rows: list[Row]


def read(values: list[list[str]], language: str) -> Table:
    """The table in these cells, whose first row with a text holds the headers.

    Args:
        values: rows of text cells; short rows are fine, as the Sheets API drops
            empty cells at the end.
        language: "ko" or "en", for the names of columns without a header.
    """
    rows = [row for row in _padded(values) if any(row)]
    if not rows:
        return Table(questions=[], rows=[])
    header, *rows = rows
    columns = recognise(header, rows, language)
    seen: Counter[str] = Counter()
    found = []
    for cells in rows:
        row = _row(cells, columns, seen)
        if row.answers:
            found.append(row)
    return Table(questions=list(columns.questions.values()), rows=found)


def _padded(values: list[list[str]]) -> list[list[str]]:
    """Cleaned cells, all rows of one width."""
    width = min(max(map(len, values), default=0), MAX_COLUMNS)
    return [
        [clean_text(cell) for cell in row[:width]] + [""] * (width - len(row))
        for row in values
    ]


def _row(cells: list[str], columns: Columns, seen: Counter[str]) -> Row:
    name = "" if columns.name is None else clean_line(cells[columns.name])
    stamp = "" if columns.stamp is None else cells[columns.stamp]
    consent = "" if columns.consent is None else cells[columns.consent]
    answers = {
        question: whole_sentences(cells[n], MAX_ANSWER)
        for n, question in columns.questions.items()
        if cells[n]
    }
    print_ = _fingerprint([name, stamp, consent, *sum(answers.items(), ())])
    seen[print_] += 1  # two equal rows are two people
    return Row(
        key=f"{print_}-{seen[print_]}",
        name=whole_sentences(name, MAX_NAME),
        answers=answers,
        stamp=_fingerprint([stamp])[:12] if stamp else "",
        consent=consent_of(consent),
    )


def _fingerprint(parts: list[str]) -> str:
    text = "\x1f".join(parts)
    return hashlib.sha256(text.encode()).hexdigest()[:24]
