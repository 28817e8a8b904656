"""What holds for the words made of a set of contexts, as shares with their interval.

parsed        a proposal could be read from the reply
new           not learned, not known slang, no ordinary word
used          said in its own example
in_language   definition and example in the context's language
speakable     pronounceable, and neither too short nor too long
offensive     an insult or indecent; must be 0
distinct      not proposed for an earlier context of the set

A reply that could not be read fails the first; the others are shares of those read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from worker.quality.metrics import Judgement, share
from worker.quality.slang_checks import checks
from worker.quality.text import fold
from worker.recipes.slang import Proposal

NAMES = (
    "parsed",
    "all_checks",
    "new",
    "used",
    "in_language",
    "speakable",
    "offensive",
    "distinct",
)


def judge(context: str, proposal: Proposal | None) -> Judgement:
    """What holds for one proposal; only `parsed` if there is none."""
    if proposal is None:
        return {"parsed": 0.0}
    kept = checks(proposal, context)
    judged = {
        "parsed": True,
        "all_checks": all(kept.values()),
        "new": kept["new"],
        "used": kept["used_in_example"],
        "in_language": kept["in_language"],
        "speakable": kept["pronounceable"] and kept["good_length"],
        "offensive": not kept["inoffensive"],
    }
    return {name: float(value) for name, value in judged.items()}


def judge_all(
    rows: Sequence[Mapping[str, Any]], proposals: Sequence[Proposal | None]
) -> list[Judgement]:
    """A judgement of each row's proposal, with `distinct` told over all of them."""
    judged = [
        judge(row["context"], one) for row, one in zip(rows, proposals, strict=True)
    ]
    seen: set[str] = set()
    for judgement, proposal in zip(judged, proposals, strict=True):
        if proposal:
            judgement["distinct"] = float(fold(proposal.slang) not in seen)
            seen.add(fold(proposal.slang))
    return judged


def table(judged: Sequence[Judgement]) -> dict[str, dict[str, Any]]:
    """Share, n and 95 % interval of each metric over the judgements."""
    return {name: share([one.get(name) for one in judged]) for name in NAMES}
