"""Exports read back by programs that are not ours, and by our own engine.

transformers, PEFT and llama.cpp themselves are asked by `make export-test`: torch is
too large for every run.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from worker.adapter import Adapter
from worker.export.__main__ import main

pytestmark = pytest.mark.model

TEXTS = [
    "Using the text: coffee, create a new multiple-choice question.",
    "할머니의 김치찌개  two spaces\n\nand lines 🍜",
    "<start_of_turn>user\nhello<end_of_turn>\n",
    "   ",
]
TOKENS = [2, *range(5, 44)]  # more than the sliding window
FORMATS = {
    "base": ["--format", "hf", "--dtype", "float32"],
    "hf": ["--format", "hf", "--dtype", "float32"],
    "peft": ["--format", "peft", "--dtype", "float32"],
    "f16": ["--format", "gguf", "--gguf-type", "f16"],
    "q8_0": ["--format", "gguf", "--gguf-type", "q8_0"],
}


@dataclass
class Exported:
    """A tiny model, its adapter, and folders of all exports by name."""

    kind: str
    preset: Path
    adapter: Path
    folder: Path
    backbone: object  # with the adapter merged

    def weights(self, name: str) -> dict[str, np.ndarray]:
        from safetensors.numpy import load_file

        (file,) = (self.folder / name).glob("*.safetensors")
        return load_file(file)

    def json(self, file: str) -> dict:
        return json.loads((self.folder / file).read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=["gemma2", "gemma3"])
def exported(request, tmp_path_factory) -> Exported:
    from tests.worker import tiny_presets

    folder = tmp_path_factory.mktemp(request.param)
    preset, adapter = folder / "preset", folder / "adapter"
    backbone = tiny_presets.save(preset, request.param)
    tiny_presets.save_adapter(adapter, backbone, preset=str(preset)).merge_into(
        backbone
    )
    for name, options in FORMATS.items():
        who = ["--preset", str(preset)] if name == "base" else ["--adapter", adapter]
        arguments = [*options, *who, "--output", folder / name]
        assert main([str(one) for one in arguments]) == 0
    return Exported(request.param, preset, adapter, folder, backbone)


def test_another_reader_of_the_folder_finds_our_logits(exported, tiny):
    """KerasHub reads it by its own converter from Hugging Face's names."""
    from worker.presets import locate
    from worker.presets.backbone import load_backbone

    read = load_backbone(locate(str(exported.folder / "hf"), Path()))
    ours = tiny.logits(TOKENS, exported.backbone)
    assert np.abs(tiny.logits(TOKENS, read) - ours).max() < 1e-4


def test_the_adapter_changes_every_matrix_but_the_embedding(exported):
    base, merged = exported.weights("base"), exported.weights("hf")
    same = {name for name in base if (base[name] == merged[name]).all()}
    assert same == {name for name in base if "norm" in name or "embed" in name}


def test_the_weights_have_the_names_and_shapes_of_transformers(exported):
    weights = exported.weights("hf")
    inner = 48  # in Keras' Gemma 2 twice as much
    shapes = {
        "self_attn.q_proj": (64, 32),
        "self_attn.k_proj": (32, 32),
        "self_attn.v_proj": (32, 32),
        "self_attn.o_proj": (32, 64),
        "mlp.gate_proj": (inner, 32),
        "mlp.up_proj": (inner, 32),
        "mlp.down_proj": (32, inner),
        "input_layernorm": (32,),
        "post_attention_layernorm": (32,),
        "pre_feedforward_layernorm": (32,),
        "post_feedforward_layernorm": (32,),
    }
    if exported.kind == "gemma3":
        shapes |= {"self_attn.q_norm": (16,), "self_attn.k_norm": (16,)}
    layers = {"gemma2": 2, "gemma3": 6}[exported.kind]
    wanted = {"model.embed_tokens.weight": (512, 32), "model.norm.weight": (32,)}
    for layer in range(layers):
        wanted |= {f"model.layers.{layer}.{n}.weight": s for n, s in shapes.items()}
    assert {name: array.shape for name, array in weights.items()} == wanted
    assert {array.dtype.name for array in weights.values()} == {"float32"}


def test_the_configuration_says_what_the_model_computes(exported):
    config = exported.json("hf/config.json")
    wanted = {
        "vocab_size": 512,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "query_pre_attn_scalar": 16,
        "sliding_window": 8,
        "tie_word_embeddings": True,
        "bos_token_id": 2,
        "eos_token_id": 1,
    }
    wanted |= {
        "gemma2": {
            "architectures": ["Gemma2ForCausalLM"],
            "model_type": "gemma2",
            "layer_types": ["sliding_attention", "full_attention"],
            "attn_logit_softcapping": 5.0,
            "final_logit_softcapping": 3.0,
            "rope_theta": 10_000.0,
        },
        "gemma3": {
            "architectures": ["Gemma3ForCausalLM"],
            "model_type": "gemma3_text",
            "layer_types": ["sliding_attention"] * 5 + ["full_attention"],
            "final_logit_softcapping": None,
            "rope_theta": 1_000_000.0,
            "rope_local_base_freq": 10_000.0,
            "rope_scaling": None,
        },
    }[exported.kind]
    assert {name: config[name] for name in wanted} == wanted
    assert exported.json("hf/generation_config.json")["eos_token_id"] == [1, 5]


