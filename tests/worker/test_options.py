"""Wrong options and where they come from."""

from __future__ import annotations

import pytest

from protocol import OptionSource
from worker.quality.options import (
    Option,
    by_worth,
    choose_three,
    distinct,
    from_bank,
    from_drafts,
    from_room,
    not_asked,
)
from worker.recipes.quiz import Draft

HOME = Draft(question="사는 곳은?", options=("등산", "수영", "독서", "요리"), answer=1)
HOBBY = Draft(question="취미는?", options=("등산", "수영", "낚시", "바둑"), answer=1)


def texts(options: list[Option]) -> list[str]:
    return [option.text for option in options]


def pool(*texts: str) -> list[Option]:
    return [Option(text=text, source=OptionSource.MODEL) for text in texts]


def test_what_two_drafts_have_is_trusted_more():
    first, *others = from_drafts("등산", [None, HOME, HOBBY])
    assert first.text == "수영"
    assert texts(others) == ["독서", "요리", "낚시", "바둑"]
    assert all(first.trust > other.trust for other in others)


def test_what_breaks_off_is_left_out():
    broken = Draft(question="언제?", options=("낮", "비 오는", "밤", "새벽"), answer=1)
    assert texts(from_drafts("낮", [broken])) == ["밤", "새벽"]


def test_a_single_draft_is_trusted_more_in_english():
    pets = Draft(question="Pet?", options=("Cat", "Dog", "Owl", "Eel"), answer=1)
    assert from_drafts("Cat", [pets])[0].trust > from_drafts("낮", [HOBBY])[0].trust


def test_each_text_stands_there_once_from_its_first_source():
    bank = Option(text="독서", source=OptionSource.BANK)
    assert distinct([*pool("독서"), bank, *pool("요리")]) == pool("독서", "요리")


def test_the_most_plausible_of_the_keys_form_comes_first():
    many = pool("서랍장", "독서", "7", "수영")
    assert texts(by_worth("등산", many, [-5.0, 6.0, 7.0, 8.0])) == [
        "수영",
        "독서",
        "7",
        "서랍장",
    ]


def test_what_others_said_becomes_an_option():
    [option] = from_room("등산", "주말마다 등산을 가요", ["뜨개질!"])
    assert option == Option(text="뜨개질", source=OptionSource.ROOM)


@pytest.mark.parametrize(
    "said",
    [
        "등산하기",  # the key again
        "수영",  # this person does that too
        "저는 주말이면 늘 아버지와 함께 낚시터에 나가서 하루를 보내요",
        "010-1234-5678",
        "<b>뜨개질</b>",
    ],
)
def test_what_may_be_true_here_or_cannot_be_shown_is_left_out(said):
    assert from_room("등산", "등산을 가고 가끔 수영도 해요", [said]) == []


def test_the_bank_gives_no_second_name_of_the_key():
    assert texts(from_bank("등산", ["등산하기", "뜨개질"], [])) == ["뜨개질"]


def test_options_of_other_questions_are_trusted_less():
    near, far = from_bank("등산", ["뜨개질"], ["떡볶이"])
    assert (near.text, far.text) == ("뜨개질", "떡볶이")
    assert near.trust > far.trust


def test_an_option_that_repeats_the_question_is_left_out():
    kept = not_asked("추억의 도시락 반찬", "소시지", pool("반찬", "콩자반"))
    assert texts(kept) == ["콩자반"]


def test_of_a_choice_both_sides_may_be_options():
    kept = not_asked("산 아니면 바다?", "산", pool("바다", "강"))
    assert texts(kept) == ["바다", "강"]


def test_three_options_differ_and_fit_the_key():
    many = pool(
        "수영", "수영하기", "아주 긴 문장으로 된 틀린 보기", "독서", "7", "요리"
    )
    assert texts(choose_three("등산", many, "a")) == ["수영", "독서", "요리"]


def test_the_key_is_no_wrong_option():
    assert choose_three("등산", pool("등산"), "a") == []


def test_better_sources_come_first():
    room = Option(text="낚시", source=OptionSource.ROOM)
    chosen = choose_three("등산", [room, *pool("수영", "독서", "요리")], "a")
    assert chosen[0] == room


def test_an_option_of_another_form_waits_behind_worse_sources():
    chosen = choose_three("등산", pool("7", "수영", "독서", "요리"), "a")
    assert texts(chosen) == ["수영", "독서", "요리"]


def test_a_reason_waits_beside_a_thing():
    many = pool("형이 보내 줘서", "빨간 모자", "낡은 가방", "긴 목도리")
    chosen = choose_three("초록 티셔츠", many, "a")
    assert texts(chosen) == ["빨간 모자", "낡은 가방", "긴 목도리"]


def test_the_key_is_seldom_the_longest():
    many = pool("새벽 수영", "밤 독서", "집 요리", "새벽 자전거 여행", "야외 그림")
    longest = [
        max(map(len, texts(choose_three("주말마다 등산", many, str(seed))))) < 7
        for seed in range(200)
    ]
    assert 0.1 < sum(longest) / 200 < 0.3
