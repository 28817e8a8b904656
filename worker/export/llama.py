"""A GGUF file that llama.cpp and Ollama run, in 16 bits or 8."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from worker.export import hugging_face, pieces
from worker.weights import architecture_of

TYPES = ("f16", "q8_0")
Q8_BLOCK = 32  # neighbours in a row share a scale; shorter rows stay in 16 bits
# llama.cpp scales queries by their head's size, but in these numbers of layers.
SCALED_BY_HIDDEN_SIZE = {"gemma2": 46, "gemma3_text": 62}
GGUF_NAMES = {"gemma2": "gemma2", "gemma3_text": "gemma3"}


class NotForLlama(ValueError):
    """llama.cpp cannot run this model; the text says why."""


def write(
    file: Path,
    backbone,
    tokenizer,
    weights: Iterable[tuple[str, np.ndarray]],
    *,
    name: str,
    gguf_type: str,
) -> None:
    """Write the model of `weights` (see `tensors.tensors`) as one GGUF file.

    Matrices get `gguf_type`, norms stay float32, as llama.cpp's own converter does.

    Raises:
        NotForLlama: if llama.cpp would compute something else.
    """
    import gguf

    family = hugging_face.family(backbone)
    check_supported(backbone, family)
    writer = gguf.GGUFWriter(file, GGUF_NAMES[family], use_temp_file=True)
    _describe(writer, backbone, family, name)
    _add_vocabulary(writer, tokenizer, backbone.vocabulary_size)
    stored = gguf.GGMLQuantizationType[gguf_type.upper()]
    writer.add_file_type(
        {"f16": gguf.LlamaFileType.MOSTLY_F16, "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0}[
            gguf_type
        ]
    )
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    names = gguf.get_tensor_name_map(
        gguf.MODEL_ARCH[GGUF_NAMES[family].upper()], backbone.num_layers
    )
    for theirs, array in weights:
        title = names.get_name(theirs, try_suffixes=(".weight",))
        if array.ndim == 1:
            writer.add_tensor(title, array + np.float32(1.0))
            continue
        fits = array.shape[1] % Q8_BLOCK == 0
        kind = stored if fits else gguf.GGMLQuantizationType.F16
        data = gguf.quants.quantize(np.ascontiguousarray(array), kind)
        writer.add_tensor(title, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def check_supported(backbone, kind: str) -> None:
    """Refuse a shape whose queries llama.cpp would scale in another way.

    Raises:
        NotForLlama: saying so.
    """
    by_hidden_size = backbone.num_layers == SCALED_BY_HIDDEN_SIZE[kind]
    if by_hidden_size == backbone.query_head_dim_normalize:
        raise NotForLlama(
            f"llama.cpp scales the queries of a Gemma of {backbone.num_layers} layers "
            "in another way than this model does. Use --format hf."
        )


def _describe(writer, backbone, kind: str, name: str) -> None:
    arch = architecture_of(backbone)
    halves = 2 if kind == "gemma2" else 1
    writer.add_name(name)
    writer.add_license("gemma")
    writer.add_context_length(hugging_face.longest(kind, arch))
    writer.add_embedding_length(backbone.hidden_dim)
    writer.add_block_count(backbone.num_layers)
    writer.add_feed_forward_length(backbone.intermediate_dim // halves)
    writer.add_head_count(arch.num_heads)
    writer.add_head_count_kv(arch.num_groups)
    writer.add_layer_norm_rms_eps(arch.epsilon)
    writer.add_key_length(arch.head_dim)
    writer.add_value_length(arch.head_dim)
    writer.add_sliding_window(backbone.sliding_window_size)
    writer.add_rope_freq_base(max(arch.wavelengths))
    if arch.stretch > 1:
        from gguf import RopeScalingType

        writer.add_rope_scaling_type(RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(arch.stretch)
    if arch.attention_soft_cap:
        writer.add_attn_logit_softcapping(arch.attention_soft_cap)
    if arch.final_soft_cap:
        writer.add_final_logit_softcapping(arch.final_soft_cap)


def _add_vocabulary(writer, tokenizer, rows: int) -> None:
    model = pieces.pieces_of(tokenizer)
    texts, scores, types = pieces.gguf_lists(model, rows)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(texts)
    writer.add_token_scores(scores)
    writer.add_token_types(types)
    writer.add_bos_token_id(tokenizer.start_token_id)
    writer.add_eos_token_id(tokenizer.end_token_id)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    writer.add_unk_token_id(tokenizer.token_to_id("<unk>"))
    if pieces.has_turns(model):
        writer.add_eot_token_id(tokenizer.token_to_id("<end_of_turn>"))
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    if pieces.has_turns(model):
        writer.add_chat_template(pieces.CHAT_TEMPLATE)
