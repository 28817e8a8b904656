"""`python -m worker.promote`: measured, then in use or refused, and back again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.worker.test_gate import paired
from worker import promote
from worker.adapter import Adapter
from worker.training.history import History

CARD = {
    "recipe": "quiz",
    "prompt_version": 1,
    "preset": "gemma3_270m",
    "licence": "Gemma",
    "settings": {"rank": 2, "targets": ["query"]},
    "data": {"rows": 6, "fingerprint": "ab"},
    "best_epoch": 1,
    "validation": {"loss": 1.0, "token_accuracy": 0.8},
    "seconds": 1.0,
    "device": "cpu",
    "made": "2026-11-22",
}


@pytest.fixture
def adapter(tmp_path) -> Path:
    """A new adapter with its history."""
    history = History(
        loss=[2.0, 1.0],
        accuracy=[0.5, 0.7],
        val_loss=[2.1, 1.2],
        val_accuracy=[0.5, 0.6],
        step_loss=[2.0, 1.5, 1.2, 1.0],
        step_rate=[0.0, 1.0, 0.5, 0.1],
    )
    weights = {"decoder_block_0/query/a": np.ones((2, 2), np.float32)}
    stored = json.dumps(vars(history)).encode()
    Adapter(weights=weights, card=CARD).save(tmp_path / "new", {"history.json": stored})
    return tmp_path / "new"


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Runs the command; the evaluation finds the right key in a share of the rows."""
    metric = {"share": 0.8, "n": 300, "interval": (0.7, 0.9)}
    metrics = {
        group: {"right_key": metric, "key_at_1": metric | {"n": 290}}
        for group in ("all", "ko", "buried")
    }

    def run(*arguments: str, right: float = 0.9) -> int:
        compared = {"right_key": paired(right, 0.86, 0.02)}
        saved = {"metrics": metrics, "compared_with": {"metrics": compared}}
        monkeypatch.setattr(promote, "evaluated", lambda *_: saved)
        return promote.main([*arguments, "--data-dir", str(tmp_path)])

    return run


def test_a_worse_adapter_is_refused_and_the_old_one_stays(run, adapter, capsys):
    assert run("--adapter", str(adapter), right=0.7) == promote.WORSE
    printed = capsys.readouterr()
    assert "86.0  70.0  -16.0 " in printed.out
    assert "adapters/quiz stays in use." in printed.err


def test_an_adapter_for_another_preset_is_refused(run, adapter, capsys):
    code = run("--adapter", str(adapter), "--preset", "gemma2_instruct_2b_en")
    assert code == promote.WRONG_INPUT
    assert "made for the preset 'gemma3_270m'" in capsys.readouterr().err


def test_a_better_one_is_used_and_one_command_goes_back(run, adapter, capsys):
    assert run("--adapter", str(adapter)) == 0
    assert run("--show") == 0
    assert "adapters/gemma3_270m/quiz/quiz-" in capsys.readouterr().out.splitlines()[-1]
    assert run("--roll-back") == 0
    assert run("--show") == 0
    assert capsys.readouterr().out.endswith("worker/adapters/quiz\n")


def test_the_report_opens_offline_and_tells_the_comparison(run, adapter):
    run("--adapter", str(adapter))
    page = (adapter / "report.html").read_text(encoding="utf-8")
    assert "http" not in page and "<script" not in page
    assert page.count("data:image/png;base64") == 2
    assert "90.0" in page and "buried" in page