def test_the_tokenizers_library_finds_our_tokens(exported):
    from tokenizers import Tokenizer

    from worker.presets.backbone import load_tokenizer

    theirs = Tokenizer.from_file(str(exported.folder / "hf" / "tokenizer.json"))
    ours = load_tokenizer(exported.preset)
    for text in TEXTS:
        assert theirs.encode(text).ids == [2, *map(int, ours(text))]
        if "turn" not in text:
            assert theirs.decode(theirs.encode(text).ids) == text


def test_the_exported_sentencepiece_model_finds_our_tokens(exported):
    from worker.presets.backbone import load_tokenizer

    theirs = load_tokenizer(exported.folder / "hf")
    ours = load_tokenizer(exported.preset)
    for text in TEXTS:
        assert list(theirs(text)) == list(ours(text))


def test_peft_adds_up_to_the_merged_weights(exported):
    base, merged = exported.weights("base"), exported.weights("hf")
    pairs, config = exported.weights("peft"), exported.json("peft/adapter_config.json")
    prefix = "base_model.model."
    changed = {re.sub(r"\.lora_[AB]\.weight", "", name) for name in pairs}
    assert len(changed) == 7 * {"gemma2": 2, "gemma3": 6}[exported.kind]
    for module in changed:
        name = module.removeprefix(prefix)
        down, up = (pairs[f"{module}.lora_{part}.weight"] for part in "AB")
        own = name.split(".")[-1]
        rank = config["rank_pattern"].get(own, config["r"])
        alpha = config["alpha_pattern"].get(own, config["lora_alpha"])
        assert down.shape[0] == up.shape[1] == rank
        total = base[f"{name}.weight"] + up @ down * (alpha / rank)
        assert np.abs(total - merged[f"{name}.weight"]).max() < 1e-5


def test_peft_is_told_a_rank_for_each_head(exported):
    config = exported.json("peft/adapter_config.json")
    assert config["r"] == config["lora_alpha"] == 3
    assert config["rank_pattern"] == {"q_proj": 12, "k_proj": 6, "v_proj": 6}


@pytest.mark.parametrize(("name", "most"), [("f16", 1e-3), ("q8_0", 1e-2)])
def test_the_gguf_file_holds_the_merged_weights(exported, name, most):
    from gguf import MODEL_ARCH, get_tensor_name_map
    from gguf.quants import dequantize

    reader = read_gguf(exported, name)
    merged = exported.weights("hf")
    architecture = MODEL_ARCH[exported.kind.upper()]
    names = get_tensor_name_map(architecture, 6)
    theirs = {tensor.name: tensor for tensor in reader.tensors}
    assert len(theirs) == len(merged)
    for ours, wanted in merged.items():
        tensor = theirs[names.get_name(ours, try_suffixes=(".weight",))]
        found = dequantize(tensor.data, tensor.tensor_type)
        one = 1.0 if wanted.ndim == 1 else 0.0  # llama.cpp does not add it itself
        assert np.abs(found - one - wanted).max() <= most * np.abs(wanted).max()


def test_the_gguf_file_says_what_the_model_computes(exported):
    fields = read_gguf(exported, "q8_0").fields
    found = {name: field.contents() for name, field in fields.items()}
    wanted = {
        "embedding_length": 32,
        "feed_forward_length": 48,
        "attention.head_count": 4,
        "attention.head_count_kv": 2,
        "attention.key_length": 16,
        "attention.sliding_window": 8,
    }
    if exported.kind == "gemma2":
        wanted |= {"attn_logit_softcapping": 5.0, "final_logit_softcapping": 3.0}
    else:
        wanted |= {"rope.freq_base": 1_000_000.0}
    kind = exported.kind
    assert {name: found[f"{kind}.{name}"] for name in wanted} == wanted
    assert found["general.architecture"] == kind


def test_turns_are_control_tokens_in_the_gguf_file(exported):
    """Typed ones stay text in llama.cpp then, as in our prompts."""
    fields = read_gguf(exported, "f16").fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    types = fields["tokenizer.ggml.token_type"].contents()
    kinds = dict(zip(tokens, types, strict=True))
    control, own = 3, 4
    assert kinds["<start_of_turn>"] == kinds["<end_of_turn>"] == control
    assert kinds["\n"] == kinds["  "] == own


