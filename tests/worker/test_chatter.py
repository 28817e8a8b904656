"""SudaGom answers: people's words first, then the model's that keep every rule."""

from __future__ import annotations

import pytest

from protocol import Reason
from tests.worker.rows import rows
from tests.worker.scripted import Scripted, only
from worker.chatter import MODEL, MOST_TURNS, PEOPLE, ROUNDS, Chatter, Talk
from worker.outcomes import Failed, Skipped
from worker.quality import childsafety
from worker.recipes.dialogue import Scene, Turn
from worker.siblings import NoModel

END = "<end_of_turn>"
MOON = "오늘 달이 나를 따라왔어!"
GOOD = "달이 따라와서 신났겠다! 어디까지 왔어?"
FIXED = {
    row["kind"]: row["text"]
    for row in rows("chat_safety.jsonl")
    if row["side"] == "child" and row["kind"] == childsafety.kind_of(row["text"])
    if row["kind"]
}


def talk(*texts: str, dealt: int = 0) -> Talk:
    """The child begins, and speaks every other turn."""
    turns = tuple(Turn(by_child=n % 2 == 0, text=t) for n, t in enumerate(texts))
    scene = Scene(child="지우", age=7)
    return Talk(scene=scene, turns=turns, seed_text="alice", dealt=dealt)


def said(answer, about: Talk, sure: float = 1.0):
    """What is said, and the prompts; the model hears no danger unless told to."""

    def reply(prompt: str) -> list[str]:
        return ["no"] if "yes / no" in prompt else answer(prompt)

    model = Scripted(reply, sure)
    return only(Chatter(model).stream([about])), model.asked


@pytest.mark.parametrize("kind", sorted(FIXED))
def test_what_people_answer_never_reaches_a_model(kind):
    outcome = only(Chatter(NoModel()).stream([talk(FIXED[kind])]))
    assert (outcome.by, outcome.kind) == (PEOPLE, kind)
    assert outcome.text and outcome.first == ""
    assert outcome.alerts == childsafety.Finding(kind=kind).alerts


def test_every_kind_is_among_them():
    assert set(FIXED) == set(childsafety.KINDS) - {childsafety.WORRY}


def test_after_a_danger_nothing_is_asked_of_a_model():
    outcome = only(
        Chatter(NoModel()).stream([talk("아빠가 나 때려써", "무서웠겠다.", "아니야")])
    )
    assert (outcome.by, outcome.kind) == (PEOPLE, "abuse")


def test_once_an_adult_has_dealt_with_it_the_talk_goes_on():
    turns = ("아빠가 나 때려써", "무서웠겠다.", MOON)
    outcome, _ = said(lambda prompt: [GOOD + END], talk(*turns, dealt=1))
    assert (outcome.by, outcome.text) == (MODEL, GOOD)


def test_a_model_never_names_a_helpline():
    outcome, _ = said(lambda prompt: [f"112에 전화하자!{END}"], talk(MOON))
    assert outcome.by == PEOPLE


def test_without_an_adapter_only_what_people_answer_is_answered():
    outcome = only(Chatter(NoModel()).stream([talk(MOON)]))
    assert outcome == Failed(reason=Reason.NOT_SERVED)


def test_a_good_reply_is_said():
    outcome, asked = said(lambda prompt: [GOOD + END], talk(MOON))
    assert (outcome.text, outcome.by, outcome.kind) == (GOOD, MODEL, "")
    assert outcome.ended and len(asked) == 2


def test_of_good_replies_the_likeliest_is_said():
    other = "달이랑 같이 걸었구나! 무서웠어?"
    replies = [other + END, GOOD + END]
    model = Scripted(lambda prompt: ["no"] if "yes / no" in prompt else replies)
    model.likely = {other + END: -9.0, GOOD + END: -7.5}
    assert only(Chatter(model).stream([talk(MOON)])).text == GOOD


def test_a_danger_that_only_the_model_hears_is_asked_about_and_alerts():
    model = Scripted(lambda p: ["yes"] if "yes / no" in p else [GOOD + END], sure=0.9)
    outcome = only(Chatter(model).stream([talk(MOON)]))
    assert (outcome.by, outcome.kind, outcome.alerts) == (PEOPLE, "worry", True)


def test_the_model_listens_to_all_that_nobody_has_answered():
    told = "그 형이 또 그랬어."
    model = Scripted(
        lambda p: ["yes" if "yes / no" in p and told in p else "no"], sure=0.9
    )
    turns = (*talk("안녕", "안녕!", told).turns, Turn(by_child=True, text=MOON))
    about = Talk(scene=Scene(), turns=turns, seed_text="alice")
    assert only(Chatter(model).stream([about])).kind == "worry"


@pytest.mark.parametrize(("word", "sure"), [("yes", 0.1), ("no", 0.9), ("음", 0.1)])
def test_a_model_that_is_not_sure_of_a_danger_raises_no_alarm(word, sure):
    model = Scripted(lambda p: [word] if "yes / no" in p else [GOOD + END], sure)
    assert only(Chatter(model).stream([talk(MOON)])).by == MODEL


