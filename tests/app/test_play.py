"""The game: no vote is lost or doubled, nothing taken back stays on a screen."""

from __future__ import annotations

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import UserError
from app.meetings import Meetings
from protocol.keys import Keys
from tests.fakes import everything_in
from tests.rooms import PlayRoom, answer, make_quizzes, room


@pytest.fixture
def table(store: Meetings) -> PlayRoom:
    """Four people with one quiz each, all of them playing."""
    made = room(store, people=4)
    made.join_all()
    return made


def refused(call, *args) -> str:
    with pytest.raises(UserError) as error:
        call(*args)
    return error.value.code


def others(table: PlayRoom) -> list:
    return [seat for seat in table.seats if seat not in table.about()]


def test_nobody_votes_before_the_start_after_the_reveal_or_in_another_round(
    table: PlayRoom,
) -> None:
    seat = table.seats[0]
    assert refused(table.play.vote, table.id, seat.id, "any", 1) == "round_closed"
    table.start()
    first = table.look().round.card.id
    assert refused(table.play.vote, table.id, "stranger", first, 1) == "join_first"
    assert refused(table.play.vote, table.id, seat.id, first, 5) == "bad_request"
    table.reveal()
    assert refused(table.play.vote, table.id, seat.id, first, 1) == "round_closed"
    table.next()
    assert refused(table.play.vote, table.id, seat.id, first, 1) == "round_closed"


def test_a_vote_changes_until_the_reveal_and_counts_once(table: PlayRoom) -> None:
    table.start()
    one, two, three = others(table)
    for choice in (1, 2, 2, 3):
        table.vote(one, choice)
    table.vote(two, 3)
    assert table.look().voters == 2
    table.vote(three, 1)
    table.reveal()
    assert table.play.played(table.id)[0].counts == (1, 0, 2, 0)


def test_the_one_asked_about_may_tap_but_is_not_counted(table: PlayRoom) -> None:
    table.start()
    hero = table.about()[0]
    table.vote(hero, table.look().round.card.answer)
    game = table.look(hero.id)
    assert game.about_me and game.voters == 1 and game.choice
    table.reveal()
    assert table.play.played(table.id)[0].voted == 0


def test_who_is_named_first_does_not_vote(table: PlayRoom) -> None:
    table.start(names_first=True)
    hero = table.about()[0]
    card = table.look().round.card.id
    assert refused(table.play.vote, table.id, hero.id, card, 1) == "about_you"


def test_two_presses_of_one_button_are_one_step(table: PlayRoom) -> None:
    table.start()
    seen = table.look().at
    table.play.reveal(table.id, seen)
    assert refused(table.play.reveal, table.id, seen) == "game_moved"
    seen = table.look().at
    table.play.next(table.snapshot, seen)
    assert refused(table.play.next, table.snapshot, seen) == "game_moved"
    assert table.look().number == 2


def test_the_game_ends_after_its_last_card_and_starts_again(table: PlayRoom) -> None:
    table.start()
    for _ in range(3):
        table.reveal()
        table.next()
    assert (table.look().number, table.look().total) == (4, 4)
    table.reveal()
    assert table.next().phase == "ended"
    assert len(table.play.played(table.id)) == 4
    table.play.again(table.id)
    assert table.look().phase == "" and table.look().players == 4
    assert not list(table.store.redis.scan_iter("*:votes:*"))


def test_a_skipped_card_is_no_played_one(table: PlayRoom) -> None:
    table.start()
    table.next()
    assert [one.state for one in table.play.rounds(table.id)][:2] == ["skipped", "open"]
    assert table.play.played(table.id) == []


def test_nobody_votes_while_the_game_rests(table: PlayRoom) -> None:
    table.start(seconds=15)
    before = table.look()
    table.play.pause(table.id, before.at)
    game = table.look()
    assert game.paused and not game.time_up
    seat = others(table)[0]
    card = game.round.card.id
    assert refused(table.play.vote, table.id, seat.id, card, 1) == "game_paused"
    table.play.pause(table.id, game.at)
    assert table.look().closes_at >= before.closes_at
    table.vote(seat, 1)


