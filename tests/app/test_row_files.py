"""Files of drafts: refused as a whole, refused line by line, read as they are."""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import UserError
from app.rows.files import MEGABYTE, read
from app.rows.notes import notes
from app.wording import knows
from protocol import MAX_ANSWER, MAX_OPTION, MAX_ROWS, MAX_ROWS_MB
from tests.rows import as_file, draft, drafts

SOURCE = draft(1)["source"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "rows_missing"),
        (b"\n \n", "rows_missing"),
        (b"\xff\xfe{", "rows_unreadable"),
        (b"x" * (MAX_ROWS_MB * MEGABYTE + 1), "file_too_large"),
        (b"{}\n" * (MAX_ROWS + 1), "rows_full"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(data: bytes, code: str) -> None:
    with pytest.raises(UserError) as refused:
        read(data)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"id": "1"}, "rows.line.id"),
        ({"id": "G" * 16}, "rows.line.id"),
        ({"id": "0" * 17}, "rows.line.long"),
        ({"lang": "de"}, "rows.line.lang"),
        ({"answer": None}, "rows.line.missing"),
        ({"answer": " \n"}, "rows.line.missing"),
        ({"answer": "가" * (MAX_ANSWER + 1)}, "rows.line.long"),
        ({"source": "a page"}, "rows.line.missing"),
        ({"source": SOURCE | {"collected": "yesterday"}}, "rows.line.day"),
        ({"options": "abcd"}, "rows.line.missing"),
        ({"options": ["a", "b", "c", 4]}, "rows.line.missing"),
        ({"options": ["a", "b", "c"]}, "error.option_missing"),
        ({"options": ["a", "b", "c", "A "]}, "error.options_repeated"),
        ({"options": ["a", "b", "c", "d" * (MAX_OPTION + 1)]}, "error.option_too_long"),
        ({"correct": "1"}, "rows.line.missing"),
        ({"correct": True}, "rows.line.missing"),
        ({"correct": 5}, "error.right_option_unknown"),
    ],
)
def test_a_bad_line_is_named_and_costs_itself_only(
    changes: dict[str, Any], key: str
) -> None:
    found = read(as_file([draft(1), draft(2, **changes), draft(3)]))
    assert [row.id for row in found.rows] == [draft(1)["id"], draft(3)["id"]]
    [problem] = found.problems
    assert (problem.line, problem.key) == (2, key)
    assert knows(key)


@pytest.mark.parametrize("line", ["[]", "1", "{", "null", "[" * 100_000])
def test_a_line_that_is_no_object_is_named(line: str) -> None:
    [problem] = read(line.encode()).problems
    assert problem.key == "rows.line.json"


def test_a_draft_is_read_as_it_is_and_what_else_it_says_is_left() -> None:
    marked = b"\xef\xbb\xbf" + as_file([draft(1, review={"verdict": "accept"})])
    [row] = read(marked.replace(b"\n", b"\r\n")).rows
    assert row.to_json() == draft(1)
    [mine] = read(as_file([draft(2, source=None)])).rows
    assert mine.source is None


def test_text_of_a_file_stays_text() -> None:
    """Nothing that turns the direction of writing reaches a page."""
    question = "가장\u202e 좋아하는\n음식은?"
    [row] = read(as_file([draft(1, question=question)])).rows
    assert row.question == "가장 좋아하는 음식은?"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"answer": "전화는 010-1234-5678, 떡볶이 1호"}, ["rows.note.private"]),
        ({"answer": "라면이요"}, ["check.key_supported.not"]),
        ({"quiz_question": "떡볶이 1호는?"}, ["check.gives_nothing_away.not"]),
        (
            {"options": ["겨울이면 할머니가 끓여 주시던", "a", "b", "c"]},
            ["check.lengths_balanced.not"],
        ),
    ],
)
def test_plain_code_notes_what_a_reviewer_may_look_at(
    changes: dict[str, Any], found: list[str]
) -> None:
    [row] = read(as_file([draft(1, **changes)])).rows
    assert notes(row, row.wording) == found
    assert all(map(knows, found))


def test_a_thousand_rows_are_read() -> None:
    assert len(read(as_file(drafts(MAX_ROWS))).rows) == MAX_ROWS
