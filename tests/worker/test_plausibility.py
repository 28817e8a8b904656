"""What the bank's options are worth is asked once; people's words are not kept."""

from __future__ import annotations

import pytest

from protocol import OptionSource
from worker.plausibility import Plausibility
from worker.quality.options import Option
from worker.weighing import UNLIKELY

WORTH = {"tea": -1.0, "a bicycle": -3.0, "mulberry wine": -2.0}


class Scales:
    """A model that weighs, and tells what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.room = True

    def encode(self, prompt: str) -> list[int]:
        return [1] if "drink" in prompt else []

    def weigh(self, prompt: list[int], texts: list[str]) -> list[float]:
        self.asked.append(texts)
        if not self.room:
            return [UNLIKELY] * len(texts)
        return [WORTH[text] + 2.0 * len(prompt) for text in texts]


@pytest.fixture
def scales():
    return Scales()


@pytest.fixture
def plausibility(scales):
    return Plausibility(scales)


BANK = [Option(text=text, source=OptionSource.BANK) for text in ("tea", "a bicycle")]
DRAFT = Option(text="mulberry wine", source=OptionSource.MODEL)


def test_it_is_how_much_likelier_the_question_makes_a_text(plausibility):
    assert plausibility.of("What do you drink?", [*BANK, DRAFT]) == [2.0, 2.0, 2.0]


def test_the_banks_options_are_weighed_once_for_each_question(plausibility, scales):
    first = plausibility.of("What do you drink?", [*BANK, DRAFT])
    scales.asked.clear()
    assert plausibility.of("What do you drink?", [*BANK, DRAFT]) == first
    assert scales.asked == [["mulberry wine"], ["mulberry wine"]]
    scales.asked.clear()
    plausibility.of("Where do you live?", BANK)
    assert scales.asked == [["tea", "a bicycle"]]  # without a question they are known


def test_what_had_no_room_is_weighed_again(plausibility, scales):
    scales.room = False
    assert plausibility.of("What do you drink?", BANK) == [UNLIKELY, UNLIKELY]
    scales.room = True
    assert plausibility.of("What do you drink?", BANK) == [2.0, 2.0]
