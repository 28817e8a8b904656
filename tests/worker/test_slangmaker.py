"""New words: the best first, drawn again when too few hold, and always some."""

from __future__ import annotations

import pytest

from protocol import Reason
from tests.worker.scripted import Scripted, only
from worker.outcomes import Skipped
from worker.recipes.slang import build_target
from worker.slangmaker import PROPOSALS, Scene, SlangMaker

CONTEXT = "회의가 길어져서 점심을 못 먹었어요."
GOOD = {"굶회": "점심을 거르는 회의예요.", "끝밥": "다 끝나고 먹는 밥이에요."}
SCENE = Scene(context=CONTEXT, seed_text="alice")


def target(word: str, example: str = "") -> str:
    said = example or f"A: '오늘도 {word}이야?' B: '응, 배고파.'"
    return build_target(word, GOOD.get(word, "회의를 말해요."), said)


def made(answer, scene: Scene = SCENE):
    model = Scripted(answer)
    return model, only(SlangMaker(model).stream([scene]))


def words(outcome) -> list[str]:
    return [one.slang for one, _ in outcome.proposals]


def test_proposals_that_keep_every_rule_come_first_and_are_enough():
    model, outcome = made(lambda prompt: [target("회의"), *map(target, GOOD)])
    assert words(outcome) == [*GOOD, "회의"]
    assert all(outcome.proposals[0][1].values())
    assert (len(model.asked), outcome.drawn, outcome.read) == (1, 8, 8)


def test_it_draws_again_while_too_few_hold():
    rounds = iter([[target("회의")], [target("굶회")], [target("끝밥")]])
    model, outcome = made(lambda prompt: next(rounds))
    assert words(outcome)[:2] == ["굶회", "끝밥"]
    assert len(model.asked) == 3


def test_there_are_never_more_than_a_person_wants_to_read():
    many = [target(word) for word in ("굶회", "끝밥", "늦밥런", "밥참회", "빈속콜")]
    _, outcome = made(lambda prompt: many)
    assert len(outcome.proposals) == PROPOSALS


def test_a_model_that_keeps_to_no_form_is_asked_part_by_part():
    parts = {
        "Slang:": ["굶회\n그리고"],
        "Description:": ["점심을 거르는 회의"],
        "Example:": ["", "오늘도 굶회네."],
    }

    def answer(prompt: str) -> list[str]:
        begun = prompt.rsplit("\n", 1)[-1].strip()
        return parts.get(begun, ["그냥 하는 말이에요"])

    _, outcome = made(answer)
    [(one, kept)] = outcome.proposals
    assert (one.slang, one.description) == ("굶회", "점심을 거르는 회의")
    assert kept["used_in_example"]


def test_a_word_its_example_forgets_gets_another_example():
    def answer(prompt: str) -> list[str]:
        if prompt.endswith("Example:"):
            return ["A: '어디 가?'", "A: '굶회 끝났어?'"]
        return [target("굶회", "A: '배고파.'")]

    _, outcome = made(answer)
    assert outcome.proposals[0][0].example == "A: '굶회 끝났어?'"
    assert all(outcome.proposals[0][1].values())


def test_a_proposal_that_was_cut_or_goes_in_circles_is_the_last_choice():
    cut = target("끝밥", "A: '끝밥 먹었어?' B: '아니, 끝밥")
    circles = target("빈속콜", "빈속콜 하자 우리 빈속콜 하자 우리 빈속콜 하자 우리.")
    _, outcome = made(lambda prompt: [cut, circles, target("굶회")])
    assert words(outcome) == ["굶회"]
    assert words(made(lambda prompt: [cut])[1]) == ["끝밥"]


def test_words_that_were_not_wanted_do_not_come_back():
    scene = Scene(context=CONTEXT, seed_text="alice", avoid=("굶회",))
    _, outcome = made(lambda prompt: [*map(target, GOOD)], scene)
    assert words(outcome) == ["끝밥"]


def test_without_a_scene_there_is_nothing_to_ask():
    model, outcome = made(lambda prompt: [], Scene(context=" \u200b", seed_text="a"))
    assert outcome == Skipped(reason=Reason.EMPTY) and model.asked == []


def test_a_scene_with_no_room_keeps_its_first_sentences():
    scene = Scene(context="배가 고파요. " * 600 + "끝.", seed_text="alice")
    model, outcome = made(lambda prompt: [*map(target, GOOD)], scene)
    assert outcome.proposals and "끝.\n" not in model.asked[0]


def test_a_studios_item_becomes_a_scene_and_gets_its_proposals():
    record = {"context": CONTEXT, "condition": "두 글자로", "avoid": ["끝밥"]}
    scene = SlangMaker.of_record(record, "job")
    assert (scene.condition, scene.avoid) == ("두 글자로", ("끝밥",))
    _, outcome = made(lambda prompt: [target("굶회")], scene)
    [proposal] = SlangMaker.to_record(record, outcome)["proposals"]
    assert set(proposal) == {"slang", "description", "example", "checks"}


@pytest.mark.parametrize("row", [{"id": 1}, {"condition": "짧게"}])
def test_a_line_without_a_context_is_refused(row):
    with pytest.raises(KeyError):
        SlangMaker.of_line(row, "seed")


def test_a_line_is_written_as_the_contract_says():
    _, outcome = made(lambda prompt: [*map(target, GOOD)])
    line = SlangMaker.to_line(outcome)
    assert set(line["slang"]) == {"slang", "description", "example"}
