"""Small repairs of Korean that the model gets wrong in a regular way."""

from __future__ import annotations

import re

from worker.quality.words import tags_before

_ASKED_THING = re.compile(
    r"^이 사람이 (?:\S+ )*(?P<thing>\S+[은는])"
    r"(?=\?$| (?:무엇|누구|어디|언제|얼마|몇|어느|어떤|무슨))"
)


def mend_possessor(question: str) -> str:
    """ "이 사람이" becomes "이 사람의" where no verb follows that it could be the
    subject of.

    Example: "이 사람이 책상 위 보물은 무엇인가요?" -> "이 사람의 책상 위 보물은
    무엇인가요?"; "이 사람이 좋아하는 꽃은 무엇인가요?" stays.
    """
    match = _ASKED_THING.match(question)
    if not match:
        return question
    tags = tags_before(question, match.start("thing"))
    if tags[-1] == "ETM":  # "좋아하는": an adnominal ending
        return question
    return question.replace("이 사람이", "이 사람의", 1)
