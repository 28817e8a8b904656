"""A job of ours on RQ's queue: two functions by name, one message, nothing called."""

from __future__ import annotations

from typing import ClassVar

from rq.exceptions import DeserializationError
from rq.job import Job

from protocol import MAKE_QUIZ, MAKE_STUDIO, QuizJob, StudioJob

Message = QuizJob | StudioJob


class SafeJob(Job):
    """A job whose function is never looked up: names only choose from a list."""

    ALLOWED: ClassVar = {MAKE_QUIZ: QuizJob, MAKE_STUDIO: StudioJob}

    @property
    def func(self):
        """Raises: PermissionError always; the worker hands messages to its handler."""
        raise PermissionError(
            f"Jobs are not called here. Received: {self.func_name!r}."
        )

    success_callback = failure_callback = stopped_callback = property(lambda self: None)

    def message(self) -> Message:
        """The quiz or studio job this RQ job carries.

        Raises:
            PermissionError: if another function or a method is named.
            ValueError: if the message is not exactly such a job.
        """
        try:
            name, owner, args, options = (
                self.func_name,
                self.instance,
                self.args,
                self.kwargs,
            )
        except DeserializationError:
            raise ValueError("A job must be written as JSON.") from None
        if name not in self.ALLOWED or owner is not None:
            raise PermissionError(
                f"The job must be one of {sorted(self.ALLOWED)}. Received: {name!r}."
            )
        if not isinstance(args, list) or len(args) != 1 or options:
            raise ValueError("A job must carry one message and nothing else.")
        return self.ALLOWED[name].from_json(args[0])

    def send_webhooks(self, *args, **kwargs) -> None:
        """Nothing: a worker calls no address that it found in Redis."""
