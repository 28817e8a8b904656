"""Meetings in every state, with people and quizzes as they really look."""

from __future__ import annotations

import json
from dataclasses import dataclass

from redis import Redis

from app.meetings import Meeting, Meetings
from protocol import Recipe, WorkerPhase, WorkerState
from protocol.keys import Keys

QUESTIONS = {
    "ko": [
        "언제 먹어도 행복해지는 음식은 무엇인가요?",
        "갑자기 하루가 비면 무엇을 하고 싶나요?",
        "요즘 푹 빠져 있는 것은 무엇인가요?",
    ],
    "en": [
        "Which food always makes you happy?",
        "A whole day is suddenly free. What do you do?",
        "What are you really into these days?",
    ],
}
TITLES = {"ko": "디자인팀 월요일 회의", "en": "Design team, Monday"}


@dataclass(frozen=True)
class Sample:
    """One answer and the quiz it becomes."""

    name: str
    question: int
    text: str
    quiz: str
    options: tuple[str, ...]
    answer: int
    evidence: str
    consent: str = "named"


SAMPLES = {
    "ko": (
        Sample(
            "김지민",
            0,
            "할머니가 겨울마다 끓여 주시던 갱시기요. 김치랑 콩나물이랑 식은 밥 넣고 "
            "푹 끓인 건데 경상도 아니면 잘 모르더라고요. 요즘도 으슬으슬하면 "
            "그것만 생각나요.",
            "이 사람이 으슬으슬한 날이면 떠올리는 음식은 무엇인가요?",
            ("감자옹심이", "올챙이국수", "갱시기", "호박죽"),
            3,
            "할머니가 겨울마다 끓여 주시던 갱시기요",
        ),
        Sample(
            "박서준",
            1,
            "기차 타고 아무 역에나 내려서 걸어요. 지난달에는 구례구역에서 내렸는데 "
            "섬진강 따라 네 시간을 걸었어요.",
            "이 사람이 지난달에 기차에서 내려 걸은 곳은 어디인가요?",
            ("구례구역", "정동진역", "곡성역", "강촌역"),
            1,
            "구례구역에서 내렸는데",
        ),
        Sample(
            "이",
            2,
            "뜨개질이요. 목도리만 네 개째예요.",
            "이 사람이 지금까지 뜬 목도리는 몇 개인가요?",
            ("한 개", "두 개", "세 개", "네 개"),
            4,
            "목도리만 네 개째",
            "anonymous",
        ),
    ),
    "en": (
        Sample(
            "Alice",
            0,
            "My grandmother’s dumpling soup. She made it every winter, and on a cold "
            "evening it is still all I think about.",
            "What does this person crave on a cold evening?",
            ("Ramen", "Onion soup", "Dumpling soup", "Chilli"),
            3,
            "My grandmother’s dumpling soup",
        ),
        Sample(
            "Bob",
            1,
            "I take a train and get off wherever it looks nice. Last month that was "
            "Whitby, and I walked along the cliffs for four hours.",
            "Where did this person get off the train last month?",
            ("Whitby", "Scarborough", "York", "Durham"),
            1,
            "Last month that was Whitby",
        ),
        Sample(
            "Charlie",
            2,
            "Knitting. I am on my fourth scarf.",
            "How many scarves has this person started so far?",
            ("One", "Two", "Three", "Four"),
            4,
            "I am on my fourth scarf",
            "anonymous",
        ),
    ),
}


def worker(
    redis: Redis, phase: str = "ready", progress: float = 0.0, pace: float = 6
) -> None:
    """Let the pages see a worker in this phase for an hour."""
    state = WorkerState(
        phase=WorkerPhase(phase),
        progress=progress,
        seconds_per_quiz=pace,
        recipes=tuple(Recipe),
    )
    redis.set(Keys.worker("sample"), state.to_json(), ex=3600)


def nobody(store: Meetings, language: str) -> tuple[Meeting, str]:
    """A meeting without answers, and its host's token."""
    created = store.create(TITLES[language], language, QUESTIONS[language])
    return created.meeting, created.host_token


def answered(store: Meetings, language: str) -> tuple[Meeting, str]:
    """Three people answered one question each, the first one two; all is queued."""
    meeting, token = nobody(store, language)
    for sample in SAMPLES[language]:
        add(store, meeting, sample)
    return meeting, token


def add(store: Meetings, meeting: Meeting, sample: Sample) -> None:
    """One person's answer arrives."""
    _answer(store, meeting, sample.name, sample.question, sample.text, sample.consent)


def settle(store: Meetings, meeting: Meeting, count: int = 3) -> None:
    """Write the quizzes of the first `count` answers, as the worker does."""
    by_text = {s.text: s for s in SAMPLES[meeting.language]}
    for quiz in store.snapshot(meeting.id).quizzes[:count]:
        sample = by_text[quiz.answer_text]
        write(
            store,
            meeting,
            quiz.id,
            status="ready",
            question=sample.quiz,
            options=list(sample.options),
            answer=sample.answer,
            evidence=sample.evidence,
        )


def write(store: Meetings, meeting: Meeting, quiz_id: str, **fields: object) -> None:
    """Change one quiz record."""
    key = Keys.quizzes(meeting.id)
    record = json.loads(store.redis.hget(key, quiz_id))
    store.redis.hset(key, quiz_id, json.dumps(record | fields))


def troubled(store: Meetings, language: str) -> tuple[Meeting, str]:
    """Two ready, one running, one skipped, one failed, one withheld."""
    meeting, token = answered(store, language)
    settle(store, meeting, 2)
    extra = {
        "ko": ("최유나", "없음", "음…", "비밀이에요"),
        "en": ("Dana", "none", "hm", "A secret"),
    }[language]
    _answer(store, meeting, extra[0], 0, extra[1], "named")
    _answer(store, meeting, extra[0], 1, extra[2], "named")
    _answer(store, meeting, extra[0], 2, extra[3], "none")
    quizzes = store.snapshot(meeting.id).quizzes
    write(store, meeting, quizzes[2].id, status="running")
    write(store, meeting, quizzes[3].id, status="skipped", reason="meaningless")
    write(store, meeting, quizzes[4].id, status="failed", reason="crashed")
    return meeting, token


def _answer(
    store: Meetings, meeting: Meeting, name: str, number: int, text: str, consent: str
) -> None:
    question = QUESTIONS[meeting.language][number]
    answer = {"question": question, "text": text, "consent": consent}
    store.add_answers(meeting, name, [answer], participant_token=name)
