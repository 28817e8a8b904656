"""Measure the slang recipe: a word for each of a hundred scenes.

The metrics are those of worker/quality/slang_metrics.py, told of the first reply as the
model wrote it, and of the best proposal after all checks, redraws and repairs.

drawn    replies the model wrote; read: those that could be read
good     scenes with two proposals or more that keep every rule
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from worker.measuring import as_text, generated_lines, loaded, made
from worker.quality import slang_metrics
from worker.quality.metrics import share
from worker.recipes.slang import Proposal
from worker.slangmaker import GOOD, SlangMaker, Words
from worker.training.files import read_jsonl

SCENES = Path(__file__).parent.parent / "data" / "slang_contexts.jsonl"

Proposals = list[Proposal | None]
Rows = Sequence[Mapping[str, Any]]


def measure(options) -> tuple[dict[str, Any], str]:
    """What is saved, and what is printed."""
    rows = read_jsonl(options.data or SCENES, ("context",))[: options.limit]
    if options.generated:
        words = _read(options.generated, len(rows))
        tables = {"generated": _table(rows, words)}
        return {"rows": len(rows), "metrics": tables}, as_text(tables)
    maker = loaded(options)
    items = [SlangMaker.of_line(row, f"evaluate-{n}") for n, row in enumerate(rows)]
    outcomes = [one if isinstance(one, Words) else None for one in made(maker, items)]
    tables = {
        "first reply": _table(rows, [one.first if one else None for one in outcomes]),
        "best proposal": _table(
            rows, [one.proposals[0][0] if one else None for one in outcomes]
        ),
    }
    tables["best proposal"]["good"] = share([_has_enough(one) for one in outcomes])
    drawn = {"drawn": _sum(outcomes, "drawn"), "read": _sum(outcomes, "read")}
    words = [one.proposals[0][0].slang if one else None for one in outcomes]
    saved = {"source": str(options.adapter), "rows": len(rows), "metrics": tables}
    text = f"{as_text(tables)}\ndrawn {drawn['drawn']}, read {drawn['read']}"
    return saved | drawn | {"words": words}, text


def _table(rows: Rows, proposals: Proposals) -> dict[str, dict[str, Any]]:
    return slang_metrics.table(slang_metrics.judge_all(rows, proposals))


def _has_enough(made: Words | None) -> float:
    good = sum(all(kept.values()) for _, kept in made.proposals) if made else 0
    return float(good >= GOOD)


def _sum(outcomes: Sequence[Words | None], name: str) -> int:
    return sum(getattr(one, name) for one in outcomes if one)


def _read(path: Path, count: int) -> Proposals:
    found = [line.get("slang") for line in generated_lines(path, count)]
    return [Proposal(**one) if one else None for one in found]
