"""The deck: every card is true, everybody comes equally often, nothing withheld."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cleaning import folded
from app.deck import deck
from app.kinds import LONGEST_QUOTE, Card, quote_of
from app.records import Meeting, Participant, Quiz, Snapshot
from protocol import Reason, Status

NOW = datetime(2026, 3, 5, tzinfo=UTC)
CAST = ("김지민", "박서준", "최유나", "이하늘", "정다은", "Bob Lee")
PET = "좋아하는 동물은?"


class Table:
    """A meeting on paper: people say things and their quizzes are ready."""

    def __init__(self, language: str = "ko", meeting: str = "meeting") -> None:
        self.meeting = Meeting(
            id=meeting,
            title="회의",
            language=language,
            questions=(PET,),
            source="survey",
            sheet=None,
            join_code="ABCDEF",
            created_at=NOW,
            expires_at=NOW,
        )
        self.people: dict[str, Participant] = {}
        self.quizzes: list[Quiz] = []

    def says(self, name: str, text: str, key: str = "", **more) -> Quiz:
        """One answer and its quiz, with `key` as the right option."""
        person = self.people.setdefault(
            name,
            Participant(
                id=f"id-{name}", name=name, answered_at=NOW, order=len(self.people)
            ),
        )
        consent = more.pop("consent", "named")
        key = key or text[:30]
        fields = {
            "id": f"q{len(self.quizzes)}",
            "participant": person.id,
            "participant_name": "" if consent == "anonymous" else name,
            "survey_question": PET,
            "answer_text": text,
            "consent": consent,
            "status": Status.READY,
            "revision": 1,
            "order": len(self.quizzes),
            "question": "이 사람이 좋아하는 동물은?",
            "options": ["나무늘보", key, "오리너구리", "카피바라"],
            "answer": 2,
            "evidence": key,
        }
        self.quizzes.append(Quiz(**fields | more))
        return self.quizzes[-1]

    def deck(self, *kinds: str) -> list[Card]:
        snapshot = Snapshot(
            meeting=self.meeting,
            participants=list(self.people.values()),
            quizzes=self.quizzes,
            dropped=[],
            counts={},
            status="ready",
            etag="",
        )
        return deck(snapshot, kinds) if kinds else deck(snapshot)


@pytest.fixture
def table() -> Table:
    """Six people with an animal of their own each."""
    table = Table()
    animals = ("고양이", "앵무새", "햄스터", "거북이", "미어캣", "펭귄")
    for name, animal in zip(CAST, animals, strict=True):
        table.says(name, f"{animal}를 좋아해요.", animal)
    return table


def kinds(cards: list[Card]) -> Counter[str]:
    return Counter(card.kind for card in cards)


def test_an_empty_meeting_has_no_cards() -> None:
    assert Table().deck() == []


def test_guess_who_quotes_an_answer_and_names_four_people(table: Table) -> None:
    card = table.deck("guess_who")[0]
    assert card.right in CAST and len(set(card.options)) == 4
    author = next(q for q in table.quizzes if q.id == card.quizzes[0])
    assert card.people == (author.participant,)
    assert card.question == f"“{author.answer_text}” 누구의 답일까요?"
    assert card.words[0].name == card.right == author.participant_name


def test_guess_who_needs_four_named_people() -> None:
    table = Table()
    for name in CAST[:3]:
        table.says(name, f"{name[0]} 동물")
    table.says(CAST[3], "비밀 동물", consent="anonymous")
    assert table.deck("guess_who") == []
    table.says(CAST[3], "나무 위의 새")
    assert len(table.deck("guess_who")) == 4


@pytest.mark.parametrize(
    "text", ["지민이는 곰을 좋아해요", "다들 나를 서준곰이라 불러요", "ask bob lee"]
)
def test_an_answer_with_a_name_in_it_is_not_quoted(table: Table, text: str) -> None:
    quiz = table.says(CAST[0], text, "곰")
    assert quiz.id not in {q for card in table.deck("guess_who") for q in card.quizzes}


@pytest.mark.parametrize("consent", ["named", "anonymous", "distractor"])
def test_what_two_people_said_has_no_single_author(table: Table, consent: str) -> None:
    """Also if the second one must not be named: the guess would be unfair."""
    table.says(CAST[1], "고 양이!", "고양이", consent=consent)
    asked = {q for card in table.deck("guess_who") for q in card.quizzes}
    assert "q0" not in asked


@pytest.mark.parametrize(
    ("status", "reason"),
    [("queued", None), ("failed", "crashed"), ("skipped", Reason.SENSITIVE)],
)
def test_only_ready_quizzes_are_played(
    table: Table, status: str, reason: str | None
) -> None:
    quiz = table.says(CAST[0], "치타", status=Status(status), reason=reason)
    assert quiz.id not in {q for card in table.deck() for q in card.quizzes}


def test_who_shares_asks_for_the_pair_and_no_wrong_pair_shares_it(
    table: Table,
) -> None:
    table.says("Alice", "토끼요", "토끼")
    table.says("Charlie", "토끼", "토끼")
    (card,) = table.deck("who_shares")
    assert card.question == "누구와 누구가 똑같이 ‘토끼’라고 답했을까요?"
    assert set(card.right.split(" · ")) == {"Alice", "Charlie"}
    named = Counter(name for pair in card.options for name in pair.split(" · "))
    assert set(named.values()) == {2} and len(named) == 4
    for pair in card.options:
        if pair != card.right:
            assert set(pair.split(" · ")) != {"Alice", "Charlie"}


def test_a_third_who_said_the_same_is_in_no_wrong_pair(table: Table) -> None:
    for name in ("Alice", "Charlie", "Dana"):
        table.says(name, "토끼", "토끼")
    table.says(CAST[0], "토끼가 좋아요", "분홍", consent="anonymous")
    table.says(CAST[1], "", consent="none", status=Status.SKIPPED, reason="withheld")
    (card,) = table.deck("who_shares")
    named = {name for pair in card.options for name in pair.split(" · ")}
    assert len(named & {"Alice", "Charlie", "Dana"}) == 2
    assert not named & {CAST[0], CAST[1]}


def test_one_person_saying_it_twice_shares_it_with_nobody(table: Table) -> None:
    table.says(CAST[0], "토끼", "토끼")
    table.says(CAST[0], "토끼!", "토끼", survey_question="다시 태어난다면?")
    assert table.deck("who_shares") == []


def test_the_particle_behind_a_shared_answer_fits() -> None:
    table = Table()
    for name in CAST[:2]:
        table.says(name, "곰", "곰")
    for name in CAST[2:4]:
        table.says(name, f"{name[0]}새")
    (card,) = table.deck("who_shares")
    assert "‘곰’이라고" in card.question


def test_english_cards_speak_english() -> None:
    table = Table("en")
    for name in ("Ann", "Ben"):
        table.says(name, "cats", "cats")
    for name in ("Cid", "Dee", "Eve"):
        table.says(name, f"{name} keeps bees".replace(name, "somebody " + name[:1]))
    assert "both answered ‘cats’?" in table.deck("who_shares")[0].question
    assert " and " in table.deck("who_shares")[0].right
    assert table.deck("guess_who")[0].question.endswith("Whose answer is this?")


def test_an_unnamed_answer_is_asked_without_name_or_person(table: Table) -> None:
    quiz = table.says(CAST[0], "수달", consent="anonymous")
    (card,) = (card for card in table.deck() if quiz.id in card.quizzes)
    assert (card.kind, card.people, card.words[0].name) == ("said", (), "")


def test_the_place_of_an_unnamed_card_does_not_depend_on_its_author() -> None:
    places = []
    for author in CAST[:2]:
        table = Table()
        for name in CAST:
            table.says(name, f"{name[0]} 동물")
        quiz = table.says(author, "수달", consent="anonymous")
        places.append([c.id for c in table.deck("said")].index(quiz.id))
    assert places[0] == places[1]


def test_what_the_host_edited_is_played_as_written() -> None:
    table = Table()
    for name in CAST:
        table.says(name, f"{name[0]} 동물", review="edited")
    assert kinds(table.deck()) == {"said": 6}


def test_the_kinds_have_their_shares() -> None:
    table = Table()
    for n in range(20):
        for question in range(2):
            # Every sixth answer is one that others gave as well.
            shared = (n + question) % 6 == 0
            key = f"{'같은' if shared else f'{n:02}번'}것{question}"
            table.says(f"사람{n:02}", f"{key}!", key, survey_question=f"질문{question}")
    found = kinds(table.deck())
    assert found["guess_who"] == 10 and found["who_shares"] == 2
    assert sum(found.values()) == 38


def test_kinds_that_are_off_are_not_played(table: Table) -> None:
    assert kinds(table.deck("said")) == {"said": 6}
    assert kinds(table.deck("guess_who")) == {"guess_who": 6}


def test_the_same_meeting_gets_the_same_deck(table: Table) -> None:
    assert table.deck() == table.deck()


def test_nobody_comes_twice_in_a_row_when_it_can_be_avoided() -> None:
    table = Table()
    for n in range(3):
        table.says(CAST[0], f"동물{n}")
    for name in CAST[1:3]:
        table.says(name, f"{name[0]} 동물")
    people = [card.people for card in table.deck("said")]
    assert all(one != other for one, other in pairwise(people))


def test_a_quote_ends_with_a_sentence_or_is_none() -> None:
    short = "고양이요. 두 마리랑 살아요"
    assert quote_of(short) == short
    assert quote_of("고양이요! " + "야옹 " * 100) == "고양이요!"
    assert quote_of("야옹 " * 100) == ""


WORDS = st.sampled_from(
    ["고양이", "고 양이!", "새", "곰", "호랑이", "cat", "Cats", "🐈"]
)
NAMES = st.lists(
    st.text("가나다라마바사아자차", min_size=2, max_size=3),
    min_size=1,
    max_size=7,
    unique=True,
)
CONSENTS = st.sampled_from(["named", "named", "named", "anonymous", "distractor"])
STATES = st.sampled_from([Status.READY, Status.READY, Status.FAILED, Status.QUEUED])
SECRET = "아무도모를비밀"


@st.composite
def tables(draw) -> Table:
    table = Table(draw(st.sampled_from(["ko", "en"])), draw(st.text(max_size=4)))
    for name in draw(NAMES):
        for number in range(draw(st.integers(1, 3))):
            consent = draw(CONSENTS)
            word = SECRET if consent == "distractor" else draw(WORDS)
            status = Status.SKIPPED if consent == "distractor" else draw(STATES)
            table.says(
                name,
                f"{word} 좋아요.",
                word,
                consent=consent,
                status=status,
                survey_question=f"질문 {number}",
            )
    return table


@settings(max_examples=60, deadline=None)
@given(tables())
def test_every_card_is_true_distinct_and_tells_nothing_withheld(table: Table) -> None:
    answers = {quiz.id: quiz for quiz in table.quizzes}
    used: Counter[str] = Counter()
    for card in table.deck():
        used.update(card.quizzes)
        of = [answers[quiz] for quiz in card.quizzes]
        assert len(card.options) == len(set(card.options)) == 4
        assert all(q.status is Status.READY for q in of)
        assert SECRET not in repr(card)
        if card.kind == "said":
            assert card.right == of[0].right
            continue
        assert all(quiz.consent == "named" for quiz in of)
        names = [quiz.participant_name for quiz in of]
        if card.kind == "guess_who":
            assert [card.right] == names and len(card.question) < LONGEST_QUOTE + 40
        else:
            assert len({folded(quiz.right) for quiz in of}) == 1
            assert all(name in card.right for name in names)
    assert all(count == 1 for count in used.values())


@settings(max_examples=40, deadline=None)
@given(NAMES, st.integers(1, 4), st.text(max_size=4))
def test_with_equally_many_answers_everybody_comes_equally_often(
    names: list[str], each: int, meeting: str
) -> None:
    table = Table(meeting=meeting)
    for n, name in enumerate(names):
        for number in range(each):
            key = f"동물{(n + number) % 4}"
            table.says(name, f"{key}!", key, survey_question=f"질문 {number}")
    shown = Counter(person for card in table.deck() for person in card.people)
    assert max(shown.values()) - min(shown[p.id] for p in table.people.values()) <= 1
