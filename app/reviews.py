"""What the host decides about each quiz: approve, edit, make another, drop."""

from __future__ import annotations

import json
from typing import Any

from redis import Redis

from app import review_scripts as scripts
from app.answers import Answers, script_keys
from app.drafts import QuizDraft, rewritten
from app.errors import NotFound, UserError
from protocol.keys import Keys


class Reviews(Answers):
    """`Answers`, with a host who looks at the quizzes made of them.

    Every method takes the revision that the host saw; None is the one of now.
    Raises, all of them: NotFound if there is no such quiz or it is in no state for
    this, UserError("quiz_changed") if it is another by now.
    """

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis)
        self._approve = redis.register_script(scripts.APPROVE)
        self._edit = redis.register_script(scripts.EDIT)
        self._show = redis.register_script(scripts.SHOW)
        self._regenerate = redis.register_script(scripts.REGENERATE)
        self._earlier = redis.register_script(scripts.EARLIER)
        self._retry = redis.register_script(scripts.RETRY)
        self._drop = redis.register_script(scripts.DROP)
        self._restore = redis.register_script(scripts.RESTORE)

    def approve(
        self, meeting_id: str, quiz_id: str, revision: int | None = None
    ) -> None:
        """Mark a ready quiz as looked at; one that was edited stays edited."""
        self._act(self._approve, meeting_id, quiz_id, revision)

    def edit(
        self,
        meeting_id: str,
        quiz_id: str,
        draft: QuizDraft,
        revision: int | None = None,
    ) -> None:
        """Write the host's words into a ready quiz, or one held back as sensitive.

        The same words as before only approve it.
        Raises: also UserError for words that make no quiz.
        """
        record = self._record(meeting_id, quiz_id)
        seen = record["revision"] if revision is None else revision
        if record["revision"] != seen:
            raise UserError("quiz_changed")
        answer = self.redis.hget(Keys.answers(meeting_id), quiz_id)
        text = json.loads(answer)["text"] if answer else ""
        fields = rewritten(record, draft, text)
        if fields is None:
            self.approve(meeting_id, quiz_id, seen)
        else:
            self._act(self._edit, meeting_id, quiz_id, seen, json.dumps(fields))

    def show_anyway(
        self, meeting_id: str, quiz_id: str, revision: int | None = None
    ) -> None:
        """Take a quiz that was held back as sensitive into the meeting."""
        self._act(self._show, meeting_id, quiz_id, revision)

    def regenerate(
        self, meeting_id: str, quiz_id: str, revision: int | None = None
    ) -> None:
        """Queue another quiz about the same answer and keep this one as `earlier`."""
        self._act(self._regenerate, meeting_id, quiz_id, revision)

    def keep_earlier(
        self, meeting_id: str, quiz_id: str, revision: int | None = None
    ) -> None:
        """Bring back the quiz that was there before it was made again."""
        self._act(self._earlier, meeting_id, quiz_id, revision)

    def retry(self, meeting_id: str, quiz_id: str, revision: int | None = None) -> None:
        """Queue a failed or skipped quiz once more."""
        self._act(self._retry, meeting_id, quiz_id, revision)

    def drop(self, meeting_id: str, quiz_id: str, revision: int | None = None) -> None:
        """Take one quiz out; it comes back by `restore` or if its answer changes."""
        self._act(self._drop, meeting_id, quiz_id, revision)

    def restore(
        self, meeting_id: str, quiz_id: str, revision: int | None = None
    ) -> None:
        """Undo `drop`. A quiz that was not made yet is queued again."""
        self._act(self._restore, meeting_id, quiz_id, revision)

    def _record(self, meeting_id: str, quiz_id: str) -> dict[str, Any]:
        stored = self.redis.hget(Keys.quizzes(meeting_id), quiz_id)
        if stored is None:
            raise NotFound
        return json.loads(stored)

    def _act(
        self,
        script: Any,
        meeting_id: str,
        quiz_id: str,
        revision: int | None,
        *more: str,
    ) -> None:
        if revision is None:
            revision = self._record(meeting_id, quiz_id)["revision"]
        self._run(script, meeting_id, quiz_id, revision, *more)

    def _run(
        self, script: Any, meeting_id: str, quiz_id: str, seen: int | str, *more: str
    ) -> None:
        """Run a script on the revision that was seen, "" for any; queue its job."""
        keys = script_keys(meeting_id)
        outcome, *rest = script(keys=keys, args=[quiz_id, seen, *more])
        if outcome == b"changed":
            raise UserError("quiz_changed")
        if outcome == b"enough":
            raise UserError("quiz_made_often")
        if outcome == b"gone":
            raise NotFound
        renewed, queue = rest
        if queue:
            self._enqueue(meeting_id, quiz_id, renewed)
