"""The big screen of a game: numbers that agree, a bar that waits, its language."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from app import quoting
from app.meetings import Meetings
from tests.rooms import PlayRoom, room


@pytest.fixture
def table(store: Meetings) -> PlayRoom:
    made = room(store, people=4)
    made.join_all()
    return made


@pytest.fixture
def alice(client: FlaskClient, table: PlayRoom) -> FlaskClient:
    """The host's browser."""
    token = {"token": table.created.host_token}
    assert client.post(f"/host/{table.id}/session", data=token).status_code == 204
    return client


def big_screen(alice: FlaskClient, table: PlayRoom) -> str:
    return alice.get(f"/host/{table.id}/game/live").text


def waits_for_the_host(page: str) -> bool:
    return "data-due" in re.search("<nav[^>]*>", page)[0]


def test_votes_that_are_not_counted_are_told(
    alice: FlaskClient, table: PlayRoom
) -> None:
    table.start()
    subject = table.about()[0]
    for seat in table.seats[:3] if subject in table.seats[:3] else table.seats[1:]:
        table.vote(seat, 1)
    assert "4명 중 3명이 골랐어요" in big_screen(alice, table)
    table.reveal()
    page = big_screen(alice, table)
    assert "2표 중 " in page and "주인공이 고른 것은 세지 않았어요" in page


def test_a_round_in_which_only_its_subject_voted_has_no_percentage(
    alice: FlaskClient, table: PlayRoom
) -> None:
    table.start()
    table.vote(table.about()[0], 1)
    table.reveal()
    page = big_screen(alice, table)
    assert "주인공만 골라서" in page and "%" not in page


def test_the_buttons_stay_while_somebody_has_to_press_one(
    alice: FlaskClient, table: PlayRoom
) -> None:
    assert waits_for_the_host(big_screen(alice, table))
    table.start()
    assert not waits_for_the_host(big_screen(alice, table))
    for seat in table.seats:
        table.vote(seat, 1)
    assert waits_for_the_host(big_screen(alice, table))
    table.reveal()
    assert waits_for_the_host(big_screen(alice, table))


def test_the_big_screen_of_one_meeting_changes_its_language(
    alice: FlaskClient, bob: FlaskClient, table: PlayRoom
) -> None:
    page = f"/host/{table.id}/game"
    there = f"/language/en?next={page}&screen={table.id}"
    assert bob.post(there).status_code == 404
    sent = alice.post(there)
    assert sent.status_code == 303 and sent.headers["Location"] == page
    table.start()
    shown = alice.get(page).text
    assert '<html lang="en"' in shown and "Reveal" in shown
    assert f'<h1 lang="ko">{table.look().round.card.question}' in shown
    assert '<html lang="ko"' in alice.get(f"/host/{table.id}").text


@pytest.mark.parametrize(
    ("right", "evidence", "marked"),
    [
        ("갱시기", "겨울엔 갱시기를 먹어요.", "갱시기"),
        ("Stew", "a warm stew", "a warm stew"),
        ("찌개", "겨울엔 갱시기를 먹어요. 늘 그래요.", ""),
    ],
)
def test_the_key_is_marked_and_never_all_of_it(
    right: str, evidence: str, marked: str
) -> None:
    text = f"{evidence} 늘 그래요." if marked else evidence
    assert quoting.key(text, right, evidence) == marked
