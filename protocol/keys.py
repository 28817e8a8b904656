"""Every Redis key of the product, apart from RQ's own (`rq:*`), and what is there."""

from __future__ import annotations


class Keys:
    """Functions give the key of a meeting, a worker, a join code or a round."""

    WORKERS = "icebreaker:worker:*"
    MEETINGS = "icebreaker:meetings"  # sorted set: meeting id by the time it expires
    HOUSEKEEPING = "icebreaker:housekeeping:lease"  # one web process tidies at a time
    FORGETTING = "icebreaker:forgetting:due"  # string: something was deleted lately
    FORGOTTEN = "icebreaker:forgetting:lease"  # the file was rewritten lately
    TALLY = "icebreaker:tally"  # hash: what the workers have done, numbers only

    @staticmethod
    def worker(name: str) -> str:
        """String: `WorkerState` as JSON, expires when the worker stops beating."""
        return f"icebreaker:worker:{name}"

    @staticmethod
    def join(code: str) -> str:
        """String: id of the meeting with this join code."""
        return f"icebreaker:join:{code}"

    @staticmethod
    def meeting(meeting: str) -> str:
        """Hash: title, language, questions, source, token hash, dates.

        Also `dismissed:KEY` for rows that stay away, `banned:HASH` for reported words,
        `reviewer_link`: how often the second reviewer's link was made.
        """
        return f"icebreaker:meeting:{meeting}"

    @staticmethod
    def participants(meeting: str) -> str:
        """Hash: participant id -> JSON."""
        return f"icebreaker:meeting:{meeting}:participants"

    @staticmethod
    def answers(meeting: str) -> str:
        """Hash: answer id -> JSON `{"participant","question","text","consent"}`."""
        return f"icebreaker:meeting:{meeting}:answers"

    @staticmethod
    def quizzes(meeting: str) -> str:
        """Hash: answer id -> JSON quiz, with `status` and `revision`.

        A ready quiz has question, options, answer (1 to 4), sources (one
        `OptionSource` an option), evidence, checks and adapter, review once the
        host has looked at it ("approved" or "edited"), and own once the person it is
        about has ("ok" or "fixed"). So has one skipped as sensitive or proposed, for
        the host to show it. While one is made again, `avoid` lists the questions and
        keys that were not wanted. One the host dropped has `dropped`: true, and a
        revision that no job may write; one its person pulled has `pulled`, too.
        """
        return f"icebreaker:meeting:{meeting}:quizzes"

    @staticmethod
    def earlier(meeting: str) -> str:
        """Hash: answer id -> JSON quiz that was there before it was made again.

        Not part of the quiz's own record, which the worker writes as a whole.
        """
        return f"icebreaker:meeting:{meeting}:earlier"

    @staticmethod
    def studio(meeting: str) -> str:
        """Hash: item id -> JSON item, with `recipe`, `status`, `revision`, `made_at`.

        slang: `context`, `condition`, `language`; when ready `proposals`, each with
        slang, description, example and checks, best first; `kept`: the place of the
        one in the meeting's summary; `reported`: places a person found offensive.

        abstract: `summary`; when ready `text`, `unsupported` (each with start, end,
        text and kind; places in `text`), `dropped` (sentences left out) and `missing`
        (facts of the summary not told).

        Both keep the results before they were made again as `earlier`; words also
        `avoid`: what was proposed so far.

        chat: `scene` (persona, child, age, gender), `key` (hash of the child's link),
        `turns` (each with `by`: "child", "model" or "people", text and at; of ours
        `kind`; of the child's `sent`, which tells one tap from the next), `alerts`
        (each with turn, kind and at, and `seen` once the guardian has looked), and
        `stopped`. Its status tells of the next reply: queued and running while it is
        awaited, else ready or failed.
        """
        return f"icebreaker:meeting:{meeting}:studio"

    @staticmethod
    def rows(meeting: str) -> str:
        """Hash: row id -> JSON draft of a training row, as it came in."""
        return f"icebreaker:meeting:{meeting}:rows"

    @staticmethod
    def row_order(meeting: str) -> str:
        """Sorted set: row id by the place in which it came."""
        return f"icebreaker:meeting:{meeting}:rows:order"

    @staticmethod
    def row_verdicts(meeting: str) -> str:
        """Hash: `BY:ROW` -> JSON list of what was decided, the last one counts.

        BY is "host", "second" (the second reviewer) or "settled" (by the host, where
        the two differ). Each has `verdict`, `difficulty` and, where the row was edited,
        `wording` (quiz_question, options, correct). The earlier ones are for undo.
        """
        return f"icebreaker:meeting:{meeting}:rows:verdicts"

    @staticmethod
    def row_people(meeting: str) -> str:
        """Hash: participant id -> JSON list of the rows that rest on their answers."""
        return f"icebreaker:meeting:{meeting}:rows:people"

    @staticmethod
    def row_undo(meeting: str, reviewer: str) -> str:
        """List: the fields of `row_verdicts` this reviewer wrote, the last one last."""
        return f"icebreaker:meeting:{meeting}:rows:undo:{reviewer}"

    @staticmethod
    def players(meeting: str) -> str:
        """Hash: player id -> JSON `{"name","key","person","order","joined_at"}`.

        Who plays on a phone. `person` is the participant they are; for somebody who
        did not answer it is their own id, which the survey would give them, too.
        `key` is the name folded, so that no two look alike.
        """
        return f"icebreaker:meeting:{meeting}:players"

    @staticmethod
    def game(meeting: str) -> str:
        """Hash: version, phase, card, number, total, the clocks and the switches.

        `version` grows with everything a phone may notice and outlives the game, so
        that an ETag is never used twice. Without `phase` the room is in the lobby.
        """
        return f"icebreaker:meeting:{meeting}:game"

    @staticmethod
    def rounds(meeting: str) -> str:
        """Hash: the frozen deck of the game, three fields a round.

        `card:ID` -> JSON card with its `place` and the `marks` of its answers;
        `state:ID` -> "waiting", "open", "played" or "skipped";
        `story:ID:PERSON` -> "tell" or "pass".
        """
        return f"icebreaker:meeting:{meeting}:rounds"

    @staticmethod
    def votes(meeting: str, card: str) -> str:
        """Hash: player id -> JSON `{"choice","ms","about"}`, one hash a round.

        `about`: the round is about this player; it is not counted.
        """
        return f"icebreaker:meeting:{meeting}:votes:{card}"

    @staticmethod
    def sheet_lease(meeting: str) -> str:
        """String: held by the one web process that reads this meeting's sheet."""
        return f"icebreaker:sheet:{meeting}:lease"
