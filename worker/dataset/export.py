"""`export`: what reviewers accepted, as CSV, JSONL or a Hugging Face dataset folder."""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from protocol import SEED_BLOG, SEED_COLUMNS
from worker.dataset import card, parts, rows
from worker.quality.text import squeeze
from worker.training.data import from_seed
from worker.training.files import DataError, Row

TRAINING_FIELDS = (
    *("lang", "question", "answer"),
    *("quiz_question", "options", "correct"),
)
# A cell that begins like this is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--input", type=Path, required=True, help="reviewed rows")
    add("--format", choices=FORMATS, required=True)
    add("--output", type=Path, required=True, help="a file; a folder for huggingface")
    add("--all", action="store_true", help="also what nobody accepted")
    add("--validation-split", type=float, default=0.1, help="huggingface: its share")
    add("--seed", type=int, default=0, help="huggingface: of the split")


def run(options: argparse.Namespace) -> int:
    found = [row for row in rows.read(options.input) if options.all or is_accepted(row)]
    for place, row in enumerate(found, 1):
        if faults := rows.faults(row) or ([] if rows.is_draft(row) else ["no quiz"]):
            raise DataError(f"{options.input}, row {place}: {', '.join(faults)}.")
    if not found:
        raise DataError(
            f"{options.input} must hold a row that somebody accepted, or give --all."
        )
    summary = {"rows": len(found)} | FORMATS[options.format](found, options)
    print(json.dumps(summary | {"output": str(options.output)}))
    return 0


def is_accepted(row: Row) -> bool:
    return (row.get("review") or {}).get("verdict") in rows.GOOD


def as_csv(found: Sequence[Row], options: argparse.Namespace) -> dict[str, Any]:
    """The seed's columns, all options in one cell.

    A row that would be read as other words than were written, because an option has
    a number of its own such as "2. ", is left out.
    """
    numbers: dict[str, int] = {}
    lines = []
    for row in found:
        number = numbers.setdefault(row["question"], len(numbers) + 1)
        cells = dict(zip(SEED_COLUMNS, _cells(row, number), strict=True))
        if _comes_back(row, cells):
            lines.append(cells)
    with options.output.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, SEED_COLUMNS)
        writer.writeheader()
        writer.writerows(lines)
    return {"rows": len(lines), "left_out": len(found) - len(lines)}


def _cells(row: Row, number: int) -> list[str]:
    options = " ".join(f"{n}. {text}" for n, text in enumerate(row["options"], 1))
    texts = [blog_id(row), row["question"], str(number), row["answer"]]
    texts += [row["quiz_question"], options, str(row["correct"])]
    return [_harmless(squeeze(text)) for text in texts]


def _comes_back(row: Row, cells: Row) -> bool:
    try:
        read = from_seed(cells, "")
    except DataError:
        return False
    same = [squeeze(option) for option in row["options"]] == read["options"]
    return same and row["correct"] == read["correct"]


def blog_id(row: Row) -> str:
    """The site a row is from: that, not a person, is what the seed's column names."""
    source = row.get("source")
    return urlsplit(source["url"]).netloc if source else SEED_BLOG


def _harmless(cell: str) -> str:
    """A text that no spreadsheet takes for a formula; `from_seed` undoes it."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def as_jsonl(found: Sequence[Row], options: argparse.Namespace) -> dict[str, Any]:
    """The fields of worker/data/quiz_train.jsonl."""
    rows.write(options.output, [training_row(row) for row in found])
    return {}


def training_row(row: Row) -> Row:
    kind = {"kind": row["kind"]} if "kind" in row else {}
    return {name: row[name] for name in TRAINING_FIELDS} | kind


def as_hugging_face(found: Sequence[Row], options: argparse.Namespace) -> dict:
    """A folder that `datasets.load_dataset` reads: a card and two files of rows."""
    if not 0 < options.validation_split < 1:
        raise DataError("--validation-split must be above 0 and below 1.")
    split = parts.split(found, options.validation_split, options.seed)
    data = options.output / "data"
    data.mkdir(parents=True, exist_ok=True)
    for name, some in split.items():
        rows.write(data / f"{name}.jsonl", [_published(row) for row in some])
    text = card.describe(options.output.resolve().name, found, split)
    (options.output / "README.md").write_text(text, encoding="utf-8")
    return {name: len(some) for name, some in split.items()}


def _published(row: Row) -> Row:
    """The same fields of every row, as a table needs them."""
    review, source = row.get("review") or {}, row.get("source") or {}
    return {name: row[name] for name in TRAINING_FIELDS} | {
        "id": row.get("id"),
        "difficulty": review.get("difficulty"),
        "reviewers": review.get("reviewers", 0),
        "drafted_by": row.get("drafted_by"),
        "source": source.get("url"),
        "licence": source.get("licence"),
    }


FORMATS = {"csv": as_csv, "jsonl": as_jsonl, "huggingface": as_hugging_face}
