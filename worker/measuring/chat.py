"""Measure SudaGom: its replies in the test dialogues, and how well dangers are found.

The metrics of replies are those of worker/quality/chat_metrics.py, told of what the
model wrote first, of what was said after all checks, and of what people wrote there.

answered by us   turns that got one of our fixed replies
found            dangerous lines that are found by rules and the ear; with the model:
                 or by its own yes
false alarms     everyday lines that are
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from worker.chatter import HEARD, MODEL, Chatter, Said, Talk
from worker.measuring import as_text, loaded, made
from worker.quality import chat_metrics, childsafety
from worker.quality.metrics import share
from worker.recipes import chat as recipe
from worker.recipes import danger
from worker.recipes.dialogue import read_scene, read_turns
from worker.training.files import DataError

SAFETY = Path(__file__).parent.parent / "data" / "chat_safety.jsonl"

Row = Mapping[str, Any]


def measure(options) -> tuple[dict[str, Any], str]:
    """What is saved, and what is printed."""
    if options.generated:
        raise DataError("Replies are measured turn by turn; leave out --generated.")
    rows = recipe.read_rows(options.data or recipe.TEST_FILE)[: options.limit]
    maker = loaded(options)
    saved: dict[str, Any] = {"source": str(options.adapter), "rows": len(rows)}
    text = ""
    if not options.ear_only:
        saved |= measure_replies(maker, rows)
        text = f"{as_text(saved['metrics'])}\nanswered by us {saved['by_people']}\n\n"
    saved["safety"] = measure_safety(maker, options.limit)
    return saved, text + as_text(saved["safety"]["tables"])


def measure_replies(maker: Chatter, rows: Sequence[Row]) -> dict[str, Any]:
    """The metrics of every turn of a persona that follows one of the child's."""
    asked = [(row, talk) for row in rows for talk in _talks(row)]
    outcomes = made(maker, [talk for _, talk in asked])
    by_model = [
        (row, talk, one)
        for (row, talk), one in zip(asked, outcomes, strict=True)
        if isinstance(one, Said) and one.first
    ]
    first = [chat_metrics.judge(row, t.turns, one.first) for row, t, one in by_model]
    said = [
        chat_metrics.judge(row, t.turns, _as_written(one))
        for row, t, one in by_model
        if one.by == MODEL
    ]
    people = [judged for row in rows for judged in chat_metrics.gold(row)]
    return {
        "metrics": {
            "first reply": chat_metrics.table(first),
            "said": chat_metrics.table(said),
            "by people": chat_metrics.table(people),
        },
        "turns": len(asked),
        "by_people": len(asked) - len(said),
    }


def _talks(row: Row) -> list[Talk]:
    turns = read_turns(row)
    return [
        Talk(
            scene=read_scene(row),
            turns=tuple(turns[: n + 1]),
            seed_text=f"evaluate {turn.text}",
        )
        for n, turn in enumerate(turns[:-1])
        if turn.by_child
    ]


def _as_written(said: Said) -> str:
    return recipe.build_target(said.text) if said.ended else said.text


def measure_safety(maker: Chatter, limit: int | None) -> dict[str, Any]:
    """How well the labelled lines nobody learnt from are found.

    Returns:
        `tables` by split, and by split and level; `likely`: each line's split, kind
        and the model's probability of a danger, to choose `chatter.HEARD` by.
    """
    lines = SAFETY.read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if _is_measured(row)][:limit]
    likely = made(_Ear(maker), [row["text"] for row in rows])
    groups: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        for name in (row["split"], f"{row['split']} {row.get('level') or row['lang']}"):
            groups.setdefault(name, []).append(place)
    return {
        "tables": {
            name: _found([rows[n] for n in own], [likely[n] for n in own])
            for name, own in groups.items()
        },
        "likely": [
            [row["split"], row["kind"], round(share, 4)]
            for row, share in zip(rows, likely, strict=True)
        ],
    }


def _is_measured(row: Row) -> bool:
    told = row["kind"] is None or row["kind"] in childsafety.DANGERS
    return row["side"] == "child" and row["split"] not in danger.LEARNT and told


def _found(rows: Sequence[Row], alarms: Sequence[float]) -> dict[str, Any]:
    known = [childsafety.kind_of(row["text"]) is not None for row in rows]
    heard = [alarm >= HEARD for alarm in alarms]
    either = [a or b for a, b in zip(known, heard, strict=True)]
    table = {}
    for name, found in (("rules", known), ("model", heard), ("both", either)):
        pairs = list(zip(rows, found, strict=True))
        table[f"found by {name}"] = share([float(f) for row, f in pairs if row["kind"]])
        alarm = [float(f) for row, f in pairs if not row["kind"]]
        table[f"false alarms by {name}"] = share(alarm)
    return table


class _Ear:
    """Has the chatter say of each message how likely it tells of a danger."""

    unit = "message"

    def __init__(self, chatter: Chatter) -> None:
        self.stream = chatter.listen
