"""Offline batch: `python -m worker.generate --recipe quiz --input a --output b`.

Reads one JSON object a line and writes one per line in the same order; needs no Redis.
Progress goes to stderr, whose last line is a JSON summary.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from worker.loading import load_quiz_maker
from worker.outcomes import Held, Item, Outcome, Quiz
from worker.recipes import SERVED

WRONG_INPUT = 2


class InputError(ValueError):
    """An input line cannot be used; the text names it."""


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m worker.generate", description=__doc__
    )
    add = parser.add_argument
    add("--recipe", choices=SERVED, required=True)
    add("--input", type=Path, required=True, help="JSONL with id, question, answer")
    add("--output", type=Path, required=True)
    add("--preset", default=os.environ.get("PRESET") or "gemma3_270m")
    add("--adapter", type=Path, default=None, help="default: the shipped one")
    add("--seed", type=int, default=0)
    add("--batch-size", type=int, default=None, help="answers a model call")
    add("--data-dir", type=Path, default=Path(os.environ.get("DATA_DIR") or "var"))
    return parser.parse_args(argv)


def read_items(path: Path, seed: int) -> list[tuple[Any, Item]]:
    """Ids and items of the input lines.

    Raises:
        InputError: naming the line and what it must hold.
    """
    items = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            question, answer = row["question"], row["answer"]
        except (ValueError, KeyError, TypeError):
            raise InputError(
                f"{path}:{number} must be a JSON object with question and answer."
            ) from None
        identity = row.get("id", number)
        text = f"{seed}-{identity}-{number}"
        items.append(
            (identity, Item(question=str(question), answer=str(answer), seed_text=text))
        )
    return items


def to_line(identity: Any, outcome: Outcome) -> dict[str, Any]:
    """The output line of one item, as DESIGN.md's contract gives it.

    A sensitive one is skipped, with its quiz beside the reason.
    """
    if isinstance(outcome, Quiz):
        return {"id": identity, "status": "ok", "quiz": _fields(outcome)}
    skipped = {"id": identity, "status": "skipped", "reason": outcome.reason}
    held = isinstance(outcome, Held)
    return skipped | ({"quiz": _fields(outcome.quiz)} if held else {})


def _fields(quiz: Quiz) -> dict[str, Any]:
    """A quiz as the contract has it; where its options come from is for hosts."""
    return {name: value for name, value in asdict(quiz).items() if name != "sources"}


def main(argv: list[str] | None = None) -> int:
    from worker.adapter import AdapterError
    from worker.presets import PresetError
    from worker.recipes import quiz

    options = parse_arguments(argv)
    adapter = options.adapter or quiz.ADAPTER
    try:
        items = read_items(options.input, options.seed)
        maker = load_quiz_maker(
            options.preset,
            adapter,
            options.data_dir,
            batch_size=options.batch_size,
        )
    except (OSError, InputError, PresetError, AdapterError) as error:
        print(error, file=sys.stderr)
        return WRONG_INPUT
    # Similar lengths share a batch; the output keeps the input's order.
    order = sorted(range(len(items)), key=lambda i: len(items[i][1].answer))
    lines: list[dict | None] = [None] * len(items)
    started, first = time.monotonic(), 0.0
    with tqdm(total=len(items), unit="answer", file=sys.stderr) as bar:
        for place, outcome in maker.stream([items[i][1] for i in order]):
            first = first or time.monotonic() - started
            lines[order[place]] = to_line(items[order[place]][0], outcome)
            bar.update()
    options.output.write_text(
        "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines),
        encoding="utf-8",
    )
    seconds = time.monotonic() - started
    ok = sum(line["status"] == "ok" for line in lines)
    summary = {
        "items": len(lines),
        "ok": ok,
        "skipped": len(lines) - ok,
        "seconds": round(seconds, 2),
        "first_seconds": round(first, 2),
        "tokens_per_second": round(maker.gemma.tokens_written / max(seconds, 1e-9), 1),
    }
    print(json.dumps(summary), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
