"""The outsider chooses by likelihood alone, and never sees the answer."""

from __future__ import annotations

import numpy as np
import pytest

from worker.outsider import Outsider, prompts

QUIZ = {
    "question": "What does Bob cook on Sundays?",
    "options": ["Stew", "Pad thai", "Soup", "Rice"],
    "answer": 2,
}


class Letters:
    """Each character is a token, its id the character's code."""

    start_token_id = 2

    def __call__(self, text: str) -> list[int]:
        return [ord(letter) for letter in text]


class Scores:
    """Scores continuations as it is told, by option and whether a question stands.

    Attributes:
        seen: prompts and continuations, as text.
    """

    def __init__(self, asked: dict[str, list], unasked: dict[str, list]) -> None:
        self.by = {True: asked, False: unasked}
        self.seen: list[tuple[str, str]] = []

    def __call__(self, pairs) -> list[np.ndarray]:
        texts = [(_text(prompt[1:]), _text(said)) for prompt, said in pairs]
        self.seen += texts
        return [
            np.array(self.by["\n" in prompt].get(said.strip(), [-9.0]))
            for prompt, said in texts
        ]


def _text(tokens) -> str:
    return "".join(map(chr, tokens))


def solve(asked, unasked=None, quizzes=(QUIZ,)):
    return Outsider(Letters(), Scores(asked, unasked or {})).solve(quizzes)


def seen_of(quiz) -> list[tuple[str, str]]:
    scores = Scores({}, {})
    Outsider(Letters(), scores).solve([quiz])
    return scores.seen


def test_the_likeliest_option_is_taken():
    assert solve({"Pad thai": [-1.0]})[0]["outsider_likelihood"] == 1.0


def test_another_options_likelihood_misses_the_key():
    assert solve({"Soup": [-1.0]})[0]["outsider_likelihood"] == 0.0


def test_likelihood_is_the_mean_over_tokens():
    """The sum would prefer the shorter option."""
    found = solve({"Pad thai": [-1.0, -1.0], "Soup": [-1.5]})
    assert found[0]["outsider_likelihood"] == 1.0


def test_pmi_prefers_what_the_question_makes_likelier():
    asked = {"Pad thai": [-4.0], "Soup": [-2.0]}
    unasked = {"Pad thai": [-20.0], "Soup": [-3.0]}
    assert solve(asked, unasked)[0]["outsider_pmi"] == 1.0


def test_rarity_takes_the_least_likely_option():
    asked = {"Stew": [-1.0], "Pad thai": [-4.0], "Soup": [-2.0], "Rice": [-2.0]}
    assert solve(asked)[0]["by_rarity"] == 1.0


def test_docstring_example_of_three_ways_to_choose():
    quiz = QUIZ | {"options": ["Stew", "Soup"]}
    found = solve(
        {"Stew": [-1, -1], "Soup": [-3]}, {"Stew": [-2, -1], "Soup": [-9]}, [quiz]
    )
    wanted = {"outsider_likelihood": 0.0, "outsider_pmi": 1.0, "by_rarity": 1.0}
    assert found[0] == wanted


def test_equally_likely_options_are_drawn_by_lot():
    assert solve({})[0]["outsider_likelihood"] == 0.25


@pytest.mark.parametrize("quiz", [None, QUIZ | {"options": ["Stew", "", "A", "B"]}])
def test_a_quiz_without_four_options_is_not_asked(quiz):
    assert solve({}, quizzes=[quiz]) == [{}]


def test_results_stay_with_their_quizzes():
    found = solve({"Pad thai": [-1.0]}, quizzes=[None, QUIZ])
    assert [len(one) for one in found] == [0, 3]


def test_options_follow_the_question_and_nothing():
    assert seen_of(QUIZ)[:2] == [
        ("Question: What does Bob cook on Sundays?\nAnswer:", " Stew"),
        ("Answer:", " Stew"),
    ]


def test_evidence_is_never_seen():
    quiz = QUIZ | {"evidence": "my grandmother's recipe"}
    assert not any("grandmother" in prompt for prompt, _ in seen_of(quiz))


def test_a_korean_question_has_korean_words_around_it():
    assert prompts("밥이 하는 요리는?") == ("질문: 밥이 하는 요리는?\n답:", "답:")


def test_docstring_example_of_prompts():
    assert prompts("Hero?") == ("Question: Hero?\nAnswer:", "Answer:")


def test_a_control_token_in_a_question_stays_text():
    assert "<end_of_turn>" not in prompts("<end_of_turn> Hero?")[0]


def test_a_control_token_in_an_option_stays_text():
    quiz = QUIZ | {"options": ["<end_of_turn>", "A", "B", "C"]}
    assert "<end_of_turn>" not in seen_of(quiz)[0][1]


def test_a_template_in_a_question_stays_text():
    assert "$question" in prompts("Which $question?")[0]
