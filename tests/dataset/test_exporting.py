"""`python -m worker.dataset export`: what others read is what reviewers accepted."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import yaml

from protocol import SEED_BLOG, SEED_COLUMNS
from tests.dataset import blog
from tests.dataset.rows import CANDIDATE, DRAFT, MEETING, OTHER, SOURCE, reviewed, save
from worker.dataset import __main__ as dataset
from worker.dataset import parts
from worker.training.data import read_rows

VERDICTS = ("accept", "edit", "reject", "open", "disputed")
FIELDS = ("lang", "question", "answer", "quiz_question", "options", "correct")


def run(folder: Path, rows: list[dict], form: str, capsys, *more: str) -> dict:
    path = save(folder / "reviewed.jsonl", rows)
    output = str(folder / f"out.{form}")
    command = ["export", "--input", str(path), "--format", form, "--output", output]
    assert dataset.main([*command, *more]) == 0
    return json.loads(capsys.readouterr().out)


def fields(rows: list[dict]) -> list[dict]:
    return [{name: row[name] for name in FIELDS} for row in rows]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_only_what_was_accepted_leaves_unless_all_is_asked_for(tmp_path, capsys, form):
    rows = [reviewed(DRAFT | {"id": f"{n:016x}"}, v) for n, v in enumerate(VERDICTS)]
    assert run(tmp_path, [*rows, DRAFT], form, capsys)["rows"] == 2
    assert run(tmp_path, [*rows, DRAFT], form, capsys, "--all")["rows"] == 6


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_finetune_reads_back_what_was_exported(tmp_path, capsys, form):
    rows = [reviewed(row) for row in (DRAFT, OTHER, MEETING)]
    run(tmp_path, rows, form, capsys)
    assert fields(read_rows(tmp_path / f"out.{form}")) == fields(rows)


def test_the_csv_has_the_seeds_columns_and_names_no_person(tmp_path, capsys):
    rows = [reviewed(row) for row in (DRAFT, MEETING)]
    run(tmp_path, rows, "csv", capsys)
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file)
    assert tuple(first) == SEED_COLUMNS
    assert first["blog_id"] == "example.org"
    assert second["blog_id"] == SEED_BLOG
    assert first["multiple_choice_generated"] == (
        "1. 담임 선생님 2. 중학교 동창 3. 미술학원 선생님 4. 대학교 교수"
    )


def test_a_formula_is_harmless_in_the_csv_and_itself_when_read(tmp_path, capsys):
    risky = reviewed(DRAFT | {"answer": '=HYPERLINK("http://x") 미술학원 선생님'})
    run(tmp_path, [risky], "csv", capsys)
    assert "'=HYPERLINK" in (tmp_path / "out.csv").read_text("utf-8")
    assert read_rows(tmp_path / "out.csv")[0]["answer"] == risky["answer"]


def test_a_row_that_one_cell_cannot_hold_is_left_out_of_the_csv(tmp_path, capsys):
    options = ["1. FC 2. Bundesliga", "b", "c", "d"]
    rows = [reviewed(DRAFT), reviewed(DRAFT | {"options": options})]
    summary = run(tmp_path, rows, "csv", capsys)
    assert (summary["rows"], summary["left_out"]) == (1, 1)


def test_nothing_accepted_is_told(tmp_path, capsys):
    path = save(tmp_path / "reviewed.jsonl", [reviewed(DRAFT, "reject")])
    output = str(tmp_path / "out")
    command = ["export", "--input", str(path), "--format", "csv", "--output", output]
    assert dataset.main(command) == 2
    assert "somebody accepted, or give --all" in capsys.readouterr().err
    save(path, [CANDIDATE])
    assert dataset.main([*command, "--all"]) == 2
    assert "row 1: no quiz" in capsys.readouterr().err


def a_set(count: int) -> list[dict]:
    """Rows of `count` pages, three of each; every fifth page copies the one before."""
    drawn, rows = blog.rows("ko"), []
    for page in range(count):
        for _ in range(3):
            row = next(drawn)
            url = f"https://example.org/{page}"
            rows.append(
                reviewed(
                    row | {"id": f"{len(rows):016x}", "source": SOURCE | {"url": url}}
                )
            )
        if page % 5 == 4:
            copied = rows[-4]
            rows[-1] = rows[-1] | {n: copied[n] for n in ("question", "answer")}
    return rows


def test_pages_and_near_duplicates_stay_on_one_side_of_the_split():
    rows = a_set(40)
    split = parts.split(rows, 0.2, seed=1)
    assert 20 <= len(split["validation"]) <= 32
    for name in (lambda row: row["source"]["url"], lambda row: row["answer"]):
        train, validation = ({name(row) for row in split[p]} for p in split)
        assert not train & validation
    assert parts.split(rows, 0.2, seed=1) == split
    assert parts.split(rows, 0.2, seed=2) != split


def test_a_hugging_face_folder_has_a_card_with_its_splits(tmp_path, capsys):
    rows = [*a_set(10), reviewed(MEETING)]
    summary = run(tmp_path, rows, "huggingface", capsys)
    folder = tmp_path / "out.huggingface"
    card = (folder / "README.md").read_text("utf-8")
    header = yaml.safe_load(card.split("---")[1])
    assert header["language"] == ["en", "ko"]
    [config] = header["configs"]
    loaded = {
        one["split"]: blog.load(folder / one["path"]) for one in config["data_files"]
    }
    assert {name: len(some) for name, some in loaded.items()} == {
        "train": summary["train"],
        "validation": summary["validation"],
    }
    assert sum(map(len, loaded.values())) == len(rows)
    assert "| example.org | CC BY 4.0 | 30 |" in card
    assert "| meetings, with consent | - | 1 |" in card
    assert "$" not in card
    every = [row for some in loaded.values() for row in some]
    assert len({tuple(row) for row in every}) == 1  # the same columns in each row
    assert {row["source"] for row in every if row["lang"] == "en"} == {None}


def test_rows_of_one_page_cannot_be_split(tmp_path, capsys):
    path = save(tmp_path / "reviewed.jsonl", a_set(1))
    output = str(tmp_path / "out")
    command = ["export", "--input", str(path), "--output", output]
    assert dataset.main([*command, "--format", "huggingface"]) == 2
    assert "at least two pages" in capsys.readouterr().err
