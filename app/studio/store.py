"""The studios of all meetings, in Redis: one hash a meeting, which expires with it."""

from __future__ import annotations

import hmac
import json
import secrets
import time
from typing import Any

from redis import Redis

from app.answers import sha256
from app.errors import NotFound, UserError
from app.jobs import Jobs
from app.studio import scripts
from app.studio.items import Item, Talk, Word, fingerprint, item_from
from app.studio.orders import Fields, checked_message
from protocol import MAX_STUDIO_ITEMS, MAX_TURNS, SETTLED, Recipe, Status, StudioJob
from protocol.keys import Keys

BANNED = b"banned:"
# What a script refuses, as the error a person gets to see.
_REFUSALS = {
    b"changed": ("item_changed", {}),
    b"full": ("studio_full", {"limit": MAX_STUDIO_ITEMS}),
    b"long": ("talk_long", {}),
    b"stopped": ("talk_stopped", {}),
}


def new_id() -> str:
    """The id of an item that is about to be added."""
    return secrets.token_hex(8)


class Studio:
    """Words, conversations and abstracts.

    Methods that act take the revision a person saw; None is the one of now.
    Raises, all of them: NotFound if there is no such item or it is in no state for
    this, UserError("item_changed") if it is another by now.
    """

    def __init__(self, redis: Redis, jobs: Jobs) -> None:
        self.redis = redis
        self.jobs = jobs
        self._add = redis.register_script(scripts.ADD)
        self._say = redis.register_script(scripts.SAY)
        self._again = redis.register_script(scripts.AGAIN)
        self._earlier = redis.register_script(scripts.EARLIER)
        self._keep = redis.register_script(scripts.KEEP)
        self._report = redis.register_script(scripts.REPORT)
        self._stop = redis.register_script(scripts.STOP)
        self._seen = redis.register_script(scripts.SEEN)

    def add(
        self, meeting_id: str, order: Fields, item_id: str = "", token: str = ""
    ) -> str:
        """Add what was ordered and put it on its way; its id.

        A conversation has the token of the child's link, and waits for the child.
        Raises: UserError if the studio is full.
        """
        item_id = item_id or new_id()
        is_talk = order["recipe"] is Recipe.CHAT
        record = order | {
            "status": Status.READY if is_talk else Status.QUEUED,
            "revision": 1,
            "made_at": round(time.time(), 3),
        }
        if is_talk:
            record["key"] = sha256(token)
        args = [item_id, json.dumps(record), MAX_STUDIO_ITEMS]
        _refuse(self._add(keys=_keys(meeting_id), args=args))
        if not is_talk:
            self._enqueue(meeting_id, item_id, order["recipe"], 1)
        return item_id

    def items(self, meeting_id: str, recipe: Recipe | None = None) -> list[Item]:
        """Everything in the studio, or all of one kind, the newest first."""
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.hkeys(Keys.meeting(meeting_id))
            pipe.hgetall(Keys.studio(meeting_id))
            names, records = pipe.execute()
        banned = _banned(names)
        found = [
            item_from(key.decode(), json.loads(text), banned)
            for key, text in records.items()
        ]
        chosen = [one for one in found if recipe in (None, one.recipe)]
        return sorted(chosen, key=lambda one: one.made_at, reverse=True)

    def item(self, meeting_id: str, item_id: str) -> Item:
        """One of them."""
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.hkeys(Keys.meeting(meeting_id))
            pipe.hget(Keys.studio(meeting_id), item_id)
            names, stored = pipe.execute()
        if not names or stored is None:
            raise NotFound
        return item_from(item_id, json.loads(stored), _banned(names))

    def talk_of(self, meeting_id: str, item_id: str, token: str) -> Talk:
        """The conversation with this child's token, compared in constant time."""
        talk = self.item(meeting_id, item_id)
        if not isinstance(talk, Talk):
            raise NotFound
        if not hmac.compare_digest(talk.key, sha256(token)):
            raise NotFound
        return talk

    def words_kept(self, meeting_id: str) -> list[Word]:
        """The words of the meeting's summary, the oldest first."""
        words = self.items(meeting_id, Recipe.SLANG)
        return [one for one in reversed(words) if isinstance(one, Word) and one.kept]

    def alarmed(self, meeting_id: str) -> list[Talk]:
        """Conversations with something that the guardian has not looked at."""
        talks = self.items(meeting_id, Recipe.CHAT)
        return [one for one in talks if isinstance(one, Talk) and one.unseen]

    def say(self, meeting_id: str, item_id: str, text: str, sent: str = "") -> None:
        """Add what the child says and ask for a reply.

        `sent` tells one tap from the next: the same again changes nothing.
        Raises: also UserError for a wrong text, or a conversation that is over.
        """
        turn = {"by": "child", "text": checked_message(text), "at": int(time.time())}
        if sent:
            turn["sent"] = sha256(sent)[:16]
        self._act(self._say, meeting_id, item_id, "", json.dumps(turn), MAX_TURNS)

    def again(self, meeting_id: str, item_id: str, revision: int | None = None) -> None:
        """Write it again, or ask once more for the reply that is missing."""
        self._act(self._again, meeting_id, item_id, revision)

    def keep_earlier(
        self, meeting_id: str, item_id: str, revision: int | None = None
    ) -> None:
        """Bring back what was there before it was written again."""
        self._act(self._earlier, meeting_id, item_id, revision)

    def keep(
        self, meeting_id: str, item_id: str, place: int, revision: int | None = None
    ) -> None:
        """Put this proposal into the meeting's summary, instead of another."""
        word = self._proposer(meeting_id, item_id)
        if place not in [one.place for one in word.proposals]:
            raise NotFound
        self._act(self._keep, meeting_id, item_id, revision, place)

    def unkeep(
        self, meeting_id: str, item_id: str, revision: int | None = None
    ) -> None:
        """Take the word out of the summary."""
        self._act(self._keep, meeting_id, item_id, revision, "")

    def report(
        self, meeting_id: str, item_id: str, place: int, revision: int | None = None
    ) -> None:
        """Hide a proposal for good, here and wherever it is proposed again."""
        for one in self._proposer(meeting_id, item_id).proposals:
            if one.place == place:
                args = place, fingerprint(one.slang)
                return self._act(self._report, meeting_id, item_id, revision, *args)
        raise NotFound

    def stop(self, meeting_id: str, item_id: str) -> None:
        """End a conversation, at whatever revision it is."""
        self._act(self._stop, meeting_id, item_id, "", int(time.time()))

    def see(self, meeting_id: str, item_id: str, turn: int) -> None:
        """Note that the guardian has looked at what alarmed at this turn."""
        self._act(self._seen, meeting_id, item_id, "", turn, int(time.time()))

    def delete(self, meeting_id: str, item_id: str) -> int:
        """Remove one item. Returns how many jobs went with it."""
        if not self.redis.hdel(Keys.studio(meeting_id), item_id):
            raise NotFound
        jobs = self.jobs.forget(list(self.jobs.job_ids(meeting_id, item_id)))
        self.redis.set(Keys.FORGETTING, "1")
        return jobs

    def unsettled(self, meeting_id: str) -> list[StudioJob]:
        """The jobs that should be waiting or running now."""
        records = self.redis.hgetall(Keys.studio(meeting_id))
        items = {key.decode(): json.loads(text) for key, text in records.items()}
        return [
            _job(meeting_id, key, Recipe(item["recipe"]), item["revision"])
            for key, item in items.items()
            if item["status"] not in SETTLED
        ]

    def _proposer(self, meeting_id: str, item_id: str) -> Word:
        word = self.item(meeting_id, item_id)
        if not isinstance(word, Word):
            raise NotFound
        return word

    def _act(
        self,
        script: Any,
        meeting_id: str,
        item_id: str,
        revision: int | str | None,
        *more: str | int,
    ) -> None:
        """Run a script on the revision that was seen, and queue what it asks for."""
        seen = "" if revision is None else revision
        reply = script(keys=_keys(meeting_id), args=[item_id, seen, *more])
        renewed, queue = _refuse(reply)
        if queue:
            recipe = self.item(meeting_id, item_id).recipe
            self._enqueue(meeting_id, item_id, recipe, renewed)

    def _enqueue(
        self, meeting_id: str, item_id: str, recipe: Recipe, revision: int
    ) -> None:
        self.jobs.enqueue(_job(meeting_id, item_id, recipe, revision))


def _job(meeting_id: str, item_id: str, recipe: Recipe, revision: int) -> StudioJob:
    return StudioJob(recipe=recipe, meeting=meeting_id, item=item_id, revision=revision)


def _keys(meeting_id: str) -> list[str]:
    return [Keys.meeting(meeting_id), Keys.studio(meeting_id)]


def _banned(fields: list[bytes]) -> set[str]:
    return {
        name.removeprefix(BANNED).decode() for name in fields if name.startswith(BANNED)
    }


def _refuse(reply: list[Any]) -> list[Any]:
    """What a script says besides "ok".

    Raises: NotFound, UserError for a refusal.
    """
    outcome, *rest = reply
    if outcome == b"gone":
        raise NotFound
    if outcome in _REFUSALS:
        code, values = _REFUSALS[outcome]
        raise UserError(code, **values)
    return rest
