"""`python -m worker.finetune` from rows to an adapter, on a tiny Gemma 2 and 3."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from worker.adapter import Adapter

pytestmark = pytest.mark.model

SPECIAL = [
    "<start_of_turn>",
    "<end_of_turn>",
    "<start_of_image>",
    "<end_of_image>",
    "<img>",
]
ROW = {
    "lang": "en",
    "question": "Hobby?",
    "quiz_question": "What does Alice like?",
    "options": ["Tea", "Chess", "Judo", "Hiking"],
    "correct": 1,
}


@pytest.fixture(scope="module", params=["gemma3", "gemma2"])
def preset(request, tiny, tmp_path_factory) -> Path:
    """A preset folder of a tiny Gemma with a tokenizer of characters and bytes."""
    import keras_hub
    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([json.dumps(ROW), "Using the text, create a new one"]),
        model_writer=model,
        model_type="bpe",
        vocab_size=350,
        hard_vocab_limit=False,
        byte_fallback=True,
        pad_id=0,
        eos_id=1,
        bos_id=2,
        unk_id=3,
        pad_piece="<pad>",
        eos_piece="<eos>",
        bos_piece="<bos>",
        user_defined_symbols=SPECIAL,
        minloglevel=2,
    )
    folder = tmp_path_factory.mktemp("presets") / "tiny"
    backbone, tokenizer = {
        "gemma3": (tiny.make_backbone, keras_hub.models.Gemma3Tokenizer),
        "gemma2": (tiny.gemma2, keras_hub.models.GemmaTokenizer),
    }[request.param]
    backbone().save_to_preset(str(folder))
    tokenizer(proto=model.getvalue()).save_to_preset(str(folder))
    return folder


@pytest.fixture(scope="module")
def output(preset, tmp_path_factory) -> Path:
    """The adapter's folder after one epoch."""
    from worker import finetune

    folder = tmp_path_factory.mktemp("training")
    arguments = [*arguments_for(preset, folder), "--epochs", "1"]
    assert finetune.main([*arguments, "--output", str(folder / "quiz")]) == 0
    return folder / "quiz"


def arguments_for(preset: Path, folder: Path) -> list[str]:
    """The options of a tiny run, and its six rows in a file."""
    rows = [ROW | {"answer": f"Tea, {n} cups a day"} for n in range(6)]
    data = folder / "rows.jsonl"
    data.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return [
        *("--data", str(data), "--preset", str(preset), "--rank", "2"),
        *("--batch-size", "4", "--validation-split", "0.34", "--devices", "1"),
        *("--data-dir", str(folder)),
    ]


def test_the_adapter_loads_for_its_recipe(output):
    card = Adapter.load(output, recipe="quiz", prompt_version=1).card
    assert (card["preset"], card["data"]["rows"], card["best_epoch"]) == ("tiny", 6, 1)


def test_the_history_lies_beside_the_weights(output):
    assert sorted(path.name for path in output.iterdir()) == [
        "adapter.json",
        "adapter.safetensors",
        "history.json",
        "history.png",
        "report.html",
    ]


def test_generate_answers_every_line_with_the_new_adapter(preset, output, tmp_path):
    from worker import generate

    lines = [{"id": str(n), "question": "Hobby?", "answer": "Tea"} for n in range(2)]
    given = tmp_path / "in.jsonl"
    given.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    arguments = ["--recipe", "quiz", "--preset", str(preset), "--adapter", str(output)]
    arguments += ["--input", str(given), "--output", str(tmp_path / "out.jsonl")]
    assert generate.main(arguments) == 0
    written = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in written] == ["0", "1"]


def test_a_loaded_gemma_takes_another_adapter_as_if_loaded_with_it(
    preset, output, tmp_path
):
    import jax

    from worker.model import Gemma

    adapter = Adapter.load(output, recipe="quiz", prompt_version=1)
    swapped = Gemma.load(preset, cache=tmp_path).replaced(adapter)
    fresh = Gemma.load(preset, adapter, cache=tmp_path)
    pairs = zip(*map(jax.tree.leaves, (swapped.params, fresh.params)), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)
    assert swapped.writer.params is swapped.params


def test_a_run_learns_on_from_an_adapter(preset, output, tmp_path):
    from worker import finetune

    still = [*arguments_for(preset, tmp_path), "--learning-rate", "0", "--epochs", "1"]
    still += ["--start-from", str(output), "--output", str(tmp_path / "quiz")]
    assert finetune.main(still) == 0
    before, after = (
        Adapter.load(folder, recipe="quiz", prompt_version=1).weights
        for folder in (output, tmp_path / "quiz")
    )
    for name, pair in before.items():
        assert np.allclose(after[name], pair, atol=1e-6)


def test_an_adapter_of_another_rank_is_refused(preset, output, tmp_path, capsys):
    from worker import finetune

    arguments = [*arguments_for(preset, tmp_path), "--start-from", str(output)]
    arguments += ["--rank", "3", "--output", str(tmp_path / "quiz")]
    assert finetune.main(arguments) == 2
    assert "has rank 2 in" in capsys.readouterr().err


def test_missing_rows_are_refused(preset, tmp_path, capsys):
    from worker import finetune

    arguments = ["--data", "nowhere.jsonl", "--preset", str(preset)]
    assert finetune.main([*arguments, "--output", str(tmp_path / "quiz")]) == 2
    assert "nowhere.jsonl" in capsys.readouterr().err


@pytest.mark.parametrize("preset", ["gemma2"], indirect=True)
def test_a_run_killed_with_9_goes_on_to_the_same_loss_curve(preset, tmp_path):
    from worker import finetune

    rows = [{"summary": f"Tea {n}.", "original": f"Tea, {n} cups."} for n in range(12)]
    text = "\n".join(map(json.dumps, rows))
    options = [*arguments_for(preset, tmp_path), "--recipe", "abstract"]
    (tmp_path / "rows.jsonl").write_text(text, encoding="utf-8")
    options += ["--epochs", "3", "--dropout", "0.1", "--checkpoint-steps", "1"]
    killed = [*options, "--output", str(tmp_path / "killed")]
    process = subprocess.Popen(
        [sys.executable, "-m", "worker.finetune", *killed], stdout=subprocess.DEVNULL
    )
    checkpoint = tmp_path / "killed.run" / finetune.CHECKPOINT
    while not checkpoint.exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (tmp_path / "killed").exists()
    assert finetune.main([*killed, "--resume"]) == 0
    assert finetune.main([*options, "--output", str(tmp_path / "whole")]) == 0
    resumed, whole = (
        json.loads((tmp_path / name / "history.json").read_text())
        for name in ("killed", "whole")
    )
    assert len(whole["val_loss"]) == 3
    for name, values in whole.items():
        assert resumed[name] == pytest.approx(values, rel=1e-6)
    assert not checkpoint.exists()
