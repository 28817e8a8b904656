"""Answers from an uploaded file: CSV, XLSX, or the ZIP that Google Forms exports."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable
from datetime import date, datetime
from itertools import islice
from typing import Any

from werkzeug.datastructures import FileStorage

from app.errors import UserError
from app.meetings import Meeting, Meetings
from app.sources import rows
from app.sources.google_sheet import choose_tab
from app.sources.sync import Report, sync
from protocol import MAX_PARTICIPANTS

MEGABYTE = 2**20
LIMIT_MB = 5  # of the file as uploaded
UNPACKED_MB = 30  # a few kilobytes of ZIP can unpack to gigabytes
MAX_ENTRIES = 200  # files in a ZIP; Excel writes about 20
LONGEST_FORMAT = 30  # digits that a cell's format may ask for
MAX_ROWS = 5000  # read from a file; far above the limit of participants
ENCODINGS = ("utf-8-sig", "cp949")


def load(store: Meetings, meeting: Meeting, upload: FileStorage | None) -> Report:
    """Take over the answers in an uploaded file.

    A second file is a newer state of the first: see `sync`.
    Raises: UserError for a file that cannot be used.
    """
    data = upload.read(LIMIT_MB * MEGABYTE + 1) if upload else b""
    table = read(data, meeting.language)
    report = sync(store, meeting, table, "file")
    if not meeting.questions:
        store.set_questions(meeting.id, table.questions)
    return report


def read(data: bytes, language: str) -> rows.Table:
    """The table in the content of a file; what it is called does not matter.

    Raises: UserError.
    """
    if not data:
        raise UserError("file_missing")
    if len(data) > LIMIT_MB * MEGABYTE:
        raise UserError("file_too_large", limit_mb=LIMIT_MB)
    table = rows.read(_cells(data), language)
    if not table.questions:
        raise UserError("file_no_questions")
    if not table.rows:
        raise UserError("file_empty")
    if len(table.rows) > MAX_PARTICIPANTS:
        raise UserError(
            "file_too_many_rows", count=len(table.rows), limit=MAX_PARTICIPANTS
        )
    return table


def _cells(data: bytes) -> list[list[str]]:
    if data.startswith(b"PK"):
        return _zip_cells(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):  # Excel before 2007
        raise UserError("file_unreadable")
    return _csv_cells(data)


def _zip_cells(data: bytes) -> list[list[str]]:
    """An XLSX file is a ZIP file, too."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise UserError("file_unreadable")
            if sum(entry.file_size for entry in entries) > UNPACKED_MB * MEGABYTE:
                raise UserError("file_too_large", limit_mb=UNPACKED_MB)
            if "xl/workbook.xml" in archive.namelist():
                return _xlsx_cells(data)
            return _csv_cells(_only_csv(archive, entries))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError):
        # RuntimeError: a password is needed. NotImplementedError is one, too.
        raise UserError("file_unreadable") from None


def _only_csv(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> bytes:
    tables = [
        entry
        for entry in entries
        if entry.filename.casefold().endswith(".csv")
        and not entry.filename.startswith("__MACOSX/")
    ]
    if len(tables) != 1:
        raise UserError("zip_without_csv")
    with archive.open(tables[0]) as file:
        return file.read(UNPACKED_MB * MEGABYTE)


def _csv_cells(data: bytes) -> list[list[str]]:
    text = _decoded(data)
    if "\0" in text:
        raise UserError("file_unreadable")
    try:
        # The separator that makes the most of the first line.
        separator = max(",;\t", key=lambda mark: len(_csv_rows(text, mark, 1)[0]))
        return _csv_rows(text, separator, MAX_ROWS)
    except (csv.Error, IndexError):
        raise UserError("file_unreadable") from None


def _csv_rows(text: str, separator: str, count: int) -> list[list[str]]:
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=separator)
    return list(islice((row for row in reader if any(row)), count))


def _decoded(data: bytes) -> str:
    """Excel in Korea writes cp949, "Unicode text" is UTF-16, all others UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ENCODINGS
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UserError("file_unreadable")


def _xlsx_cells(data: bytes) -> list[list[str]]:
    """The cells of the tab with the answers, with the values formulas had."""
    import openpyxl  # 12 MB; most processes never see an upload

    try:
        book = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=True, keep_links=False
        )
        sheet = book[choose_tab([sheet.title for sheet in book.worksheets])]
        cells = sheet.iter_rows(max_row=MAX_ROWS, max_col=rows.MAX_COLUMNS)
        return [_shown_row(row) for row in cells]
    except Exception:
        # Broken files fail in openpyxl with errors of a dozen unrelated types.
        raise UserError("file_unreadable") from None


def _shown_row(row: Iterable[Any]) -> list[str]:
    return [_shown(cell.value, cell.number_format) for cell in row]


def _shown(value: Any, number_format: str) -> str:
    """A cell as its reader sees it: 3.0 is "3", and 123 formatted 0000 is "0123"."""
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(" ", "seconds")
        case date():
            return value.isoformat()
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case int() if not isinstance(value, bool) and set(number_format) == {"0"}:
            return str(value).zfill(min(len(number_format), LONGEST_FORMAT))
    return str(value)
