"""Made-up texts, rows and files: our own refusals are the only errors, and all ends."""

from __future__ import annotations

import csv
import io
import time
import unicodedata
import zipfile

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app import exports
from app.cleaning import clean_line, clean_text, folded, whole_sentences
from app.errors import UserError
from app.sources import file, rows
from app.submissions import checked_answers, checked_meeting, checked_name
from privacy import redact
from protocol import MAX_ANSWER, MAX_NAME, MAX_QUESTION, MAX_QUESTIONS
from worker.recipes.quiz import NUM_OPTIONS, parse_reply

MADE_UP = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# Hidden, turning, joining and breaking characters come up more often than by chance.
ODD = "\u202e\u2066\ufeff\u200b\u200d\0\ud800\u2028\t\r\n=+-@'\",;가힣ᄀ　１①"
TEXT = st.text(max_size=300) | st.text(alphabet=ODD + "ab1. ", max_size=300)
HEADERS = st.sampled_from(["이름", "취미?", "타임스탬프", "동의", "email", "Name", ""])
CELLS = st.lists(st.lists(TEXT | HEADERS, max_size=8), max_size=12)
REPLY = st.lists(
    st.sampled_from(["1. ", "2. ", " 3. ", "4.", "[", "]", " 1", "?", "\n"]) | TEXT,
    max_size=20,
).map("".join)


@MADE_UP
@given(TEXT)
def test_cleaned_text_is_clean_and_stays_as_it_is(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert clean == unicodedata.normalize("NFC", clean)
    kinds = {unicodedata.category(c) for c in clean if c != "\n"}
    assert not kinds & {"Cc", "Cs"} and not set(clean) & set("\u202e\u2066\ufeff")
    assert "\n" not in clean_line(text)
    assert not clean or len(clean.strip("\u200b\u200d\u3164 \n")) > 0
    assert len(whole_sentences(clean, 50)) <= 50
    clean.encode("utf-8")
    folded(text), redact(clean)


@MADE_UP
@given(REPLY)
@example("1. 2. 3. 4. 4")
@example("Q? 1. a 2. b 3. c 4. d 5")
def test_whatever_a_model_writes_is_a_draft_or_nothing(reply: str) -> None:
    draft = parse_reply(reply)
    if draft is not None:
        assert draft.question and all(draft.options)
        assert 1 <= len(draft.options) <= NUM_OPTIONS
        assert draft.key in draft.options
        assert len(draft.distractors) == len(draft.options) - 1


@MADE_UP
@given(CELLS, st.sampled_from(["ko", "en"]))
def test_whatever_a_sheet_holds_is_a_table(values: list[list[str]], lang: str) -> None:
    table = rows.read(values, lang)
    assert len(table.rows) <= max(0, len(values) - 1)
    assert len({row.key for row in table.rows}) == len(table.rows)
    for row in table.rows:
        assert len(row.name) <= MAX_NAME and set(row.answers) <= set(table.questions)
        assert all(0 < len(text) <= MAX_ANSWER for text in row.answers.values())


@MADE_UP
@given(st.binary(max_size=2000) | st.binary(max_size=400).map(lambda b: b"PK\3\4" + b))
def test_whatever_is_uploaded_is_a_table_or_refused(data: bytes) -> None:
    try:
        file.read(data, "ko")
    except UserError as error:
        assert 400 <= error.status < 500


@settings(MADE_UP, max_examples=60)
@given(st.data())
def test_a_workbook_with_bytes_changed_is_a_table_or_refused(
    data: st.DataObject,
) -> None:
    content = bytearray(WORKBOOK)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(
            st.integers(0, 255)
        )
    try:
        file.read(bytes(content), "ko")
    except UserError as error:
        assert 400 <= error.status < 500


@MADE_UP
@given(TEXT, TEXT, st.lists(TEXT, max_size=14), st.none() | TEXT)
def test_whatever_a_host_or_a_guest_types_is_stored_clean_or_refused(
    title: str, name: str, questions: list[str], sheet: str | None
) -> None:
    for check in (
        lambda: checked_meeting(title, "ko", questions, sheet),
        lambda: checked_name(name),
        lambda: checked_answers([{"question": q, "text": name} for q in questions]),
    ):
        try:
            check()
        except UserError as error:
            assert error.status == 400 and error.detail
    assert MAX_QUESTIONS == 12 and MAX_QUESTION == 300


@MADE_UP
@given(st.lists(TEXT, min_size=4, max_size=4), TEXT)
def test_no_cell_of_a_table_is_a_formula(options: list[str], question: str) -> None:
    row = exports.Row(
        lang="ko",
        number=1,
        question=clean_line(question),
        answer=clean_text(question),
        quiz_question=clean_line(question),
        options=tuple(map(clean_line, options)),
        correct=1,
    )
    table = exports.as_seed_csv([row]).removeprefix("\ufeff")
    [_, cells] = csv.reader(io.StringIO(table, newline=""))
    for cell in cells:
        assert not cell.lstrip().startswith(("=", "+", "-", "@"))


def test_long_cells_take_time_in_proportion() -> None:
    """Long cells that almost look like a name, a date or a consent."""
    for part in (
        "이름 ",
        "2026. 3. 5 ",
        "공개 ",
        "name or ",
        "a. ",
        "(",
        "1",
        "@a.",
        " ",
    ):
        began = time.perf_counter()
        text = part * (200_000 // len(part))
        rows.read([["이름", "취미", text], ["밥", text, text]], "ko")
        assert time.perf_counter() - began < 10, part  # it was 90 s


def _workbook() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for line in (["이름", "취미"], ["밥", "등산"], ["앨리스", 3.0]):
        book.active.append(line)
    out, plain = io.BytesIO(), io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as packed, zipfile.ZipFile(plain, "w") as stored:
        for name in packed.namelist():  # stored, so that changed bytes reach the XML
            stored.writestr(name, packed.read(name))
    return plain.getvalue()


WORKBOOK = _workbook()
