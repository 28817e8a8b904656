"""The game as its people use it: the door, the phone, the host's buttons."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.meetings import Meetings
from tests.rooms import PlayRoom, room


@pytest.fixture
def table(store: Meetings) -> PlayRoom:
    return room(store, people=4)


@pytest.fixture
def alice(client: FlaskClient, table: PlayRoom) -> FlaskClient:
    """The host's browser."""
    token = {"token": table.created.host_token}
    assert client.post(f"/host/{table.id}/session", data=token).status_code == 204
    return client


def phone(app: Flask, table: PlayRoom, name: str) -> FlaskClient:
    """Somebody who did not answer, in the game."""
    client = app.test_client()
    sent = client.post(f"/play/{table.meeting.join_code}/join", data={"name": name})
    assert sent.status_code == 303, sent.text
    return client


def test_the_code_field_leads_to_the_game_or_says_what_is_wrong(
    bob: FlaskClient, table: PlayRoom
) -> None:
    assert "여섯 글자" in bob.get("/j").text
    wrong = bob.get("/j?code=AAAAAA")
    assert wrong.status_code == 404 and "찾지 못했어요" in wrong.text
    typed = table.meeting.join_code.lower()
    found = bob.get(f"/j?code={typed[:3]}+{typed[3:]}")
    assert found.headers["Location"] == f"/play/{table.meeting.join_code}"


def test_who_answered_here_needs_to_say_nothing(bob: FlaskClient, app: Flask) -> None:
    made = room(app.extensions["meetings"], people=1)
    code, seat = made.meeting.join_code, made.seats[0]
    with bob.session_transaction() as session:
        session["people"] = {made.id: seat.token}
    door = bob.get(f"/play/{code}").text
    assert "data-auto" in door and 'name="name"' not in door
    assert bob.post(f"/play/{code}/join").status_code == 303
    assert made.play.players(made.id)[0].person == seat.id
    assert f"{seat.name} 님, 들어왔어요" in bob.get(f"/play/{code}").text


def test_who_answered_elsewhere_is_asked_whether_it_is_them(
    bob: FlaskClient, charlie: FlaskClient, table: PlayRoom
) -> None:
    code, seat = table.meeting.join_code, table.seats[0]
    asked = bob.post(f"/play/{code}/join", data={"name": seat.name})
    assert f"설문에 답한 {seat.name} 님이신가요?" in asked.text
    assert table.look().players == 0
    yes = {"name": seat.name, "person": seat.id}
    assert bob.post(f"/play/{code}/join", data=yes).status_code == 303
    again = charlie.post(f"/play/{code}/join", data=yes)
    assert again.status_code == 409 and "다른 휴대폰" in again.text


def test_a_name_that_is_taken_gets_a_kind_answer(
    app: Flask, bob: FlaskClient, table: PlayRoom
) -> None:
    phone(app, table, "별이")
    again = bob.post(f"/play/{table.meeting.join_code}/join", data={"name": "별이"})
    assert again.status_code == 409
    assert "조금 다르게" in again.text and 'value="별이"' in again.text


def test_a_phone_votes_changes_and_is_refused_in_words(
    app: Flask, alice: FlaskClient, table: PlayRoom
) -> None:
    star, code = phone(app, table, "별이"), table.meeting.join_code
    alice.post(f"/host/{table.id}/game/start", data={"minutes": "10"})
    vote = f"/play/{code}/rounds/{table.look().round.card.id}/vote"
    for choice in ("1", "3"):
        assert star.post(vote, data={"choice": choice}).status_code == 303
    page = star.get(f"/play/{code}").text
    assert page.count('aria-pressed="true"') == 1
    assert "1명 중 1명이 골랐어요" in page
    at = {"at": table.look().at}
    alice.post(f"/host/{table.id}/game/step", data=at)
    late = star.post(vote, data={"choice": "2"})
    assert late.status_code == 409 and "이미 닫혔어요" in late.text
    alice.post(f"/host/{table.id}/game/step", data=at)
    assert table.look().phase == "revealed"  # the second press was of an old button


def test_an_unchanged_game_is_304_and_a_removed_player_is_told(
    app: Flask, alice: FlaskClient, table: PlayRoom
) -> None:
    star, live = phone(app, table, "별이"), f"/play/{table.meeting.join_code}/live"
    first = star.get(live)
    assert first.headers["ETag"].isascii()
    same = {"If-None-Match": first.headers["ETag"]}
    assert star.get(live, headers=same).status_code == 304
    player = table.play.players(table.id)[0].id
    alice.post(f"/host/{table.id}/game/players/{player}/remove")
    out = star.get(live, headers=same)
    assert out.status_code == 200 and "게임에서 나와 있어요" in out.text