def test_the_servers_clock_closes_a_round(table: PlayRoom) -> None:
    table.start(seconds=15)
    seat, card = others(table)[0], table.look().round.card.id
    past = table.look().now - 1000
    table.store.redis.hset(Keys.game(table.id), "closes_at", past)
    assert table.look().time_up
    assert refused(table.play.vote, table.id, seat.id, card, 1) == "round_closed"


@pytest.mark.parametrize("how", ["drop", "change", "leave", "no name", "not at all"])
def test_what_is_taken_back_is_gone_in_the_middle_of_its_round(
    table: PlayRoom, how: str
) -> None:
    table.start()
    hero, quiz = table.about()[0], table.look().round.card.quizzes[0]
    one, card = others(table)[0], table.look().round.card.id
    before = table.look().etag
    if how == "drop":
        table.store.drop(table.id, quiz)
    elif how == "leave":
        table.store.remove_participant(table.id, hero.id)
    else:
        consent = {"no name": "anonymous", "not at all": "none"}.get(how, "named")
        text = "전혀 다른 답" if how == "change" else "갱시기"
        text = text if how == "change" else table.look().round.card.words[0].text
        answer(
            table.store,
            table.meeting,
            hero.name,
            hero.token,
            [text],
            consent=consent,
        )
    game = table.look()
    assert not game.standing and game.etag != before
    assert refused(table.play.vote, table.id, one.id, card, 1) == "round_closed"
    table.reveal()
    assert table.play.played(table.id) == []
    assert table.next().round.card.id != card


def test_a_card_taken_back_before_its_turn_is_passed_over_in_silence(
    table: PlayRoom,
) -> None:
    table.start()
    first, second, third, _ = table.play.rounds(table.id)
    table.store.drop(table.id, second.card.quizzes[0])
    assert table.look().round.card == first.card and table.look().standing
    table.reveal()
    game = table.next()
    assert game.round.card == third.card
    assert (game.number, game.total) == (2, 3)


def test_what_the_host_corrects_is_played_in_its_new_words(table: PlayRoom) -> None:
    from app.drafts import QuizDraft

    table.start()
    second = table.play.rounds(table.id)[1].card
    draft = QuizDraft(
        question="고친 문제?", options=second.options, answer=second.answer
    )
    table.store.edit(table.id, second.id, draft)
    table.reveal()
    assert table.next().round.card.question == "고친 문제?"


def test_late_answers_wait_outside_until_the_host_adds_them(table: PlayRoom) -> None:
    table.start()
    frozen = [one.card for one in table.play.rounds(table.id)]
    answer(table.store, table.meeting, "늦은이", "a late token of 20", ["떡볶이"])
    make_quizzes(table.store, table.meeting)
    assert [one.card for one in table.play.rounds(table.id)] == frozen
    snapshot = table.snapshot
    spare = table.play.spare(snapshot, table.store.deck(snapshot))
    assert [card.words[0].name for card in spare] == ["늦은이"]
    table.play.add(snapshot, spare)
    assert [one.card for one in table.play.rounds(table.id)] == [*frozen, *spare]
    assert table.look().total == 5


def test_names_are_short_unlike_and_come_once(table: PlayRoom) -> None:
    table.play.join(table.id, "a new token", "별이")
    join = table.play.join
    assert refused(join, table.id, "another", "별이 ") == "name_taken"
    assert refused(join, table.id, "another", " ") == "name_missing"
    join(table.id, "a new token", "샛별")
    names = [player.name for player in table.play.players(table.id)]
    assert names == ["김지민", "박서준", "최유나", "이하늘", "샛별"]


def test_who_answered_elsewhere_says_who_they_are(store: Meetings) -> None:
    made = room(store, people=4)
    hero = made.seats[0]
    made.play.join(made.id, "a phone", hero.name, person=hero.id)
    again = (made.id, "other phone", hero.name, hero.id)
    assert refused(made.play.join, *again) == "person_taken"
    assert refused(made.play.join, made.id, "x", "김", "nobody") == (
        "participant_unknown"
    )
    assert made.play.players(made.id)[0].person == hero.id


