"""Measure an adapter: `python -m worker.evaluate --recipe quiz`.

Makes a quiz of every row of the frozen test split and prints one table: right key,
form, leaks, position, per language and kind, with n and a 95 % interval. Also the
token accuracy on the rows' own targets. The same goes to a JSON file.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from worker.generate import batches
from worker.loading import load_quiz_maker, use_compilation_cache
from worker.quality import metrics
from worker.quizmaker import Item, Quiz, QuizMaker
from worker.recipes import NAMES, load_recipe
from worker.training import data

WRONG_INPUT = 2


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m worker.evaluate", description=__doc__
    )
    add = parser.add_argument
    add("--recipe", choices=NAMES, default="quiz")
    add("--data", type=Path, help="JSONL or CSV; default: the frozen test split")
    add("--preset", default=os.environ.get("PRESET") or "gemma3_270m")
    add("--adapter", type=Path, help="default: the shipped one")
    add("--output", type=Path, default=Path("evaluation.json"))
    add("--generated", type=Path, help="score this output of worker.generate instead")
    add("--limit", type=int, help="only so many rows, the first ones")
    add("--token-accuracy", action="store_true", help="also on the targets; slow")
    add("--data-dir", type=Path, default=Path(os.environ.get("DATA_DIR") or "var"))
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    from worker.adapter import AdapterError
    from worker.presets import PresetError

    options = parse_arguments(argv)
    recipe = load_recipe(options.recipe)
    adapter = options.adapter or recipe.ADAPTER
    try:
        rows = data.read_rows(options.data or recipe.TEST_FILE)[: options.limit]
        if options.generated:
            quizzes = read_quizzes(options.generated, len(rows))
        else:
            maker = load_quiz_maker(options.preset, adapter, options.data_dir)
            quizzes = make_quizzes(maker, rows)
    except (OSError, data.DataError, PresetError, AdapterError) as error:
        print(error, file=sys.stderr)
        return WRONG_INPUT
    measured = {"adapter": str(adapter), "rows": len(rows)}
    measured |= metrics.table(rows, quizzes)
    if options.token_accuracy:
        measured["token_accuracy"] = token_accuracy(options, recipe, adapter, rows)
    options.output.write_text(
        json.dumps(measured, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    print(metrics.as_text(measured))
    if options.token_accuracy:
        print(f"token accuracy {measured['token_accuracy']:.4f}")
    return 0


def read_quizzes(path: Path, count: int) -> list[dict | None]:
    """The quizzes of a `worker.generate` output whose input were these rows in order.

    Raises:
        DataError: if the file has another number of lines.
    """
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    if len(lines) != count:
        raise data.DataError(
            f"{path} must have one line per row, {count}. Received: {len(lines)}."
        )
    return [json.loads(line).get("quiz") for line in lines]


def make_quizzes(maker: QuizMaker, rows: list[data.Row]) -> list[dict | None]:
    """The quiz of each row, None where there is none; rows of like length together."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]["answer"]))
    quizzes: list[dict[str, Any] | None] = [None] * len(rows)
    with tqdm(total=len(rows), unit="row", file=sys.stderr) as bar:
        for chosen in batches(order, max(maker.gemma.answer_buckets)):
            items = [
                Item(
                    question=rows[i]["question"],
                    answer=rows[i]["answer"],
                    seed_text=f"evaluate-{i}",
                )
                for i in chosen
            ]
            for i, outcome in zip(chosen, maker.make(items), strict=True):
                quizzes[i] = asdict(outcome) if isinstance(outcome, Quiz) else None
            bar.update(len(chosen))
    return quizzes


def token_accuracy(options, recipe, adapter: Path, rows: list[data.Row]) -> float:
    """Share of the quiz targets' tokens that are predicted from the ones before."""
    use_compilation_cache(options.data_dir)
    from worker.adapter import Adapter
    from worker.presets import locate
    from worker.presets.backbone import load_backbone, load_tokenizer
    from worker.training.lora import LoraTrainer

    preset = locate(options.preset, options.data_dir)
    backbone = load_backbone(preset)
    Adapter.load(
        adapter, recipe=recipe.NAME, prompt_version=recipe.PROMPT_VERSION
    ).merge_into(backbone)
    pairs = [recipe.training_pairs(row)[0] for row in rows]
    arrays = data.encode_pairs(pairs, load_tokenizer(preset), sequence_length=512)
    backbone.trainable = False
    return LoraTrainer(backbone).measure(arrays, 4)[1]


if __name__ == "__main__":
    sys.exit(main())
