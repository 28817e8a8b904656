"""Whether a text is hurtful, sexual or about somebody's health.

Such a quiz is held back for the host. The rules stand in worker/wording/
sensitive_{ko,en}.txt (see `worker.quality.rules`). Everyday ailments (a cold, an
allergy, a sore back) are not held back: people tell them at coffee.
"""

from __future__ import annotations

from worker.quality.rules import RuleBook
from worker.quality.text import compatible, normalise

HURTFUL, SEXUAL, HEALTH = "hurtful", "sexual", "health"
KINDS = (HURTFUL, SEXUAL, HEALTH)  # the first of several is told
_RULES = RuleBook(name="sensitive", ko=3, en=2)


def why_sensitive(question: str, answer: str) -> str | None:
    """`HURTFUL`, `SEXUAL` or `HEALTH` if the host should decide, else None.

    The question counts as context: "Cancer" is harmless as a star sign.

    Example: ("요즘 근황은?", "항암 치료 중이에요") -> "health".
    """
    text = compatible(f"{normalise(question)}\n{normalise(answer)}")
    kinds = _RULES.kinds(text)
    return next((kind for kind in KINDS if kind in kinds), None)


def is_hurtful(text: str) -> bool:
    """An insult, a slur, a threat, bullying or self-harm."""
    return why_sensitive("", text) == HURTFUL


def is_sexual(text: str) -> bool:
    """Sex, nudity or harassment."""
    return why_sensitive("", text) == SEXUAL


def is_about_health(text: str) -> bool:
    """An illness, a treatment, mental health, or a death that is mourned."""
    return why_sensitive("", text) == HEALTH