def test_the_phone_that_answered_is_believed_before_one_that_says_so(
    store: Meetings,
) -> None:
    made = room(store, people=4)
    hero = made.seats[0]
    guest = made.play.join(made.id, "a phone", hero.name, person=hero.id)
    made.play.join(made.id, hero.token, hero.name)
    people = {player.id: player.person for player in made.play.players(made.id)}
    assert people == {guest: guest, hero.id: hero.id}


def test_only_the_one_asked_about_tells_or_passes(table: PlayRoom) -> None:
    table.start()
    hero, card = table.about()[0], table.look().round.card.id
    story = table.play.story
    assert refused(story, table.id, hero.id, card, True) == "round_closed"
    table.reveal()
    other = others(table)[0]
    assert refused(story, table.id, other.id, card, True) == "round_closed"
    story(table.id, hero.id, card, True)
    assert table.look().round.stories == {hero.id: "tell"}


def test_everything_of_a_game_expires_and_is_deleted_with_its_meeting(
    table: PlayRoom,
) -> None:
    table.start()
    table.vote(others(table)[0], 1)
    table.reveal()
    redis = table.store.redis
    keys = [key for key in redis.scan_iter(f"icebreaker:*{table.id}*")]
    assert {redis.expiretime(key) for key in keys} == {
        int(table.meeting.expires_at.timestamp())
    }
    table.store.delete(table.id)
    assert table.id not in everything_in(redis)


def test_who_leaves_takes_their_votes_along(table: PlayRoom) -> None:
    table.start()
    one, two, _ = others(table)
    table.vote(one, 1)
    table.vote(two, 2)
    table.store.remove_participant(table.id, one.id)
    assert table.look().voters == 1 and table.look().players == 3


@given(
    st.lists(
        st.tuples(st.sampled_from(["vote", "reveal", "next"]), *[st.integers(0, 3)] * 2)
    )
)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_last_vote_before_each_reveal_is_the_one_that_counts(
    table: PlayRoom, steps: list[tuple[str, int, int]]
) -> None:
    """Any order of votes, reveals and next rounds, against a model in three lines."""
    table.play.again(table.id)
    table.start()
    expected: dict[str, dict[str, int]] = {}
    for kind, who, choice in steps:
        game = table.look()
        if game.phase == "ended":
            break
        seat, card = table.seats[who], game.round.card.id
        if kind == "vote" and game.phase == "asking":
            table.vote(seat, choice + 1)
            expected.setdefault(card, {})[seat.id] = choice + 1
        elif kind == "vote":
            assert refused(table.play.vote, table.id, seat.id, card, 1)
        elif kind == "next" or game.phase == "revealed":
            table.next()
        else:
            table.reveal()
    kept = {
        one.card.id: {who: vote.choice for who, vote in one.votes.items()}
        for one in table.play.rounds(table.id)
        if one.votes
    }
    assert kept == expected


def test_votes_sent_at_once_are_one_a_person(store: Meetings) -> None:
    """Twelve phones, each tapping eight times from threads, and a reveal among them."""
    made = room(store, people=12)
    made.join_all()
    made.start()
    game, troubles = made.look(), []

    def tap(number: int) -> None:
        seat = made.seats[number % 12]
        try:
            made.play.vote(made.id, seat.id, game.round.card.id, number % 4 + 1)
        except UserError as error:
            if error.code != "round_closed":
                troubles.append(error)

    threads = [threading.Thread(target=tap, args=[n]) for n in range(96)]
    threads.insert(
        80, threading.Thread(target=made.play.reveal, args=(made.id, game.at))
    )
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    one = made.play.played(made.id)[0]
    counted = [vote for vote in one.votes.values() if not vote.about]
    assert one.voted == len(counted) <= 11
