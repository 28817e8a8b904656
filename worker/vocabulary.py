"""Which tokens a reply can be written with."""

from __future__ import annotations

import re

import numpy as np

from worker.sampling import TOP_K_BLOCK

_HANGUL = re.compile("▁*[가-힣ㄱ-ㅎㅏ-ㅣ]+")
_ASCII = re.compile("▁*[\x21-\x7e]*")
_BYTE = re.compile("<0x[0-9A-F]{2}>")
COMMON_ASCII = 40_000  # BPE ids rise with rarity; rarer words are spelt in pieces


def writable_tokens(tokenizer) -> np.ndarray:
    """Tokens the output head scores: bool `(V,)`, a multiple of 64 of them set.

    All Hangul pieces, the common ASCII pieces, single characters and the 256 byte
    tokens: any text can be written with them, at an eighth of the full head's cost.
    Rarer pieces of a prompt are scored in addition (`engine._scores`).
    """
    vocabulary = tokenizer.get_vocabulary()
    chosen = np.zeros(len(vocabulary), bool)
    for index, piece in enumerate(vocabulary):
        chosen[index] = (
            _HANGUL.fullmatch(piece) is not None
            or (index < COMMON_ASCII and _ASCII.fullmatch(piece) is not None)
            or (len(piece) == 1 and piece.isascii())
            or _BYTE.fullmatch(piece) is not None
        )
    chosen[tokenizer.end_token_id] = True
    spare = np.flatnonzero(~chosen)
    chosen[spare[-(-chosen.sum() % TOP_K_BLOCK) :]] |= bool(chosen.sum() % TOP_K_BLOCK)
    return chosen
