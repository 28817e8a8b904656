"""What holds for what a recipe's maker makes: one module per recipe.

Each has `measure(options)`, which gives what is saved and what is printed.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from worker.loading import load_maker
from worker.quality.report import aligned, cell
from worker.training.files import DataError, parsed


def loaded(options: Namespace, adapter: Path | None = None):
    """The maker that the options of `worker.evaluate` name, or with another adapter."""
    return load_maker(
        options.recipe,
        options.preset,
        adapter or options.adapter,
        options.data_dir,
        dtype=options.weights,
    )


def made(maker, items: Sequence[Any]) -> list[Any]:
    """The outcome of every item, in order, with a progress bar."""
    outcomes: list[Any] = [None] * len(items)
    with tqdm(total=len(items), unit=maker.unit, file=sys.stderr) as bar:
        for place, outcome in maker.stream(items):
            outcomes[place] = outcome
            bar.update()
    return outcomes


def generated_lines(path: Path, count: int) -> list[dict[str, Any]]:
    """The lines of a `worker.generate` output whose input were these rows in order.

    Raises:
        DataError: if the file has another number of lines, or a line is not JSON.
    """
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    if len(lines) != count:
        raise DataError(
            f"{path} must have one line per row, {count}. Received: {len(lines)}."
        )
    try:
        return [parsed(line, path.name) for line in lines]
    except DataError:
        raise DataError(
            f"{path} must have a JSON object on every line, as worker.generate writes."
        ) from None


def as_text(columns: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """A line for every metric, a column for each table of them.

    Shares are percent with their 95 % interval, means are plain numbers with theirs.
    """
    names = dict.fromkeys(name for table in columns.values() for name in table)
    lines = [["", *columns]]
    for name in names:
        lines.append([name, *(_cell(table.get(name)) for table in columns.values())])
    return "\n".join(aligned(lines))


def _cell(one: Mapping[str, Any] | None) -> str:
    if one is None or "share" in one:
        return cell(one, -1)
    if one["mean"] is None:
        return "-"
    low, high = one["interval"]
    return f"{one['mean']:.3f} ({low:.3f}-{high:.3f}) n={one['n']}"
