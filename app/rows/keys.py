"""The keys of a meeting's training rows, for all scripts that touch them."""

from __future__ import annotations

from app.rows.scripts import DROPPED
from protocol.keys import Keys


def row_keys(meeting_id: str) -> list[str]:
    """The keys of the rows, in the order of the scripts, after the meeting's own."""
    return [
        Keys.rows(meeting_id),
        Keys.row_order(meeting_id),
        Keys.row_verdicts(meeting_id),
        Keys.row_people(meeting_id),
        Keys.row_undo(meeting_id, "host"),
        Keys.row_undo(meeting_id, "second"),
    ]


def dropped_keys(meeting_id: str) -> list[str]:
    """Where rows are that can still be brought back."""
    return [key + DROPPED for key in row_keys(meeting_id)]