def test_the_host_starts_rests_skips_stops_and_starts_over(
    alice: FlaskClient, table: PlayRoom
) -> None:
    game = f"/host/{table.id}/game"
    assert "퀴즈 4개가 준비됐어요" in alice.get(game).text

    def press(action: str, **data: str) -> None:
        pressed = alice.post(f"{game}/{action}", data={"at": table.look().at} | data)
        assert pressed.status_code == 303, pressed.text

    press("start", minutes="5", seconds="30", names_first="on")
    switches = table.look().switches
    assert (switches.minutes, switches.seconds, switches.names_first) == (5, 30, True)
    assert "이 문제의 주인공은" in alice.get(f"{game}/live").text
    press("pause")
    assert "잠깐 쉬어요" in alice.get(f"{game}/live").text
    press("pause")
    press("skip")
    assert table.look().number == 2
    press("step")
    press("board")
    assert "순위 숨기기" in alice.get(f"{game}/live").text
    press("end")
    assert "오늘 이만큼 가까워졌어요" in alice.get(f"{game}/live").text
    press("again")
    assert table.look().phase == ""


def test_a_game_without_quizzes_does_not_start(
    client: FlaskClient, hosted, store: Meetings
) -> None:
    refused = client.post(f"/host/{hosted.id}/game/start", data={"minutes": "10"})
    assert refused.status_code == 409 and "낼 수 있는 퀴즈가 없어요" in refused.text


@pytest.mark.parametrize("field", ["minutes", "seconds"])
def test_only_offered_times_are_taken(
    alice: FlaskClient, table: PlayRoom, field: str
) -> None:
    wrong = alice.post(f"/host/{table.id}/game/start", data={field: "100000"})
    assert wrong.status_code == 400 and table.look().phase == ""


def test_strangers_and_players_have_no_hosts_buttons(
    app: Flask, alice: FlaskClient, charlie: FlaskClient, table: PlayRoom
) -> None:
    star = phone(app, table, "별이")
    for client in (charlie, star):
        assert client.get(f"/host/{table.id}/game").status_code == 404
        for action in ("start", "step", "skip", "pause", "end", "more", "again"):
            assert client.post(f"/host/{table.id}/game/{action}").status_code == 404
    assert table.look().phase == ""


def test_more_questions_follow_after_the_end(
    alice: FlaskClient, table: PlayRoom
) -> None:
    from tests.rooms import answer, make_quizzes

    table.start()
    answer(table.store, table.meeting, "늦은이", "a late token of 20", ["떡볶이"])
    make_quizzes(table.store, table.meeting)
    table.play.end(table.id, table.look().at)
    assert "1문제 더 하기" in alice.get(f"/host/{table.id}/game/live").text
    alice.post(f"/host/{table.id}/game/more")
    game = table.look()
    assert game.phase == "asking" and game.round.card.words[0].name != "늦은이"


def test_a_deleted_meeting_is_gone_for_every_phone(app: Flask, table: PlayRoom) -> None:
    star, live = phone(app, table, "별이"), f"/play/{table.meeting.join_code}/live"
    assert star.get(live).status_code == 200
    table.store.delete(table.id)
    assert star.get(live).status_code == 404


def test_phones_show_options_only_where_the_room_has_a_projector(
    app: Flask, alice: FlaskClient, table: PlayRoom
) -> None:
    star = phone(app, table, "별이")
    sent = {"minutes": "10", "options_only": "on"}
    alice.post(f"/host/{table.id}/game/start", data=sent)
    question = table.look().round.card.question
    shown = star.get(f"/play/{table.meeting.join_code}").text
    assert question not in shown and "문제는 큰 화면에 있어요" in shown
    assert question in alice.get(f"/host/{table.id}/game/live").text


def test_a_leaderboard_is_shown_only_if_the_host_wants_one(
    app: Flask, alice: FlaskClient, table: PlayRoom
) -> None:
    star, code = phone(app, table, "별이"), table.meeting.join_code
    table.start()
    card = table.look().round.card
    star.post(f"/play/{code}/rounds/{card.id}/vote", data={"choice": card.answer})
    table.reveal()
    assert 'class="board"' not in star.get(f"/play/{code}").text
    alice.post(f"/host/{table.id}/game/board")
    assert 'class="board"' in star.get(f"/play/{code}").text


def test_the_editor_says_that_it_shows_solutions_while_a_game_runs(
    alice: FlaskClient, table: PlayRoom
) -> None:
    notice = "지금 게임을 하고 있어요"
    assert notice not in alice.get(f"/host/{table.id}").text
    table.start()
    assert notice in alice.get(f"/host/{table.id}").text
