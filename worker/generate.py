"""Offline batch: `python -m worker.generate --recipe quiz --input a --output b`.

Reads one JSON object a line and writes one per line in the same order; needs no Redis.
Until all are made they lie in `b.partial`, which a run that was stopped leaves behind.
Progress goes to stderr, whose last line is a JSON summary.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from tqdm import tqdm

from worker.loading import add_weights_option, load_maker
from worker.outcomes import Failed, Held, Skipped
from worker.recipes import NAMES, load_recipe

WRONG_INPUT = 2


class InputError(ValueError):
    """An input line cannot be used; the text names it."""


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m worker.generate", description=__doc__
    )
    add = parser.add_argument
    add("--recipe", choices=NAMES, required=True)
    add("--input", type=Path, required=True, help="JSONL, an item a line")
    add("--output", type=Path, required=True)
    add("--preset", default=os.environ.get("PRESET") or "gemma3_270m")
    add_weights_option(parser)
    add("--adapter", type=Path, default=None, help="default: the shipped one")
    add("--seed", type=int, default=0)
    add("--batch-size", type=int, default=None, help="items at a time")
    add("--data-dir", type=Path, default=Path(os.environ.get("DATA_DIR") or "var"))
    return parser.parse_args(argv)


def read_items(path: Path, seed: int, maker) -> list[tuple[Any, Any]]:
    """Ids and items of the input lines, as the recipe's maker reads them.

    Raises:
        InputError: naming the line and what it must hold.
    """
    items = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            identity = row.get("id", number)
            item = maker.of_line(row, f"{seed}-{identity}-{number}")
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InputError(
                f"{path}:{number} must be a JSON object with {maker.needs}."
            ) from None
        items.append((identity, item))
    return items


def to_line(identity: Any, outcome: Any, maker) -> dict[str, Any]:
    """The output line of one item, as DESIGN.md's contract gives it.

    A sensitive quiz is skipped, with the quiz beside the reason.
    """
    head = {"id": identity, "status": "ok"}
    if isinstance(outcome, Skipped | Failed | Held):
        head = {"id": identity, "status": "skipped", "reason": outcome.reason}
    made = not isinstance(outcome, Skipped | Failed)
    return head | (maker.to_line(outcome) if made else {})


def main(argv: list[str] | None = None) -> int:
    from worker.adapter import AdapterError
    from worker.presets import PresetError
    from worker.siblings import class_of

    options = parse_arguments(argv)
    adapter = options.adapter or load_recipe(options.recipe).ADAPTER
    try:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        items = read_items(options.input, options.seed, class_of(options.recipe))
        maker = load_maker(
            options.recipe,
            options.preset,
            adapter,
            options.data_dir,
            batch_size=options.batch_size,
            dtype=options.weights,
        )
    except (OSError, InputError, PresetError, AdapterError) as error:
        print(error, file=sys.stderr)
        return WRONG_INPUT
    partial = options.output.with_name(options.output.name + ".partial")
    with partial.open("w", encoding="utf-8") as file:
        summary = write_lines(items, maker, file)
    partial.replace(options.output)
    print(json.dumps(summary), file=sys.stderr)
    return 0


def write_lines(items: Sequence[tuple[Any, Any]], maker, file: TextIO) -> dict:
    """Write a line for every item, in order, as soon as those before it are there.

    Returns:
        The summary.
    """
    waiting: dict[int, dict] = {}  # lines made before their turn
    written = ok = 0
    started, first = time.monotonic(), 0.0
    with tqdm(total=len(items), unit=maker.unit, file=sys.stderr) as bar:
        for place, outcome in maker.stream([item for _, item in items]):
            first = first or time.monotonic() - started
            waiting[place] = to_line(items[place][0], outcome, maker)
            ok += waiting[place]["status"] == "ok"
            while written in waiting:
                line = json.dumps(waiting.pop(written), ensure_ascii=False)
                file.write(line + "\n")
                written += 1
            file.flush()
            bar.update()
    seconds = time.monotonic() - started
    return {
        "items": written,
        "ok": ok,
        "skipped": written - ok,
        "seconds": round(seconds, 2),
        "first_seconds": round(first, 2),
        "tokens_per_second": round(maker.gemma.tokens_written / max(seconds, 1e-9), 1),
    }


if __name__ == "__main__":
    sys.exit(main())
