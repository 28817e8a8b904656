"""The quiz recipe: how an answer becomes a prompt, and a reply becomes a quiz.

Training, evaluation and serving all use this module, so the wording exists once.
The prompt and the visible form of the target are the seed model's, word for word;
our adapters are trained with the right option always written first, because a small
model cannot plan a random position. The server shuffles.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from worker.quality.text import break_control_tokens, fold, squeeze
from worker.recipes import contrast
from worker.training.data import read_rows as read_rows

NAME = "quiz"
PROMPT_VERSION = 1
KEY_TOKENS = 24
NUM_OPTIONS = 4
MISTAKES = 2  # wrong keys of a row that training shows
YES, NO = "yes", "no"

_WORKER = Path(__file__).parent.parent
TRAIN_FILES = (_WORKER / "data" / "quiz_train.jsonl",)
TEST_FILE = _WORKER / "data" / "quiz_test.jsonl"
ADAPTER = _WORKER / "adapters" / "quiz"

_NUMBER = re.compile(r"(?:^|\s)([1-4])\.\s")
_HANGUL = re.compile("[가-힣]")
_BEGUN = re.compile(r"^\[[^\]]*\]\s*")
_LAST = re.compile(r"^(?P<option>.*?)\s+(?P<answer>[1-4])$", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A quiz as the model wrote it. `answer` is the right option's number, from 1.

    A draft cut short has fewer than four options; its key may still be good.
    """

    question: str
    options: tuple[str, ...]
    answer: int

    @property
    def well_formed(self) -> bool:
        """Four options that differ from each other."""
        folded = {fold(option) or option for option in self.options}
        return len(self.options) == len(folded) == NUM_OPTIONS

    @property
    def key(self) -> str:
        """The option the draft marks as right."""
        return self.options[self.answer - 1]

    @property
    def distractors(self) -> tuple[str, ...]:
        """The other three options, in their order."""
        return tuple(
            option for n, option in enumerate(self.options, 1) if n != self.answer
        )


def build_prompt(question: str, answer: str) -> str:
    """The seed model's prompt; text of a participant stays text."""
    return _fill("quiz_prompt.txt", question, answer)


def build_key_prompt(question: str, answer: str) -> str:
    """Our second prompt: only what the answer says to the question."""
    return _fill("quiz_key_prompt.txt", question, answer)


def build_check_prompt(question: str, answer: str, key: str) -> str:
    """Our third prompt, answered yes or no: is this what the answer says to it?"""
    return _fill("quiz_check_prompt.txt", question, answer, key)


def quoted_question(question: str) -> str:
    """The survey's question, quoted: always right, when no draft's question is sure.

    Example: "Coffee order?" -> "“Coffee order?” What did this person answer?"
    """
    language = "ko" if _HANGUL.search(question) else "en"
    wording = json.loads(_wording("quiz_question.json"))[language]
    return Template(wording).substitute(question=question)


def _fill(file: str, question: str, answer: str, key: str = "") -> str:
    texts = {"question": question, "answer": answer, "key": key}
    return Template(_wording(file)).substitute(
        {name: break_control_tokens(squeeze(text)) for name, text in texts.items()}
    )


@functools.cache
def _wording(file: str) -> str:
    return (_WORKER / "wording" / file).read_text(encoding="utf-8").rstrip("\n")


def build_target(question: str, options: Sequence[str], answer: int) -> str:
    """The reply to learn: question, numbered options, number of the right one.

    Example, for ("좋아하는 히어로는?", ["아빠", "슈퍼맨", "헐크", "토르"], 1):

        좋아하는 히어로는? 1. 아빠 2. 슈퍼맨 3. 헐크 4. 토르 1
    """
    numbered = " ".join(f"{n}. {option}" for n, option in enumerate(options, 1))
    return f"{question} {numbered} {answer}"


def key_prefix(key: str) -> str:
    """How our adapters begin a reply: the key in brackets, then the visible form.

    The key is chosen first, in a pass of its own, and then given to the model.
    """
    return f"[{key}]"


def training_pairs(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Prompts and targets of one training row.

    The quiz, begun by its key; the key alone, as a task of its own; the key of a
    made-up answer that rejects some options for another, to tell "not A, B" from "A,
    not B"; and the check of a key: yes to the right one, no to `mistaken` ones, which
    a model that had not seen the row gave. docs/LOG.md has what each is worth.
    """
    key = row["options"][row["correct"] - 1]
    wrong = [option for option in row["options"] if option != key]
    target = build_target(row["quiz_question"], [key, *wrong], 1)
    question, answer = row["question"], row["answer"]
    made_up, chosen = contrast.make_up(row)
    mistaken = row.get("mistaken") or wrong[:1]
    return [
        (build_prompt(question, answer), f"{key_prefix(key)} {target}"),
        (build_key_prompt(question, answer), key),
        (build_key_prompt(question, made_up), chosen),
        (build_check_prompt(question, answer, key), YES),
        *(
            (build_check_prompt(question, answer, other), NO)
            for other in mistaken[:MISTAKES]
        ),
    ]


def parse_reply(text: str) -> Draft | None:
    """Read a reply; None if it has no question or no finished option.

    A missing number at the end counts as 1, the place our adapters write the right
    option to; any other number is honoured. Of a reply cut short, the last option
    may be cut too and is left out. A key in brackets before the question is dropped.

    Example: "Hero? 1. Dad 2. Hulk 3. Thor 4. Loki 2" -> Draft(question="Hero?",
    options=("Dad", "Hulk", "Thor", "Loki"), answer=2).
    """
    text = _BEGUN.sub("", squeeze(text))
    starts: list[re.Match] = []
    for match in _NUMBER.finditer(text):
        if len(starts) < NUM_OPTIONS and match[1] == str(len(starts) + 1):
            starts.append(match)
    if len(starts) < 2 or not text[: starts[0].start()].strip():
        return None
    ends = [match.start() for match in starts[1:]] + [len(text)]
    options = [
        text[match.end() : end].strip() for match, end in zip(starts, ends, strict=True)
    ]
    answer = 1
    if len(options) < NUM_OPTIONS:
        options.pop()
    elif last := _LAST.match(options[-1]):
        options[-1], answer = last["option"].strip(), int(last["answer"])
    if not all(options):
        return None
    return Draft(
        question=text[: starts[0].start()].strip(),
        options=tuple(options),
        answer=answer if answer <= len(options) else 1,
    )
