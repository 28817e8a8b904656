"""A child who writes on before the reply comes does not hide what was told first."""

from __future__ import annotations

import pytest

from worker.chatter import Chatter, Talk
from worker.recipes.dialogue import Scene, Turn
from worker.siblings import NoModel


def answered(*messages: str, dealt: int = 0) -> tuple[str, bool]:
    """Kind and alarm of the reply to these messages, sent without waiting."""
    turns = tuple(Turn(by_child=True, text=text) for text in messages)
    talk = Talk(
        scene=Scene(child="은채", age=7), turns=turns, seed_text="", dealt=dealt
    )
    [(_, said)] = Chatter(NoModel()).stream([talk])
    return getattr(said, "kind", ""), getattr(said, "alerts", False)


@pytest.mark.parametrize(
    ("first", "kind"),
    [("아빠가 나 때려써", "abuse"), ("열이 나는데 무슨 약 먹어야 돼?", "medical")],
)
def test_what_was_told_first_is_answered(first: str, kind: str) -> None:
    assert answered(first) == (kind, True)
    assert answered(first, "ㅎㅎ 오늘 급식 맛있었어") == (kind, True)


def test_the_gravest_of_several_is_answered() -> None:
    assert answered("바보야", "죽고 싶어", "너는 사람이야?") == ("self_harm", True)


def test_what_an_adult_has_dealt_with_is_past() -> None:
    assert answered("아빠가 나 때려써", "오늘 급식 맛있었어", dealt=1) == ("", False)
