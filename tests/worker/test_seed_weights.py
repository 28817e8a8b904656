"""The seed's published quiz weights: a KerasNLP task of Gemma 2, loaded as it is.

Tiny random weights stand in for them, in files of that layout and of that time.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from worker.outcomes import Failed, Held, Item, Quiz

pytestmark = pytest.mark.model

NEWER = ("config_file", "add_bos", "add_eos")  # settings that KerasNLP did not have


@pytest.fixture(scope="module")
def seed(tmp_path_factory) -> Path:
    import keras_hub

    from tests.worker import tiny_presets

    folder = tmp_path_factory.mktemp("seed")
    backbone, tokenizer = tiny_presets.make("gemma2")
    keras_hub.models.GemmaCausalLM(
        backbone=backbone,
        preprocessor=keras_hub.models.GemmaCausalLMPreprocessor(tokenizer, 512),
    ).save_to_preset(str(folder))
    for file in folder.glob("*.json"):
        text = re.sub(r"keras_hub(\.src|>)", r"keras_nlp\1", file.read_text())
        old = json.loads(text, object_hook=without_newer)
        file.write_text(json.dumps(old))
    return folder


def without_newer(values: dict) -> dict:
    return {name: value for name, value in values.items() if name not in NEWER}


def test_the_weights_load_as_they_are(seed, tiny):
    from tests.worker import tiny_presets
    from worker.presets import locate
    from worker.presets.backbone import load_backbone

    read = load_backbone(locate(str(seed), Path()))
    wanted = tiny.logits([2, 7, 8, 9], tiny_presets.make("gemma2")[0])
    assert (tiny.logits([2, 7, 8, 9], read) == wanted).all()


def test_they_answer_through_our_pipeline_without_an_adapter(seed, tmp_path):
    """Random weights say nothing of use; each answer still gets its outcome."""
    from worker.loading import load_quiz_maker

    maker = load_quiz_maker(str(seed), Path("none"), tmp_path)
    answers = ["나의 히어로는 우리 아빠", "I drink coffee with my sister every Sunday."]
    items = [Item(question="좋아하는 히어로?", answer=a, seed_text=a) for a in answers]
    outcomes = dict(maker.stream(items))
    assert sorted(outcomes) == [0, 1]
    for outcome in outcomes.values():
        assert isinstance(outcome, Quiz | Held | Failed)
    assert maker.gemma.tokens_written > 0


def test_they_refuse_an_adapter_of_the_embedded_model(seed, tmp_path):
    from worker.adapter import AdapterError
    from worker.loading import load_quiz_maker
    from worker.recipes import quiz

    with pytest.raises(AdapterError, match=r"trained on 'gemma3_270m'.*ADAPTER=none"):
        load_quiz_maker(str(seed), quiz.ADAPTER, tmp_path)
