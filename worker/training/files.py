"""Rows as they stand in JSONL and CSV files, refused with file and line."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class DataError(ValueError):
    """A row or file cannot be used for training; the text names it."""


def read_jsonl(path: Path, needed: Collection[str]) -> list[Row]:
    """The objects of a JSONL file, each with the `needed` fields as text.

    Raises:
        DataError: naming file, line and what is missing.
    """
    return [checked(row, needed, place) for place, row in numbered(path)]


def numbered(path: Path) -> Iterator[tuple[str, Row]]:
    """The objects of a JSONL file, each with its place, "rows.jsonl:7".

    Raises:
        DataError: naming file and line.
    """
    with path.open(encoding="utf-8") as file:
        for line, text in enumerate(file, start=1):
            if text.strip():
                place = f"{path.name}:{line}"
                yield place, parsed(text, place)


def read_csv(path: Path, needed: Collection[str]) -> list[Row]:
    """The rows of a CSV file with the `needed` columns; a byte order mark is fine.

    Raises:
        DataError: naming file, line and what is missing.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            checked(row, needed, f"{path.name}:{line}")
            for line, row in enumerate(csv.DictReader(file), start=2)
        ]


def parsed(text: str, place: str) -> Row:
    """The JSON object in `text`."""
    try:
        row = json.loads(text)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise DataError(f"{place} must be a JSON object.")
    return row


def checked(row: Row, needed: Collection[str], place: str) -> Row:
    """The row itself, if each of the `needed` fields holds some text."""
    missing = [name for name in needed if not str(row.get(name) or "").strip()]
    if missing:
        raise DataError(f"{place} must have {', '.join(sorted(missing))}.")
    return row
