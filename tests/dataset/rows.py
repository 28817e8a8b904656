"""Rows to test with, each with one trait."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Row = dict[str, Any]
SOURCE = {
    "url": "https://example.org/1",
    "title": "인터뷰",
    "collected": "2026-11-22",
    "licence": "CC BY 4.0",
}
CANDIDATE: Row = {
    "id": "00000000000000aa",
    "lang": "ko",
    "question": "살면서 가장 기억에 남는 사람은?",
    "answer": "미술학원 선생님이요. 그림을 그만두려던 저를 붙잡아 주셨어요.",
    "source": SOURCE,
}
DRAFT: Row = CANDIDATE | {
    "quiz_question": "이 사람이 살면서 가장 기억에 남는다고 한 사람은 누구인가요?",
    "options": ["담임 선생님", "중학교 동창", "미술학원 선생님", "대학교 교수"],
    "correct": 3,
    "drafted_by": "stand-in",
}
OTHER: Row = DRAFT | {
    "id": "00000000000000bb",
    "lang": "en",
    "question": "What do you do on Sundays?",
    "answer": "I repair old bicycles with my daughter in the garage.",
    "quiz_question": "What does this person do on Sundays?",
    "options": ["Repair bicycles", "Paint fences", "Bake bread", "Watch birds"],
    "correct": 1,
    "source": SOURCE | {"url": "https://example.com/2", "licence": None},
}
MEETING: Row = OTHER | {
    "id": "00000000000000cc",
    "question": "Coffee order?",
    "answer": "A flat white with oat milk, never anything sweet.",
    "quiz_question": "What coffee does this person order?",
    "options": ["Flat white", "Mocha", "Espresso", "Iced latte"],
    "source": None,
}


def reviewed(row: Row, verdict: str = "accept") -> Row:
    review = {"verdict": verdict, "difficulty": "easy", "reviewers": 1}
    return row | {"review": review | {"verdicts": [verdict]}}


def save(path: Path, rows: Iterable[Row]) -> Path:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, "utf-8")
    return path
