"""A run as one HTML file that opens offline: card, curves, evaluation."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from worker.adapter import CARD
from worker.training import plot
from worker.training.history import History

HISTORY, PAGE = "history.json", "report.html"
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto;
  padding: 0 1rem; color: #222; background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2.5rem }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { text-align: left; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid #ddd }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
div { overflow-x: auto } img { width: 100%; min-width: 40rem; height: auto }
pre { overflow-x: auto; background: #f5f5f2; padding: 1rem }
"""


def page(
    card: Mapping[str, Any],
    history: History,
    evaluation: Mapping[str, Any] | None = None,
    compared: str = "",
) -> str:
    """The whole page.

    Args:
        card: of the adapter.
        history: of its training.
        evaluation: what `worker.evaluate` saved, if it was run.
        compared: the comparison with the adapter in use, as text.
    """
    title = f"{card['recipe']}: an adapter for {card['preset']}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        _table(_facts(card)),
        "<h2>Training</h2>",
        _image(plot.png(history), "Loss, accuracy and learning rate"),
    ]
    if evaluation:
        parts += ["<h2>Frozen test rows</h2>", _evaluation(evaluation)]
    if compared:
        parts += [
            "<h2>Beside the adapter in use</h2>",
            f"<pre>{escape(compared)}</pre>",
        ]
    parts += ["<h2>Settings</h2>", _table(card["settings"])]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        + "\n".join(parts)
        + "</body></html>\n"
    )


def rewrite(folder: Path, evaluation: Mapping[str, Any], compared: str) -> None:
    """Make the page of an adapter's folder again, now with its evaluation.

    An adapter without a history, such as one of an older release, gets none.
    """
    if not (folder / HISTORY).is_file():
        return
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    stored = json.loads((folder / HISTORY).read_text(encoding="utf-8"))
    text = page(card, History(**stored), evaluation, compared)
    (folder / PAGE).write_text(text, encoding="utf-8")


def _facts(card: Mapping[str, Any]) -> dict[str, Any]:
    validation = card["validation"]
    return {
        "best epoch": card["best_epoch"],
        "validation loss": validation["loss"],
        "validation token accuracy": validation["token_accuracy"],
        "rows": card["data"]["rows"],
        "fingerprint of the rows": card["data"]["fingerprint"],
        "prompt version": card["prompt_version"],
        "device": f"{card.get('devices', 1)} x {card['device']}",
        "seconds": card["seconds"],
        "made": card["made"],
        "licence": card["licence"],
    }


def _evaluation(evaluation: Mapping[str, Any]) -> str:
    metrics = evaluation["metrics"]
    outcomes = {group: _outcome(one) for group, one in metrics.items()}
    known = {group: one for group, one in outcomes.items() if one}
    picture = _image(plot.kinds_png(known), "Right key by kind") if known else ""
    return picture + _grid(metrics)


def _outcome(metrics: Mapping[str, Any]) -> dict[str, Any] | None:
    """Shares of rows with a right key, a wrong one and no quiz; None if unknown.

    A row without a quiz counts for `right_key` but has no `key_at_1`.
    """
    right, made = metrics.get("right_key"), metrics.get("key_at_1")
    if not right or not right["n"] or not made:
        return None
    none = 1 - made["n"] / right["n"]
    return {
        "n": right["n"],
        "right": right["share"],
        "none": none,
        "wrong": 1 - right["share"] - none,
    }


def _grid(metrics: Mapping[str, Mapping[str, Any]]) -> str:
    names = dict.fromkeys(name for one in metrics.values() for name in one)
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in names)
    rows = [
        f"<tr><th>{escape(group)}</th>"
        + "".join(f'<td class="number">{_cell(m.get(name))}</td>' for name in names)
        + "</tr>"
        for group, m in metrics.items()
    ]
    return f"<table><tr><th></th>{head}</tr>{''.join(rows)}</table>"


def _cell(one: Mapping[str, Any] | None) -> str:
    """A share in percent or a mean, with its interval."""
    if not one or not one["n"] or not one["interval"]:
        return ""
    low, high = one["interval"]
    if one.get("share") is None:
        return f"{one['mean']:.3g} ({low:.3g}-{high:.3g})"
    return f"{100 * one['share']:.1f} ({100 * low:.0f}-{100 * high:.0f})"


def _table(values: Mapping[str, Any]) -> str:
    rows = [
        f"<tr><th>{escape(str(name).replace('_', ' '))}</th>"
        f"<td>{escape(_words(value))}</td></tr>"
        for name, value in values.items()
    ]
    return f"<table>{''.join(rows)}</table>"


def _words(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _image(png: bytes, words: str) -> str:
    data = base64.b64encode(png).decode()
    image = f'<img src="data:image/png;base64,{data}" alt="{escape(words)}">'
    return f"<div>{image}</div>"
