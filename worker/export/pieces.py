"""A preset's vocabulary for other programs: SentencePiece, tokenizers and GGUF lists.

A preset keeps its SentencePiece model. KerasHub, llama.cpp's own converter and older
programs read it as `tokenizer.model`; `tokenizer.json` says the same for the tokenizers
library, where a pair of pieces is merged the earlier, the higher its piece scores.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from worker.export.hugging_face import write_json

SPACE = "▁"
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED = 1, 2, 3, 4, 5
TURNS = ("<start_of_turn>", "<end_of_turn>")
# What Gemma's own template writes; roles other than assistant are the user's.
CHAT_TEMPLATE = """{{ bos_token }}{% for message in messages %}<start_of_turn>\
{{ 'model' if message['role'] == 'assistant' else 'user' }}
{{ message['content'] | trim }}<end_of_turn>
{% endfor %}{% if add_generation_prompt %}<start_of_turn>model
{% endif %}"""


def pieces_of(tokenizer):
    """The SentencePiece model of a KerasHub tokenizer, as other programs expect it.

    Spaces in pieces are written as SentencePiece writes them, and turns of a chat are
    control tokens: typed ones stay text unless the program is told otherwise.
    """
    from sentencepiece import sentencepiece_model_pb2

    model = sentencepiece_model_pb2.ModelProto.FromString(tokenizer.proto)
    for piece in model.pieces:
        piece.piece = piece.piece.replace(" ", SPACE)
    return model


def write_tokenizer(folder: Path, model) -> None:
    """`tokenizer.model`, `tokenizer.json` and `tokenizer_config.json`."""
    (folder / "tokenizer.model").write_bytes(model.SerializeToString())
    text = json.dumps(fast_tokenizer(model), ensure_ascii=False)
    (folder / "tokenizer.json").write_text(text, encoding="utf-8")
    write_json(folder / "tokenizer_config.json", settings(model))


def settings(model) -> dict[str, Any]:
    """What `tokenizer_config.json` says."""
    special = {
        f"{name}_token": f"<{name}>"
        for name in ("bos", "eos", "pad", "unk")
        if any(piece.piece == f"<{name}>" for piece in model.pieces[:8])
    }
    return {
        "tokenizer_class": "GemmaTokenizer",
        **special,
        "add_bos_token": True,
        "add_eos_token": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": 10**30,
        **({"chat_template": CHAT_TEMPLATE} if has_turns(model) else {}),
    }


def has_turns(model) -> bool:
    return set(TURNS) <= {piece.piece for piece in model.pieces}


def fast_tokenizer(model) -> dict[str, Any]:
    """The content of `tokenizer.json`."""
    vocabulary = {piece.piece: n for n, piece in enumerate(model.pieces)}
    begin = {"SpecialToken": {"id": "<bos>", "type_id": 0}}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": list(_added_tokens(model)),
        "normalizer": _replace(" ", SPACE),
        "pre_tokenizer": {
            "type": "Split",
            "pattern": {"String": " "},
            "behavior": "MergedWithPrevious",
            "invert": False,
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [begin, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [
                begin,
                {"Sequence": {"id": "A", "type_id": 0}},
                begin | {"SpecialToken": {"id": "<bos>", "type_id": 1}},
                {"Sequence": {"id": "B", "type_id": 1}},
            ],
            "special_tokens": {
                "<bos>": {
                    "id": "<bos>",
                    "ids": [vocabulary["<bos>"]],
                    "tokens": ["<bos>"],
                }
            },
        },
        "decoder": {
            "type": "Sequence",
            "decoders": [
                _replace(SPACE, " "),
                {"type": "ByteFallback"},
                {"type": "Fuse"},
            ],
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "<unk>",
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": True,
            "ignore_merges": False,
            "vocab": vocabulary,
            "merges": merges(model, vocabulary),
        },
    }


def _replace(pattern: str, content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": {"String": pattern}, "content": content}


def _added_tokens(model) -> Iterator[dict[str, Any]]:
    """Pieces that are found before all merging. Runs of spaces are left to merges."""
    for index, piece in enumerate(model.pieces):
        special = piece.type in (CONTROL, UNKNOWN) or piece.piece in TURNS
        if special or piece.type == USER_DEFINED:
            yield {
                "id": index,
                "content": piece.piece,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": special,
            }


def merges(model, vocabulary: dict[str, int]) -> list[list[str]]:
    """Pairs of pieces that make a piece, in the order in which they are merged.

    Example, for pieces "ab" of score -1 and "abc" of score -2:

        [["a", "b"], ["ab", "c"], ["a", "bc"]]    if "bc" is a piece, too
    """
    found = []
    for index, piece in enumerate(model.pieces):
        text = piece.piece
        if piece.type == NORMAL or set(text) == {SPACE}:
            score = piece.score if piece.type == NORMAL else 0.0
            found += [
                (-score, index, left, text[len(left) :])
                for left in (text[:cut] for cut in range(1, len(text)))
                if left in vocabulary and text[len(left) :] in vocabulary
            ]
    found.sort(key=lambda merge: merge[:2])
    return [[left, right] for *_, left, right in found]


def gguf_lists(model, rows: int) -> tuple[list[str], list[float], list[int]]:
    """Pieces, scores and types as GGUF keeps them, one of each for `rows` embeddings.

    Turns are control tokens there, and a piece that a person can type is plain text.
    """
    texts, scores, types = [], [], []
    for piece in model.pieces:
        own = piece.type == USER_DEFINED and piece.piece not in TURNS
        texts.append(piece.piece.replace(SPACE, " ") if own else piece.piece)
        scores.append(piece.score)
        types.append(_gguf_type(piece))
    for spare in range(len(texts), rows):
        texts.append(f"<spare_{spare}>")
        scores.append(-1000.0)
        types.append(UNUSED)
    return texts, scores, types


def _gguf_type(piece) -> int:
    """GGUF counts as SentencePiece does, and knows its unknown token by its place."""
    if piece.piece in TURNS or piece.type == UNKNOWN:
        return CONTROL
    return piece.type
