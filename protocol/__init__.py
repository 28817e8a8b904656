"""All that the web process and the worker share: names, messages, states, limits.

Neither side owns this module and it imports no other part of the product. A job
message carries ids only; texts stay in the meeting's own keys, so deleting those
keys deletes everything.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, ClassVar

QUEUE = "quizzes"
MAKE_QUIZ = "quiz.make"
MAKE_STUDIO = "studio.make"

# The four clocks of a job, in seconds. A batch takes seconds on a GPU and about a
# minute on two cores; heartbeats (worker/queue.py) find a dead worker much earlier.
JOB_TIMEOUT = 600
JOB_TTL = 24 * 3600
RESULT_TTL = 60
FAILURE_TTL = 3600
JOB_RETRIES = 2

MAX_NAME = 40
MAX_TITLE = 80
MAX_QUESTION = 300
MAX_ANSWER = 10_000
MAX_QUESTIONS = 12
MAX_OPTION = 80
MAX_PARTICIPANTS = 500
MAX_CONTEXT = 600  # characters of a scene that asks for a word
MAX_CONDITION = 120
MAX_MESSAGE = 400  # characters a child may write at once
MAX_TURNS = 400  # of one conversation
MAX_SUMMARY = 1_000
MAX_STUDIO_ITEMS = 100  # words, conversations and abstracts of one meeting
MAX_ROWS = 1_000  # training rows that one meeting's people review
MAX_ROWS_MB = 2  # of one file of them

WORKER_SEEN_SECONDS = 30  # /readyz counts a worker as alive for this long


class Status(StrEnum):
    """Where one quiz is on its way from answer to screen."""

    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    SKIPPED = "skipped"
    FAILED = "failed"


SETTLED = frozenset({Status.READY, Status.SKIPPED, Status.FAILED})


class Reason(StrEnum):
    """Why there is no quiz; pages translate these codes, the API shows them."""

    EMPTY = "empty"  # nothing was written
    MEANINGLESS = "meaningless"  # "없음", "asdf", emoji only
    TOO_SHORT = "too_short"  # nothing to ask about
    PRIVATE = "private"  # only personal data was left after cleaning
    WITHHELD = "withheld"  # the participant did not allow a quiz about this answer
    SENSITIVE = "sensitive"  # hurtful, sexual or health content; the host may show it
    PROPOSED = "proposed"  # reworded by the person it is about; the host may show it
    UNPARSABLE = "unparsable"  # the model wrote no usable quiz; retry may help
    CRASHED = "crashed"  # the worker gave up on this job; retry may help
    MODEL_ERROR = "model_error"  # an exception inside the model; retry may help
    NOT_SERVED = "not_served"  # the worker has no adapter for it; the operator may help


class Recipe(StrEnum):
    """The fine-tuned systems; those after the first are the studio's."""

    QUIZ = "quiz"
    SLANG = "slang"
    CHAT = "chat"
    ABSTRACT = "abstract"


class OptionSource(StrEnum):
    """Where an option of a quiz comes from."""

    ANSWER = "answer"  # the right one: what the participant said
    ROOM = "room"  # what another participant said to the same question
    MODEL = "model"
    BANK = "bank"  # options of the training rows
    HOST = "host"  # written by the host


class WorkerPhase(StrEnum):
    """What a worker is doing, as the host's page tells it."""

    PREPARING = "preparing"  # converting the embedded model, first start only
    LOADING = "loading"
    WARMING = "warming"
    READY = "ready"


@dataclass(frozen=True, kw_only=True)
class QuizJob:
    """The message on the queue: make the quiz of one answer, at one revision."""

    meeting: str
    answer: str
    revision: int
    recipe: ClassVar[Recipe] = Recipe.QUIZ

    @property
    def id(self) -> str:
        """RQ job id. A new revision of an answer is a new job."""
        return f"quiz-{self.meeting}-{self.answer}-{self.revision}"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, message: Any) -> QuizJob:
        """Raises: ValueError if `message` is not exactly a quiz job."""
        match message:
            case {"meeting": str(), "answer": str(), "revision": int()} if (
                len(message) == 3
            ):
                return cls(**message)
        raise ValueError("A quiz job must have meeting, answer and revision.")


@dataclass(frozen=True, kw_only=True)
class StudioJob:
    """The message on the queue: make one item of a studio, at one revision."""

    recipe: Recipe
    meeting: str
    item: str
    revision: int

    @property
    def id(self) -> str:
        """RQ job id. A new revision of an item is a new job."""
        return f"{self.recipe}-{self.meeting}-{self.item}-{self.revision}"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, message: Any) -> StudioJob:
        """Raises: ValueError if `message` is not exactly a studio job."""
        match message:
            case {
                "recipe": "slang" | "chat" | "abstract",
                "meeting": str(),
                "item": str(),
                "revision": int(),
            } if len(message) == 4:
                return cls(**message | {"recipe": Recipe(message["recipe"])})
        raise ValueError("A studio job must have recipe, meeting, item and revision.")


@dataclass(frozen=True, kw_only=True)
class WorkerState:
    """What a worker tells the pages about itself, renewed every few seconds."""

    phase: WorkerPhase
    progress: float = 0.0  # share of the current phase, 0..1
    seconds_per_quiz: float = 0.0  # moving average; 0 until the first batch
    preset: str = ""
    adapter: str = ""
    recipes: tuple[Recipe, ...] = (Recipe.QUIZ,)  # those it can make

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> WorkerState:
        fields = json.loads(text)
        recipes = tuple(map(Recipe, fields.pop("recipes", (Recipe.QUIZ,))))
        phase = WorkerPhase(fields.pop("phase"))
        return cls(**fields, phase=phase, recipes=recipes)


# The CSV of the seed, which both write and `worker.finetune` reads. It names the blog
# of an answer; of a meeting nothing is told.
SEED_COLUMNS = (
    "blog_id",
    "question_crawling",
    "question_number",
    "answer_crawling",
    "question_generated",
    "multiple_choice_generated",
    "answer_generated",
)
SEED_BLOG = "icebreaker"
