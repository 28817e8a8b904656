"""`python -m worker.evaluate` on generated files, and on a maker told what to make."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

import pytest

from protocol import Reason
from worker import evaluate
from worker.measuring import quiz
from worker.outcomes import Item, Outcome, Skipped
from worker.quality.metrics import REQUIRED
from worker.training.data import DataError

NAMES = ["Pierogi", "Pizza", "Ramen", "Tacos"]
ROW = {
    "lang": "en",
    "kind": "plain",
    "question": "Favourite food?",
    "answer": "Pierogi",
    "quiz_question": "What is this person's favourite food?",
    "options": NAMES,
    "correct": 1,
}
RIGHT, WRONG, SKIPPED = 1, 2, 0


def line(key: int) -> dict:
    if not key:
        return {"id": 1, "status": "skipped", "reason": "too_short"}
    quiz = {
        "question": ROW["quiz_question"],
        "options": NAMES,
        "answer": key,
        "evidence": "Pierogi",
        "checks": dict.fromkeys(REQUIRED, True),
    }
    return {"id": 1, "status": "ok", "quiz": quiz}


@pytest.fixture
def write(tmp_path):
    """Writes JSON lines and gives the file's path."""

    def to(name: str, lines: list) -> str:
        text = "".join(json.dumps(one) + "\n" for one in lines)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    return to


@pytest.fixture
def run(tmp_path, write):
    """Evaluates generated keys of as many rows; gives what was saved."""

    def run(*keys: int, arguments: tuple[str, ...] = ()) -> dict:
        output = tmp_path / "evaluation.json"
        code = evaluate.main(
            [
                *("--data", write("rows.jsonl", [ROW] * len(keys))),
                *("--generated", write("out.jsonl", [line(key) for key in keys])),
                *("--output", str(output)),
                *arguments,
            ]
        )
        assert code == 0
        return json.loads(output.read_text(encoding="utf-8"))

    return run


class Maker:
    """A quiz maker that skips everything and remembers what it was given."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.unit = "answer"

    def stream(self, items: list[Item]) -> Iterator[tuple[int, Outcome]]:
        self.batches.append([item.answer for item in items])
        for place in reversed(range(len(items))):
            yield place, Skipped(reason=Reason.TOO_SHORT)


class StubOutsider:
    """Finds every key in one way and none in the other."""

    def solve(self, quizzes):
        return [{"outsider_likelihood": 0.0, "outsider_pmi": 1.0} for _ in quizzes]


def test_a_file_with_another_number_of_lines_is_refused(tmp_path, write):
    out = write("out.jsonl", [line(RIGHT)])
    with pytest.raises(DataError, match=r"one line per row, 2. Received: 1\."):
        quiz.read_quizzes(tmp_path / out, 2)


def test_a_line_that_is_no_object_is_refused(tmp_path, write):
    with pytest.raises(DataError, match="must have a JSON object on every line"):
        quiz.read_quizzes(tmp_path / write("out.jsonl", [[]]), 1)


def test_a_missing_file_is_named(write, capsys):
    code = evaluate.main(["--data", write("rows.jsonl", [ROW]), "--generated", "none"])
    assert code == 2
    assert "No such file or directory: 'none'" in capsys.readouterr().err


def test_a_second_side_that_is_nowhere_is_named(write, capsys):
    first = write("out.jsonl", [line(RIGHT)])
    arguments = ["--data", write("rows.jsonl", [ROW]), "--generated", first]
    assert evaluate.main([*arguments, "--compare", "nowhere"]) == 2
    assert "nowhere must hold adapter.json" in capsys.readouterr().err


def test_the_right_key_is_saved_with_its_n(run):
    found = run(RIGHT, RIGHT, WRONG)["metrics"]["en"]["right_key"]
    assert (found["share"], found["n"]) == (0.6667, 3)


def test_a_skipped_row_fails_the_right_key(run):
    assert run(RIGHT, SKIPPED)["metrics"]["all"]["right_key"]["share"] == 0.5


def test_rows_with_a_wrong_key_are_named(run):
    assert run(RIGHT, WRONG, SKIPPED)["wrong_key"] == [1, 2]


def test_one_table_is_printed(run, capsys):
    run(RIGHT)
    assert "right key" in capsys.readouterr().out.split("\n")[0]


def test_a_second_file_is_compared_row_by_row(run, write):
    second = write("second.jsonl", [line(RIGHT), line(RIGHT)])
    saved = run(RIGHT, WRONG, arguments=("--compare", second))
    assert saved["compared_with"]["only_second_right"] == [1]


def test_the_comparison_is_printed_below_the_table(run, write, capsys):
    second = write("second.jsonl", [line(RIGHT)])
    run(RIGHT, arguments=("--compare", second))
    assert f"2nd: {second}" in capsys.readouterr().out


def test_the_outsiders_guesses_join_the_judgement(monkeypatch, tmp_path):
    monkeypatch.setattr(quiz.Outsider, "load", lambda *_: StubOutsider())
    options = argparse.Namespace(outsider=True, preset="", data_dir=tmp_path)
    judged = quiz.judge_all([ROW], [[line(RIGHT)["quiz"]]], options)
    assert judged[0][0]["outsider_pmi"] == 1.0


def test_rows_of_like_length_follow_each_other():
    maker = Maker()
    answers = ["long long long", "short", "longer long", "brief"]
    quiz.make_quizzes(maker, [ROW | {"answer": one} for one in answers])
    assert maker.batches == [["short", "brief", "longer long", "long long long"]]


def test_a_row_without_a_quiz_is_none():
    assert quiz.make_quizzes(Maker(), [ROW]) == [None]
