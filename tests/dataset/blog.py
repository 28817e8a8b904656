"""A hundred pages as blogs and FAQ pages have them, Korean and English.

What people say on them are training rows of ours, so that it is known which quiz a
good draft would be. Pages differ in how they set a question off from its answer.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from worker.recipes import quiz

Row = dict[str, Any]
Layout = Callable[[Sequence[Row]], str]
PAGES = 100
ON_A_PAGE = 3
CONTACT = {
    "ko": "제 번호는 010-4821-7730이니 편하게 전화 주세요. ",
    "en": "Write to me at june.park@example.com any time. ",
}
_TITLES = {
    "ko": ("동네 사람 인터뷰 {n}", "새내기에게 묻다 {n}", "자주 묻는 질문 {n}"),
    "en": ("Neighbour talk {n}", "Ten minutes with a newcomer {n}", "Your FAQ {n}"),
}
_INTRO = {
    "ko": "이번 달에도 우리 동네에서 만난 분께 몇 가지를 여쭤봤습니다. 대답은 말씀하신 "
    "그대로 옮겼고, 조금 길어도 줄이지 않았습니다. 차 한 잔 하면서 천천히 읽어 주세요.",
    "en": "Every month we sit down with somebody from around the corner and ask a few "
    "questions. The replies are theirs, word for word, and we did not cut them short.",
}
_MENU = """<nav><ul><li><a href="/">{home}</a></li><li><a href="/about">{about}</a></li>
<li><a href="/rss">RSS</a></li></ul></nav>"""
_ASIDE = """<aside><h3>{popular}</h3><ul><li><a href="/1">{old}</a></li></ul></aside>
<div class="comments" id="comments"><p>{comment}</p></div>
<footer><p>© 2026. {rights}</p></footer>"""
_CHROME = {
    "ko": {
        "home": "홈",
        "about": "소개",
        "popular": "인기 글",
        "old": "지난 글 보기",
        "comment": "잘 읽었습니다. 다음 글은 언제 올라오나요?",
        "rights": "출처를 밝히고 쓰세요.",
    },
    "en": {
        "home": "Home",
        "about": "About",
        "popular": "Popular",
        "old": "Older posts",
        "comment": "Lovely read. When is the next one?",
        "rights": "Share it and say where it is from.",
    },
}


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A page of the site: where it is, and how the server treats who asks for it."""

    path: str
    body: bytes
    rows: tuple[Row, ...] = ()  # what a good collection finds on it
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0  # until it answers
    busy: int = 0  # times it says "come back later" first


def rows(lang: str) -> Iterator[Row]:
    """Our training rows in one language, drawn, each question and answer once."""
    found = {
        (row["question"], row["answer"]): row
        for path in quiz.TRAIN_FILES
        for row in quiz.read_rows(path)
        if row["lang"] == lang and 8 <= len(row["answer"]) <= 300
    }
    drawn = sorted(found)
    random.Random(8).shuffle(drawn)
    return (found[key] for key in drawn)


def _headings(said: Sequence[Row]) -> str:
    return "".join(
        f"<h3>{escape(_asked(one))}</h3>{_paragraphs(one['answer'])}" for one in said
    )


def _bold(said: Sequence[Row]) -> str:
    return "".join(
        f"<p><strong>{escape(_asked(one))}</strong></p>{_paragraphs(one['answer'])}"
        for one in said
    )


def _bold_and_break(said: Sequence[Row]) -> str:
    return "".join(
        f"<p><b>{escape(_asked(one))}</b><br>{escape(one['answer'])}</p>"
        for one in said
    )


def _labelled(said: Sequence[Row]) -> str:
    return "".join(
        f"<p>Q{n}. {escape(one['question'])}</p><p>A{n}. {escape(one['answer'])}</p>"
        for n, one in enumerate(said, 1)
    )


def _spelt_out(said: Sequence[Row]) -> str:
    ask, reply = ("질문", "답변") if said[0]["lang"] == "ko" else ("Question", "Answer")
    return "".join(
        f"<p>{ask}: {escape(one['question'])}<br>{reply}: {escape(one['answer'])}</p>"
        for one in said
    )


def _numbered(said: Sequence[Row]) -> str:
    return "".join(
        f"<p>{n}. {escape(_asked(one))}</p>{_paragraphs(one['answer'])}"
        for n, one in enumerate(said, 1)
    )


def _terms(said: Sequence[Row]) -> str:
    inner = "".join(
        f"<dt>{escape(_asked(one))}</dt><dd>{escape(one['answer'])}</dd>"
        for one in said
    )
    return f"<dl>{inner}</dl>"


def _folded(said: Sequence[Row]) -> str:
    return "".join(
        f"<details open><summary>{escape(_asked(one))}</summary>"
        f"{_paragraphs(one['answer'])}</details>"
        for one in said
    )


def _data(said: Sequence[Row]) -> str:
    """A page whose script tells it; its text shows a picture only."""
    questions = [
        {
            "@type": "Question",
            "name": one["question"],
            "acceptedAnswer": {"@type": "Answer", "text": escape(one["answer"])},
        }
        for one in said
    ]
    data = {"@context": "https://schema.org", "@type": "FAQPage"}
    text = json.dumps(data | {"mainEntity": questions}, ensure_ascii=False)
    return f'<script type="application/ld+json">{text}</script><img src="/a.png">'


LAYOUTS: tuple[Layout, ...] = (
    *(_headings, _bold, _bold_and_break, _labelled, _spelt_out),
    *(_numbered, _terms, _folded, _data),
)


def _asked(row: Row) -> str:
    """The row's question, so that a reader sees that it is one."""
    return row["question"] if row["question"].endswith("?") else row["question"] + "?"


def _paragraphs(answer: str) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in answer.split("\n"))


def page(lang: str, number: int, inner: str, head: str = "") -> str:
    """A whole page around what it says, with everything that is around a text."""
    title = _TITLES[lang][number % 3].format(n=number)
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8">'
        f"<title>{title}</title>{head}</head><body>"
        f"{_MENU.format(**_CHROME[lang])}<main><article><h1>{title}</h1>"
        f"<p>{_INTRO[lang]}</p>{inner}</article></main>"
        f"{_ASIDE.format(**_CHROME[lang])}</body></html>"
    )


def with_contact(row: Row) -> Row:
    """The same answer, after a sentence that nobody else should read."""
    return row | {"answer": CONTACT[row["lang"]] + row["answer"]}


def frozen(count: int) -> list[Row]:
    """Short rows of the test split, as a page that leaked would have them."""
    return [row for row in quiz.read_rows(quiz.TEST_FILE) if row["lang"] == "ko"][
        :count
    ]


def load(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
