"""Measure the abstract recipe: an abstract of every summary of the test rows.

The metrics are those of worker/quality/abstract_metrics.py, told of the model's first
whole draft and of what the guard let through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from worker.abstractor import Abstract, Abstractor
from worker.measuring import as_text, generated_lines, loaded, made
from worker.quality import abstract_metrics
from worker.recipes import abstract as recipe


def measure(options) -> tuple[dict[str, Any], str]:
    """What is saved, and what is printed."""
    rows = recipe.read_rows(options.data or recipe.TEST_FILE)[: options.limit]
    if options.generated:
        lines = generated_lines(options.generated, len(rows))
        tables = {"generated": _table(rows, [line.get("abstract") for line in lines])}
        return {"rows": len(rows), "metrics": tables}, as_text(tables)
    maker = loaded(options)
    items = [Abstractor.of_line(row, f"evaluate-{n}") for n, row in enumerate(rows)]
    outcomes = made(maker, items)
    whole = [one if isinstance(one, Abstract) else None for one in outcomes]
    tables = {
        "first draft": _table(rows, [one.first if one else None for one in whole]),
        "guarded": _table(rows, [one.text if one else None for one in whole]),
        "by people": _table(rows, [row["original"] for row in rows]),
    }
    dropped = sum(len(one.dropped) for one in whole if one)
    saved = {"source": str(options.adapter), "rows": len(rows), "metrics": tables}
    text = f"{as_text(tables)}\nsentences left out {dropped}"
    return saved | {"dropped": dropped}, text


def _table(
    rows: Sequence[Mapping[str, Any]], texts: Sequence[str | None]
) -> dict[str, dict[str, Any]]:
    judged = [
        abstract_metrics.judge(row, one) for row, one in zip(rows, texts, strict=True)
    ]
    return abstract_metrics.table(judged)
