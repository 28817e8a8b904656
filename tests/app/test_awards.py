"""Scores that do not shame."""

from __future__ import annotations

from app.awards import Meter, meter, points, report
from app.rounds import Player, Round, Switches, Vote
from tests.app.test_lineup import card

PLAYERS = [Player(id=p, name=p.upper(), person=p, order=n) for n, p in enumerate("abc")]


def vote(choice: int, ms: int = 0, about: bool = False) -> Vote:
    return Vote(choice=choice, ms=ms, about=about)


def played(name: str, *people: str, **votes: Vote) -> Round:
    """A round whose right option is 1, written by `people` or, unnamed, by c."""
    return Round(
        card=card(name, *people),
        place=0,
        marks=("",),
        authors=people or ("c",),
        state="played",
        votes=votes,
    )


def test_the_meter_is_the_share_of_right_votes_without_ones_own() -> None:
    one = played("1", "c", a=vote(1), b=vote(2), c=vote(1, about=True))
    two = played("2", "c", a=vote(1), b=vote(1))
    assert meter([one]) == Meter(right=1, voted=2)
    assert meter([one, two]).percent == 75
    assert meter([]).percent == 0


def test_who_guessed_best_shares_it_with_equals() -> None:
    rounds = [played("1", "c", a=vote(1), b=vote(1), c=vote(1, about=True))]
    made = report(rounds, PLAYERS, Switches())
    assert made.awards[0].key == "guesser" and made.awards[0].names == ("A", "B")
    assert [(place.place, place.name) for place in made.board] == [(1, "A"), (1, "B")]


def test_knowing_ones_own_unnamed_answer_wins_nothing_but_shows_no_gap() -> None:
    one = played("1", a=vote(2), b=vote(2), c=vote(1))
    made = report([one], PLAYERS, Switches())
    assert one.voted == 3 and made.meter.right == 1
    assert made.board == ()


def test_the_most_surprising_answer_and_the_best_known_one() -> None:
    rounds = [
        played("hard", "c", a=vote(2), b=vote(3)),
        played("easy", "b", a=vote(1), c=vote(1)),
    ]
    awards = {one.key: one for one in report(rounds, PLAYERS, Switches()).awards}
    assert awards["surprise"].names == ("c",) and awards["known"].names == ("b",)
    assert "riddle" not in awards  # one round about a person says nothing about them


def test_nothing_played_gives_no_award() -> None:
    assert report([], PLAYERS, Switches()).awards == ()
    assert report([played("1", "c", a=vote(2))], PLAYERS, Switches()).awards == ()


def test_speed_counts_only_if_switched_on_and_never_below_half() -> None:
    fast = Switches(speed=True, seconds=20)
    assert points(vote(1, 60_000), Switches()) == 100
    assert [points(vote(1, ms), fast) for ms in (0, 10_000, 20_000, 20_700)] == [
        *(100, 75, 50, 50)
    ]
