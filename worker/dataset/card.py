"""A Hugging Face dataset folder's README.md, with the header that the Hub reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

from worker.dataset import figures
from worker.training.files import Row

_WORDING = Path(__file__).parent.parent / "wording" / "dataset_card.md"
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"))
MEETINGS = "meetings, with consent"
NOT_STATED = "none stated"


def describe(name: str, rows: Sequence[Row], split: Mapping[str, Sequence[Row]]) -> str:
    return Template(_WORDING.read_text(encoding="utf-8")).substitute(
        name=name,
        header=_header(name, rows),
        train=len(split["train"]),
        validation=len(split["validation"]),
        figures=_figures(figures.balance(rows)),
        sources=_sources(rows),
    )


def _header(name: str, rows: Sequence[Row]) -> str:
    """Many pages, many licences: the Hub's word for that is "other"."""
    languages = sorted({row["lang"] for row in rows})
    size = next((text for limit, text in _SIZES if len(rows) < limit), "100K<n<1M")
    lines = [f"pretty_name: {name}", "license: other"]
    lines += ["license_name: see-sources", "language:"]
    lines += [f"- {language}" for language in languages]
    lines += ["task_categories:", "- question-answering", "- multiple-choice"]
    return "\n".join([*lines, "size_categories:", f"- {size}"])


def _figures(balance: Mapping[str, Any]) -> str:
    parts = [
        f"{title}: " + ", ".join(f"{key} {n}" for key, n in balance[name].items())
        for name, title in (("language", "Language"), ("difficulty", "Difficulty"))
        if name in balance
    ]
    found = f"The longest option is the right one in {balance['by_length']:.0%} of the "
    return "; ".join(parts) + ". " + found + "rows (chance: 25 %)."


def _sources(rows: Sequence[Row]) -> str:
    """A line for every site and licence, those with most rows first."""
    counts = Counter(_source(row) for row in rows)
    lines = ["| site | licence | rows |", "|---|---|---|"]
    lines += [
        f"| {site} | {terms} | {n} |" for (site, terms), n in counts.most_common()
    ]
    return "\n".join(lines)


def _source(row: Row) -> tuple[str, str]:
    source = row.get("source")
    if not source:
        return MEETINGS, "-"
    licence = source.get("licence") or NOT_STATED
    return urlsplit(source["url"]).netloc, licence.replace("|", " ")
