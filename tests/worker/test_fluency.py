"""Korean that the model gets wrong in a regular way."""

from __future__ import annotations

import pytest

from worker.quality.fluency import mend_possessor


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        (
            "이 사람이 책상 위 최애템은 무엇인가요?",
            "이 사람의 책상 위 최애템은 무엇인가요?",
        ),
        ("이 사람이 첫 해외 출장지는?", "이 사람의 첫 해외 출장지는?"),
        ("이 사람이 여행 스타일은 무엇인가요?", "이 사람의 여행 스타일은 무엇인가요?"),
    ],
)
def test_a_person_owns_a_thing(written: str, mended: str):
    assert mend_possessor(written) == mended


@pytest.mark.parametrize(
    "question",
    [
        "이 사람이 좋아하는 아이스크림은 무엇인가요?",
        "이 사람이 학교 앞 문방구에서 제일 자주 산 것은 무엇인가요?",
        "이 사람이 최근 여행에서 쓴 돈은 얼마인가요?",
        "이 사람은 지금 하루에 몇 시간 자나요?",
        "What does this person do on their commute?",
    ],
)
def test_a_person_who_does_something_stays_the_subject(question: str):
    assert mend_possessor(question) == question
