"""What plain code notes about a row in its present words, before a person judges it.

The model's own checks run where the model is, in the worker; these cost nothing.
"""

from __future__ import annotations

from app.cleaning import folded
from app.rows.records import Row, Wording
from privacy import holds_private_data

LONGER = 2.0  # a right option this many times as long as the others stands out
FROM = 8  # letters; below, lengths say little


def notes(row: Row, wording: Wording) -> list[str]:
    """Wording keys of what a reviewer may want to look at, worst first."""
    shown = " ".join([wording.quiz_question, *wording.options])
    right = folded(wording.right)
    found = {
        "rows.note.private": holds_private_data(f"{row.answer}\n{shown}"),
        "check.key_supported.not": right not in folded(row.answer),
        "check.gives_nothing_away.not": right in folded(wording.quiz_question),
        "check.lengths_balanced.not": _stands_out(wording),
    }
    return [key for key, is_so in found.items() if is_so]


def _stands_out(wording: Wording) -> bool:
    """Whether the right option is much longer than each of the others."""
    others = [o for n, o in enumerate(wording.options, 1) if n != wording.correct]
    longest = max(map(len, others))
    right = len(wording.right)
    return right >= FROM and right >= LONGER * longest
