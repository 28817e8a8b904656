"""Drafts of training rows, as the command line writes them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

DISHES = ("갱시기", "떡볶이", "수제비", "호박죽", "메밀전", "콩국수")


def draft(number: int, **changes: Any) -> dict[str, Any]:
    """The draft with this number; `changes` replace its fields."""
    dish = f"{DISHES[number % len(DISHES)]} {number}호"
    others = [f"{name} 없음 {number}" for name in ("국수", "라면", "김밥")]
    return {
        "id": f"{number:016x}",
        "lang": "ko",
        "question": "가장 좋아하는 음식은?",
        "answer": f"겨울이면 할머니가 끓여 주시던 {dish}가 제일 생각나요.",
        "source": {
            "url": f"http://127.0.0.1:9/pages/{number}.html",
            "title": f"음식 이야기 {number}",
            "collected": "2026-11-22",
            "licence": "CC BY 4.0",
        },
        "quiz_question": f"이 사람이 겨울에 떠올리는 {number}번 음식은?",
        "options": [dish, *others],
        "correct": 1,
        "drafted_by": "tests",
    } | changes


def drafts(count: int) -> list[dict[str, Any]]:
    return [draft(number) for number in range(1, count + 1)]


def as_file(records: Iterable[Any]) -> bytes:
    """JSON lines, in UTF-8."""
    lines = (json.dumps(one, ensure_ascii=False) for one in records)
    return "".join(f"{line}\n" for line in lines).encode()


def read_file(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.decode().splitlines()]
