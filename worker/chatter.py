"""From a child's conversation to the next turn: safety, then the model, then checks.

What people answer (`worker.quality.childsafety`) is answered before the model is asked
anything. Else the model writes a few replies and says whether the message tells of a
danger (`worker.recipes.danger`); of the replies, one that keeps every rule is said, or
something of ours if none does.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from protocol import Reason, Recipe
from worker.asking import LONGEST_PROMPT, Ask, Plan, Reply, ask_for
from worker.model import Gemma, yes_or_no
from worker.outcomes import Skipped
from worker.quality import chat_metrics, childsafety
from worker.quality.childsafety import WORRY, Finding
from worker.quality.text import fold
from worker.quality.words import has_hangul
from worker.recipes import chat as recipe
from worker.recipes import danger
from worker.recipes.chat import MessageTooLong
from worker.recipes.dialogue import (
    MOTHER,
    Scene,
    Turn,
    mother_of,
    read_scene,
    read_turns,
)
from worker.sampling import Sampling

REPLIES = Plan(new_tokens=96, sampling=Sampling(temperature=0.7, top_p=0.9))
CANDIDATES = 8
ROUNDS = 2  # of candidates, before we say something ourselves
HEARD = 0.5  # probability of a danger from which on we ask what is meant
LISTENED = 3  # messages since the last reply that the model listens to
MOST_TURNS = 60  # more never fit
MODEL, PEOPLE = "model", "people"

Talking = Generator[list[Ask], list[Reply], Any]


@dataclass(frozen=True, kw_only=True)
class Talk:
    """A conversation that waits for the persona's next turn.

    `dealt`: how many turns an adult has dealt with; a danger told in them is past.
    """

    scene: Scene
    turns: tuple[Turn, ...]
    seed_text: str
    dealt: int = 0

    @property
    def is_asked(self) -> bool:
        """Whether the child spoke last; if not, the persona goes on by itself."""
        return bool(self.turns) and self.turns[-1].by_child

    @property
    def messages(self) -> list[str]:
        """What the child has said since an adult dealt with a danger."""
        begin = min(self.dealt, len(self.turns) - 1)
        return [turn.text for turn in self.turns[begin:] if turn.by_child]

    @property
    def unanswered(self) -> int:
        """How many messages the child has sent since the last reply."""
        children = [turn.by_child for turn in reversed(self.turns)]
        return children.index(False) if False in children else len(children)

    @property
    def newest(self) -> list[str]:
        """Those of `messages` that nobody has answered."""
        return self.messages[-self.unanswered :] if self.unanswered else []

    @property
    def said(self) -> list[str]:
        """What the persona has said, the newest last."""
        return [turn.text for turn in self.turns if not turn.by_child]

    @property
    def language(self) -> str:
        """ "en" if the child's last two messages have letters and no Hangul."""
        told = " ".join([turn.text for turn in self.turns if turn.by_child][-2:])
        letters = any(char.isascii() and char.isalpha() for char in told)
        return "en" if letters and not has_hangul(told) else "ko"


@dataclass(frozen=True, kw_only=True)
class Said:
    """The persona's next turn.

    by: `MODEL` or `PEOPLE`.
    kind: why it is one of ours.
    alerts: whether the supervising adult is called.
    ended: whether the model closed the turn itself.
    first: what the model wrote first, with its control tokens; empty if not asked.
    """

    text: str
    by: str
    kind: str = ""
    alerts: bool = False
    ended: bool = True
    first: str = ""


