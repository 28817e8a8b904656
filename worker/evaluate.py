"""Measure an adapter: `python -m worker.evaluate --recipe quiz`.

Makes something of every row of the frozen test split and prints a table, every share
with its n and 95 % interval. The same goes to a JSON file. What the names mean stands
at the head of worker/measuring/quiz.py and its siblings.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from pathlib import Path

from worker.loading import add_weights_option
from worker.recipes import NAMES, load_recipe
from worker.training.files import DataError

WRONG_INPUT = 2


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m worker.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--recipe", choices=NAMES, default="quiz")
    add("--data", type=Path, help="JSONL or CSV; default: the frozen test split")
    add("--preset", default=os.environ.get("PRESET") or "gemma3_270m")
    add_weights_option(parser)
    add("--adapter", type=Path, help="default: the shipped one")
    add("--output", type=Path, default=Path("evaluation.json"))
    add("--limit", type=int, help="only so many rows, the first ones")
    add("--generated", type=Path, help="score this output of worker.generate instead")
    add("--data-dir", type=Path, default=Path(os.environ.get("DATA_DIR") or "var"))
    quiz = parser.add_argument_group("quiz only").add_argument
    quiz("--compare", type=Path, help="a second adapter or output, row by row beside")
    quiz("--outsider", action="store_true", help="let the base model guess; minutes")
    quiz("--baseline", action="store_true", help="show what simple strategies find")
    quiz("--token-accuracy", action="store_true", help="also on the targets; slow")
    chat = parser.add_argument_group("chat only").add_argument
    chat("--ear-only", action="store_true", help="the safety figures, no replies")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = parse_arguments(argv)
    measuring = importlib.import_module(f"worker.measuring.{options.recipe}")
    from worker.adapter import AdapterError
    from worker.presets import PresetError

    options.adapter = options.adapter or load_recipe(options.recipe).ADAPTER
    try:
        measured, text = measuring.measure(options)
    except (OSError, DataError, PresetError, AdapterError) as error:
        print(error, file=sys.stderr)
        return WRONG_INPUT
    options.output.write_text(
        json.dumps(measured, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
