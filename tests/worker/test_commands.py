"""`worker.generate` and `worker.evaluate` for the studio's recipes, without a model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.worker.rows import rows
from tests.worker.scripted import Scripted
from worker import evaluate, generate, measuring
from worker.recipes.slang import build_target
from worker.siblings import MAKERS, class_of

END = "<end_of_turn>"
WORD = build_target("굶회", "점심을 거르는 회의예요.", "A: '오늘도 굶회야?'")
LINES = {
    "slang": {"context": "회의가 길어져서 점심을 못 먹었어요."},
    "chat": {"turns": [{"speaker": "지우", "text": "오늘 달이 나를 따라왔어!"}]},
    "abstract": {"summary": "표본 30명에서 오차가 줄었다."},
}
WRITTEN = {
    "slang": WORD,
    "chat": "달이 따라와서 신났겠다!" + END,
    "abstract": "표본은 30명이다. 오차가 줄었다." + END,
}
MADE = {
    "slang": {"slang"},
    "chat": {"reply"},
    "abstract": {"abstract", "unsupported"},
}


def maker_of(recipe: str):
    def answer(prompt: str) -> list[str]:
        return ["no"] if "yes / no" in prompt else [WRITTEN[recipe]]

    return class_of(recipe).shipped(Scripted(answer))


@pytest.fixture(params=[*MAKERS])
def recipe(request, monkeypatch: pytest.MonkeyPatch) -> str:
    """One of the studio's, whose model writes what is `WRITTEN`."""
    for module in (generate, measuring):
        monkeypatch.setattr(module, "load_maker", lambda *_, **__: maker_of(recipe))
    recipe = str(request.param)
    return recipe


def generated(recipe: str, folder: Path, lines: list[dict]) -> tuple[int, list[dict]]:
    source, target = folder / "in.jsonl", folder / "out.jsonl"
    source.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    arguments = ["--recipe", recipe, "--input", str(source)]
    code = generate.main([*arguments, "--output", str(target)])
    text = target.read_text(encoding="utf-8") if code == 0 else ""
    return code, [json.loads(line) for line in text.splitlines()]


def test_every_line_is_answered_in_order_as_the_contract_says(
    recipe, tmp_path, capsys
) -> None:
    ids = ["b", 7, "a"]
    code, lines = generated(recipe, tmp_path, [LINES[recipe] | {"id": n} for n in ids])
    assert (code, [line["id"] for line in lines]) == (0, ids)
    assert all(set(line) == {"id", "status"} | MADE[recipe] for line in lines)
    summary = json.loads(capsys.readouterr().err.splitlines()[-1])
    names = "items ok skipped seconds first_seconds tokens_per_second"
    assert list(summary) == names.split()
    assert (summary["items"], summary["ok"], summary["skipped"]) == (3, 3, 0)


class Stopped(Exception):
    """What ends a maker in the midst of its work."""


@pytest.mark.parametrize("recipe", ["slang"], indirect=True)
def test_a_run_that_was_stopped_leaves_its_lines(recipe, tmp_path, monkeypatch) -> None:
    maker = maker_of(recipe)
    whole = maker.stream

    def stream(items):
        first, second, _, fourth = whole(items)
        yield from (second, first, fourth)
        raise Stopped

    maker.stream = stream
    monkeypatch.setattr(generate, "load_maker", lambda *_, **__: maker)
    with pytest.raises(Stopped):
        generated(recipe, tmp_path, [LINES[recipe] | {"id": n} for n in "abcd"])
    partial = (tmp_path / "out.jsonl.partial").read_text(encoding="utf-8")
    assert [json.loads(line)["id"] for line in partial.splitlines()] == ["a", "b"]
    assert not (tmp_path / "out.jsonl").exists()


def test_what_is_empty_is_skipped_with_a_reason(recipe, tmp_path) -> None:
    [name] = LINES[recipe]
    empty = [] if recipe == "chat" else " "
    _, [line] = generated(recipe, tmp_path, [{"id": 1, name: empty}])
    assert line == {"id": 1, "status": "skipped", "reason": "empty"}


@pytest.mark.parametrize("line", [{"id": 1}, [], "x", {"turns": [{}]}], ids=str)
def test_a_line_of_another_form_is_named(recipe, tmp_path, capsys, line) -> None:
    assert generated(recipe, tmp_path, [line])[0] == 2
    assert "in.jsonl:1 must be a JSON object with" in capsys.readouterr().err


@pytest.mark.parametrize("recipe", ["slang", "abstract"], indirect=True)
def test_the_first_reply_is_measured_beside_what_became_of_it(
    recipe, tmp_path, capsys
) -> None:
    output = tmp_path / "evaluation.json"
    arguments = ["--recipe", recipe, "--limit", "2", "--output", str(output)]
    assert evaluate.main(arguments) == 0
    saved = json.loads(output.read_text(encoding="utf-8"))
    first, best, *_ = saved["metrics"].values()
    assert saved["rows"] == 2
    assert first["parsed"]["share"] == best["parsed"]["share"] == 1.0
    assert "100.0" in capsys.readouterr().out


@pytest.mark.parametrize("recipe", ["slang", "abstract"], indirect=True)
def test_the_lines_that_were_generated_can_be_measured(recipe, tmp_path) -> None:
    wanted = rows(
        "slang_contexts.jsonl" if recipe == "slang" else "abstract_test.jsonl"
    )
    generated(recipe, tmp_path, [dict(row) for row in wanted[:3]])
    output = tmp_path / "evaluation.json"
    arguments = ["--recipe", recipe, "--generated", str(tmp_path / "out.jsonl")]
    assert evaluate.main([*arguments, "--limit", "3", "--output", str(output)]) == 0
    saved = json.loads(output.read_text(encoding="utf-8"))
    assert saved["metrics"]["generated"]["parsed"] == {
        "share": 1.0,
        "n": 3,
        "interval": saved["metrics"]["generated"]["parsed"]["interval"],
    }


@pytest.mark.parametrize("recipe", ["chat"], indirect=True)
def test_replies_and_dangers_are_measured(recipe, tmp_path, capsys) -> None:
    output = tmp_path / "evaluation.json"
    arguments = ["--recipe", "chat", "--limit", "2", "--output", str(output)]
    assert evaluate.main(arguments) == 0
    saved = json.loads(output.read_text(encoding="utf-8"))
    assert set(saved["metrics"]) == {"first reply", "said", "by people"}
    assert saved["turns"] >= saved["by_people"]
    assert len(saved["safety"]["likely"]) == 2
    assert "false alarms by both" in capsys.readouterr().out


@pytest.mark.parametrize("command", [generate, evaluate])
def test_weights_of_a_kind_that_is_not_there_are_refused(
    command, monkeypatch, capsys
) -> None:
    monkeypatch.setenv("WEIGHTS", "int4")
    files = ["--input", "a", "--output", "b"] if command is generate else []
    with pytest.raises(SystemExit) as left:
        command.parse_arguments(["--recipe", "quiz", *files])
    assert left.value.code == 2
    assert "must be one of bfloat16, int8. Received: 'int4'." in capsys.readouterr().err
