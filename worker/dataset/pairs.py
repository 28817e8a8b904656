"""Questions and the answers behind them, in the lines and the data of a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from worker.dataset.pages import Line, Mark
from worker.quality.text import squeeze

# Q. / Q1: / [Q] / 질문 3. / 문: and what answers to it.
_ASKS = re.compile(
    r"^[\[(<【]?\s*(?:Q(?:uestion)?|질문|문|물음|Interviewer|인터뷰어)\s*\d{0,3}\s*"
    r"(?:[.:)\]>】．：]|(?<=\d)\s|[-–—]\s)+\s*",
    re.IGNORECASE,
)
_ANSWERS = re.compile(
    r"^[\[(<【]?\s*(?:A(?:nswer)?|답변|답|Interviewee|인터뷰이)\s*\d{0,3}\s*"
    r"(?:[.:)\]>】．：]|(?<=\d)\s|[-–—]\s)+\s*",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^\(?\d{1,3}\s*[.):．]\s*|^[①-⑳]\s*|^#\s?\d{1,3}\s+")
_BULLET = re.compile(r"^(?:[-–—―▶►■□◆◇●○★☆▪※❓✔*]+|👉|💬)\s*")
_ASKING = re.compile(r"[?？][\"'”’)」』]*$")
# A heading without a question mark that still asks: "가장 아끼는 물건은".
_ASKING_HEADING = re.compile(r"(?:[은는]|나요|까요|세요|인가|을까)[.…]?$")
MOST_LINES = 12  # of one answer


@dataclass(frozen=True, kw_only=True)
class Pair:
    question: str
    answer: str


def of_lines(lines: Sequence[Line]) -> list[Pair]:
    """Each line that asks, with the lines up to the next question or heading.

    A line asks if it is labelled so ("Q.", "질문:"), or ends with a question mark and
    stands out: a heading, bold, a term, numbered, bulleted, or labelled "A." behind.

    Example: a heading "별명은?" and a line "곰이에요." -> one pair of the two.
    """
    pairs = []
    for place, line in enumerate(lines):
        follower = lines[place + 1] if place + 1 < len(lines) else None
        question, rest = _question(line, follower)
        if not question:
            continue
        said = [*rest, *_answer(lines, place + 1)]
        if said:
            pairs.append(Pair(question=question, answer=squeeze(" ".join(said))))
    return pairs


def _question(line: Line, follower: Line | None) -> tuple[str, list[str]]:
    """The question a line asks, or ""; and what the same line answers to it."""
    label = _ASKS.match(line.text)
    text = line.text[label.end() :] if label else line.text
    bare = _bare(text)
    if label:
        return _halved(bare)
    stands_out = line.mark is not Mark.PLAIN or bare != text
    answered = follower is not None and _ANSWERS.match(follower.text)
    if _ASKING.search(bare) and (stands_out or answered):
        return bare, []
    headed = line.mark in (Mark.HEADING, Mark.TERM) and _ASKING_HEADING.search(bare)
    return (bare if headed or (answered and stands_out) else ""), []


def _halved(text: str) -> tuple[str, list[str]]:
    """ "취미는? A. 등산" on one line as its question and its answer."""
    for match in re.finditer(r"[?？]\s+", text):
        rest = text[match.end() :]
        if label := _ANSWERS.match(rest):
            return text[: match.end()].strip(), [rest[label.end() :]]
    return text, []


def _bare(text: str) -> str:
    """Without bullet, number or quotation marks around all of it."""
    text = _NUMBERED.sub("", _BULLET.sub("", text).strip()).strip()
    quoted = re.fullmatch(r"[\"'“‘「『](.+)[\"'”’」』]", text)
    return quoted[1] if quoted else text


def _answer(lines: Sequence[Line], start: int) -> list[str]:
    """The lines that answer, without their label; none where a heading comes first."""
    said: list[str] = []
    for place in range(start, min(start + MOST_LINES, len(lines))):
        line = lines[place]
        follower = lines[place + 1] if place + 1 < len(lines) else None
        if line.mark in (Mark.HEADING, Mark.TERM) or _question(line, follower)[0]:
            break
        label = _ANSWERS.match(line.text)
        if label and said:
            break  # a second answer, of somebody else
        said.append(line.text[label.end() :] if label else line.text)
    return said


def of_data(objects: Iterable[dict[str, Any]]) -> list[Pair]:
    """The pairs of schema.org's FAQPage and QAPage: each Question with its answer."""
    return [
        Pair(question=question, answer=answer)
        for one in objects
        if "Question" in _types(one)
        for question in [_plain(one.get("name") or one.get("text"))]
        for answer in [_best(one)]
        if question and answer
    ]


def _types(one: dict[str, Any]) -> list[str]:
    found = one.get("@type")
    return found if isinstance(found, list) else [found]


def _best(question: dict[str, Any]) -> str:
    """The text of the accepted answer, or else of the first suggested one."""
    for name in ("acceptedAnswer", "suggestedAnswer"):
        answers = question.get(name)
        for answer in answers if isinstance(answers, list) else [answers]:
            if isinstance(answer, dict) and (text := _plain(answer.get("text"))):
                return text
    return ""


def _plain(value: Any) -> str:
    """Text of a JSON-LD value, which may hold escaped HTML."""
    if not isinstance(value, str):
        return ""
    return squeeze(unescape(re.sub(r"<[^<>]{0,300}>", " ", unescape(value))))


def distinct(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Each question of a page once: its data and its text often say the same."""
    seen = set()
    for pair in pairs:
        key = re.sub(r"\W+", "", pair.question).casefold()
        if key not in seen:
            seen.add(key)
            yield pair
