"""Judgements as one table: a line per language and kind, a column per metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from worker.quality.metrics import RULE, Judgement, Row, share

# Metrics and their column's head, in the order of the table.
COLUMNS = {
    "right_key": "right key",
    "all_checks": "all checks",
    "well_formed_drafts": "formed before",
    "well_formed": "formed after",
    "two_right": "two right",
    "two_right_at_most": "two at most",
    "leak": "leak",
    "duplicate": "duplicate",
    "key_longest": "key longest",
    "key_at_1": "key at 1",
    "key_at_2": "key at 2",
    "key_at_3": "key at 3",
    "key_at_4": "key at 4",
}
STRATEGIES = {"by_length": "by length", "by_echo": "by echo"}
OUTSIDERS = {"outsider_likelihood": "likelihood", "outsider_pmi": "PMI"}
OUTSIDER = "outsider"
RARITY = {"by_rarity": "by rarity"}  # known if the outsider was asked

Table = dict[str, dict[str, dict[str, Any]]]


def groups(rows: Sequence[Row]) -> dict[str, list[int]]:
    """Row numbers, from 0: all of them, then by language, then by kind."""
    members = {"all": list(range(len(rows)))}
    for name in ("lang", "kind"):
        values = [str(row.get(name, "plain")) for row in rows]
        for value in sorted(set(values)):
            members[value] = [i for i, one in enumerate(values) if one == value]
    return members


def table(rows: Sequence[Row], judged: Sequence[Judgement]) -> Table:
    """Share, n and interval of every metric by group.

    The outsider's column is the harder of its two ways to score options, the one
    that finds more keys over all rows.
    """
    names = sorted({name for one in judged for name in one})
    measured = {
        group: {name: share([judged[i].get(name) for i in members]) for name in names}
        for group, members in groups(rows).items()
    }
    if harder := harder_outsider(measured["all"]):
        for metrics in measured.values():
            metrics[OUTSIDER] = metrics[harder]
    return measured


def harder_outsider(metrics: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The outsider that finds more keys, None if none was asked."""
    asked = [name for name in OUTSIDERS if metrics.get(name, {"n": 0})["n"]]
    return max(asked, key=lambda name: metrics[name]["share"], default=None)


def as_text(measured: Table, rows: Mapping[str, int], *, baseline: bool) -> str:
    """Aligned lines, shares in percent with their 95 % interval.

    Args:
        measured: of `table`.
        rows: how many rows each group has.
        baseline: whether to show what simple strategies find.
    """
    columns = dict(COLUMNS)
    if OUTSIDER in measured["all"]:
        columns |= {OUTSIDER: OUTSIDER} | RARITY
    if baseline:
        columns |= STRATEGIES
    lines = [["", "n", *columns.values()]]
    for group, metrics in measured.items():
        cells = [cell(metrics.get(name), rows[group]) for name in columns]
        lines.append([group, str(rows[group]), *cells])
    return "\n".join([*aligned(lines), *_notes(measured["all"])])


def cell(one: Mapping[str, Any] | None, rows: int) -> str:
    """A share in percent with its interval, and its n where it is not `rows`.

    Example: 8 of 10 -> "80.0 (49-94)", in a line of 12 rows "80.0 (49-94) n=10".
    """
    if one is None or one["share"] is None:
        return "-"
    low, high = one["interval"]
    text = f"{100 * one['share']:.1f} ({100 * low:.0f}-{100 * high:.0f})"
    return text if one["n"] == rows else f"{text} n={one['n']}"


def aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Cells as columns two spaces apart, the first one to the left."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            text.rjust(width) if place else text.ljust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]


def _notes(metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Rules that some quiz breaks, and both ways to ask the outsider."""
    broken = [
        f"{name.removeprefix(RULE)} {cell(one, one['n'])}"
        for name, one in metrics.items()
        if name.startswith(RULE) and one["share"] < 1
    ]
    notes = [f"rules not always kept: {', '.join(broken)}"] if broken else []
    if OUTSIDER in metrics:
        ways = [
            f"by {way} {cell(metrics[name], metrics[name]['n'])}"
            for name, way in OUTSIDERS.items()
        ]
        notes.append(f"outsider: {', '.join(ways)}; the higher one is in the table")
    return notes
