"""Measure an adapter: `python -m worker.evaluate --recipe quiz`.

Makes a quiz of every row of the frozen test split and prints one table by language
and kind, every share with its n and 95 % interval. The same goes to a JSON file.

right key      says what the row's gold option says
all checks     every rule recorded with the quiz holds
formed before  the model's own drafts with four distinct options; after: the quizzes
two right      an option that is not the key says what the gold option says, or what
               the right key says; at most: or the answer has its words as fully as
               the key's, whether or not these words answer the question
by length      solved by always taking the longest option; by echo: the option that
               shares most words with the question
outsider       solved by the base model, which does not see the answer; 25 % is ideal
by rarity      solved by always taking the option the outsider finds least likely

A quiz that was not made fails the first, second and fourth column; the others are
shares of the quizzes made.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from worker.loading import load_quiz_maker, use_compilation_cache
from worker.outcomes import Held, Item, Quiz
from worker.outsider import Outsider
from worker.quality import comparing, metrics, report
from worker.recipes import SERVED, load_recipe
from worker.training import data

WRONG_INPUT = 2

Quizzes = list[dict[str, Any] | None]
Judged = list[metrics.Judgement]


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m worker.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--recipe", choices=SERVED, default="quiz")
    add("--data", type=Path, help="JSONL or CSV; default: the frozen test split")
    add("--preset", default=os.environ.get("PRESET") or "gemma3_270m")
    add("--adapter", type=Path, help="default: the shipped one")
    add("--output", type=Path, default=Path("evaluation.json"))
    add("--generated", type=Path, help="score this output of worker.generate instead")
    add("--compare", type=Path, help="a second adapter or output, row by row beside it")
    add("--outsider", action="store_true", help="let the base model guess; minutes")
    add("--baseline", action="store_true", help="show what simple strategies find")
    add("--limit", type=int, help="only so many rows, the first ones")
    add("--token-accuracy", action="store_true", help="also on the targets; slow")
    add("--data-dir", type=Path, default=Path(os.environ.get("DATA_DIR") or "var"))
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    from worker.adapter import AdapterError
    from worker.presets import PresetError

    options = parse_arguments(argv)
    recipe = load_recipe(options.recipe)
    options.adapter = options.adapter or recipe.ADAPTER
    names = [options.generated or options.adapter]
    names += [options.compare] if options.compare else []
    try:
        rows = data.read_rows(options.data or recipe.TEST_FILE)[: options.limit]
        sides = [quizzes_of(name, rows, options) for name in names]
        judged = judge_all(rows, sides, options)
    except (OSError, data.DataError, PresetError, AdapterError) as error:
        print(error, file=sys.stderr)
        return WRONG_INPUT
    measured, text = measure(rows, judged, [str(name) for name in names], options)
    if options.token_accuracy:
        accuracy = token_accuracy(options, recipe, options.adapter, rows)
        measured["token_accuracy"] = accuracy
        text += f"\ntoken accuracy {accuracy:.4f}"
    options.output.write_text(
        json.dumps(measured, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    print(text)
    return 0


def quizzes_of(source: Path, rows: list[data.Row], options) -> Quizzes:
    """The quizzes of an adapter, which is a folder, or of a generated file."""
    if source == options.generated or source.is_file():
        return read_quizzes(source, len(rows))
    maker = load_quiz_maker(options.preset, source, options.data_dir)
    return make_quizzes(maker, rows)


def read_quizzes(path: Path, count: int) -> Quizzes:
    """The quizzes of a `worker.generate` output whose input were these rows in order.

    Raises:
        DataError: if the file has another number of lines, or a line is not JSON.
    """
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    if len(lines) != count:
        raise data.DataError(
            f"{path} must have one line per row, {count}. Received: {len(lines)}."
        )
    try:
        return [json.loads(line).get("quiz") for line in lines]
    except (ValueError, AttributeError):
        raise data.DataError(
            f"{path} must have a JSON object on every line, as worker.generate writes."
        ) from None


def make_quizzes(maker, rows: list[data.Row]) -> Quizzes:
    """The quiz of each row, None where there is none; rows of like length together."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]["answer"]))
    items = [
        Item(
            question=rows[i]["question"],
            answer=rows[i]["answer"],
            seed_text=f"evaluate-{i}",
        )
        for i in order
    ]
    quizzes: Quizzes = [None] * len(rows)
    with tqdm(total=len(rows), unit="row", file=sys.stderr) as bar:
        for place, outcome in maker.stream(items):
            quiz = outcome.quiz if isinstance(outcome, Held) else outcome
            made = asdict(quiz) if isinstance(quiz, Quiz) else None
            quizzes[order[place]] = made
            bar.update()
    return quizzes


def judge_all(rows: list[data.Row], sides: Sequence[Quizzes], options) -> list[Judged]:
    """The judgements of each side, with the outsider's if it is asked for."""
    judged = [
        [metrics.judge(row, quiz) for row, quiz in zip(rows, quizzes, strict=True)]
        for quizzes in sides
    ]
    if options.outsider:
        use_compilation_cache(options.data_dir)
        outsider = Outsider.load(options.preset, options.data_dir)
        for one, quizzes in zip(judged, sides, strict=True):
            for judgement, solved in zip(one, outsider.solve(quizzes), strict=True):
                judgement |= solved
    return judged


def measure(
    rows: list[data.Row], judged: Sequence[Judged], names: Sequence[str], options
) -> tuple[dict[str, Any], str]:
    """What is saved, and what is printed: the first side, then it beside the second."""
    counts = {group: len(members) for group, members in report.groups(rows).items()}
    measured: dict[str, Any] = {"source": names[0], "rows": len(rows)}
    measured["metrics"] = report.table(rows, judged[0])
    text = report.as_text(measured["metrics"], counts, baseline=options.baseline)
    measured["wrong_key"] = [
        i for i, one in enumerate(judged[0]) if not one["right_key"]
    ]
    if len(judged) > 1:
        compared = comparing.compare(rows, *judged)
        measured["compared_with"] = {"source": names[1]} | compared
        text += "\n\n" + comparing.as_text(compared, names)
    return measured, text


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
