"""The checks of a quiz in words, for the host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.wording import knows

TRIES = 8  # how often the model is asked for the right answer, if it does not say


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One check: the sentence that says how it went."""

    good: bool
    key: str
    values: dict[str, int] = field(default_factory=dict)


def findings(checks: Mapping[str, Any]) -> list[Finding]:
    """What the checks found, bad news first; checks without a sentence stay unsaid.

    Example: {"key_supported": False, "agreement": 0.88} gives
    `check.key_supported.not` and `check.agreement` with 7 of 8.
    """
    found = []
    for name, value in checks.items():
        key = f"check.{name}"
        if value is False:
            key += ".not"
        if isinstance(value, bool) and knows(key):
            found.append(Finding(good=value, key=key))
    agreement = checks.get("agreement")
    if isinstance(agreement, int | float) and not isinstance(agreement, bool):
        tries = checks.get("candidates") or TRIES
        agreed = round(agreement * tries)
        found.append(
            Finding(
                good=agreed * 2 >= tries,
                key="check.agreement",
                values={"n": agreed, "tries": tries},
            )
        )
    return sorted(found, key=lambda one: one.good)
