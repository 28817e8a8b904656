"""What participants decide about the quizzes made of their own answers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from redis import Redis

from app import preview_scripts as scripts
from app.answers import participant_id_of
from app.cleaning import folded
from app.drafts import QuizDraft, checked_draft, rewritten
from app.errors import NotFound
from app.names import Names
from app.records import Quiz, answer_from, participant_from, quiz_from
from app.reviews import Reviews
from app.snapshot import read_snapshot
from privacy import redact
from protocol import OptionSource
from protocol.keys import Keys


class Previews(Reviews):
    """`Reviews`, with the people whom the quizzes are about.

    Every method takes the participant's token and, but for pulling, the revision that
    this person saw.
    Raises, all of them: NotFound if it is not this person's quiz or in no state for
    this, UserError("quiz_changed") if it is another by now.
    """

    def __init__(self, redis: Redis) -> None:
        super().__init__(redis)
        self._confirm = redis.register_script(scripts.CONFIRM)
        self._correct = redis.register_script(scripts.CORRECT)
        self._propose = redis.register_script(scripts.PROPOSE)
        self._another = redis.register_script(scripts.ANOTHER)
        self._take_back = redis.register_script(scripts.TAKE_BACK)
        self._sign = redis.register_script(scripts.SIGN)
        self._pull = redis.register_script(scripts.PULL)
        self._anew = redis.register_script(scripts.MAKE_ANEW)
        self._put_back = redis.register_script(scripts.PUT_BACK)

    def quizzes_of(self, meeting_id: str, token: str) -> list[Quiz]:
        """The quizzes about the person with this token, in the order of the answers."""
        return self._quizzes_about(meeting_id, participant_id_of(meeting_id, token))

    def _quizzes_about(self, meeting_id: str, me: str) -> list[Quiz]:
        stored = self.redis.hget(Keys.participants(meeting_id), me)
        if stored is None:
            return []
        person = json.loads(stored)
        ids = sorted(person["answers"], key=lambda key: person["answers"][key][1])
        return self._joined(meeting_id, me, person, ids) if ids else []

    def _joined(
        self, meeting_id: str, me: str, person: dict[str, Any], ids: list[str]
    ) -> list[Quiz]:
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.hmget(Keys.answers(meeting_id), ids)
            pipe.hmget(Keys.quizzes(meeting_id), ids)
            pipe.hmget(Keys.earlier(meeting_id), ids)
            rows = zip(ids, *pipe.execute(), strict=True)
        return [
            quiz_from(
                json.loads(quiz),
                answer_from(key, json.loads(answer)),
                participant_from(me, person),
                person["answers"][key][1],
                json.loads(earlier) if earlier else None,
            )
            for key, answer, quiz, earlier in rows
            if answer and quiz
        ]

    def quiz_of(self, meeting_id: str, token: str, quiz_id: str) -> Quiz:
        """One of them.

        Raises: NotFound.
        """
        for quiz in self.quizzes_of(meeting_id, token):
            if quiz.id == quiz_id:
                return quiz
        raise NotFound

    def confirm(
        self, meeting_id: str, token: str, quiz_id: str, revision: int | None = None
    ) -> None:
        """Say that the quiz is right."""
        self._own(self._confirm, meeting_id, token, quiz_id, revision)

    def correct(
        self,
        meeting_id: str,
        token: str,
        quiz_id: str,
        draft: QuizDraft,
        revision: int | None = None,
    ) -> None:
        """Choose another right option, which counts at once, or write other words,
        which wait for the host. The same as before says that the quiz is right.

        Raises: also UserError for words that make no quiz.
        """
        quiz = self.quiz_of(meeting_id, token, quiz_id)
        draft = checked_draft(_redacted(draft))
        record = self._record(meeting_id, quiz_id)
        fields = rewritten(record, draft, quiz.answer_text)
        if fields is None:
            self.confirm(meeting_id, token, quiz_id, revision)
            return
        same_words = draft.question == quiz.question and (
            set(draft.options) == set(quiz.options)
        )
        script = self._correct if same_words else self._propose
        seen = record["revision"] if revision is None else revision
        self._own(script, meeting_id, token, quiz_id, seen, json.dumps(fields))

    def make_another(
        self, meeting_id: str, token: str, quiz_id: str, revision: int | None = None
    ) -> None:
        """Have another quiz made about the same answer, a few times.

        Raises: also UserError("quiz_made_often").
        """
        self._own(self._another, meeting_id, token, quiz_id, revision)

    def take_back(
        self, meeting_id: str, token: str, quiz_id: str, revision: int | None = None
    ) -> None:
        """Keep the quiz that was there before this person changed it."""
        self._own(self._take_back, meeting_id, token, quiz_id, revision)

    def hide_name(
        self, meeting_id: str, token: str, quiz_id: str, revision: int | None = None
    ) -> None:
        """Go on without the name; a quiz that calls the person by it is made again."""
        self._own(self._sign, meeting_id, token, quiz_id, revision, "anonymous")
        quiz = self.quiz_of(meeting_id, token, quiz_id)
        name, _ = self.answers_of(meeting_id, token)
        shown = " ".join([quiz.question, *quiz.options])
        if quiz.on_screen and Names([name]).in_text(shown):
            self.regenerate(meeting_id, quiz_id)

    def show_name(
        self, meeting_id: str, token: str, quiz_id: str, revision: int | None = None
    ) -> None:
        """Be named after all."""
        self._own(self._sign, meeting_id, token, quiz_id, revision, "named")

    def pull(
        self, meeting_id: str, token: str, quiz_id: str, revision: int | None = None
    ) -> None:
        """Take the quiz out of the meeting, at whatever revision it is."""
        me = participant_id_of(meeting_id, token)
        quiz = self.quiz_of(meeting_id, token, quiz_id)
        self._run(self._pull, meeting_id, quiz_id, "", me)
        self._return_words(meeting_id, [quiz])

    def remove_participant(
        self, meeting_id: str, participant_id: str, *, dismiss: bool = True
    ) -> None:
        """Remove one person with all answers, quizzes and borrowed words.

        Raises: NotFound.
        """
        quizzes = self._quizzes_about(meeting_id, participant_id)
        super().remove_participant(meeting_id, participant_id, dismiss=dismiss)
        self._return_words(meeting_id, quizzes)

    def _return_words(self, meeting_id: str, gone: Iterable[Quiz]) -> None:
        """Have quizzes of others made anew that show an answer now taken back as a
        wrong option, unless somebody else said the same."""
        snapshot = read_snapshot(self.redis, meeting_id)
        left = snapshot.quizzes if snapshot else []
        for quiz in gone:
            words = {folded(quiz.right), folded(quiz.answer_text)} - {""}
            same = [q for q in left if q.survey_question == quiz.survey_question]
            words -= {folded(one.right) for one in same}
            for other in same:
                if other.on_screen and words & _borrowed(other):
                    self._make_anew(meeting_id, other.id)

    def _make_anew(self, meeting_id: str, quiz_id: str) -> None:
        with suppress(NotFound):  # worded by a person, or gone meanwhile
            self._run(self._anew, meeting_id, quiz_id, "")

    def put_back(
        self, meeting_id: str, token: str, quiz_id: str, revision: int | None = None
    ) -> None:
        """Undo `pull`. A quiz that was not made yet is queued again."""
        self._own(self._put_back, meeting_id, token, quiz_id, revision)

    def _own(
        self,
        script: Any,
        meeting_id: str,
        token: str,
        quiz_id: str,
        revision: int | None,
        *more: str,
    ) -> None:
        me = participant_id_of(meeting_id, token)
        self._act(script, meeting_id, quiz_id, revision, me, *more)


def _borrowed(quiz: Quiz) -> set[str]:
    """What others in the room said and this quiz shows as wrong options."""
    pairs = zip(quiz.options, quiz.sources, strict=False)
    return {folded(option) for option, source in pairs if source == OptionSource.ROOM}


def _redacted(draft: QuizDraft) -> QuizDraft:
    """The draft without phone numbers and the like: it may reach a screen."""
    return replace(
        draft,
        question=redact(draft.question),
        options=tuple(redact(option) for option in draft.options),
    )
