"""Uploaded files: what Google Forms, Excel and people send."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from datetime import datetime

import openpyxl
import pytest
from werkzeug.datastructures import FileStorage

from app.errors import UserError
from app.meetings import Meeting, Meetings
from app.sources import file
from tests.fakes import FakeWorker

CSV = (
    '"타임스탬프","이름","취미"\r\n"2026. 3. 5 오후 2:03:11","앨리스","등산, 낚시"\r\n'
)
ALICE = ("앨리스", {"취미": "등산, 낚시"})


def rows(data: bytes) -> list[tuple[str, dict[str, str]]]:
    return [(row.name, row.answers) for row in file.read(data, "ko").rows]


def zipped(**entries: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def workbook(*sheets: tuple[str, list[list[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, cells in sheets:
        sheet = book.create_sheet(title)
        for row in cells:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def refusal(data: bytes) -> str:
    with pytest.raises(UserError) as refused:
        file.read(data, "ko")
    return refused.value.code


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16", "utf-16-le-with-mark"]
)
def test_csv_in_every_encoding_that_excel_writes(encoding: str) -> None:
    if encoding == "utf-16-le-with-mark":
        data = b"\xff\xfe" + CSV.encode("utf-16-le")
    else:
        data = CSV.encode(encoding)
    assert rows(data) == [ALICE]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_every_separator(separator: str) -> None:
    text = separator.join(["이름", "취미"]) + "\n" + separator.join(["앨리스", "등산"])
    assert rows(text.encode()) == [("앨리스", {"취미": "등산"})]


def test_line_breaks_quotes_and_blank_lines_in_csv() -> None:
    text = '이름,취미\n\n앨리스,"첫 줄\n둘째 ""줄"""\n,\n'
    assert rows(text.encode()) == [("앨리스", {"취미": '첫 줄\n둘째 "줄"'})]


def test_zip_as_google_forms_exports_it() -> None:
    data = zipped(**{"설문.csv": CSV.encode(), "__MACOSX/._설문.csv": b"junk"})
    assert rows(data) == [ALICE]


def test_xlsx_takes_the_forms_tab_and_cells_as_shown() -> None:
    data = workbook(
        ("요약", [["아무", "것"]]),
        (
            "Form Responses 1",
            [
                ["Timestamp", "이름", "숫자", "날짜", "참", "수식"],
                [datetime(2026, 3, 5), "앨리스", 3.0, datetime(2026, 3, 5), True, "=1"],
                [datetime(2026, 3, 6), "밥", "0123", None, 2.5, None],
            ],
        ),
    )
    alice, bob = rows(data)
    assert alice == (
        "앨리스",
        {"숫자": "3", "날짜": "2026-03-05 00:00:00", "참": "True"},
    )
    assert bob == ("밥", {"숫자": "0123", "참": "2.5"})


def test_xlsx_number_shown_with_leading_zeros_keeps_them() -> None:
    book = openpyxl.Workbook()
    book.active.append(["이름", "숫자"])
    book.active.append(["앨리스", 123])
    book.active["B2"].number_format = "0000"
    buffer = io.BytesIO()
    book.save(buffer)
    assert rows(buffer.getvalue()) == [("앨리스", {"숫자": "0123"})]


def test_hostile_csv_is_only_text() -> None:
    text = f"이름,취미\n=cmd|'/c calc'!A1,<script>\n\u202eBob,{'가' * 100_000}\n"
    first, second = rows(text.encode())
    assert first == ("=cmd|'/c calc'!A1", {"취미": "<script>"})
    assert second[0] == "Bob"
    assert len(second[1]["취미"]) == 10_000


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_missing"),
        (b"\n\n", "file_unreadable"),
        ("이름\n앨리스\n".encode(), "file_no_questions"),
        ("이름,취미\n".encode(), "file_empty"),
        (b"x" * (5 * 2**20 + 1), "file_too_large"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "file_unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file_unreadable"),
        (b"\xff\xfe\x00", "file_unreadable"),
        (b"PK\x03\x04 not really", "file_unreadable"),
        (zipped(a=b"x"), "zip_without_csv"),
        (zipped(**{"a.csv": b"a,b\n", "b.csv": b"a,b\n"}), "zip_without_csv"),
        (zipped(**{"a.csv": b"0" * (51 * 2**20)}), "file_too_large"),
        (zipped(**{"xl/workbook.xml": b"<broken"}), "file_unreadable"),
        (("이름,취미\n" + "앨리스,등산\n" * 501).encode(), "file_too_many_rows"),
        (('이름,취미\nA,"' + "x" * 140_000).encode(), "file_unreadable"),
    ],
)
def test_unusable_file_is_refused(data: bytes, code: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert refusal(data) == code


def test_zip_that_lies_about_its_size_is_refused() -> None:
    """The limit reads the directory; the real content must not be larger."""
    data = bytearray(zipped(**{"a.csv": b"0" * (2 * 2**20)}))
    directory = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, directory + 24, 10)
    assert refusal(bytes(data)) in {"file_unreadable", "file_no_questions"}


def test_xlsx_that_claims_a_million_rows_is_read_within_bounds() -> None:
    book = openpyxl.Workbook()
    book.active.append(["이름", "취미"])
    book.active.append(["앨리스", "등산"])
    book.active.cell(row=1_048_576, column=16_384, value="far away")
    buffer = io.BytesIO()
    book.save(buffer)
    assert rows(buffer.getvalue()) == [("앨리스", {"취미": "등산"})]


def upload(store: Meetings, meeting: Meeting, text: str) -> file.Report:
    stream = io.BytesIO(text.encode())
    return file.load(store, meeting, FileStorage(stream, filename="answers.csv"))


def test_upload_becomes_jobs_and_a_newer_file_changes_them(
    store: Meetings, meeting: Meeting, worker: FakeWorker
) -> None:
    report = upload(store, meeting, "이름,취미\n앨리스,등산\n밥,체스\n")
    assert (report.rows, report.added) == (2, 2)
    worker.work()
    report = upload(store, meeting, "이름,취미\n앨리스,수영\n밥,체스\n찰리,독서\n")
    assert (report.added, report.edited, report.removed) == (1, 1, 0)
    snapshot = store.snapshot(meeting.id)
    assert [(q.participant_name, q.status) for q in snapshot.quizzes] == [
        ("앨리스", "queued"),
        ("밥", "ready"),
        ("찰리", "queued"),
    ]
    assert snapshot.meeting.questions == meeting.questions  # the survey's own stay


def test_same_file_twice_changes_nothing(store: Meetings, meeting: Meeting) -> None:
    text = "이름,취미\n앨리스,등산\n앨리스,등산\n"
    assert upload(store, meeting, text).added == 2
    assert not upload(store, meeting, text).changed


def test_upload_names_the_questions_of_a_meeting_without_any(store: Meetings) -> None:
    meeting = store.create("모임", "ko", [], source="file").meeting
    upload(store, meeting, "이름,취미\n앨리스,등산\n")
    assert store.get(meeting.id).questions == ("취미",)


def test_no_file_is_refused(store: Meetings, meeting: Meeting) -> None:
    with pytest.raises(UserError, match="file_missing"):
        file.load(store, meeting, None)
