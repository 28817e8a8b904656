"""Before the reveal nobody can read the solution out of anything we send."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.meetings import Meetings
from protocol.keys import Keys
from tests.rooms import PlayRoom, Seat, answer, make_quizzes, room

STORY = "어릴 때 할머니가 끓여 주시던 그 맛"
# Where the host reads and corrects quizzes, mostly before the game.
EDITOR = ("host.", "review.", "export.", "api.", "api_review.")

# Form tokens, cookies and downloads carry the time.
CHANGING = re.compile(
    r'(?:name="csrf_token" value|data-csrf)="[^"]*"'
    r"|(?:Set-Cookie|Date|X-Request-Id): .*"
)


@pytest.fixture
def table(store: Meetings) -> PlayRoom:
    """A game whose first round is open; Bob plays along and is not asked about."""
    made = room(store, people=5)
    for seat in made.seats:
        texts = [story_of(seat), ""]
        assert answer(store, made.meeting, seat.name, seat.token, texts).id == seat.id
    make_quizzes(store, made.meeting)
    made.join_all()
    made.start()
    return made


def story_of(seat: Seat) -> str:
    """What this person wrote; the right option of the quiz is one word of it."""
    return f"{seat.name[-1]}국밥이요, {STORY}, {seat.name}"


def enter(app: Flask, table: PlayRoom, seat: Seat) -> FlaskClient:
    """This person's browser."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["people"] = {table.id: seat.token}
    return client


def host(app: Flask, table: PlayRoom) -> FlaskClient:
    client = app.test_client()
    with client.session_transaction() as session:
        session["hosts"] = {table.id: table.created.host_token}
    return client


def addresses(app: Flask, table: PlayRoom, *, editor: bool) -> Iterator[str]:
    """Every address that can be opened, as this meeting's."""
    known = {
        "code": table.meeting.join_code,
        "join_code": table.meeting.join_code,
        "meeting_id": table.id,
        "quiz_id": table.look().round.card.quizzes[0],
    }
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            skipped = not editor and rule.endpoint.startswith(EDITOR)
            skipped |= rule.endpoint.startswith("metrics.")  # counts bytes of the store
            if "GET" in rule.methods and rule.arguments <= known.keys() and not skipped:
                yield rule.build({name: known[name] for name in rule.arguments})[1]


def crawl(
    app: Flask, client: FlaskClient, table: PlayRoom, editor=True, mine=True
) -> str:
    """Everything this browser can get to see, as one text.

    `mine`: also the quizzes about oneself, whose solutions one knows.
    """
    found = []
    for address in addresses(app, table, editor=editor):
        if not mine and "/mine" in address:
            continue
        got = client.get(address)
        found.append(f"{address} {got.status_code} {got.headers} {got.text}")
    assert len(found) > 10
    return CHANGING.sub("", "\n".join(found))


def turn_the_key(table: PlayRoom) -> None:
    """Make another option the right one, in the round and in its quiz."""
    card = table.look().round.card
    for key, field in (
        (Keys.rounds(table.id), f"card:{card.id}"),
        (Keys.quizzes(table.id), card.quizzes[0]),
    ):
        record = json.loads(table.store.redis.hget(key, field))
        record["answer"] = record["answer"] % 4 + 1
        table.store.redis.hset(key, field, json.dumps(record))


def test_no_answer_changes_when_the_solution_does(app: Flask, table: PlayRoom) -> None:
    hero = table.about()[0]
    bob = next(seat for seat in table.seats if seat != hero)
    table.vote(bob, 2)
    browsers = [
        (app.test_client(), True, True),
        (enter(app, table, bob), True, True),
        (enter(app, table, hero), True, False),
        (host(app, table), False, True),
    ]
    for client, *pages in browsers:
        crawl(app, client, table, *pages)  # cookies and caches are warm now
        before = crawl(app, client, table, *pages)
        turn_the_key(table)
        assert crawl(app, client, table, *pages) == before


def test_no_browser_gets_somebody_elses_words_or_a_token(
    app: Flask, table: PlayRoom
) -> None:
    hero = table.about()[0]
    bob = next(seat for seat in table.seats if seat != hero)
    tokens = [seat.token for seat in table.seats] + [table.created.host_token]
    for client, editor, me in (
        (app.test_client(), True, None),
        (enter(app, table, bob), True, bob),
        (host(app, table), False, None),
    ):
        seen = crawl(app, client, table, editor)
        others = [seat for seat in table.seats if seat != me]
        assert not [seat.name for seat in others if story_of(seat) in seen]
        assert not [token for token in tokens if token in seen]
    phone = enter(app, table, bob).get(f"/play/{table.meeting.join_code}/live").text
    stage = host(app, table).get(f"/host/{table.id}/game/live").text
    for shown in (phone, stage):
        assert hero.name not in shown
        assert "is-right" not in shown and "<mark>" not in shown


def test_phones_of_the_room_look_alike_to_the_neighbour(
    app: Flask, table: PlayRoom
) -> None:
    """But for the one small line, which has the same place and length."""
    hero = table.about()[0]
    bob = next(seat for seat in table.seats if seat != hero)
    address = f"/play/{table.meeting.join_code}/live"
    one, other = (enter(app, table, seat).get(address).text for seat in (hero, bob))
    differ = [
        pair
        for pair in zip(one.splitlines(), other.splitlines(), strict=True)
        if pair[0] != pair[1]
    ]
    assert len(differ) == 1 and "내 이야기" in differ[0][0]


def test_the_screen_without_phones_rests_while_phones_play(
    app: Flask, table: PlayRoom
) -> None:
    client = host(app, table)
    assert client.get(f"/host/{table.id}/present").status_code == 302
    assert client.get(f"/host/{table.id}/present/live").status_code == 404
    table.play.end(table.id, table.look().at)
    assert client.get(f"/host/{table.id}/present").status_code == 200


def test_the_reveal_tells_name_words_and_votes(app: Flask, table: PlayRoom) -> None:
    hero = table.about()[0]
    bob = next(seat for seat in table.seats if seat != hero)
    table.vote(bob, table.look().round.card.answer)
    table.reveal()
    code = table.meeting.join_code
    state = enter(app, table, bob).get(f"/play/{code}/state").json["screen"]
    assert state["reveal"]["told"][0]["name"] == hero.name
    assert state["reveal"]["meter"] == {"right": 1, "voted": 1}
    assert [o["votes"] for o in state["options"] if o["right"]] == [1]
    assert "맞혔어요!" in enter(app, table, bob).get(f"/play/{code}/live").text
