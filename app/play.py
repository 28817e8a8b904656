"""The game: who plays, which card is on the screen, who voted for what.

All of it is in Redis, in keys that expire and go with the meeting. `look` is the
moment, cheap enough for every phone to ask each second; `rounds` is the whole game.
What a summary or an export is made of:

    for one in store().play.played(meeting.id):
        one.card.question, one.card.right, one.card.words     (name "" if unnamed)
        one.counts, one.voted, one.right                      (votes by option)

Cards whose answer was withdrawn, changed or dropped are in none of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from redis import Redis

from app import awards
from app import play_scripts as scripts
from app import play_steps as steps
from app.answers import participant_id_of
from app.awards import Report
from app.cleaning import folded
from app.errors import NotFound, UserError
from app.kinds import Card
from app.lineup import frozen, lineup, refreshed, rounds_for
from app.records import Snapshot
from app.rounds import (
    GRACE_MS,
    Game,
    Player,
    Round,
    Switches,
    game_from,
    pairs,
    player_from,
    round_from,
    vote_from,
)
from app.submissions import checked_name
from protocol import MAX_PARTICIPANTS
from protocol.keys import Keys

GAMES_KEPT = 32  # results kept in memory

# What a script refuses, as the error a person gets to see.
_REFUSALS = {
    b"changed": "game_moved",
    b"closed": "round_closed",
    b"paused": "game_paused",
    b"stranger": "join_first",
    b"about": "about_you",
    b"taken": "name_taken",
    b"claimed": "person_taken",
}


def game_keys(meeting_id: str) -> list[str]:
    """The keys of the scripts, in their order."""
    return [
        Keys.meeting(meeting_id),
        Keys.game(meeting_id),
        Keys.rounds(meeting_id),
        Keys.players(meeting_id),
        Keys.quizzes(meeting_id),
        Keys.answers(meeting_id),
    ]


class Play:
    """The games of all meetings, one a meeting at a time.

    Methods that take `at` act only if the game is still there (`Game.at`).
    Raises, all of them: NotFound if there is no such meeting, and UserError with a
    code of `_REFUSALS` where a step is refused.
    """

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        found = vars(scripts) | vars(steps)
        names = ("LOOK", "ROUNDS", "JOIN", "FORGET", "START", "ADD", "OPEN", "REVEAL")
        names += ("END", "PAUSE", "SWITCH", "VOTE", "STORY", "AGAIN")
        self._results: dict[str, tuple[tuple[int, int], list[Round], Report]] = {}
        self._scripts = {n: redis.register_script(found[n]) for n in names}

    # Reading

    def look(self, meeting_id: str, player_id: str = "") -> Game:
        """The moment, in one round trip."""
        return game_from(player_id, self._run("LOOK", meeting_id, player_id))

    def is_on(self, meeting_id: str) -> bool:
        """Whether a game has begun and not ended."""
        return self._field(meeting_id, "phase") not in (None, b"ended")

    def rounds(self, meeting_id: str) -> list[Round]:
        """The frozen deck in its order with votes and stories, also what was skipped,
        is to come, or must not be shown any more (`standing`)."""
        found = [
            round_from(
                stored,
                state=state.decode(),
                standing=bool(standing),
                votes={who: vote_from(vote) for who, vote in pairs(votes).items()},
                stories={who: s.decode() for who, s in pairs(stories).items()},
            )
            for _, stored, state, standing, votes, stories in self._run(
                "ROUNDS", meeting_id
            )
        ]
        return sorted(found, key=lambda one: one.place)

    def played(self, meeting_id: str) -> list[Round]:
        """The revealed rounds that may still be shown, in the order of the game."""
        return [
            r for r in self.rounds(meeting_id) if r.state == "played" and r.standing
        ]

    def players(self, meeting_id: str) -> list[Player]:
        """Who plays, in the order in which they came."""
        stored = self.redis.hgetall(Keys.players(meeting_id))
        found = [player_from(key.decode(), stored[key]) for key in stored]
        return sorted(found, key=lambda player: player.order)

    def results(self, meeting_id: str, game: Game) -> tuple[Round | None, Report]:
        """The round on the screen with its votes, and what all rounds have shown.

        Made once for each moment and process: 150 phones ask within a second.
        """
        moment, (known, rounds, report) = (
            (game.version, game.standing),
            self._results.get(meeting_id, (None, [], None)),
        )
        if known != moment:
            rounds = self.played(meeting_id)
            report = awards.report(rounds, self.players(meeting_id), game.switches)
            for other in list(self._results)[:-GAMES_KEPT]:
                self._results.pop(other, None)
            self._results[meeting_id] = moment, rounds, report
        shown = game.round.card.id if game.round else ""
        return next((one for one in rounds if one.card.id == shown), None), report

    def forget_results(self, meeting_id: str) -> None:
        """Keep nothing of a deleted meeting in memory."""
        self._results.pop(meeting_id, None)

    # Players

    def has_player(self, meeting_id: str, token: str) -> bool:
        """Whether somebody plays with this token."""
        player_id = participant_id_of(meeting_id, token)
        return bool(self.redis.hexists(Keys.players(meeting_id), player_id))

    def join(
        self, meeting_id: str, token: str, name: str, person: str | None = None
    ) -> str:
        """Let the owner of `token` play under this name. Returns the player's id.

        Who answered the survey with this token is that participant by itself; who
        answered elsewhere says so with `person`.
        Raises: UserError for a wrong or taken name, or a full meeting.
        """
        name = checked_name(name)
        player_id = participant_id_of(meeting_id, token)
        who = person or player_id
        known = self.redis.hexists(Keys.participants(meeting_id), who)
        if person and not known:
            raise UserError("participant_unknown")
        self._run(
            "JOIN",
            meeting_id,
            *(player_id, name, folded(name), who),
            *("1" if known else "", MAX_PARTICIPANTS),
        )
        return player_id

    def forget(self, meeting_id: str, player_id: str) -> None:
        """Remove a player with their votes, if there is one."""
        self._run("FORGET", meeting_id, player_id)

    def vote(self, meeting_id: str, player_id: str, card_id: str, choice: int) -> None:
        """Choose an option, or another one; until the reveal.

        Raises: UserError("bad_request") for no option.
        """
        if choice not in (1, 2, 3, 4):
            raise UserError("bad_request")
        names_first = self._switches(meeting_id).names_first
        args = (player_id, card_id, choice, GRACE_MS, "1" if names_first else "")
        self._run("VOTE", meeting_id, *args)

    def story(self, meeting_id: str, player_id: str, card_id: str, told: bool) -> None:
        """The one asked about tells the story behind the answer, or passes."""
        story = "tell" if told else "pass"
        self._run("STORY", meeting_id, player_id, card_id, story)

    # The host

    def start(
        self, snapshot: Snapshot, cards: Sequence[Card], switches: Switches
    ) -> None:
        """Freeze as many cards as fit the minutes, fairly, and begin.

        Raises: UserError("nothing_to_play") if there is no card.
        """
        limit = rounds_for(switches.minutes, switches.seconds)
        chosen = frozen(snapshot, lineup(cards, limit))
        if not chosen:
            raise UserError("nothing_to_play")
        args = [part for one in chosen for part in (one.card.id, one.to_json())]
        self._run("START", snapshot.meeting.id, switches.to_json(), *args)

    def spare(self, snapshot: Snapshot, cards: Iterable[Card]) -> list[Card]:
        """Cards that are not in the frozen deck, nor any of their answers."""
        rounds = self.rounds(snapshot.meeting.id)
        used = {quiz for one in rounds for quiz in one.card.quizzes}
        return [card for card in cards if used.isdisjoint(card.quizzes)]

    def add(self, snapshot: Snapshot, cards: Sequence[Card]) -> None:
        """Put these cards behind the frozen ones; nothing on the screen moves."""
        rounds = self.rounds(snapshot.meeting.id)
        new = frozen(snapshot, cards, first=len(rounds))
        args = [part for one in new for part in (one.card.id, one.to_json())]
        self._run("ADD", snapshot.meeting.id, *args)

    def next(self, snapshot: Snapshot, at: str) -> None:
        """Open the next card that can still be played, or end the game."""
        meeting_id = snapshot.meeting.id
        waiting = [r for r in self.rounds(meeting_id) if r.state == "waiting"]
        ahead = [new for one in waiting if (new := refreshed(one, snapshot))]
        if not ahead:
            self.end(meeting_id, at)
            return
        first, done = ahead[0], int(self._field(meeting_id, "number") or 0)
        seconds = self._switches(meeting_id).seconds
        args = (first.card.id, first.to_json(), done + len(ahead), seconds)
        self._run("OPEN", meeting_id, at, *args)

    def reveal(self, meeting_id: str, at: str) -> None:
        """Close the round; from here on its solution may leave the server."""
        self._run("REVEAL", meeting_id, at)

    def pause(self, meeting_id: str, at: str) -> None:
        """Rest, or go on."""
        self._run("PAUSE", meeting_id, at)

    def end(self, meeting_id: str, at: str) -> None:
        """Show what the room knows about itself."""
        self._run("END", meeting_id, at)

    def again(self, meeting_id: str) -> None:
        """Back to the lobby. Rounds and votes go, players stay."""
        self._run("AGAIN", meeting_id)

    def switch(self, meeting_id: str, switches: Switches) -> None:
        """Play on in another way."""
        self._run("SWITCH", meeting_id, switches.to_json())

    # Parts

    def _run(self, name: str, meeting_id: str, *args: Any) -> Any:
        reply = self._scripts[name](keys=game_keys(meeting_id), args=args)
        outcome = reply[0] if reply else None
        if outcome == b"gone":
            raise NotFound
        if outcome == b"full":
            raise UserError("meeting_full", limit=MAX_PARTICIPANTS)
        if isinstance(outcome, bytes) and outcome in _REFUSALS:
            raise UserError(_REFUSALS[outcome])
        return reply

    def _field(self, meeting_id: str, name: str) -> bytes | None:
        return self.redis.hget(Keys.game(meeting_id), name)

    def _switches(self, meeting_id: str) -> Switches:
        return Switches.from_json(self._field(meeting_id, "switches") or b"")