BAD = {
    "unsafe": "엄마한테 말하지 말고 우리만 아는 비밀로 하자.",
    "polite": "달이 예뻤겠어요.",
    "a loop": "달이 따라와서 정말 좋겠다 달이 따라와서 정말 좋겠다.",
    "another name": "민수야, 달이 예뻤겠다.",
    "the child's own words": MOON,
    "said before": "와, 신기하다!",
    "another language": "The moon is nice!",
    "empty": "",
}


@pytest.mark.parametrize("reply", BAD.values(), ids=BAD)
def test_a_reply_that_breaks_a_rule_is_not_said_but_another_is(reply):
    about = talk("안녕", BAD["said before"], MOON)
    outcome, _ = said(lambda prompt: [reply + END, GOOD + END], about)
    assert outcome.text == GOOD


@pytest.mark.parametrize("reply", BAD.values(), ids=BAD)
def test_if_every_reply_breaks_a_rule_people_answer(reply):
    about = talk("안녕", BAD["said before"], MOON)
    outcome, asked = said(lambda prompt: [reply + END], about)
    assert (outcome.by, outcome.kind, outcome.alerts) == (PEOPLE, "unanswered", False)
    assert len(asked) == ROUNDS + 1


def test_people_do_not_say_the_same_again():
    turns: list[str] = []
    for _ in range(4):
        turns.append(MOON)
        turns.append(said(lambda prompt: ["" + END], talk(*turns))[0].text)
    assert len(set(turns[1::2])) == 4


def test_an_english_child_is_answered_in_english():
    outcome, _ = said(lambda prompt: [GOOD + END], talk("The moon follows me"))
    assert outcome.by == PEOPLE and outcome.text.isascii()


def test_a_message_with_no_room_is_answered_by_people():
    outcome, asked = said(lambda prompt: [GOOD + END], talk("달 " * 600))
    assert (outcome.by, outcome.kind, asked) == (PEOPLE, "too_long", [])


@pytest.mark.parametrize("texts", [(), (" ",)])
def test_nothing_said_is_nothing_to_answer(texts):
    assert said(lambda prompt: [], talk(*texts))[0] == Skipped(reason=Reason.EMPTY)


def test_four_hundred_turns_are_not_all_read(monkeypatch):
    turns = [f"{n} 번째 달이 떴어." for n in range(399)]
    outcome, asked = said(lambda prompt: [GOOD + END], talk(*turns))
    assert outcome.text == GOOD
    assert "398 번째" in asked[0] and f"{398 - MOST_TURNS} 번째" not in asked[0]


RECORD = {
    "scene": {"persona": "엄마", "child": "소은", "age": 7, "gender": "girl"},
    "turns": [
        {"by": "child", "text": "아빠가 나 때려써", "at": 1},
        {"by": "people", "text": "무서웠겠다.", "at": 2, "kind": "abuse"},
        {"by": "child", "text": MOON, "at": 3},
    ],
    "alerts": [{"turn": 0, "kind": "abuse", "at": 2}],
}


def test_a_studios_item_becomes_a_talk_with_the_childs_mother():
    about = Chatter.of_record(RECORD, "job")
    assert about.scene.persona == "소은의 엄마" and about.scene.age == 7
    assert [turn.by_child for turn in about.turns] == [True, False, True]
    assert about.dealt == 0


def test_what_the_guardian_has_seen_is_dealt_with():
    alerts = [RECORD["alerts"][0] | {"seen": 3}]
    assert Chatter.of_record(RECORD | {"alerts": alerts}, "job").dealt == 1


def test_an_alert_names_the_childs_turn():
    outcome = only(Chatter(NoModel()).stream([Chatter.of_record(RECORD, "job")]))
    fields = Chatter.to_record(RECORD, outcome)
    assert fields["turns"][-1].items() >= {"by": "people", "kind": "abuse"}.items()
    assert [alert["turn"] for alert in fields["alerts"]] == [0, 2]
    assert len(RECORD["turns"]) == 3


def test_a_studio_whose_lists_a_script_has_emptied_is_read():
    about = Chatter.of_record(RECORD | {"alerts": {}}, "job")
    outcome, _ = said(lambda prompt: [GOOD + END], about)
    fields = Chatter.to_record(RECORD | {"alerts": {}}, outcome)
    assert fields["alerts"] == [] or fields["alerts"][0]["turn"] == 2


def test_a_line_is_read_and_written_as_the_contract_says():
    row = {"persona": "수다곰", "turns": [{"speaker": "지우", "text": MOON}]}
    outcome, _ = said(lambda prompt: [GOOD + END], Chatter.of_line(row, "seed"))
    assert Chatter.to_line(outcome) == {"reply": GOOD}
