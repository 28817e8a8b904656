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


class Keys:
    """Every Redis key of the product, apart from RQ's own (`rq:*`)."""

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