def read_gguf(exported: Exported, name: str):
    from gguf import GGUFReader

    (file,) = (exported.folder / name).glob("*.gguf")
    return GGUFReader(file)


@pytest.mark.parametrize("name", ["hf", "peft", "q8_0"])
def test_the_card_tells_data_figures_licence_and_how_to_serve(exported, name):
    card = (exported.folder / name / "README.md").read_text(encoding="utf-8")
    head, text = card.split("---\n")[1:3]
    assert "license: gemma\n" in head and "- quiz\n" in head
    for wanted in ("1,234 rows", "0.8484", "Gemma Terms of Use", "hf upload"):
        assert wanted in text
    serving = {"hf": "vllm serve", "peft": "PeftModel", "q8_0": "ollama create"}
    assert serving[name] in text
    assert "Using the text: " in text and "$" not in text
    notice = (exported.folder / name / "NOTICE").read_text(encoding="utf-8")
    assert "ai.google.dev/gemma/terms" in notice
    assert (exported.folder / name / "GEMMA_TERMS.html").is_file()


def test_ollamas_file_names_the_weights(exported):
    file = exported.folder / "q8_0" / "Modelfile"
    (name,) = re.findall(r"^FROM ./(.+)$", file.read_text(), re.M)
    assert (file.parent / name).is_file()


def test_the_card_of_a_base_model_claims_no_training(exported):
    card = (exported.folder / "base" / "README.md").read_text(encoding="utf-8")
    assert (
        "without an adapter" in card and "How it was made" not in card.split("##", 1)[1]
    )


def test_an_existing_folder_is_left_alone(exported, capsys):
    hf = exported.folder / "hf"
    before = (hf / "config.json").stat().st_mtime_ns
    arguments = ["--format", "hf", "--adapter", str(exported.adapter)]
    assert main([*arguments, "--output", str(hf)]) == 2
    assert "does not exist yet" in capsys.readouterr().err
    assert (hf / "config.json").stat().st_mtime_ns == before


def test_an_adapter_of_another_preset_is_refused(exported, tmp_path, capsys):
    adapter, out = tmp_path / "adapter", tmp_path / "out"
    larger = {
        "decoder_block_0/query/a": np.zeros((4, 99, 3), np.float16),
        "decoder_block_0/query/b": np.zeros((3, 16), np.float16),
    }
    card = json.loads((exported.adapter / "adapter.json").read_text())
    Adapter(weights=larger, card=card | {"preset": "gemma9"}).save(adapter)
    arguments = ["--format", "hf", "--adapter", str(adapter), "--output", str(out)]
    assert main([*arguments, "--preset", str(exported.preset)]) == 2
    error = capsys.readouterr().err
    assert "trained on 'gemma9'" in error and "(4, 99, 16)" in error
    assert not out.exists()


def test_a_wrong_end_leaves_no_folder(exported, tmp_path, monkeypatch):
    from worker.export import card

    def stop(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(card, "write", stop)
    arguments = ["--format", "peft", "--adapter", str(exported.adapter)]
    with pytest.raises(KeyboardInterrupt):
        main([*arguments, "--output", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()


def test_large_weights_are_cut_into_several_files(exported, tmp_path):
    from safetensors.numpy import load_file

    from worker.export import hugging_face

    weights = exported.weights("hf")
    hugging_face.write_weights(tmp_path, weights.items(), "bfloat16", shard=20_000)
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text())
    files = sorted(tmp_path.glob("*.safetensors"))
    assert len(files) > 2 and files[0].name.endswith(
        f"1-of-{len(files):05}.safetensors"
    )
    for name, file in index["weight_map"].items():
        found = load_file(tmp_path / file)[name]
        assert found.dtype.name == "bfloat16" and found.shape == weights[name].shape


def test_the_real_vocabulary_finds_the_same_tokens_in_the_tokenizers_library(model_dir):
    from tokenizers import Tokenizer

    from worker.export import pieces
    from worker.presets import gemma3_270m
    from worker.presets.backbone import load_tokenizer
    from worker.recipes import quiz

    ours = load_tokenizer(gemma3_270m.prepare(model_dir))
    content = pieces.fast_tokenizer(pieces.pieces_of(ours))
    theirs = Tokenizer.from_str(json.dumps(content))
    for row in quiz.read_rows(quiz.TEST_FILE):
        text = quiz.build_prompt(row["question"], row["answer"])
        assert theirs.encode(text).ids == [2, *map(int, ours(text))]


def test_stretched_positions_are_told_to_others():
    from tests.worker import tiny_presets
    from worker.export import hugging_face

    large, tokenizer = tiny_presets.make("gemma3, stretched")
    config = hugging_face.configuration(large, tokenizer, "bfloat16")
    assert config["rope_scaling"] == {"rope_type": "linear", "factor": 8.0}
    assert config["max_position_embeddings"] == 131_072
