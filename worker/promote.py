"""Use a new adapter, if it is not worse: `python -m worker.promote --adapter NEW`.

Measures the new adapter and the one in use on the frozen test rows, shows both side by
side, and refuses (exit code 1) if the new one is worse: see worker/quality/gate.py.
Running workers take up the new one within seconds, between two batches.

    python -m worker.promote --adapter out/quiz        measure, then use
    python -m worker.promote --roll-back               use the one before
    python -m worker.promote --show                    name the one in use
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from worker.adapter import CARD, AdapterError
from worker.loading import add_weights_option
from worker.presets import name_of
from worker.quality import gate
from worker.recipes import NAMES, load_recipe
from worker.shelf import Shelf

WORSE, WRONG_INPUT = 1, 2
EVALUATION = "evaluation.json"


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m worker.promote",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_mutually_exclusive_group(required=True).add_argument
    what("--adapter", type=Path, help="the new adapter's folder")
    what("--roll-back", action="store_true", help="use the adapter before")
    what("--show", action="store_true", help="name the adapter in use")
    add = parser.add_argument
    add("--recipe", choices=NAMES, default="quiz")
    add("--preset", default=os.environ.get("PRESET") or "gemma3_270m")
    add_weights_option(parser)
    add("--data", type=Path, help="JSONL or CSV; default: the frozen test split")
    add("--limit", type=int, help="only so many rows, the first ones")
    add("--margin", type=float, default=gate.MARGIN, help="what a metric may fall")
    add("--data-dir", type=Path, default=Path(os.environ.get("DATA_DIR") or "var"))
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = parse_arguments(argv)
    shelf = shelf_of(options)
    try:
        if options.show:
            print(shelf.in_use())
            return 0
        if options.roll_back:
            print(f"{options.recipe}: {shelf.go_back()} is in use.")
            return 0
        return promote(shelf, options)
    except (AdapterError, EvaluationFailed) as error:
        print(error, file=sys.stderr)
        return WRONG_INPUT


def shelf_of(options: argparse.Namespace) -> Shelf:
    """The shelf that workers with this preset follow."""
    folder, preset = options.data_dir.resolve(), Path(options.preset).name
    return Shelf(folder, preset, options.recipe, configured(options.recipe))


def configured(recipe: str) -> Path:
    """The adapter that workers use as long as none was promoted, as they find it."""
    name = "ADAPTER" if recipe == "quiz" else f"{recipe.upper()}_ADAPTER"
    return Path(os.environ.get(name) or load_recipe(recipe).ADAPTER)


class EvaluationFailed(RuntimeError):
    """`worker.evaluate` refused; it has said why."""


def promote(shelf: Shelf, options: argparse.Namespace) -> int:
    """Measure both, show them, and use the new one if nothing speaks against it."""
    check_preset(options)
    old = shelf.in_use()
    measured, found = measure(options, old if (old / CARD).is_file() else None)
    text = gate.as_text(found) if found else "There is no adapter in use to compare."
    print(text)
    keep(options.adapter, measured, text)
    if reasons := gate.objections(found, options.margin):
        print("\n".join([*reasons, f"{old} stays in use."]), file=sys.stderr)
        return WORSE
    name = shelf.put(options.adapter)
    shelf.use(name)
    print(f"{options.recipe}: {name} is in use.")
    return 0


def check_preset(options: argparse.Namespace) -> None:
    """Raises: AdapterError if the adapter was made for another preset."""
    try:
        card = json.loads((options.adapter / CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AdapterError(
            f"{options.adapter} must hold {CARD} as `python -m worker.finetune` writes "
            f"it. Received: {error}."
        ) from error
    if card.get("preset") != name_of(options.preset):
        raise AdapterError(
            f"{options.adapter} was made for the preset {card.get('preset')!r}, which "
            f"must be the worker's. Received: {options.preset!r}. Set PRESET or give "
            "--preset."
        )


def measure(
    options: argparse.Namespace, old: Path | None
) -> tuple[dict[str, Any], list[gate.Gate]]:
    """The new adapter's evaluation, and its gates beside the old one's, if any."""
    if old is None:
        return evaluated(options, options.adapter), []
    if options.recipe == "quiz":
        new = evaluated(options, options.adapter, "--compare", str(old))
        compared = new["compared_with"]["metrics"]
        return new, gate.gates(options.recipe, {}, compared, paired=True)
    new, before = (evaluated(options, one) for one in (options.adapter, old))
    return new, gate.gates(options.recipe, before["metrics"], new["metrics"])


def evaluated(options: argparse.Namespace, adapter: Path, *more: str) -> dict[str, Any]:
    """What `worker.evaluate` saves for an adapter."""
    from worker import evaluate

    output = options.data_dir / EVALUATION
    arguments = [
        *("--recipe", options.recipe, "--preset", options.preset),
        *("--weights", options.weights),
        *("--adapter", str(adapter), "--output", str(output)),
        *("--data-dir", str(options.data_dir), *more),
    ]
    arguments += ["--data", str(options.data)] if options.data else []
    arguments += ["--limit", str(options.limit)] if options.limit else []
    if evaluate.main(arguments):
        raise EvaluationFailed(f"{adapter} could not be measured.")
    return json.loads(output.read_text(encoding="utf-8"))


def keep(adapter: Path, measured: dict[str, Any], compared: str) -> None:
    """Leave the evaluation with the adapter, and draw it into its report."""
    from worker.training import report

    text = json.dumps(measured, ensure_ascii=False, indent=1)
    (adapter / EVALUATION).write_text(text + "\n", encoding="utf-8")
    report.rewrite(adapter, measured, compared)


if __name__ == "__main__":
    sys.exit(main())
