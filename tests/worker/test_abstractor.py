"""Abstracts: a draft is followed while it holds, and drafted anew where it does not."""

from __future__ import annotations

from protocol import Reason
from tests.worker.scripted import Scripted, only
from worker.abstractor import Abstractor, Summary
from worker.outcomes import Failed, Skipped

SUMMARY = "표본 30명에서 오차가 줄었다. 시간은 12초였다."
END = "<end_of_turn>"


def made(answer, text: str = SUMMARY):
    model = Scripted(answer)
    return model, only(Abstractor(model).stream([Summary(text=text, seed_text="a")]))


def test_a_draft_that_holds_is_followed_to_its_end_without_asking_again():
    whole = "표본은 30명이다. 오차는 줄었다. 시간은 12초였다."
    model, outcome = made(lambda prompt: [whole + END])
    assert (outcome.text, outcome.unsupported, outcome.dropped) == (whole, [], [])
    assert len(model.asked) == 1


def test_what_does_not_hold_is_drafted_anew_from_what_does():
    def answer(prompt: str) -> list[str]:
        if prompt.endswith("표본은 30명이다."):
            return ["오차는 줄었다. 시간은 12초였다." + END]
        return ["표본은 30명이다. 오차는 40% 줄었다." + END]

    model, outcome = made(answer)
    assert outcome.text == "표본은 30명이다. 오차는 줄었다. 시간은 12초였다."
    assert outcome.first == "표본은 30명이다. 오차는 40% 줄었다."
    assert len(model.asked) == 2


def test_a_sentence_that_never_holds_is_left_out_and_told():
    def answer(prompt: str) -> list[str]:
        told = "표본은 30명이다." in prompt
        return ["오차는 늘었다." + END if told else "표본은 30명이다. 오차는 늘었다."]

    _, outcome = made(answer)
    assert (outcome.text, outcome.unsupported) == ("표본은 30명이다.", [])
    assert outcome.dropped == ["오차는 늘었다."]
    assert "12초" in [fact.text for fact in outcome.missing]


def test_a_model_that_ends_too_early_is_asked_for_more():
    def answer(prompt: str) -> list[str]:
        told = prompt.endswith("표본은 30명이다.")
        return ["오차는 줄었다." + END if told else "표본은 30명이다." + END]

    assert made(answer)[1].text == "표본은 30명이다. 오차는 줄었다."


def test_a_draft_that_was_cut_is_gone_on_with():
    def answer(prompt: str) -> list[str]:
        told = prompt.endswith("표본은 30명이다.")
        return ["시간은 12초였다." + END if told else "표본은 30명이다. 시간"]

    assert made(answer)[1].text == "표본은 30명이다. 시간은 12초였다."


def test_a_model_without_a_sentence_fails_and_ends():
    model, outcome = made(lambda prompt: ["음"])
    assert outcome == Failed(reason=Reason.UNPARSABLE) and len(model.asked) == 1


def test_without_a_summary_there_is_nothing_to_ask():
    model, outcome = made(lambda prompt: [], " ")
    assert outcome == Skipped(reason=Reason.EMPTY) and model.asked == []


def test_a_studios_item_is_told_what_a_page_marks():
    _, outcome = made(lambda prompt: ["오차는 늘었다." + END])
    fields = Abstractor.to_record({}, outcome)
    assert fields["unsupported"] == [
        {"kind": "direction", "text": "늘었다", "start": 4, "end": 7}
    ]
    assert {"text", "dropped", "missing"} < set(fields)
    assert {"kind", "text"} <= set(fields["missing"][0])


def test_a_line_is_written_as_the_contract_says():
    _, outcome = made(lambda prompt: ["표본은 30명이다." + END])
    assert Abstractor.to_line(outcome) == {
        "abstract": "표본은 30명이다.",
        "unsupported": [],
    }
