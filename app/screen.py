"""What a screen may show of a game: the only way from the store to a page.

Until the reveal a `Screen` holds no solution, no name behind a card and nobody's own
words; it is made from the moment (`Game`), which does. Host and phones get the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from app import awards, quoting
from app.awards import Meter, Report
from app.followups import followup
from app.rounds import Game, Player, Round, Switches

WORDS_AROUND = 150  # characters of somebody's words on each side of the evidence


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one person wrote: `name` is "" if unnamed, `parts` as `quoting.excerpt`."""

    name: str
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option of the round; what the reveal adds is None before."""

    text: str
    right: bool | None = None
    votes: int | None = None
    percent: int | None = None


@dataclass(frozen=True, kw_only=True)
class Reveal:
    """What leaves the server at the reveal and not before."""

    right: str
    told: tuple[Told, ...]
    followup: str
    meter: Meter
    own_votes: int  # of those asked about, which count nowhere
    storytellers: tuple[str, ...]  # names of those who want to tell
    passed: bool  # everybody asked about would rather go on


@dataclass(frozen=True, kw_only=True)
class Screen:
    """Everything the room may see at this moment.

    `phase` is "lobby", "ready", "asking", "revealed", "gone" (the card was taken
    back) or "ended".
    """

    phase: str
    at: str
    number: int
    total: int
    players: int
    switches: Switches
    card: str = ""
    kind: str = ""
    topic: str = ""
    question: str = ""
    options: tuple[Option, ...] = ()
    about: str = ""  # the name, where names come first
    voters: int = 0
    paused: bool = False
    time_up: bool = False
    seconds_left: float | None = None
    reveal: Reveal | None = None
    report: Report | None = None


@dataclass(frozen=True, kw_only=True)
class Seat:
    """What one phone sees beyond the screen.

    The one whom a card is about must look like everybody else to the neighbours: the
    phone shows the same four buttons and takes a tap, which counts nowhere, and says
    so in the small line where others read that they may change their vote. Only where
    the name is on the screen already (`openly`) are there no buttons. The author of an
    unnamed card is told nothing: a phone is easily read over a shoulder.
    """

    me: Player | None
    choice: int | None = None
    about_me: bool = False
    openly: bool = False
    may_tell: bool = False
    story: str = ""  # "tell" or "pass"


def screen(
    game: Game, language: str, played: Round | None, report: Report | None
) -> Screen:
    """The room's screen. `played` is the current round with its votes and `report`
    that of all rounds; both are left out unless it is their time."""
    start = {
        "at": game.at,
        "number": game.number,
        "total": game.total,
        "players": game.players,
        "switches": game.switches,
    }
    if game.phase == "ended":
        return Screen(phase="ended", report=report, **start)
    if game.round is None:
        return Screen(phase="ready" if game.phase else "lobby", **start)
    if not game.standing:
        return Screen(phase="gone", **start)
    card = game.round.card
    is_revealed = game.phase == "revealed" and played is not None
    return Screen(
        phase="revealed" if is_revealed else "asking",
        card=card.id,
        kind=card.kind,
        topic=card.topic if card.kind != "said" else "",
        question=card.question,
        options=_counted(played) if is_revealed else _plain(game.round),
        about=card.words[0].name if _openly(game) else "",
        voters=game.voters,
        paused=game.paused,
        time_up=game.time_up,
        seconds_left=_seconds_left(game),
        reveal=_reveal(game.round, played, language) if is_revealed else None,
        report=report if is_revealed else None,
        **start,
    )


def seat(game: Game) -> Seat:
    """What this player's phone adds to the screen."""
    shown = game.standing and game.round is not None
    asked = bool(shown and game.about_me)
    stories = game.round.stories if shown else {}
    return Seat(
        me=game.me,
        choice=game.choice if shown else None,
        about_me=asked,
        openly=asked and (_openly(game) or game.phase == "revealed"),
        may_tell=asked and game.phase == "revealed",
        story=stories.get(game.me.person, "") if asked else "",
    )


def _openly(game: Game) -> bool:
    """Whether the name is on the screen before the vote."""
    card = game.round.card
    return game.switches.names_first and card.kind == "said" and bool(card.people)


def _seconds_left(game: Game) -> float | None:
    if game.closes_at is None or game.paused or game.phase != "asking":
        return None
    return max(0.0, (game.closes_at - game.now) / 1000)


def _plain(one: Round) -> tuple[Option, ...]:
    return tuple(Option(text=text) for text in one.card.options)


def _counted(one: Round) -> tuple[Option, ...]:
    return tuple(
        Option(
            text=text,
            right=number == one.card.answer,
            votes=votes,
            percent=round(100 * votes / one.voted) if one.voted else 0,
        )
        for number, (text, votes) in enumerate(
            zip(one.card.options, one.counts, strict=True), 1
        )
    )


def _reveal(shown: Round, played: Round, language: str) -> Reveal:
    card, stories = shown.card, shown.stories
    around = WORDS_AROUND // len(card.words)
    told = (
        Told(
            name=words.name,
            parts=tuple(
                quoting.excerpt(
                    words.text,
                    quoting.key(words.text, card.right, words.evidence),
                    around,
                )
            ),
        )
        for words in card.words
    )
    named = zip(card.people, card.words, strict=False)
    answers = [stories.get(person, "") for person in card.people]
    return Reveal(
        right=card.right,
        told=tuple(told),
        followup=followup(card, shown.place, language),
        meter=awards.meter([played]),
        own_votes=len(played.votes) - played.voted,
        storytellers=tuple(w.name for p, w in named if stories.get(p) == "tell"),
        passed=bool(answers) and all(answer == "pass" for answer in answers),
    )
