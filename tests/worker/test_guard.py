"""The guard keeps what holds, drops what does not, and says so."""

from __future__ import annotations

from worker.quality.coverage import coverage, facts
from worker.quality.guard import choose, from_drafts, write
from worker.quality.sentences import sentences, spans

SUMMARY = "표본 30명에서 오차가 줄었다. 시간은 12초였다."


def test_the_supported_draft_is_taken():
    written = from_drafts([["표본은 31명이다.", "표본은 30명이다."]], SUMMARY)
    assert (written.text, written.dropped) == ("표본은 30명이다.", [])


def test_a_sentence_that_never_holds_is_left_out_and_told():
    written = from_drafts(
        [["표본은 30명이다."], ["오차가 늘었다.", "오차가 커졌다."]], SUMMARY
    )
    assert (written.text, written.dropped) == ("표본은 30명이다.", ["오차가 늘었다."])


def test_what_the_summary_tells_and_the_abstract_does_not_is_missing():
    written = from_drafts([["표본은 30명이다."]], SUMMARY)
    assert "12초" in [fact.text for fact in written.missing]


def test_if_nothing_holds_one_sentence_stays_and_is_marked():
    written = from_drafts([["오차가 늘었다."]], SUMMARY)
    assert written.text == "오차가 늘었다."
    assert [one.text for one in written.unsupported] == ["늘었다"]


def test_nothing_is_said_twice():
    assert choose(["표본은 30명이다."], ["표본은 30명이었다."], SUMMARY) is None


def test_the_draft_that_tells_more_wins_among_equals():
    assert (
        choose(["이 글은 짧다.", "시간은 12초였다."], [], SUMMARY) == "시간은 12초였다."
    )


def test_sentences_are_asked_for_until_the_model_is_done():
    asked: list[str] = []

    def draft(so_far: str) -> list[str]:
        asked.append(so_far)
        told = ["표본은 30명이다. 오차가", "표본은 30명이다."]
        more = ["오차는 늘었다.", "오차는 줄었다."]
        return {"": told, "표본은 30명이다.": more}.get(so_far, [])

    written = write(draft, SUMMARY)
    assert written.text == "표본은 30명이다. 오차는 줄었다."
    assert asked == ["", "표본은 30명이다.", written.text]


def test_a_model_that_only_invents_is_stopped():
    numbers = iter(range(100, 10_000))
    written = write(lambda so_far: [f"표본은 {next(numbers)}명이다."], SUMMARY)
    assert written.unsupported and len(written.text) < 20


def test_originals_tell_the_facts_of_their_summary():
    summary = "표본 30명에서 오차가 줄었다."
    assert coverage(summary, "이 글은 표본 30명을 보았다. 오차가 감소하였다.") == 1.0
    untold = [fact.text for fact in facts(summary, "표본은 30명이다.") if not fact.told]
    assert untold == [summary, "줄었다"]


def test_a_point_in_a_number_or_abbreviation_ends_no_sentence():
    text = "값은 3.5 dB였다. We saw Fig. 2 there. 끝이다."
    assert sentences(text) == ["값은 3.5 dB였다.", "We saw Fig. 2 there.", "끝이다."]
    assert [text[a:b] for a, b in spans(text)] == sentences(text)
