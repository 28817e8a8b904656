"""A meeting of the running product, seen by its host, and people who answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from protocol import SETTLED
from tests.e2e.product import Product, Reply

QUIZ_SECONDS = 240
FOOD = "언제 먹어도 행복해지는 음식은 무엇인가요?"
HOBBY = "요즘 푹 빠져 있는 것은 무엇인가요?"
TEAM = {
    "김지민": ("할머니가 겨울마다 끓여 주시던 갱시기요.", "주말마다 새를 보러 다녀요."),
    "박서준": ("맛동산이요. 아버지가 퇴근길에 사 오셨어요.", "없음"),
    "최유나": ("엄마가 만든 된장찌개를 제일 좋아해요.", "요즘은 도예를 배우고 있어요."),
}
FIVE_AND_ONE = {"ready": 5, "skipped": 1, "failed": 0, "queued": 0, "running": 0}


@dataclass(frozen=True)
class Meeting:
    """One meeting of the running product, seen by its host."""

    product: Product
    id: str
    join_code: str
    host_token: str
    host_url: str

    @property
    def path(self) -> str:
        return f"/api/v1/meetings/{self.id}"

    def show(self) -> dict[str, Any]:
        reply = self.product.ask("GET", self.path, token=self.host_token)
        assert reply.status == 200, reply
        return reply.body

    def answer(self, name: str, *texts: str) -> Reply:
        answers = [
            {"question": question, "answer": text}
            for question, text in zip((FOOD, HOBBY, "별명은?"), texts, strict=False)
        ]
        path = f"/api/v1/meetings/{self.join_code}/answers"
        return self.product.ask("POST", path, {"name": name, "answers": answers})

    def delete(self) -> Reply:
        return self.product.ask("DELETE", self.path, token=self.host_token)

    def settled(self, count: int) -> dict[str, Any]:
        """The meeting, once it has `count` quizzes and all are settled."""

        def look() -> dict[str, Any] | None:
            shown = self.show()
            done = [q for q in shown["quizzes"] if q["status"] in SETTLED]
            return shown if len(done) == len(shown["quizzes"]) == count else None

        return self.product.until(look, QUIZ_SECONDS)


Create = Callable[..., Meeting]


def counted(shown: dict[str, Any]) -> dict[str, int]:
    return {name: shown["counts"][name] for name in FIVE_AND_ONE}


def assert_playable(shown: dict[str, Any]) -> None:
    """Each ready quiz has a question, four different options and a right one."""
    for quiz in shown["quizzes"]:
        if quiz["status"] == "ready":
            assert quiz["question"]
            assert len({*quiz["options"]}) == 4
            assert quiz["answer"] in (1, 2, 3, 4)
            assert quiz["evidence"]


FOODS = (
    "김치찌개를",
    "비빔냉면을",
    "떡볶이를",
    "해물파전을",
    "갈비탕을",
    "잔치국수를",
    "감자탕을",
    "미역국을",
    "순대국밥을",
    "닭볶음탕을",
)
HOBBIES = (
    "수채화를 그려요.",
    "클라이밍을 해요.",
    "우쿨렐레를 연습해요.",
    "텃밭을 가꿔요.",
    "필름 사진을 찍어요.",
    "마라톤을 준비해요.",
    "빵을 구워요.",
    "바둑을 둬요.",
    "별을 보러 가요.",
    "목공을 배워요.",
)
NICKNAMES = (
    "곰돌이라고 불렸어요.",
    "키다리였어요.",
    "번개라고 불렸어요.",
    "다람쥐였어요.",
    "책벌레라고 불렸어요.",
    "고구마였어요.",
    "꾀꼬리라고 불렸어요.",
    "장군이었어요.",
    "콩나물이라고 불렸어요.",
    "박사님이었어요.",
)
