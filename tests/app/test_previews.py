"""What participants decide about the quizzes made of their own answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.drafts import QuizDraft
from app.errors import NotFound, UserError
from app.meetings import Meeting, Meetings
from app.preview_scripts import MOST_AVOIDED
from app.records import Quiz
from tests.app.conftest import texts
from tests.fakes import FakeWorker, ready_quiz


class Person:
    """Bob, with one ready quiz about his answer."""

    def __init__(self, store: Meetings, meeting: Meeting, worker: FakeWorker) -> None:
        self.store, self.meeting, self.worker = store, meeting, worker
        sent = store.add_answers(meeting, "박서준", texts(food="맛동산이요"))
        self.token, self.id = sent.participant_token, sent.participant_id
        worker.work()

    @property
    def quiz(self) -> Quiz:
        return self.store.quizzes_of(self.meeting.id, self.token)[0]

    def do(self, action: str, *more: object, token: str = "") -> None:
        act = getattr(self.store, action)
        act(self.meeting.id, token or self.token, self.quiz.id, *more)

    def on_screen(self) -> list[str]:
        """The questions of the deck."""
        snapshot = self.store.snapshot(self.meeting.id)
        return [card.question for card in self.store.deck(snapshot)]

    def draft(self, **changes: object) -> QuizDraft:
        return replace(QuizDraft.of(self.quiz), **changes)


@pytest.fixture
def bob(store: Meetings, meeting: Meeting, worker: FakeWorker) -> Person:
    return Person(store, meeting, worker)


ALL = ("confirm", "make_another", "take_back", "hide_name", "pull", "put_back")


@pytest.mark.parametrize("action", ALL)
def test_nobody_decides_about_somebody_else(
    bob: Person, store: Meetings, action: str
) -> None:
    other = store.add_answers(bob.meeting, "김지민", texts(food="김밥"))
    with pytest.raises(NotFound):
        bob.do(action, token=other.participant_token)
    with pytest.raises(NotFound):
        bob.do(action, token="guess")
    assert bob.quiz.own is None and bob.on_screen()


def test_one_sees_only_the_quizzes_about_oneself(bob: Person, store: Meetings) -> None:
    store.add_answers(bob.meeting, "김지민", texts(food="김밥", hobby="등산"))
    mine = store.quizzes_of(bob.meeting.id, bob.token)
    assert [quiz.answer_text for quiz in mine] == ["맛동산이요"]
    assert store.quizzes_of(bob.meeting.id, "guess") == []


def test_an_ok_is_told_and_ends_when_the_quiz_changes(bob: Person) -> None:
    bob.do("confirm")
    assert bob.quiz.own == "ok" and bob.quiz.review is None
    edited = bob.draft(question="다른 문제?")
    bob.store.edit(bob.meeting.id, bob.quiz.id, edited)
    assert bob.quiz.own is None and bob.quiz.review == "edited"


def test_another_right_option_counts_at_once(bob: Person) -> None:
    bob.store.approve(bob.meeting.id, bob.quiz.id)
    bob.do("correct", bob.draft(answer=3))
    assert (bob.quiz.right, bob.quiz.own) == ("Running", "fixed")
    assert bob.quiz.review is None and bob.quiz.checks == {}
    assert len(bob.on_screen()) == 1


def test_new_words_wait_for_the_host(bob: Person) -> None:
    before = bob.quiz
    bob.do("correct", bob.draft(question="내가 제일 좋아하는 과자는?"))
    assert bob.quiz.proposed and bob.on_screen() == []
    bob.store.show_anyway(bob.meeting.id, bob.quiz.id)
    assert bob.on_screen() == ["내가 제일 좋아하는 과자는?"]
    assert (bob.quiz.own, bob.quiz.review) == ("fixed", "approved")
    bob.do("take_back")
    assert bob.on_screen() == [before.question]


def test_words_proposed_twice_are_taken_back_to_the_first(bob: Person) -> None:
    first = bob.quiz.question
    for number in range(2):
        bob.do("correct", bob.draft(question=f"문제 {number}?"))
    bob.do("take_back")
    assert bob.quiz.question == first and bob.quiz.earlier is None


def test_personal_data_in_new_words_never_arrives(bob: Person) -> None:
    options = ("맛동산", "Tea", "Running", "전화 010-1234-5678")
    bob.do("correct", bob.draft(question="메일은 a@b.kr, 과자는?", options=options))
    shown = bob.quiz.question + "".join(bob.quiz.options)
    assert "010" not in shown and "@" not in shown


def test_the_same_words_are_an_ok(bob: Person) -> None:
    bob.do("correct", bob.draft())
    assert bob.quiz.own == "ok" and len(bob.on_screen()) == 1


def test_another_quiz_avoids_this_one_and_can_be_taken_back(bob: Person) -> None:
    before = bob.quiz
    bob.do("make_another")
    assert bob.on_screen() == [] and bob.quiz.status == "queued"
    bob.worker.replies["맛동산이요"] = ready_quiz("새") | {"question": "새 문제?"}
    bob.worker.work()
    assert bob.on_screen() == ["새 문제?"]
    bob.do("take_back")
    assert bob.quiz.question == before.question


def test_another_quiz_is_made_a_few_times_only(bob: Person) -> None:
    with pytest.raises(UserError, match="quiz_made_often"):
        for number in range(MOST_AVOIDED):
            reply = ready_quiz(f"{number}") | {"question": f"문제 {number}?"}
            bob.worker.replies["맛동산이요"] = reply
            bob.do("make_another")
            bob.worker.work()
    assert bob.on_screen()


def test_what_the_host_had_made_again_is_not_taken_back(bob: Person) -> None:
    bob.store.regenerate(bob.meeting.id, bob.quiz.id)
    with pytest.raises(NotFound):
        bob.do("take_back")


def test_a_name_is_left_out_and_put_in_again(bob: Person) -> None:
    bob.do("hide_name")
    snapshot = bob.store.snapshot(bob.meeting.id)
    (card,) = bob.store.deck(snapshot)
    assert card.people == () and card.words[0].name == ""
    assert snapshot.quizzes[0].participant_name == ""
    bob.do("show_name")
    assert bob.store.snapshot(bob.meeting.id).quizzes[0].participant_name == "박서준"


def test_a_quiz_that_calls_one_by_name_is_made_again_without(bob: Person) -> None:
    named = bob.draft(question="서준이가 좋아하는 과자는?")
    bob.store.edit(bob.meeting.id, bob.quiz.id, named)
    bob.do("hide_name")
    assert bob.quiz.status == "queued" and bob.on_screen() == []


def test_a_pulled_quiz_is_gone_for_everybody_but_its_person(bob: Person) -> None:
    bob.do("pull")
    snapshot = bob.store.snapshot(bob.meeting.id)
    assert bob.on_screen() == [] and snapshot.quizzes == []
    assert snapshot.counts["ready"] == 0 and bob.quiz.pulled
    for action in ("restore", "approve", "regenerate", "show_anyway"):
        with pytest.raises(NotFound):
            getattr(bob.store, action)(bob.meeting.id, bob.quiz.id)
    bob.do("put_back")
    assert len(bob.on_screen()) == 1


def test_pulling_works_on_whatever_the_quiz_has_become(bob: Person) -> None:
    seen = bob.quiz.revision
    bob.store.edit(bob.meeting.id, bob.quiz.id, bob.draft(question="고친 문제?"))
    with pytest.raises(UserError, match="quiz_changed"):
        bob.do("confirm", seen)
    bob.do("pull", seen)
    assert bob.on_screen() == []


def test_a_quiz_pulled_while_it_is_made_stays_away(
    store: Meetings, meeting: Meeting, worker: FakeWorker
) -> None:
    bob = Person(store, meeting, worker)
    bob.do("make_another")
    bob.do("pull")
    worker.work()
    assert bob.on_screen() == [] and bob.quiz.pulled
    bob.do("put_back")
    worker.work()
    assert len(bob.on_screen()) == 1


def test_what_the_host_dropped_stays_dropped_after_pulling_and_back(
    bob: Person,
) -> None:
    bob.store.drop(bob.meeting.id, bob.quiz.id)
    bob.do("pull")
    bob.do("put_back")
    assert bob.quiz.dropped and not bob.quiz.pulled
    bob.store.restore(bob.meeting.id, bob.quiz.id)
    assert len(bob.on_screen()) == 1


def test_nothing_is_written_for_a_meeting_that_is_gone(bob: Person) -> None:
    quiz = bob.quiz.id
    bob.store.delete(bob.meeting.id)
    for action in ALL:
        with pytest.raises(NotFound):
            getattr(bob.store, action)(bob.meeting.id, bob.token, quiz)
    assert not list(bob.store.redis.scan_iter(match=f"*{bob.meeting.id}*"))


def borrowing(bob: Person, **more: object) -> str:
    """Alice's quiz shows Bob's answer as a wrong option. Returns its id."""
    quiz = ready_quiz("김밥") | {
        "options": ["김밥", bob.quiz.right, "라면", "국수"],
        "sources": ["answer", "room", "model", "model"],
    }
    bob.worker.replies["김밥"] = quiz | more
    bob.store.add_answers(bob.meeting, "앨리스", texts(food="김밥"))
    bob.worker.work()
    return bob.store.snapshot(bob.meeting.id).quizzes[-1].id


def status(bob: Person, quiz_id: str) -> str:
    quizzes = bob.store.snapshot(bob.meeting.id).quizzes
    return next(quiz.status for quiz in quizzes if quiz.id == quiz_id)


@pytest.mark.parametrize("leaving", [False, True], ids=["pulled", "left"])
def test_words_taken_back_leave_the_options_of_others(
    bob: Person, leaving: bool
) -> None:
    alices = borrowing(bob)
    if leaving:
        bob.store.remove_participant(bob.meeting.id, bob.id)
    else:
        bob.do("pull")
    assert status(bob, alices) == "queued"


def test_words_that_somebody_else_said_too_stay(bob: Person) -> None:
    bob.store.add_answers(bob.meeting, "찰리", texts(food="맛동산이요"))
    bob.worker.work()
    alices = borrowing(bob)
    bob.do("pull")
    assert status(bob, alices) == "ready"


def test_what_the_host_has_worded_is_not_made_anew(bob: Person) -> None:
    alices = borrowing(bob, review="edited")
    bob.do("pull")
    assert status(bob, alices) == "ready"
