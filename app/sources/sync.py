"""Bring a meeting's participants to what its sheet or file says now."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from app.errors import NotFound, UserError
from app.meetings import Meeting, Meetings, Participant
from app.sources.rows import Row, Table
from protocol import Reason

NAMELESS = {"ko": "참가자 {n}", "en": "Guest {n}"}


@dataclass
class Report:
    """What one reading changed."""

    rows: int = 0
    added: int = 0
    edited: int = 0
    removed: int = 0
    left_out: int = 0  # the meeting is full

    @property
    def changed(self) -> bool:
        return bool(self.added or self.edited or self.removed)


@dataclass
class Difference:
    """How the rows differ from the participants that came from the same source."""

    new: list[Row] = field(default_factory=list)
    edited: list[tuple[Participant, Row]] = field(default_factory=list)
    gone: list[Participant] = field(default_factory=list)


def sync(store: Meetings, meeting: Meeting, table: Table, source: str) -> Report:
    """Add new rows, change edited ones, remove those that are gone.

    A row that says the same as before, wherever it stands now, is left alone. A
    table without rows removes nobody: it is rather a mistake than a wish.
    """
    report = Report(rows=len(table.rows))
    if not table.rows:
        return report
    everybody = store.participants(meeting.id)
    ours = [p for p in everybody if _source(p) == source]
    dismissed = store.dismissed(meeting.id)
    rows = [row for row in table.rows if f"{source}:{row.key}" not in dismissed]
    difference = compare(ours, rows)
    for person in difference.gone:
        with suppress(NotFound):  # removed by hand a moment ago
            store.remove_participant(meeting.id, person.id, dismiss=False)
        report.removed += 1
    for person, row in difference.edited:
        _write(store, meeting, row, source, person.id, row.name or person.name)
        report.edited += 1
    taken = {person.id for person in everybody}
    names = _free_names(meeting.language, everybody)
    for row in difference.new:
        person_id = _new_id(meeting, row, source, taken)
        try:
            _write(store, meeting, row, source, person_id, row.name or next(names))
            report.added += 1
        except UserError as error:
            if error.code != "meeting_full":
                raise
            report.left_out += 1
    return report


def compare(people: list[Participant], rows: list[Row]) -> Difference:
    """Who is new, who changed an answer, who is gone.

    A vanished row and a new one are an edit if they have the same time stamp or,
    as forms renew it with each edit, the same name.
    """
    known = {_key(person): person for person in people}
    keys = {row.key for row in rows}
    gone = [person for person in people if _key(person) not in keys]
    new = [row for row in rows if row.key not in known]
    difference = Difference()
    _pair(difference, gone, new, lambda p: p.stamp or "", lambda row: row.stamp)
    _pair(difference, gone, new, lambda p: p.name, lambda row: row.name)
    difference.new, difference.gone = new, gone
    return difference


def _pair(
    difference: Difference,
    gone: list[Participant],
    new: list[Row],
    of_person: Callable[[Participant], str],
    of_row: Callable[[Row], str],
) -> None:
    """Move each first match of `gone` and `new` to the edited ones."""
    for row in list(new):
        mark = of_row(row)
        person = next((p for p in gone if mark and of_person(p) == mark), None)
        if person:
            gone.remove(person)
            new.remove(row)
            difference.edited.append((person, row))


def _source(person: Participant) -> str:
    return (person.source_key or "").partition(":")[0]


def _key(person: Participant) -> str:
    return (person.source_key or "").partition(":")[2]


def _new_id(meeting: Meeting, row: Row, source: str, taken: set[str]) -> str:
    """An id that two readers of the same row would both choose."""
    n = 0
    while True:
        seed = f"{meeting.id}:{source}:{row.key}:{n}"
        person_id = hashlib.sha256(seed.encode()).hexdigest()[:16]
        if person_id not in taken:
            taken.add(person_id)
            return person_id
        n += 1  # an edited participant came from an equal row


def _free_names(language: str, people: list[Participant]) -> Iterator[str]:
    """Names for people whose form did not ask for one."""
    used = {person.name for person in people}
    n = 0
    while True:
        n += 1
        name = NAMELESS[language].format(n=n)
        if name not in used:
            yield name


def _write(
    store: Meetings,
    meeting: Meeting,
    row: Row,
    source: str,
    person_id: str,
    name: str,
) -> None:
    withheld = row.consent == "none"
    entries = [
        {
            "question": question,
            "text": "" if withheld else text,
            "consent": row.consent,
            "skip": Reason.WITHHELD if withheld else "",
        }
        for question, text in row.answers.items()
    ]
    person = {
        "name": name,
        "source_key": f"{source}:{row.key}",
        "stamp": row.stamp or None,
    }
    store.write_answers(meeting.id, person_id, person, entries, replace=True)
