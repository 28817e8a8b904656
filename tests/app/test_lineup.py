"""Which cards are played: as many as fit, everybody equally often."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kinds import Card, Words
from app.lineup import lineup, rounds_for


def card(name: str, *people: str) -> Card:
    return Card(
        id=name,
        kind="said" if len(people) < 2 else "who_shares",
        quizzes=(name,),
        topic="",
        question="?",
        options=("a", "b", "c", "d"),
        answer=1,
        people=people,
        words=tuple(Words(name=person, text="") for person in people or ("",)),
    )


PEOPLE = [f"p{n}" for n in range(8)]
DECKS = st.lists(
    st.one_of(
        st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2, unique=True),
        st.just([]),
    ),
    max_size=40,
).map(lambda all_: [card(f"c{n}", *people) for n, people in enumerate(all_)])


@given(DECKS, st.integers(1, 40))
@settings(max_examples=300, deadline=None)
def test_everybody_comes_equally_often_plus_or_minus_one(
    deck: list[Card], limit: int
) -> None:
    chosen = lineup(deck, limit)
    assert len(chosen) <= limit and len({one.id for one in chosen}) == len(chosen)
    shown = Counter({person: 0 for one in deck for person in one.people})
    shown.update(person for one in chosen for person in one.people)
    assert max(shown.values(), default=0) - min(shown.values(), default=0) <= 1


@given(st.integers(2, 8), st.integers(1, 5), st.integers(1, 40))
@settings(max_examples=100, deadline=None)
def test_nobody_comes_twice_in_a_row_and_no_minute_is_wasted(
    people: int, answers: int, limit: int
) -> None:
    """Where everybody answered the same number of questions."""
    deck = [card(f"{n}-{p}", f"p{p}") for n in range(answers) for p in range(people)]
    chosen = lineup(deck, limit)
    assert len(chosen) == min(limit, len(deck))
    assert all(one.people != other.people for one, other in pairwise(chosen))


def test_who_answered_more_is_not_asked_about_more() -> None:
    deck = [card(f"a{n}", "loud") for n in range(5)]
    deck += [card("b", "calm"), card("c", "shy")]
    shown = Counter(one.people[0] for one in lineup(deck, 10))
    assert shown == {"loud": 2, "calm": 1, "shy": 1}


def test_unnamed_cards_keep_their_share() -> None:
    deck = [card(f"n{n}", PEOPLE[n]) for n in range(6)]
    deck = [*deck[:3], card("u1"), *deck[3:], card("u2"), card("u3")]
    assert sum(not one.people for one in lineup(deck, 6)) == 2


@pytest.mark.parametrize(
    ("minutes", "seconds", "rounds"), [(10, 0, 10), (5, 60, 3), (30, 15, 40)]
)
def test_the_rounds_fit_the_minutes(minutes: int, seconds: int, rounds: int) -> None:
    assert rounds_for(minutes, seconds) == rounds
