"""Several adapters on one base: they take turns, even in the midst of each other."""

from __future__ import annotations

import numpy as np
import pytest

from protocol import Recipe

pytestmark = pytest.mark.model

PROMPT = "Using the text: 취미는? 등산이요, create a new"
TURN = "<start_of_turn>user\n달이 따라와<end_of_turn>\n<start_of_turn>model\n"


@pytest.fixture(scope="module")
def quiz(model_dir):
    """The base with the quiz adapter, two conversations at a time."""
    from worker.adapter import Adapter
    from worker.model import Gemma
    from worker.presets import locate
    from worker.recipes import quiz

    adapter = Adapter.load(quiz.ADAPTER, recipe="quiz", prompt_version=1)
    preset = locate("gemma3_270m", model_dir)
    return Gemma.load(preset, adapter, cache=model_dir / "weights", batch_size=2)


@pytest.fixture(scope="module")
def base(quiz):
    """The same without an adapter."""
    return quiz.with_adapter(None)


def written(gemma, text: str, tokens: int = 12) -> list[str]:
    from worker.asking import Plan

    prompts, seeds = [gemma.encode(text)], [np.arange(2, dtype=np.uint32)]
    return gemma.reply(prompts, seeds, Plan(new_tokens=tokens))[0]


@pytest.fixture(scope="module")
def alone(quiz, base):
    return written(quiz, PROMPT), written(base, PROMPT)


def test_each_adapter_writes_its_own(alone):
    of_quiz, of_base = alone
    assert of_quiz != of_base


def test_what_is_not_changed_is_there_once(quiz, base):
    for name in ("embedding", "head", "final_norm"):
        assert base.params[name] is quiz.writer.params[name]


def test_to_switch_compiles_nothing_and_changes_nothing(quiz, base, alone):
    known = set(quiz.writer._programs)
    assert [(written(quiz, PROMPT), written(base, PROMPT)) for _ in range(2)] == (
        [alone] * 2
    )
    assert set(quiz.writer._programs) == known


def test_one_may_write_between_two_steps_of_the_other(quiz, base, alone):
    inside: list[list[str]] = []

    def let_in() -> None:
        quiz.writer.between_steps = lambda: None
        inside.append(written(base, PROMPT))

    quiz.writer.between_steps = let_in
    assert written(quiz, PROMPT) == alone[0]
    assert inside == [alone[1]]


def test_a_reply_ends_where_the_model_ends_its_turn(quiz):
    from worker.asking import Ends

    ends = Ends.of(quiz.tokenizer)
    assert quiz.decode([ends.close]) == "<end_of_turn>"
    assert {ends.stop, ends.close} == {1, 106}
    assert quiz.writer.in_head[ends.close]


def test_a_program_that_comes_later_writes_the_same(quiz, alone):
    long = PROMPT + " 산을 좋아해요." * 90
    before = written(quiz, long, 4)
    quiz.warm_up_later()
    assert quiz.writer.sizes.later in quiz.writer._programs
    assert written(quiz, long, 4) == before


def test_twenty_long_turns_stay_within_the_limits(quiz, base):
    from worker.asking import LONGEST_PROMPT
    from worker.chatter import Chatter, Talk
    from worker.recipes.dialogue import Scene, Turn

    said = "오늘은 학교에서 친구들이랑 운동장에서 달리기를 하다가 " * 6
    turns = tuple(
        Turn(by_child=n % 2 == 0, text=f"{n} 번째로 {said}") for n in range(21)
    )
    talk = Talk(scene=Scene(child="지우", age=7), turns=turns, seed_text="alice")
    chatter = Chatter(base)
    assert len(chatter._prompt(talk)) <= LONGEST_PROMPT
    ((_, outcome),) = chatter.stream([talk])
    assert outcome.text


def test_an_adapter_that_is_not_there_is_not_served(quiz, tmp_path):
    from worker.siblings import NoModel, Siblings

    siblings = Siblings(quiz, {Recipe.CHAT: tmp_path / "none"})
    assert siblings.served == ()
    assert isinstance(siblings.maker(Recipe.CHAT).gemma, NoModel)


def test_an_adapter_of_another_recipe_is_not_served_and_said_in_the_log(quiz, caplog):
    from worker.recipes import quiz as recipe
    from worker.siblings import NoModel, Siblings

    siblings = Siblings(quiz, {Recipe.SLANG: recipe.ADAPTER})
    siblings.load().join()
    assert isinstance(siblings.maker(Recipe.SLANG).gemma, NoModel)
    assert siblings.served == ()
    assert "slang is not served: The adapter in" in caplog.text
