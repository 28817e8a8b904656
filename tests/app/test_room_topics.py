"""Topics about the people in the room: true, harmless, and no help in the quiz."""

from __future__ import annotations

import json
import re

import pytest

from app import guide
from app.meetings import Meetings
from app.records import KINDS
from app.room_topics import counted, lexicon, room_topics
from protocol.keys import Keys
from tests.fakes import ready_quiz

CATS = "주말마다 고양이와 {}에 가요."
PLACES = ("한강", "공방", "미술관", "온천")


class Room:
    """A meeting in which answers and their quizzes are written straight in."""

    def __init__(self, store: Meetings, language: str, question: str) -> None:
        self.store, self.question = store, question
        self.meeting = store.create("모임", language, [question]).meeting

    def says(self, name: str, words: str, right: str, consent: str = "named", **quiz):
        entry = {"question": self.question, "text": words, "consent": consent}
        self.store.add_answers(self.meeting, name, [entry], participant_token=name)
        snapshot = self.store.snapshot(self.meeting.id)
        last = [*snapshot.quizzes, *snapshot.dropped][-1]
        record = ready_quiz(words) | {"options": [right, "차", "달리기", "체스"]}
        record |= {"question": "무엇일까요?", "revision": last.revision} | quiz
        self.store.redis.hset(
            Keys.quizzes(self.meeting.id), last.id, json.dumps(record)
        )

    def topics(self, *mix: str) -> list[str]:
        if mix:
            self.store.set_mix(self.meeting.id, mix)
        snapshot = self.store.snapshot(self.meeting.id)
        return self.store.room_topics(snapshot)


@pytest.fixture
def room(store: Meetings) -> Room:
    return Room(store, "ko", "주말에 무엇을 하나요?")


def cat_people(room: Room, count: int, **more: str) -> None:
    for name, place in zip("가나다라", PLACES[:count], strict=False):
        room.says(f"{name}람", CATS.format(place), place, **more)


def test_three_who_wrote_about_the_same_are_a_topic(room: Room) -> None:
    cat_people(room, 3)
    room.says("마루", "늦잠을 자요.", "늦잠")
    assert "세 분이 답에 고양이 이야기를 썼어요. 누구일까요?" in room.topics("said")


def test_the_same_in_english(store: Meetings) -> None:
    room = Room(store, "en", "What do you do at weekends?")
    for name, place in zip(("Ann", "Ben", "Cid"), PLACES, strict=False):
        room.says(name, f"I take my cat to {place}.", place)
    room.says("Dan", "I sleep.", "Sleep")
    assert "Three of you wrote about cats. Guess who?" in room.topics("said")


def test_nobody_is_singled_out(room: Room) -> None:
    cat_people(room, 2)
    room.says("마루", "늦잠을 자요.", "늦잠")
    assert room.topics("said") == []


def test_what_everybody_wrote_about_is_no_riddle(room: Room) -> None:
    cat_people(room, 3)
    assert not [topic for topic in room.topics() if "고양이" in topic]


@pytest.mark.parametrize("consent", ["distractor", "none"])
def test_answers_that_may_not_be_used_do_not_count(room: Room, consent: str) -> None:
    cat_people(room, 2)
    room.says("다람", CATS.format("온천"), "온천", consent)
    room.says("마루", "늦잠을 자요.", "늦잠")
    assert room.topics() == []


@pytest.mark.parametrize(
    "quiz",
    [{"dropped": True}, {"status": "skipped", "reason": "sensitive"}],
    ids=["pulled", "held back"],
)
def test_quizzes_off_the_screen_do_not_count(room: Room, quiz: dict) -> None:
    cat_people(room, 2)
    room.says("다람", CATS.format("온천"), "온천", **quiz)
    room.says("마루", "늦잠을 자요.", "늦잠")
    assert room.topics() == []


def test_what_is_going_to_be_asked_is_not_said(room: Room) -> None:
    cat_people(room, 3)
    room.says("마루", "고양이요.", "고양이")
    room.says("바다", "늦잠을 자요.", "늦잠")
    assert not [topic for topic in room.topics("said") if "고양이" in topic]


def test_what_is_quoted_to_guess_its_author_is_not_said(room: Room) -> None:
    cat_people(room, 4)
    room.says("마루", "늦잠을 자요.", "늦잠")
    assert not [topic for topic in room.topics("guess_who") if "고양이" in topic]


def test_the_same_answer_is_a_topic_that_keeps_it_secret(room: Room) -> None:
    for name in ("가람", "나래"):
        room.says(name, "김밥이요", "김밥", "anonymous")
    (topic,) = room.topics()
    assert "두 분의 답이 똑같아요" in topic and room.question in topic
    assert "김밥" not in topic


def test_the_same_answer_is_told_if_nobody_is_asked_about_it(room: Room) -> None:
    for name in ("가람", "나래", "다솔"):
        room.says(name, "김밥이요", "김밥")
    told = "세 분이 ‘김밥’이라고 답했어요. 누구일까요?"
    assert told not in room.topics("said")
    assert told in room_topics(room.store.snapshot(room.meeting.id), [])


@pytest.mark.parametrize("question", ["연봉은 얼마인가요?", "나이가 어떻게 되나요?"])
def test_delicate_questions_are_kept_away_from(store: Meetings, question: str) -> None:
    room = Room(store, "ko", question)
    for name in ("가람", "나래"):
        room.says(name, "비밀이에요", "비밀")
    assert room.topics() == []


def test_all_kinds_together_never_name_a_person_or_a_right_option(room: Room) -> None:
    cat_people(room, 4)
    for name in ("마루", "바람"):
        room.says(name, "늦잠을 자요", "늦잠")
    cards = room.store.deck(room.store.snapshot(room.meeting.id))
    topics = " ".join(room.topics(*KINDS))
    names = ("가람", "나람", "다람", "라람", "마루", "바람")
    for secret in (*names, *(card.right for card in cards)):
        assert secret not in topics


@pytest.mark.parametrize(
    ("number", "korean", "english"),
    [(2, "두 분", "Two"), (10, "열 분", "Ten"), (12, "12명", "12")],
)
def test_counts_read_well(number: int, korean: str, english: str) -> None:
    assert counted(number, "ko") == korean
    assert counted(number, "en", first=True) == english


@pytest.mark.parametrize("language", ["ko", "en"])
def test_words_and_topics_keep_away_from_what_is_avoided(language: str) -> None:
    avoided = lexicon(language).avoided
    for text in (*guide.topics(language), *lexicon(language).words):
        assert not avoided.search(text), text


@pytest.mark.parametrize(
    ("language", "word", "texts"),
    [
        ("ko", "책", ("책상을 샀어요", "산책을 해요", "정책을 읽어요")),
        ("ko", "춤", ("멈춤을 눌러요", "맞춤 정장")),
        ("ko", "시장", ("회사 부시장님", "시장하네요")),
        ("en", "cats", ("I catch fish", "education")),
        ("en", "tea", ("my team", "a steak")),
    ],
)
def test_a_word_is_not_found_inside_another(
    language: str, word: str, texts: tuple[str, ...]
) -> None:
    pattern = lexicon(language).words[word]
    assert not [text for text in texts if pattern.search(text)]


def test_topics_of_the_room_come_between_the_written_ones() -> None:
    assert guide.mixed(["a", "b", "c"], ["R", "S"]) == ["R", "a", "S", "b", "c"]
    shown = {guide.topic("ko", "m", n * 45, ["R"]) for n in range(61)}
    assert len(shown) == 61 and "R" in shown
    assert not re.search("R", guide.topic("ko", "m", 46, []))