class Chatter:
    """Talks with children, with one loaded model and the rules."""

    recipe = Recipe.CHAT
    unit = "conversation"
    needs = "turns, each with speaker and text"  # of an input line

    def __init__(self, gemma: Gemma) -> None:
        self.gemma = gemma

    @classmethod
    def shipped(cls, gemma: Gemma) -> Chatter:
        """With what comes with the product: nothing but the model."""
        return cls(gemma)

    def stream(self, items: Sequence[Talk]) -> Iterator[tuple[int, Any]]:
        """Each conversation's place and next turn, as soon as it is known."""
        return self.gemma.hold(map(self._talk, items))

    def listen(self, messages: Sequence[str]) -> Iterator[tuple[int, float]]:
        """Each message's place and how likely the model thinks it tells of a danger."""

        def hear(message: str) -> Talking:
            (reply,) = yield [self._danger(message)]
            return how_dangerous(reply)

        return self.gemma.hold(map(hear, messages))

    def _talk(self, talk: Talk) -> Talking:
        if not any(fold(turn.text) or turn.text.strip() for turn in talk.turns):
            return Skipped(reason=Reason.EMPTY)
        if talk.is_asked and (finding := _finding(talk)):
            return _ours(finding, talk)
        try:
            prompt = self._prompt(talk)
        except MessageTooLong:
            return _plain("too_long", talk)
        first = ""
        for number in range(ROUNDS):
            asks = [ask_for(prompt, CANDIDATES, REPLIES, f"{talk.seed_text} {number}")]
            if not number:
                asks += map(self._danger, talk.newest[-LISTENED:])
            written, *heard = yield asks
            if any(how_dangerous(one) >= HEARD for one in heard):
                return _ours(Finding(kind=WORRY), talk)
            first = first or written.texts[0]
            if replies := fitting(written.texts, talk):
                return _by_model(self._likeliest(prompt, replies), first)
        return _plain("unanswered", talk, first)

    def _prompt(self, talk: Talk) -> list[int]:
        """Raises: MessageTooLong."""
        turns = talk.turns[-MOST_TURNS:]
        prompt = recipe.build_prompt(
            talk.scene,
            turns,
            count=lambda text: len(self.gemma.encode(text)),
            budget=LONGEST_PROMPT,
        )
        return self.gemma.encode(prompt.text)

    def _likeliest(
        self, prompt: list[int], replies: list[recipe.Reply]
    ) -> recipe.Reply:
        """The reply that the model finds likeliest as a whole, not word by word."""
        if len(replies) == 1:
            return replies[0]
        texts = [recipe.build_target(reply.text) for reply in replies]
        likely = self.gemma.weigh(prompt, texts)
        return replies[likely.index(max(likely))]

    def _danger(self, message: str) -> Ask:
        return yes_or_no(self.gemma.encode(danger.build_danger_prompt(message)))

    @staticmethod
    def of_record(record: Mapping[str, Any], seed_text: str) -> Talk:
        """The conversation of a studio's item."""
        scene = dict(record["scene"])
        if scene["persona"] == MOTHER:
            scene["persona"] = mother_of(scene.get("child") or "")
        alerts = record.get("alerts") or ()
        seen = [alert["turn"] for alert in alerts if alert.get("seen")]
        return Talk(
            scene=read_scene(scene),
            turns=tuple(
                Turn(by_child=turn["by"] == "child", text=turn["text"])
                for turn in record["turns"]
            ),
            seed_text=seed_text,
            dealt=max(seen) + 1 if seen else 0,
        )

    @staticmethod
    def to_record(record: Mapping[str, Any], made: Said) -> dict[str, Any]:
        """What a studio's item gets: one more turn, and an alert if there is need."""
        at = int(time.time())
        turn = {"by": made.by, "text": made.text, "at": at}
        turns = [*record["turns"], turn | ({"kind": made.kind} if made.kind else {})]
        alert = {"turn": len(turns) - 2, "kind": made.kind, "at": at}
        alerts = [*(record.get("alerts") or ()), *([alert] if made.alerts else ())]
        return {"turns": turns, "alerts": alerts}

    @staticmethod
    def of_line(row: Mapping[str, Any], seed_text: str) -> Talk:
        """The conversation of an input line of `worker.generate`. Raises: KeyError."""
        return Talk(
            scene=read_scene(row),
            turns=tuple(read_turns(row)),
            seed_text=seed_text,
        )

    @staticmethod
    def to_line(made: Said) -> dict[str, Any]:
        """What an output line of `worker.generate` says."""
        return {"reply": made.text}


def _finding(talk: Talk) -> Finding | None:
    """What people have to answer among the messages since the last reply.

    A child who writes on before the reply comes must not hide what was told first. Of
    several findings the one that is itself told counts, the gravest first.
    """
    messages = talk.messages
    ends = range(len(messages) - len(talk.newest), len(messages))
    looked = [childsafety.look(messages[: end + 1]) for end in ends]
    found = [finding for finding in looked if finding]
    order = childsafety.KINDS.index
    return min(found, key=lambda one: (one.after, order(one.kind)), default=None)


def how_dangerous(reply: Reply) -> float:
    """Probability of a danger, 0 to 1; 0 if the model says neither yes nor no."""
    said = reply.texts[0].strip()
    return {danger.YES: reply.sure, danger.NO: 1 - reply.sure}.get(said, 0.0)


def fitting(written: Sequence[str], talk: Talk) -> list[recipe.Reply]:
    """Of replies that keep every rule those that ended, are short and to the point."""
    replies = [reply for text in written if (reply := recipe.parse_reply(text))]
    fit = [reply for reply in replies if is_fit(reply.text, talk)]
    most = max((_worth(reply, talk) for reply in fit), default=None)
    best = [reply for reply in fit if _worth(reply, talk) == most]
    return list({reply.text: reply for reply in best}.values())


def is_fit(text: str, talk: Talk) -> bool:
    """Whether a child may hear this: safe, in its language and register, and new."""
    asked = [turn.text for turn in talk.turns if turn.by_child][-2:]
    known = {fold(turn.text) for turn in talk.turns}
    return not (
        childsafety.why_unsafe(text, program=talk.scene.is_program)
        or childsafety.names_helpline(text)
        or chat_metrics.loops(text)
        or chat_metrics.is_plain(text) is False
        or chat_metrics.in_language(text, asked) is False
        or chat_metrics.name_right(text, talk.scene.child, talk.turns) is False
        or fold(text) in known
    )


def _worth(reply: recipe.Reply, talk: Talk) -> tuple[bool, bool, bool]:
    asked = [turn.text for turn in talk.turns if turn.by_child][-2:]
    to_the_point = chat_metrics.on_topic(reply.text, asked) is not False
    return reply.ended, chat_metrics.is_short(reply.text), to_the_point


def _by_model(reply: recipe.Reply, first: str) -> Said:
    return Said(text=reply.text, by=MODEL, ended=reply.ended, first=first)


def _ours(finding: Finding, talk: Talk) -> Said:
    """A fixed reply to something that no model answers."""
    text = childsafety.fixed_reply(finding, talk.said, talk.language)
    return Said(text=text, by=PEOPLE, kind=finding.kind, alerts=finding.alerts)


def _plain(kind: str, talk: Talk, first: str = "") -> Said:
    """Something of ours where there is no danger and no good reply."""
    text = childsafety.plain_reply(kind, talk.said, talk.language)
    return Said(text=text, by=PEOPLE, kind=kind, first=first)
