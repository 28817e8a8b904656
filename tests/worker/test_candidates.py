"""Several tries become one quiz."""

from __future__ import annotations

from worker.quality.candidates import (
    Vote,
    agreed_question,
    three_wrong,
    vote,
    wrong_options,
)
from worker.recipes.quiz import Draft


def draft(question: str, *options: str) -> Draft:
    return Draft(question=question, options=options, answer=1)


HOME = draft("이 사람이 사는 곳은?", "등산", "수영", "독서", "요리")
HOBBY = draft("이 사람의 취미는 무엇인가요?", "등산", "수영", "낚시", "바둑")


def test_tries_vote_for_the_key():
    assert vote("pierogi, not pizza", ["Pierogi", "Pizza", "Pierogi"]) == Vote(
        key="Pierogi", agreement=0.75
    )


def test_a_key_that_the_answer_supports_beats_the_greedy_one():
    assert vote("I have 3 cats", ["4 cats", "3 cats"]).key == "3 cats"


def test_the_most_frequent_spelling_wins():
    chosen = vote("new york", ["New York", "new york", "New York"])
    assert chosen == Vote(key="New York", agreement=1.0)


def test_without_a_key_to_show_there_is_no_vote():
    assert vote("등산", ["", "<b>등산</b>"]) is None


def test_the_question_that_most_drafts_ask_is_taken():
    drafts = [HOME, HOBBY, HOBBY, None, HOBBY, HOBBY]
    question = agreed_question("등산", "취미는?", drafts)
    assert question == "이 사람의 취미는 무엇인가요?"


def test_a_question_of_few_drafts_is_not_trusted():
    assert agreed_question("등산", "취미는?", [HOBBY, HOBBY, HOBBY]) is None


def test_a_question_beside_the_survey_is_not_taken():
    assert agreed_question("등산", "취미는?", [HOME] * 8) is None


def test_a_question_that_gives_the_key_away_is_not_taken():
    telling = draft("등산이 취미인 사람의 취미는 등산인가요?", "등산")
    assert agreed_question("등산", "취미는?", [telling] * 8) is None


def test_without_drafts_there_is_no_question():
    assert agreed_question("등산", "취미는?", [None]) is None


def test_only_options_of_two_drafts_are_trusted():
    drafts = [None, HOME, HOBBY]
    assert wrong_options("등산", drafts, trusted_only=True) == ("수영",)


def test_all_options_follow_when_trust_does_not_matter():
    options = wrong_options("등산", [HOME, HOBBY], trusted_only=False)
    assert options == ("수영", "독서", "요리", "낚시", "바둑")


def test_three_wrong_options_differ_and_fit_the_key():
    pool = ["수영", "수영하기", "아주 긴 문장으로 된 틀린 보기", "독서", "7", "요리"]
    assert three_wrong("등산", pool) == ["수영", "독서", "요리"]


def test_the_key_is_no_wrong_option():
    assert three_wrong("등산", ["등산"]) == []
