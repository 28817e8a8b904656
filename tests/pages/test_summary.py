"""What the room takes home: who may see it, and what is never in it."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pytest
from flask.testing import FlaskClient

from app.meetings import Meetings
from tests.rooms import PlayRoom, Seat, room

FILES = ("quiz.csv", "quiz.json", "kahoot.xlsx")


@pytest.fixture
def played(client: FlaskClient, store: Meetings) -> PlayRoom:
    """Four people; two rounds were revealed, two were not. Alice's browser hosts."""
    made = room(store, people=4)
    made.join_all()
    made.start()
    for _ in range(2):
        for seat in made.seats:
            if seat not in made.about():
                made.vote(seat, made.look().round.card.answer)
        made.reveal()
        made.next()
    sent = {"token": made.created.host_token}
    client.post(f"/host/{made.id}/session", data=sent)
    return made


def sit(bob: FlaskClient, made: PlayRoom, seat: Seat) -> None:
    """Bob's browser is this participant's."""
    with bob.session_transaction() as session:
        session["people"] = {made.id: seat.token}


def rights(made: PlayRoom, *, played: bool) -> list[str]:
    """The right options of the rounds that were played, or of the others."""
    rounds = made.play.rounds(made.id)
    found = [one.card.right for one in rounds if (one.state == "played") == played]
    assert len(found) == 2
    return found


def test_strangers_see_no_summary_and_take_no_file(
    charlie: FlaskClient, played: PlayRoom
) -> None:
    paths = [f"/host/{played.id}/export/{name}" for name in FILES]
    paths += [f"/host/{played.id}/summary", f"/s/{played.meeting.join_code}/summary"]
    for path in paths:
        assert charlie.get(path).status_code == 404, path


def test_the_room_sees_what_was_revealed_and_nothing_else(
    bob: FlaskClient, played: PlayRoom
) -> None:
    sit(bob, played, played.seats[3])
    page = bob.get(f"/s/{played.meeting.join_code}/summary").text
    assert "오늘 우리가 알게 된 것" in page and "3명 중 3명이 맞혔어요" in page
    assert all(right in page for right in rights(played, played=True))
    assert not any(right in page for right in rights(played, played=False))
    assert "kahoot" not in page


def test_what_was_pulled_since_is_in_no_summary_and_no_file(
    client: FlaskClient, bob: FlaskClient, played: PlayRoom
) -> None:
    card = played.play.played(played.id)[0].card
    seat = next(seat for seat in played.seats if seat.id in card.people)
    played.store.pull(played.id, seat.token, card.quizzes[0])
    sit(bob, played, seat)
    pages = [
        bob.get(f"/s/{played.meeting.join_code}/summary").text,
        client.get(f"/host/{played.id}/summary").text,
        *(client.get(f"/host/{played.id}/export/{name}").text for name in FILES[:2]),
    ]
    assert not any(card.right in page for page in pages)


def test_before_a_game_only_the_host_sees_the_quizzes(
    client: FlaskClient, bob: FlaskClient, store: Meetings
) -> None:
    made = room(store, people=2)
    client.post(f"/host/{made.id}/session", data={"token": made.created.host_token})
    sit(bob, made, made.seats[0])
    assert "갱시기" in client.get(f"/host/{made.id}/summary").text
    page = bob.get(f"/s/{made.meeting.join_code}/summary").text
    assert "갱시기" not in page and "아직 함께 풀어 본 퀴즈가 없어요" in page


def test_files_hold_what_was_played(client: FlaskClient, played: PlayRoom) -> None:
    table, document, kahoot = (
        client.get(f"/host/{played.id}/export/{name}") for name in FILES
    )
    rows = list(csv.DictReader(io.StringIO(table.text.removeprefix("\ufeff"))))
    assert [row["right_option"] for row in rows] == rights(played, played=True)
    assert [row["votes"] for row in rows] == ["3", "3"]
    quizzes = json.loads(document.text)["quizzes"]
    assert [quiz["votes"]["right"] for quiz in quizzes] == [3, 3]
    sheet = openpyxl.load_workbook(io.BytesIO(kahoot.data)).active
    assert sheet.max_row == 8 + len(rows)
    assert "attachment" in kahoot.headers["Content-Disposition"]


def test_an_unnamed_answer_has_no_name_in_the_summary(
    client: FlaskClient, store: Meetings
) -> None:
    made = room(store, people=3, consent="anonymous")
    made.join_all()
    made.start()
    made.reveal()
    client.post(f"/host/{made.id}/session", data={"token": made.created.host_token})
    pages = [client.get(f"/host/{made.id}/summary").text]
    pages += [client.get(f"/host/{made.id}/export/{n}").text for n in FILES[:2]]
    for page in pages:
        assert not any(seat.name in page for seat in made.seats)
