"""Measure the quiz recipe: a quiz of every row, one table by language and kind.

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

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from worker.loading import use_compilation_cache
from worker.measuring import generated_lines, loaded, made
from worker.outcomes import Held, Item, Quiz
from worker.outsider import Outsider
from worker.quality import comparing, metrics, report
from worker.recipes import quiz as recipe
from worker.training import data

Quizzes = list[dict[str, Any] | None]
Judged = list[metrics.Judgement]


def measure(options) -> tuple[dict[str, Any], str]:
    """What is saved, and what is printed.

    Raises:
        OSError, DataError, PresetError, AdapterError: with what to do.
    """
    names = [options.generated or options.adapter]
    names += [options.compare] if options.compare else []
    rows = data.read_rows(options.data or recipe.TEST_FILE)[: options.limit]
    sides = [quizzes_of(name, rows, options) for name in names]
    judged = judge_all(rows, sides, options)
    measured, text = tell(rows, judged, [str(name) for name in names], options)
    if options.token_accuracy:
        accuracy = token_accuracy(options, options.adapter, rows)
        measured["token_accuracy"] = accuracy
        text += f"\ntoken accuracy {accuracy:.4f}"
    return measured, text


def quizzes_of(source: Path, rows: list[data.Row], options) -> Quizzes:
    """The quizzes of an adapter, which is a folder, or of a generated file."""
    if source == options.generated or source.is_file():
        return read_quizzes(source, len(rows))
    return make_quizzes(loaded(options, source), rows)


def read_quizzes(path: Path, count: int) -> Quizzes:
    """The quizzes of a `worker.generate` output whose input were these rows in order.

    Raises:
        DataError: if the file has another number of lines, or a line is not JSON.
    """
    return [line.get("quiz") for line in generated_lines(path, count)]


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
    for place, outcome in enumerate(made(maker, items)):
        quiz = outcome.quiz if isinstance(outcome, Held) else outcome
        quizzes[order[place]] = asdict(quiz) if isinstance(quiz, Quiz) else None
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


def tell(
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


def token_accuracy(options, adapter: Path, rows: list[data.Row]) -> float:
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
