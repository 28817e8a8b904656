"""A room that has answered: people and ready quizzes, put straight into the store."""

from __future__ import annotations

import json
from dataclasses import dataclass

from app.meetings import Created, Meeting, Meetings, Snapshot
from app.play import Play
from app.rounds import Game, Switches
from protocol.keys import Keys

QUESTIONS = {
    "ko": ["언제 먹어도 행복해지는 음식은?", "하루가 비면 하고 싶은 것은?"],
    "en": ["Which food always makes you happy?", "What would you do with a free day?"],
}
CAST = {
    "ko": ("김지민", "박서준", "최유나", "이하늘", "정다은", "한별"),
    "en": ("Alice", "Bob", "Charlie", "Dana", "Erin", "Frank"),
}
SAID = {
    "ko": (
        ("갱시기", "맛동산", "올챙이국수", "감자옹심이", "호떡", "두부김치"),
        ("바다 보기", "기차 타기", "낮잠 자기", "빵 굽기", "등산하기", "만화 보기"),
    ),
    "en": (
        ("dumplings", "pancakes", "ramen", "onion soup", "cheese toast", "apple pie"),
        ("swimming", "a train ride", "a long nap", "baking", "hiking", "comics"),
    ),
}


@dataclass
class Seat:
    """One person in the room."""

    name: str
    token: str
    id: str


@dataclass
class PlayRoom:
    """A meeting whose quizzes are ready; in each the right option is the person's."""

    store: Meetings
    created: Created
    seats: list[Seat]

    @property
    def meeting(self) -> Meeting:
        return self.created.meeting

    @property
    def id(self) -> str:
        return self.meeting.id

    @property
    def play(self) -> Play:
        return self.store.play

    @property
    def snapshot(self) -> Snapshot:
        return self.store.snapshot(self.id)

    def look(self, player_id: str = "") -> Game:
        return self.play.look(self.id, player_id)

    def join_all(self) -> None:
        for seat in self.seats:
            self.play.join(self.id, seat.token, seat.name)

    def start(self, **switches: object) -> None:
        """Freeze the deck and open the first round."""
        snapshot = self.snapshot
        cards = self.store.deck(snapshot)
        self.play.start(snapshot, cards, Switches(**switches))
        self.next()

    def next(self) -> Game:
        self.play.next(self.snapshot, self.look().at)
        return self.look()

    def reveal(self) -> Game:
        self.play.reveal(self.id, self.look().at)
        return self.look()

    def vote(self, seat: Seat, choice: int) -> None:
        self.play.vote(self.id, seat.id, self.look().round.card.id, choice)

    def about(self) -> list[Seat]:
        """Those whom the card on the screen names."""
        people = self.look().round.card.people
        return [seat for seat in self.seats if seat.id in people]


def answer(
    store: Meetings, meeting: Meeting, name: str, token: str, texts: list[str], **more
) -> Seat:
    """One person answers the first questions of the meeting."""
    consent = more.get("consent", "named")
    entries = [
        {"question": question, "text": text, "consent": consent}
        for question, text in zip(meeting.questions, texts, strict=False)
    ]
    sent = store.add_answers(meeting, name, entries, token)
    return Seat(name=name, token=token, id=sent.participant_id)


def make_quizzes(store: Meetings, meeting: Meeting) -> None:
    """Write the quizzes that are waiting, as the worker does."""
    language = meeting.language
    asked = {
        "ko": "이 사람의 답은 무엇일까요? ({})",
        "en": "What did this person answer? ({})",
    }[language]
    fillers = {"ko": ("수제비", "산책", "노래"), "en": ("Tea", "Chess", "Singing")}
    for number, quiz in enumerate(store.snapshot(meeting.id).quizzes):
        if quiz.settled:
            continue
        options = list(fillers[language])
        text = quiz.answer_text
        key = text if len(text) < 16 else text.split()[0]
        options.insert(number % 4, key)
        record = {
            "status": "ready",
            "revision": quiz.revision,
            "question": asked.format(quiz.survey_question),
            "options": options,
            "answer": number % 4 + 1,
            "evidence": key,
        }
        store.redis.hset(Keys.quizzes(meeting.id), quiz.id, json.dumps(record))


def room(
    store: Meetings, people: int = 4, answers: int = 1, language: str = "ko", **more
) -> PlayRoom:
    """`people` who answered `answers` questions each; quizzes are ready."""
    created = store.create("월요일 회의", language, QUESTIONS[language])
    store.set_mix(created.meeting.id, more.pop("mix", ["said"]))
    created = Created(
        meeting=store.get(created.meeting.id), host_token=created.host_token
    )
    seats = []
    for n in range(people):
        cast, said = CAST[language], SAID[language]
        name = cast[n] if n < len(cast) else f"{cast[n % len(cast)]} {n}"
        texts = [
            said[q][n] if n < len(said[q]) else f"{said[q][n % 6]} {n}"
            for q in range(answers)
        ]
        token = f"token-of-{n}-in-this-room"
        seats.append(answer(store, created.meeting, name, token, texts, **more))
    make_quizzes(store, created.meeting)
    return PlayRoom(store, created, seats)
