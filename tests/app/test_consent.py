"""Where an answer and its person's name may go, for each of the four consents."""

from __future__ import annotations

import json

import pytest

from app import exports, quiz_files
from app.meetings import Meetings
from app.submissions import CONSENTS
from app.summary import lines, lines_of_deck
from protocol import QuizJob
from protocol.keys import Keys
from tests.rooms import PlayRoom, answer, make_quizzes, room
from worker.desk import Desk

ZOE, WORDS = "조이", "순두부"
TEXT, NAME, NOTHING = "text", "name", ""
# What reaches each place: the words with the name, the words alone, or nothing.
ALLOWED = {
    "named": {"deck": NAME, "summary": NAME, "files": NAME, "rows": TEXT, "room": TEXT},
    "anonymous": dict.fromkeys(("deck", "summary", "files", "rows", "room"), TEXT),
    "distractor": {"room": TEXT},
    "none": {},
}


@pytest.fixture
def table(store: Meetings) -> PlayRoom:
    return room(store, people=3, mix=["said", "guess_who", "who_shares"])


def places(table: PlayRoom) -> dict[str, str]:
    """Everything that each place shows, as text."""
    snapshot, meeting = table.snapshot, table.meeting
    for quiz in snapshot.quizzes:
        if quiz.status == "ready":
            table.store.approve(meeting.id, quiz.id)
    cards = table.store.deck(table.snapshot)
    table.join_all()
    table.start()
    while table.look().phase == "asking":
        table.reveal()
        table.next()
    summary = lines(table.play.played(meeting.id))
    desk = Desk(table.store.redis)
    other = {"question": meeting.questions[0], "participant": "somebody else"}
    job = {"meeting": meeting.id, "answer": "another", "revision": 1}
    kahoot = quiz_files.kahoot([line.card for line in summary], "ko")
    document = quiz_files.as_json(meeting, lines_of_deck(cards))
    return {
        "deck": repr(cards),
        "summary": repr([line.card for line in summary]),
        "files": quiz_files.as_csv(summary) + document + repr(kahoot),
        "rows": exports.as_jsonl(exports.training_rows(table.snapshot)),
        "room": repr(desk._room(QuizJob(**job), other)),
        "topics": repr(table.store.room_topics(table.snapshot)),
    }


@pytest.mark.parametrize("consent", CONSENTS)
def test_an_answer_goes_where_its_person_allowed(table: PlayRoom, consent: str) -> None:
    answer(table.store, table.meeting, ZOE, "token-of-zoe", [WORDS], consent=consent)
    make_quizzes(table.store, table.meeting)
    for place, shown in places(table).items():
        allowed = ALLOWED[consent].get(place, NOTHING)
        assert (WORDS in shown) == (allowed != NOTHING), (place, shown)
        assert (ZOE in shown) <= (allowed == NAME), place


def test_an_answer_not_to_be_used_is_not_even_stored(table: PlayRoom) -> None:
    answer(table.store, table.meeting, ZOE, "token-of-zoe", [WORDS], consent="none")
    stored = table.store.redis.hgetall(Keys.answers(table.id))
    assert WORDS not in json.dumps([text.decode() for text in stored.values()])
