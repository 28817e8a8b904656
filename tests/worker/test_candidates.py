"""Several tries become one quiz."""

from __future__ import annotations

from worker.quality.candidates import (
    Candidate,
    Vote,
    agreed_question,
    best_candidate,
    count_votes,
    is_believed,
    is_sure,
    phrase_vote,
)
from worker.recipes.quiz import Draft


def draft(question: str, *options: str) -> Draft:
    return Draft(question=question, options=options, answer=1)


HOME = draft("이 사람이 사는 곳은?", "등산", "수영", "독서", "요리")
HOBBY = draft("이 사람의 취미는 무엇인가요?", "등산", "수영", "낚시", "바둑")


def test_tries_vote_for_the_key():
    votes = count_votes("pierogi, not pizza", ["Pierogi", "Pizza", "Pierogi"])
    assert votes == [
        Vote(key="Pierogi", agreement=0.75),
        Vote(key="Pizza", agreement=0.25),
    ]


def test_a_key_that_the_answer_supports_beats_the_greedy_one():
    assert count_votes("I have 3 cats", ["4 cats", "3 cats"])[0].key == "3 cats"


def test_the_most_frequent_spelling_wins():
    votes = count_votes("new york", ["New York", "new york", "New York"])
    assert votes == [Vote(key="New York", agreement=1.0)]


def test_without_a_key_to_show_there_are_no_votes():
    assert count_votes("등산", ["", "<b>등산</b>"]) == []


CHESS, TEA = Vote(key="Chess", agreement=0.6), Vote(key="Tea", agreement=0.4)


def test_tries_that_differ_are_not_sure():
    assert not is_sure([CHESS, TEA])


def test_tries_that_agree_are_sure():
    assert is_sure([Vote(key="Chess", agreement=1.0)])


def candidate(vote: Vote, likelihood: float = -1.0, phrase: bool = False) -> Candidate:
    return Candidate(vote=vote, likelihood=likelihood, phrase=phrase)


def test_the_check_can_overrule_the_votes():
    both = [candidate(CHESS), candidate(TEA)]
    assert best_candidate(both, [0.5, 0.9], "chess and tea") == TEA


def test_the_likelihood_decides_when_the_check_does_not():
    both = [candidate(CHESS), candidate(TEA, likelihood=-3.0)]
    assert best_candidate(both, [0.5, 0.5], "chess and tea") == CHESS


def test_a_phrase_of_the_answer_beats_a_name_the_model_made_up():
    made_up = candidate(Vote(key="Mr Okufor", agreement=1.0))
    said = candidate(Vote(key="Mr Okafor", agreement=0.0), -3.0, phrase=True)
    answer = "mr okafor, he does the accents"
    assert best_candidate([made_up, said], [0.6, 0.5], answer) == said.vote


def test_of_nothing_nothing_is_chosen():
    assert best_candidate([], [], "chess") is None


def test_tries_that_agree_are_believed_if_the_check_says_yes():
    sure = [Vote(key="Chess", agreement=1.0)]
    assert is_believed(sure, [0.6])
    assert not is_believed(sure, [0.4])
    assert not is_believed([], [])


def test_a_phrase_has_the_votes_of_tries_that_say_the_same():
    votes = [Vote(key="a game of chess", agreement=0.6), TEA]
    assert phrase_vote("chess", votes).agreement == 0.6


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


def test_a_question_the_host_did_not_want_is_not_asked_again():
    asked = "이 사람의 취미는 무엇인가요?"
    assert agreed_question("등산", "취미는?", [HOBBY] * 8, [asked]) is None
