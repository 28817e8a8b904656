"""Presets of any kind: found, fetched, or refused in one sentence with a way out."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

import pytest

from tests.worker import hub
from worker import finetune, generate
from worker.presets import PresetError, hubs, locate

HF = "hf://someone/gemma"
BUILT_IN = "gemma2_instruct_9b_en"
KAGGLE_PAGE = "https://www.kaggle.com/models/keras/gemma2"
GEMMA2 = {"class_name": "GemmaBackbone", "config": {"use_post_ffw_norm": True}}


@pytest.fixture(autouse=True)
def no_account(monkeypatch, tmp_path):
    """Nobody's token and nobody's earlier downloads."""
    import huggingface_hub.constants

    for name in ("HF_TOKEN", "KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "kaggle"))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hf"))


@pytest.fixture
def at(monkeypatch):
    """Has both hubs' clients call another address."""

    def go(address: str) -> None:
        from kagglesdk import kaggle_env

        monkeypatch.setenv("HF_ENDPOINT", address)
        environment = kaggle_env.KaggleEnv.PROD
        monkeypatch.setitem(kaggle_env._env_to_endpoint, environment, address)

    return go


def nobody() -> str:
    """An address at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("preset", "page", "variable"),
    [
        (HF, "https://huggingface.co/someone/gemma", "HF_TOKEN"),
        (BUILT_IN, KAGGLE_PAGE, "KAGGLE_USERNAME and KAGGLE_KEY"),
        ("kaggle://keras/gemma2/keras/own", KAGGLE_PAGE, "KAGGLE_API_TOKEN"),
    ],
)
def test_a_refusal_names_the_page_and_the_variable(at, status, preset, page, variable):
    with hub.serving(status=status) as address:
        at(address)
        with pytest.raises(PresetError) as refusal:
            locate(preset, Path())
    said = str(refusal.value)
    assert f"refused ({status})" in said and "accept its licence" in said
    assert page in said and variable in said and "\n" not in said


@pytest.mark.parametrize("preset", [HF, BUILT_IN])
def test_a_wrong_name_is_said_to_be_wrong(at, preset):
    with hub.serving(status=404) as address:
        at(address)
        with pytest.raises(PresetError, match="was not found: check its name at https"):
            locate(preset, Path())


@pytest.mark.parametrize("preset", [HF, BUILT_IN])
def test_no_network_is_said_soon(at, monkeypatch, preset):
    monkeypatch.setattr(hubs, "PATIENCE", 3)
    at(nobody())
    started = time.monotonic()
    with pytest.raises(PresetError, match="check the network, or name a folder"):
        locate(preset, Path())
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("preset", [HF, BUILT_IN])
def test_a_hub_that_never_answers_is_given_up(at, monkeypatch, preset):
    monkeypatch.setattr(hubs, "PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        at(f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(PresetError, match="check the network"):
            locate(preset, Path())


def test_patience_leaves_time_to_say_so_within_half_a_minute():
    assert hubs.PATIENCE <= 15


@pytest.mark.parametrize("preset", ["hf://a/b/c", "kaggle://someone"])
def test_an_address_of_the_wrong_form_is_explained(preset):
    with pytest.raises(PresetError, match="hf://ORGANISATION/NAME or kaggle://"):
        locate(preset, Path())


def test_a_model_of_the_hub_is_fetched_once(at, tmp_path):
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text(json.dumps({"model_type": "gemma3_text"}))
    (model / "tokenizer.model").write_bytes(b"pieces")
    (model / "weights.bin").write_bytes(b"another format")
    with hub.serving(folder=model) as address:
        at(address)
        folder = locate(HF, Path())
    assert {file.name for file in folder.iterdir()} == {
        "config.json",
        "tokenizer.model",
    }
    at(nobody())
    assert locate(HF, Path()) == folder


COMMANDS = {
    "finetune": (finetune.main, ["--recipe", "quiz", "--output", "{}/out"]),
    "generate": (
        generate.main,
        ["--recipe", "quiz", "--input", "{}/in", "--output", "{}/out"],
    ),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_end_with_2_and_one_sentence(at, tmp_path, capsys, command):
    main, arguments = COMMANDS[command]
    (tmp_path / "in").write_text("")
    with hub.serving(status=403) as address:
        at(address)
        filled = [text.format(tmp_path) for text in arguments]
        assert main([*filled, "--preset", BUILT_IN, "--data-dir", str(tmp_path)]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1 and KAGGLE_PAGE in said[0]


def folder_with(tmp_path: Path, config: dict, *files: str) -> Path:
    (tmp_path / "config.json").write_text(json.dumps(config))
    for name in files:
        (tmp_path / name).write_text("{}")
    return tmp_path


@pytest.mark.parametrize(
    "config",
    [
        GEMMA2,
        {"class_name": "Gemma3Backbone", "config": {"vision_encoder": None}},
        {"model_type": "gemma2"},
        {"model_type": "gemma3_text"},
    ],
    ids=str,
)
def test_a_text_gemma_in_a_folder_is_taken_as_it_is(tmp_path, config):
    folder = folder_with(tmp_path, config, "tokenizer.json")
    assert locate(str(folder), Path()) == folder


@pytest.mark.parametrize(
    "config",
    [
        {"class_name": "GemmaBackbone", "config": {"use_post_ffw_norm": False}},
        {"class_name": "Gemma3Backbone", "config": {"vision_encoder": {"a": 1}}},
        {"class_name": "LlamaBackbone", "config": {}},
        {"model_type": "gemma3"},
        {},
    ],
    ids=str,
)
def test_another_model_is_refused_before_it_is_read(tmp_path, config):
    folder = folder_with(tmp_path, config, "tokenizer.json")
    with pytest.raises(PresetError, match="must be a Gemma 2 or a Gemma 3 for text"):
        locate(str(folder), Path())


def test_a_folder_without_a_vocabulary_is_refused(tmp_path):
    with pytest.raises(PresetError, match="must have its vocabulary"):
        locate(str(folder_with(tmp_path, GEMMA2)), Path())


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(PresetError, match=r"must hold a config\.json"):
        locate(str(tmp_path), Path())
