"""`check`: is a file of candidates, drafts, reviewed or training rows fit to use?

Looks at every row by itself, at rows that say the same, at rows of the frozen test
split, and at the whole: languages, places and lengths of the right option, tokens.
Exit code 0: usable; 1: there are rows to leave out, which --fix does; 2: wrong input.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from worker.dataset import alike, figures, rows
from worker.dataset.problems import is_rejected, of_row
from worker.dataset.report import Checked, as_report, as_text
from worker.quality.text import fold
from worker.recipes import quiz
from worker.training.data import read_rows
from worker.training.files import DataError, Row

SOUND, PROBLEMS = 0, 1
SHOWN = 20  # rows listed at most, unless --all


def add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--input", type=Path, required=True, help="JSONL of any stage, or seed's CSV")
    add(
        "--fix",
        action="store_true",
        help="write the file without bad and rejected rows",
    )
    add("--output", type=Path, help="where --fix writes; default: INPUT.clean.jsonl")
    add("--json", action="store_true", help="print JSON instead of the table")
    add("--all", action="store_true", help="list every row with a problem or a doubt")
    add("--sequence-length", type=int, default=512, help="tokens of a row at most")
    add("--preset", default=os.environ.get("PRESET") or "gemma3_270m")
    add("--data-dir", type=Path, default=Path(os.environ.get("DATA_DIR") or "var"))
    add("--no-tokens", action="store_true", help="do not count them: needs no preset")


def run(options: argparse.Namespace) -> int:
    checked = check(read(options.input), options)
    written = ""
    if options.fix:
        path = options.output or options.input.with_suffix(".clean.jsonl")
        if path.exists() and path.samefile(options.input):
            raise DataError("--output must be another file than --input.")
        rows.write(path, checked.good)
        written = str(path)
    report = as_report(checked, written)
    if options.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        print(as_text(report, None if options.all else SHOWN))
    usable = checked.good and (options.fix or not checked.bad)
    return SOUND if usable else PROBLEMS


def read(path: Path) -> list[Row]:
    """The rows of a file of ours, or of the seed's CSV.

    Raises:
        DataError: if it is neither.
    """
    found = read_rows(path) if path.suffix == ".csv" else rows.read(path)
    if not found:
        raise DataError(f"{path} must hold at least one row.")
    return found


def check(found: list[Row], options: argparse.Namespace) -> Checked:
    with tqdm(found, unit="row", file=sys.stderr) as bar:
        problems = [[] if is_rejected(row) else of_row(row) for row in bar]
    checked = Checked(rows=found, problems=problems)
    sound = [
        number
        for number, problems in enumerate(checked.problems)
        if not is_rejected(found[number])
        and not any(one.name == "shape" for one in problems)
    ]
    find_doubles(checked, sound)
    find_leaks(checked, sound)
    if not options.no_tokens:
        count_tokens(checked, sound, options)
    checked.balance = figures.balance([found[number] for number in sound])
    return checked


def find_doubles(checked: Checked, sound: Sequence[int]) -> None:
    """Mark every row but the first of those that say the same."""
    some = [checked.rows[number] for number in sound]
    first = alike.groups(len(some), alike.pairs(some))
    for place, origin in enumerate(first):
        if origin != place:
            same = all(
                fold(some[place][name]) == fold(some[origin][name])
                for name in ("question", "answer")
            )
            name = "duplicate" if same else "near_duplicate"
            checked.add(sound[place], name, f"of row {sound[origin] + 1}")


def find_leaks(checked: Checked, sound: Sequence[int]) -> None:
    """Mark the rows that would teach what the frozen test split asks."""
    frozen = read_rows(quiz.TEST_FILE)
    together = [*frozen, *(checked.rows[number] for number in sound)]
    leaked = {
        j - len(frozen): i + 1 for i, j in alike.pairs(together) if i < len(frozen) <= j
    }
    for place, line in leaked.items():
        checked.add(sound[place], "leak", f"row {line} of {quiz.TEST_FILE.name}")


def count_tokens(
    checked: Checked, sound: Sequence[int], options: argparse.Namespace
) -> None:
    """Mark the rows that `worker.finetune` would refuse. Raises: DataError."""
    from worker.presets import PresetError, locate

    try:
        preset = locate(options.preset, options.data_dir)
    except PresetError as error:
        raise DataError(str(error)) from None
    lengths = figures.token_lengths([checked.rows[n] for n in sound], preset)
    for number, length in zip(sound, lengths, strict=True):
        if length > options.sequence_length:
            checked.add(number, "too_long", f"{length} tokens")
    checked.tokens = figures.spread(lengths)
    checked.tokens["limit"] = options.sequence_length
