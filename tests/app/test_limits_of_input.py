"""What is too long, too many or too large is refused with a 4xx that says why."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient

from app.errors import UserError
from app.sources import file
from protocol import (
    MAX_ANSWER,
    MAX_OPTION,
    MAX_PARTICIPANTS,
    MAX_QUESTION,
    MAX_QUESTIONS,
    MAX_TITLE,
)
from tests.app.conftest import FOOD, Api

ANSWER = {"question": FOOD, "answer": "김밥"}
OPTIONS = ["a", "b", "c", "d"]
TOO_MUCH: list[tuple[str, dict[str, Any], int, str]] = [
    ("meetings", {"title": "x" * (MAX_TITLE + 1)}, 400, "title_too_long"),
    ("meetings", {"title": " \u200b\n"}, 400, "title_missing"),
    ("meetings", {"title": "T", "language": "xx"}, 400, "language_unknown"),
    ("meetings", {"title": "T", "google_sheet": "x" * 501}, 400, "link_too_long"),
    (
        "meetings",
        {"title": "T", "questions": ["q" * (MAX_QUESTION + 1)]},
        400,
        "question_too_long",
    ),
    (
        "meetings",
        {"title": "T", "questions": [f"q{n}" for n in range(MAX_QUESTIONS + 1)]},
        400,
        "too_many_questions",
    ),
    ("meetings", {"title": "T", "questions": [["deep"]]}, 400, "field_wrong"),
    ("meetings", {"title": {"a": 1}}, 400, "field_wrong"),
    ("answers", {"name": "x" * 41, "answers": [ANSWER]}, 400, "name_too_long"),
    ("answers", {"name": "\u3164", "answers": [ANSWER]}, 400, "name_missing"),
    ("answers", {"name": "A", "answers": []}, 400, "answer_missing"),
    ("answers", {"name": "A", "answers": "no list"}, 400, "field_wrong"),
    (
        "answers",
        {"name": "A", "answers": [ANSWER | {"answer": "x" * (MAX_ANSWER + 1)}]},
        400,
        "answer_too_long",
    ),
    (
        "answers",
        {
            "name": "A",
            "answers": [
                ANSWER | {"question": f"q{n}"} for n in range(MAX_QUESTIONS + 1)
            ],
        },
        400,
        "too_many_questions",
    ),
    (
        "answers",
        {"name": "A", "answers": [ANSWER | {"consent": "maybe"}]},
        400,
        "consent_unknown",
    ),
    ("answers", {"name": "x" * 7_000_000, "answers": []}, 413, "too_large"),
]


@pytest.mark.parametrize(("where", "body", "status", "code"), TOO_MUCH)
def test_too_much_is_refused(
    api: Api, where: str, body: dict[str, Any], status: int, code: str
) -> None:
    path = "/api/v1/meetings"
    if where == "answers":
        path += f"/{api.meeting['join_code']}/answers"
    answer = api.client.post(path, json=body)
    assert (answer.status_code, answer.json["code"]) == (status, code)


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 200_000, "application/json", 400),
        (b'{"title": NaN}', "application/json", 400),
        (b"[]", "application/json", 400),
        (b"title=T", "application/x-www-form-urlencoded", 415),
        (b"--x", "multipart/form-data; boundary=x", 415),
    ],
)
def test_a_body_that_is_no_object_is_refused(
    client: FlaskClient, data: bytes, kind: str, status: int
) -> None:
    answer = client.post("/api/v1/meetings", data=data, content_type=kind)
    assert answer.status_code == status


def test_the_501st_person_is_told_so(api: Api, monkeypatch) -> None:
    monkeypatch.setattr("app.answers.MAX_PARTICIPANTS", 2)
    assert MAX_PARTICIPANTS == 500
    codes = [api.answer(f"P{n}", food="김밥").status_code for n in range(3)]
    assert codes == [201, 201, 409]


def test_an_option_that_is_too_long_is_refused(api: Api, worker) -> None:
    api.answer("앨리스", food="김밥")
    worker.work()
    [quiz] = api.show().json["quizzes"]
    path = f"/api/v1/meetings/{api.meeting['id']}/quizzes/{quiz['id']}"
    for options in (["x" * (MAX_OPTION + 1), *OPTIONS[1:]], OPTIONS[:3], OPTIONS * 2):
        changed = api.client.patch(path, json={"options": options}, headers=api.host)
        assert changed.status_code == 400


def refused(data: bytes) -> str:
    with pytest.raises(UserError) as error:
        file.read(data, "ko")
    return error.value.code


def packed(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def test_a_zip_that_unpacks_to_gigabytes_is_refused_unread() -> None:
    bomb = packed(**{"a.csv": b"0" * (file.UNPACKED_MB * 2**20 + 1)})
    assert len(bomb) < 50_000
    assert refused(bomb) == "file_too_large"
    assert (
        refused(packed(**{f"{n}.txt": b"x" for n in range(300)})) == "file_unreadable"
    )


def test_a_zip_that_lies_about_its_size_is_refused() -> None:
    honest = packed(**{"a.csv": "이름,취미\n밥,등산\n".encode() + b"x" * 100_000})
    size = (100_000 + len("이름,취미\n밥,등산\n".encode())).to_bytes(4, "little")
    assert honest.count(size) == 2
    assert (
        refused(honest.replace(size, (20).to_bytes(4, "little"))) == "file_unreadable"
    )


def test_entities_in_a_workbook_do_not_multiply() -> None:
    """Billion laughs."""
    book = openpyxl.Workbook()
    book.active.append(["이름", "취미"])
    out = io.BytesIO()
    book.save(out)
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    evil = io.BytesIO()
    with zipfile.ZipFile(out) as good, zipfile.ZipFile(evil, "w") as archive:
        for name in good.namelist():
            content = good.read(name)
            if name == "xl/worksheets/sheet1.xml":
                head = f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>'
                cell = (
                    '<row r="2"><c r="A2" t="inlineStr"><is><t>&l9;</t></is></c></row>'
                )
                text = content.decode().replace("</sheetData>", f"{cell}</sheetData>")
                text = text.replace("<worksheet", f"{head}<worksheet", 1)
                content = text.encode()
            archive.writestr(name, content)
    assert refused(evil.getvalue()) == "file_unreadable"


def test_a_cell_format_of_a_million_digits_makes_no_million_digits() -> None:
    book = openpyxl.Workbook()
    book.active.append(["이름", "취미"])
    book.active.append(["밥", 7])
    book.active["B2"].number_format = "0" * 100_000
    out = io.BytesIO()
    book.save(out)
    [row] = file.read(out.getvalue(), "ko").rows
    assert len(row.answers["취미"]) <= 30
