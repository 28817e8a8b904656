"""What `check` has found: as JSON, and as a table that a person reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from worker.dataset import figures
from worker.dataset.problems import MEANINGS, Problem, is_rejected
from worker.training.files import Row


@dataclass(kw_only=True)
class Checked:
    """A file's rows with what is wrong with each, and figures of the whole."""

    rows: list[Row]
    problems: list[list[Problem]]
    balance: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)

    @property
    def bad(self) -> list[int]:
        """Numbers of the rows, from 0, that are not to be used."""
        return [
            number
            for number, problems in enumerate(self.problems)
            if any(one.bad for one in problems)
        ]

    @property
    def good(self) -> list[Row]:
        """The others, less those that reviewers rejected."""
        bad = set(self.bad)
        return [
            row
            for number, row in enumerate(self.rows)
            if number not in bad and not is_rejected(row)
        ]

    def add(self, number: int, name: str, detail: str = "") -> None:
        self.problems[number].append(Problem(name=name, detail=detail))


def as_report(checked: Checked, written: str) -> dict[str, Any]:
    """What --json prints: counts, figures, and every row with something wrong."""
    found = [one for problems in checked.problems for one in problems]
    counts = Counter(one.name for one in found)
    return {
        "rows": len(checked.rows),
        "usable": len(checked.good),
        "rejected": sum(map(is_rejected, checked.rows)),
        "problems": {name: n for name, n in _ordered(counts) if Problem(name=name).bad},
        "doubts": {
            name: n for name, n in _ordered(counts) if not Problem(name=name).bad
        },
        "balance": checked.balance,
        "warnings": figures.warnings(checked.balance),
        "tokens": checked.tokens,
        "written": written,
        "listed": [
            {
                "row": number,
                "id": checked.rows[number - 1].get("id"),
                "bad": any(one.bad for one in problems),
                "problems": [{"name": p.name, "detail": p.detail} for p in problems],
            }
            for number, problems in enumerate(checked.problems, 1)
            if problems
        ],
    }


def _ordered(counts: Counter[str]) -> list[tuple[str, int]]:
    return [(name, counts[name]) for name in MEANINGS if counts[name]]


def as_text(report: dict[str, Any], shown: int | None) -> str:
    """The table, then the rows to leave out, the worst first; doubts with --all."""
    lines = [["usable", str(report["usable"]), f"of {report['rows']} rows"]]
    if report["rejected"]:
        lines.append(["rejected", str(report["rejected"]), "by reviewers; not checked"])
    for title in ("problems", "doubts"):
        for name, count in report[title].items():
            sign = "x" if title == "problems" else "?"
            lines.append([f"{sign} {name}", str(count), MEANINGS[name]])
    text = ["\n".join(_left(lines)), _balance_text(report)]
    text += [f"! {one}" for one in report["warnings"]]
    listed = [one for one in report["listed"] if one["bad"] or shown is None]
    text += [_row_text(one) for one in listed[:shown]]
    if shown is not None and len(listed) > shown:
        text.append(f"and {len(listed) - shown} more; --all lists them.")
    if report["written"]:
        text.append(f"{report['usable']} rows written to {report['written']}.")
    return "\n".join(text)


def _left(lines: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell, all from the left but the count."""
    filled = [[*line, "", ""][:3] for line in lines]
    wide = [max(len(line[n]) for line in filled) for n in range(2)]
    return [
        f"{one:<{wide[0]}}  {count:>{wide[1]}}  {meaning}".rstrip()
        for one, count, meaning in filled
    ]


def _balance_text(report: dict[str, Any]) -> str:
    balance, tokens = report["balance"], report["tokens"]
    lines = [
        [name, ", ".join(f"{key} {n}" for key, n in balance[name].items())]
        for name in ("language", "kind", "verdict", "difficulty")
        if balance.get(name)
    ]
    if "key_at" in balance:
        places = " ".join(f"{share:.0%}" for share in balance["key_at"])
        lines.append(["right option at 1-4", places])
        lines.append(["found by length", f"{balance['by_length']:.0%} (chance 25%)"])
        lines.append(["found by echo", f"{balance['by_echo']:.0%} (chance 25%)"])
    if tokens:
        lines.append(
            [
                "tokens",
                f"median {tokens['median']}, 95 % up to {tokens['p95']}, largest "
                f"{tokens['largest']}, limit {tokens['limit']}",
            ]
        )
    wide = max((len(name) for name, _ in lines), default=0)
    return "\n".join(f"{name:<{wide}}  {text}" for name, text in lines)


def _row_text(one: dict[str, Any]) -> str:
    said = "; ".join(f"{p['name']} {p['detail']}".strip() for p in one["problems"])
    name = f" {one['id']}" if one["id"] else ""
    return f"row {one['row']}{name}: {said}"
