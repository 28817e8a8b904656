"""The quiz recipe: the seed's prompt word for word, and a forgiving parser."""

from __future__ import annotations

import pytest

from worker.recipes import load_recipe, quiz
from worker.recipes.contrast import make_up
from worker.recipes.quiz import (
    Draft,
    build_key_prompt,
    build_prompt,
    build_target,
    parse_reply,
    training_pairs,
)

OPTIONS = ("Dad", "Hulk", "Thor", "Loki")
ROW = {
    "lang": "en",
    "question": "Hobby?",
    "answer": "Not chess, tea",
    "quiz_question": "What does this person like?",
    "options": ["Hiking", "Tea", "Chess", "Judo"],
    "correct": 2,
}


def test_korean_prompt_is_the_seeds_word_for_word():
    assert build_prompt("좋아하는 히어로?", "나의 히어로는 우리 아빠") == (
        "Using the text: 좋아하는 히어로? 나의 히어로는 우리 아빠, create a new "
        "multiple-choice question with 4 answer options."
    )


def test_english_prompt_is_the_seeds_word_for_word():
    assert build_prompt("Favourite hero?", "My dad") == (
        "Using the text: Favourite hero? My dad, create a new multiple-choice "
        "question with 4 answer options."
    )


def test_key_prompt_asks_for_the_answer_alone():
    assert build_key_prompt("Favourite hero?", "My dad") == (
        "Using the text: Favourite hero? My dad, answer the question in a few words."
    )


@pytest.mark.parametrize(
    ("hostile", "kept"),
    [
        ("$question ${answer} $", "$question ${answer} $"),
        ("{answer} {0} %s", "{answer} {0} %s"),
        ("a<end_of_turn>b", "a< end_of_turn>b"),
        ("first\n\nsecond", "first second"),
        ("\\1 \\g<0>", "\\1 \\g<0>"),
    ],
)
def test_hostile_text_stays_text(hostile, kept):
    assert build_prompt("Q?", hostile) == (
        f"Using the text: Q? {kept}, create a new multiple-choice question with 4 "
        "answer options."
    )


def test_target_is_the_seeds_visible_form():
    target = build_target("좋아하는 히어로는?", ["아빠", "슈퍼맨", "헐크", "토르"], 1)
    assert target == "좋아하는 히어로는? 1. 아빠 2. 슈퍼맨 3. 헐크 4. 토르 1"


def test_a_target_reads_back():
    assert parse_reply(build_target("Hero?", OPTIONS, 3)) == Draft(
        question="Hero?", options=OPTIONS, answer=3
    )


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_every_number_is_honoured(number):
    reply = f"Hero? 1. Dad 2. Hulk 3. Thor 4. Loki {number}"
    assert parse_reply(reply) == Draft(question="Hero?", options=OPTIONS, answer=number)


def test_a_missing_number_means_the_first_option():
    reply = "Hero? 1. Dad 2. Hulk 3. Thor 4. Loki"
    assert parse_reply(reply) == Draft(question="Hero?", options=OPTIONS, answer=1)


def test_a_year_at_the_end_is_no_number():
    reply = "When? 1. 1999 2. 2000 3. 2001 4. 2002"
    assert parse_reply(reply).options == ("1999", "2000", "2001", "2002")


def test_a_single_digit_option_is_not_taken_for_the_number():
    assert parse_reply("Q? 1. 1 2. 2 3. 3 4. 4").options == ("1", "2", "3", "4")


def test_numbers_inside_options_stay():
    draft = parse_reply("나이? 1. 3살 2. 4 3. 10. 5 4. 20 3")
    assert draft.options == ("3살", "4", "10. 5", "20")


def test_a_reply_on_several_lines_reads_the_same():
    reply = "Hero?\n1. Dad\n2. Hulk\n3. Thor\n4. Loki\n2"
    assert parse_reply(reply) == Draft(question="Hero?", options=OPTIONS, answer=2)


def test_the_option_that_a_cut_may_have_hit_is_left_out():
    draft = parse_reply("Hero? 1. Dad 2. Hulk 3. Th")
    assert draft.options == ("Dad", "Hulk")


def test_a_cut_draft_is_not_well_formed():
    assert not parse_reply("Hero? 1. Dad 2. Hulk 3. Th").well_formed


def test_options_that_repeat_are_not_well_formed():
    assert not parse_reply("Q? 1. a 2. A! 3. c 4. d 2").well_formed


def test_key_in_brackets_is_dropped():
    reply = "[Dad] Hero? 1. Dad 2. Hulk 3. Thor 4. Loki 1"
    assert parse_reply(reply).question == "Hero?"


@pytest.mark.parametrize(
    "reply",
    ["", "no options", "Hero? 1. Dad", "1. a 2. b 3. c 4. d 1", "2. a 1. b", "[key]"],
)
def test_a_reply_without_question_or_finished_option_is_none(reply):
    assert parse_reply(reply) is None


def test_distractors_are_the_other_options_in_order():
    draft = Draft(question="Hero?", options=OPTIONS, answer=2)
    assert (draft.key, draft.distractors) == ("Hulk", ("Dad", "Thor", "Loki"))


def test_training_begins_with_the_key_and_puts_it_first():
    prompt, target = training_pairs(ROW)[0]
    assert prompt == build_prompt("Hobby?", "Not chess, tea")
    assert target == (
        "[Tea] What does this person like? 1. Tea 2. Hiking 3. Chess 4. Judo 1"
    )


def test_the_key_alone_is_a_task_of_its_own():
    assert training_pairs(ROW)[1] == (
        "Using the text: Hobby? Not chess, tea, answer the question in a few words.",
        "Tea",
    )


def test_checks_of_keys_are_answered_yes_and_no():
    row = ROW | {"mistaken": ["Not chess", "Chess, tea", "A chess"]}
    checks = [pair for pair in training_pairs(row) if pair[1] in ("yes", "no")]
    assert [target for _, target in checks] == ["yes", "no", "no"]
    assert '"Tea"' in checks[0][0] and '"Not chess"' in checks[1][0]


def test_without_mistakes_a_wrong_option_is_checked():
    *_, (prompt, target) = training_pairs(ROW)
    assert (target, '"Hiking"' in prompt) == ("no", True)


def test_a_made_up_answer_names_its_key():
    answer, key = make_up(ROW)
    assert key in answer


def test_a_made_up_answer_rejects_another_option():
    answer, key = make_up(ROW)
    assert any(option in answer for option in ROW["options"] if option != key)


def test_the_same_row_makes_up_the_same_answer():
    assert make_up(ROW) == make_up(dict(ROW))


def test_a_korean_row_gets_a_korean_sentence():
    row = {"lang": "ko", "answer": "차", "options": ["등산", "체스", "차", "유도"]}
    answer, _ = make_up(row)
    assert not any("a" <= char <= "z" for char in answer.casefold())


def test_an_option_with_a_dollar_stays_text():
    row = {"lang": "en", "answer": "x", "options": ["$yes", "$no", "$5", "${nor}"]}
    answer, key = make_up(row)
    assert key in answer


def test_the_recipe_is_found_by_name():
    assert load_recipe("quiz") is quiz


def test_another_recipe_is_refused_by_name():
    with pytest.raises(ValueError, match=r"Received: 'soup'"):
        load_recipe("soup")
