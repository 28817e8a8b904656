"""What is said of one quiz, on rows written by hand."""

from __future__ import annotations

import pytest

from worker.quality import metrics
from worker.quality.metrics import judge

PASSED = dict.fromkeys(metrics.REQUIRED, True)
ALICE = {
    "question": "Favourite food?",
    "answer": "I used to love pizza. These days it's pierogi with sour cream.",
    "options": ["Pierogi", "Pizza", "Ramen", "Tacos"],
    "correct": 1,
    "also": ["Polish dumplings"],
}


def quiz(*options: str, answer: int = 1, question: str = "", **recorded) -> dict:
    return {
        "question": question or "What is this person's favourite food?",
        "options": options or ("Pierogi", "Pizza", "Ramen", "Tacos"),
        "answer": answer,
        "checks": PASSED | recorded,
    }


def of(*args, **kwargs) -> metrics.Judgement:
    return judge(ALICE, quiz(*args, **kwargs))


@pytest.mark.parametrize("name", metrics.DUTIES)
def test_a_missing_quiz_fails_each_duty(name):
    assert judge(ALICE, None)[name] == 0.0


def test_a_missing_quiz_has_no_key_position():
    assert "key_at_1" not in judge(ALICE, None)


def test_the_gold_option_as_the_key_is_right():
    assert of()["right_key"] == 1.0


def test_another_phrasing_of_the_gold_option_is_right():
    assert of("Polish dumplings", "Pizza", "Ramen", "Tacos")["right_key"] == 1.0


def test_what_the_person_no_longer_likes_is_not_right():
    assert of("Pierogi", "Pizza", "Ramen", "Tacos", answer=2)["right_key"] == 0.0


def test_a_true_detail_that_was_not_asked_for_is_not_right():
    assert of("Sour cream", "Salsa", "Ramen", "Tacos")["right_key"] == 0.0


def test_all_rules_kept_pass():
    assert of()["all_checks"] == 1.0


def test_one_broken_rule_fails():
    assert of(lengths_balanced=False)["all_checks"] == 0.0


def test_a_rule_that_was_added_later_counts_too():
    assert of(one_key_only=False)["all_checks"] == 0.0


def test_each_recorded_rule_is_judged():
    assert of(lengths_balanced=False)["keeps_lengths_balanced"] == 0.0


def test_a_rule_that_was_not_recorded_fails():
    assert not metrics.passes_all({"key_supported": True})


def test_a_shortened_answer_breaks_no_rule():
    assert of(whole_answer_read=False)["all_checks"] == 1.0


def test_numbers_recorded_with_a_quiz_are_no_rules():
    assert of(agreement=0.0, drafts=0)["all_checks"] == 1.0


@pytest.mark.parametrize(
    "options",
    [
        ("Pierogi", "Pizza", "Ramen"),
        ("Pierogi", "Pizza", "Ramen", " "),
        ("Pierogi", "Pizza", "Ramen", "pierogi!"),
    ],
    ids=["three", "empty", "spelt alike"],
)
def test_options_are_not_well_formed(options):
    assert of(*options)["well_formed"] == 0.0


def test_options_of_emoji_are_well_formed():
    assert of("🥟", "🍕", "🍜", "🌮")["well_formed"] == 1.0


def test_the_share_of_well_formed_drafts_is_read():
    assert of(drafts=8, well_formed_drafts=6)["well_formed_drafts"] == 0.75


def test_drafts_that_were_not_counted_are_unknown():
    assert of()["well_formed_drafts"] is None


def test_a_wrong_option_that_says_the_gold_one_makes_two_right():
    assert of("Pierogi", "Warm pierogi", "Ramen", "Tacos")["two_right"] == 1.0


def test_a_wrong_option_that_is_another_phrasing_makes_two_right():
    assert of("Pierogi", "Polish dumplings", "Ramen", "Tacos")["two_right"] == 1.0


def test_a_wrong_key_beside_the_right_option_counts_as_two_right():
    assert of("Sour cream", "Pierogi", "Ramen", "Tacos")["two_right"] == 1.0


def test_a_wrong_option_that_says_the_right_key_makes_two_right():
    options = ("Polish dumplings", "Dumplings", "Ramen", "Tacos")
    assert of(*options)["two_right"] == 1.0


def test_two_wrong_options_that_say_the_same_are_not_two_right():
    assert of("Sour cream", "Cream", "Ramen", "Tacos")["two_right"] == 0.0


def test_another_word_of_the_answer_is_two_right_at_most():
    judged = of("Pierogi", "Sour cream", "Ramen", "Tacos")
    assert (judged["two_right"], judged["two_right_at_most"]) == (0.0, 1.0)


def test_what_the_person_rejects_is_not_right_too():
    assert of()["two_right_at_most"] == 0.0


def test_a_key_in_the_question_leaks():
    asked = "Which filling do this person's favourite pierogi have?"
    assert of(question=asked)["leak"] == 1.0


def test_options_that_say_the_same_are_duplicates():
    assert of("Pierogi", "Hot ramen", "Ramen", "Tacos")["duplicate"] == 1.0


def test_a_key_as_long_as_another_option_is_not_the_longest():
    assert of("Pierogi", "Burgers", "Ramen", "Tacos")["key_longest"] == 0.0


def test_a_key_longer_than_all_others_is_the_longest():
    assert of("Pierogi", "Pizza", "Ramen", "Tacos")["key_longest"] == 1.0


def test_the_longest_option_finds_one_of_two_equally_long_ones_by_lot():
    assert of("Pierogi", "Burgers", "Ramen", "Tacos")["by_length"] == 0.5


def test_an_echo_of_the_question_finds_the_key():
    asked = "Which food from Poland is this person's favourite?"
    options = ("Dumplings from Poland", "Pizza", "Ramen", "Tacos")
    assert of(*options, question=asked)["by_echo"] == 1.0


def test_options_that_share_no_word_with_the_question_are_drawn_by_lot():
    assert of()["by_echo"] == 0.25


@pytest.mark.parametrize(("answer", "position"), [(1, 0.0), (3, 1.0)])
def test_the_keys_position_is_one_of_four(answer, position):
    assert of(answer=answer)["key_at_3"] == position


def test_docstring_example_of_a_tie():
    assert metrics.chance_of_key([3, 5, 5, 1], 2) == 0.5
    assert metrics.chance_of_key([3, 5, 5, 1], 1) == 0.0


def test_docstring_example_of_the_interval():
    assert metrics.wilson(8, 10) == (0.49, 0.943)


def test_nothing_measured_has_the_widest_interval():
    assert metrics.wilson(0, 0) == (0.0, 1.0)


def test_a_share_leaves_out_what_is_unknown():
    assert metrics.share([1.0, None, 0.5]) == {
        "share": 0.75,
        "n": 2,
        "interval": (0.198, 0.973),
    }


def test_a_share_of_nothing_is_unknown():
    assert metrics.share([None])["share"] is None
