"""A meeting's own questions as training rows: only with consent, and never for good."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis

from app.meetings import Meeting, Meetings
from app.rows.gathering import Gathered, gather
from app.rows.records import Verdict, Wording
from protocol.keys import Keys
from tests.app.conftest import FOOD
from tests.fakes import FakeWorker, everything_in

Say = Callable[..., str]


@pytest.fixture
def say(store: Meetings, meeting: Meeting, worker: FakeWorker) -> Say:
    """Somebody answers, and the host approves the quiz about it; their token."""

    def one(name: str, text: str, key: str, *, train: bool = True, **more: Any) -> str:
        worker.replies[text] = {
            "status": "ready",
            "question": f"{name} 님이 좋아하는 음식은?",
            "options": [key, "수제비", "호박죽", "국수"],
            "answer": 1,
            "sources": ["answer", "model", "model", "bank"],
        } | more
        answer = {"question": FOOD, "text": text, "consent": "named"}
        sent = store.add_answers(meeting, name, [answer], train=train)
        worker.work()
        quiz = store.snapshot(meeting.id).quizzes[-1]
        if quiz.held:
            store.show_anyway(meeting.id, quiz.id)
        store.approve(meeting.id, quiz.id)
        return sent.participant_token

    return one


def gathered(store: Meetings, meeting: Meeting) -> Gathered:
    return gather(store.snapshot(meeting.id))


def bring_in(store: Meetings, meeting: Meeting) -> int:
    return store.rows.add_gathered(meeting.id, lambda: gathered(store, meeting))[0]


def test_without_consent_nothing_comes_in(
    store: Meetings, meeting: Meeting, say: Say
) -> None:
    say("김지민", "갱시기요", "갱시기", train=False)
    found = gathered(store, meeting)
    assert (found.rows, found.left_out, found.agreed) == ([], {"no_consent": 1}, 0)
    assert bring_in(store, meeting) == 0


def test_with_consent_a_row_holds_no_name_no_contact_and_no_source(
    store: Meetings, meeting: Meeting, say: Say
) -> None:
    say("박서준", "김밥", "김밥", train=False)
    say("김지민", "갱시기요, 서준이랑 먹어요. 010-1234-5678", "갱시기")
    assert bring_in(store, meeting) == 1
    [row] = store.rows.reviewed(meeting.id)
    text = json.dumps(row, ensure_ascii=False)
    for word in ("지민", "서준", "1234", meeting.id):
        assert word not in text
    assert row["quiz_question"] == "○○ 님이 좋아하는 음식은?"
    assert row["answer"] == "갱시기요, ○○이랑 먹어요."
    assert row["source"] is None and row["drafted_by"] == "icebreaker"
    assert bring_in(store, meeting) == 0, "a second time it is not doubled"


def test_the_words_of_others_need_their_consent_too(
    store: Meetings, meeting: Meeting, say: Say
) -> None:
    lender = {"options": ["갱시기", "라면", "죽", "국수"]}
    lender["sources"] = ["answer", "room", "model", "bank"]
    bob = say("박서준", "라면이요", "라면", train=False)
    say("김지민", "갱시기요", "갱시기", **lender)
    assert gathered(store, meeting).left_out == {"no_consent": 1, "borrowed": 1}
    answer = {"question": FOOD, "text": "라면이요", "consent": "named"}
    store.add_answers(meeting, "박서준", [answer], bob, train=True)
    assert bring_in(store, meeting) == 2
    store.withdraw(meeting.id, bob)
    assert store.rows.count(meeting.id) == 0


def test_words_of_nobody_known_any_more_do_not_come_in(
    store: Meetings, meeting: Meeting, say: Say
) -> None:
    sources = ["answer", "room", "model", "bank"]
    say("김지민", "갱시기요", "갱시기", sources=sources)
    assert gathered(store, meeting).left_out == {"borrowed": 1}


def test_what_was_held_back_does_not_come_in(
    store: Meetings, meeting: Meeting, say: Say
) -> None:
    say("김지민", "약", "약", status="skipped", reason="sensitive")
    found = gathered(store, meeting)
    assert (found.rows, found.left_out) == ([], {"sensitive": 1})


def test_options_that_are_nothing_without_names_do_not_come_in(
    store: Meetings, meeting: Meeting, say: Say
) -> None:
    say("박서준", "김밥", "김밥", train=False)
    options = ["김지민", "박서준", "나", "너"]
    say("김지민", "나요", "김지민", options=options)
    assert gathered(store, meeting).left_out == {"no_consent": 1, "names": 1}


@pytest.mark.parametrize(
    "leave",
    [
        lambda store, meeting, me: store.withdraw(meeting.id, me),
        lambda store, meeting, me: store.remove_participant(
            meeting.id, store.participants(meeting.id)[0].id
        ),
        lambda store, meeting, me: store.add_answers(
            meeting, "김지민", [{"question": FOOD, "text": "라면"}], me, train=True
        ),
        lambda store, meeting, me: store.add_answers(
            meeting, "김지민", [{"question": FOOD, "text": "갱시기요"}], me
        ),
        lambda store, meeting, me: store.pull(
            meeting.id, me, store.quizzes_of(meeting.id, me)[0].id
        ),
    ],
    ids=["withdraws", "is removed", "answers anew", "takes consent back", "pulls"],
)
def test_a_row_goes_when_its_person(
    redis: Redis, store: Meetings, meeting: Meeting, say: Say, leave: Callable
) -> None:
    me = say("김지민", "갱시기요", "갱시기")
    bring_in(store, meeting)
    wording = Wording(quiz_question="갱시기인가?", options=tuple("abcd"), correct=1)
    row_id = store.rows.desk(meeting.id, "host").ids[0]
    for reviewer in ("host", "second"):
        verdict = Verdict(verdict="edit", wording=wording)
        store.rows.decide(meeting.id, reviewer, row_id, verdict)
    leave(store, meeting, me)
    assert store.rows.count(meeting.id) == 0
    assert "갱시기인가" not in everything_in(redis)
    assert store.rows.undo(meeting.id, "host") is None


def test_the_same_answers_again_leave_the_row(
    store: Meetings, meeting: Meeting, say: Say
) -> None:
    me = say("김지민", "갱시기요", "갱시기")
    bring_in(store, meeting)
    answer = {"question": FOOD, "text": "갱시기요"}
    store.add_answers(meeting, "김지민", [answer], me, train=True)
    assert store.rows.count(meeting.id) == 1


def test_dropped_rows_of_somebody_who_left_cannot_come_back(
    redis: Redis, store: Meetings, meeting: Meeting, say: Say
) -> None:
    me = say("김지민", "갱시기요", "갱시기")
    bring_in(store, meeting)
    store.rows.drop(meeting.id)
    store.withdraw(meeting.id, me)
    assert store.rows.restore(meeting.id) == 0
    assert not redis.exists(Keys.rows(meeting.id) + ":dropped")


def test_who_leaves_while_rows_come_in_is_heard(
    store: Meetings, meeting: Meeting, say: Say
) -> None:
    """Between reading what is allowed and writing it, Alice took everything back."""
    me = say("김지민", "갱시기요", "갱시기")
    looked = 0

    def look() -> Gathered:
        nonlocal looked
        looked += 1
        found = gathered(store, meeting)
        if looked == 1:
            store.withdraw(meeting.id, me)
        return found

    assert store.rows.add_gathered(meeting.id, look) == (0, 0)
    assert looked == 2 and store.rows.count(meeting.id) == 0
