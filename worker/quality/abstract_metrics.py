"""What holds for the abstracts made of a set of summaries.

Shares have a Wilson interval, means one of the normal approximation; both 95 %.

parsed         an abstract could be read from the reply
supported      nothing in it that the summary does not say
unsupported    such claims per abstract; numbers, units, names, directions apart
coverage       share of the summary's facts that are told
length_ratio   its characters to the gold abstract's
rouge_l        F of ROUGE-L with the gold abstract
repetition     share of its three-token sequences that stood in it before
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from worker.quality.coverage import coverage
from worker.quality.metrics import Judgement, share
from worker.quality.rouge import rouge_l, tokens
from worker.quality.unsupported import KINDS, unsupported

SHARES = ("parsed", "supported")
MEANS = (
    "unsupported",
    *(f"unsupported_{kind}" for kind in KINDS),
    "coverage",
    "length_ratio",
    "rouge_l",
    "repetition",
)
_GRAM = 3


def judge(row: Mapping[str, Any], abstract: str | None) -> Judgement:
    """What holds for the abstract of one row; only `parsed` if there is none."""
    if abstract is None:
        return {"parsed": 0.0}
    found = unsupported(abstract, row["summary"])
    judged: dict[str, float] = {
        "parsed": 1.0,
        "supported": float(not found),
        "unsupported": float(len(found)),
        "coverage": coverage(row["summary"], abstract),
        "repetition": repetition(abstract),
    }
    for kind in KINDS:
        judged[f"unsupported_{kind}"] = float(sum(one.kind == kind for one in found))
    if row.get("original"):
        judged["length_ratio"] = len(abstract) / len(row["original"])
        judged["rouge_l"] = rouge_l(abstract, row["original"])
    return judged


def repetition(text: str) -> float:
    """Share of three-token sequences that stood in the text before, 0 to 1.

    Example: "a b c a b c" -> 4 sequences, the last of them again: 0.25.
    """
    words = tokens(text)
    grams = [tuple(words[at : at + _GRAM]) for at in range(len(words) - _GRAM + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def table(judged: Sequence[Judgement]) -> dict[str, dict[str, Any]]:
    """Share or mean, n and 95 % interval of each metric over the judgements."""
    shares = {name: share([one.get(name) for one in judged]) for name in SHARES}
    return shares | {name: mean([one.get(name) for one in judged]) for name in MEANS}


def mean(values: Sequence[float | None]) -> dict[str, Any]:
    """The mean of the values that are not None, with their n and its interval.

    Example: [1.0, 2.0, 3.0] -> mean 2.0, n 3, interval (0.868, 3.132).
    """
    known = [value for value in values if value is not None]
    if not known:
        return {"mean": None, "n": 0, "interval": None}
    middle = sum(known) / len(known)
    spread = 0.0
    if len(known) > 1:
        variance = sum((one - middle) ** 2 for one in known) / (len(known) - 1)
        spread = 1.96 * math.sqrt(variance / len(known))
    return {
        "mean": round(middle, 4),
        "n": len(known),
        "interval": (round(middle - spread, 3), round(middle + spread, 3)),
    }
