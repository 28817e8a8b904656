"""Figures of an abstract: known values on small texts."""

from __future__ import annotations

import pytest

from worker.quality import abstract_metrics
from worker.quality.abstract_metrics import judge, mean, repetition, table
from worker.quality.rouge import longest_common, rouge_l, tokens

ROW = {
    "summary": "표본 30명에서 오차가 줄었다.",
    "original": "표본은 30명이었다. 오차가 줄었다.",
}


def test_rouge_l_is_lins_definition():
    assert rouge_l("the cat sat", "the cat lay down") == pytest.approx(2 * 2 / (3 + 4))


def test_particles_do_not_hide_the_same_word():
    assert tokens("연구는 끝났다.")[:2] == ["연구", "는"]
    assert rouge_l("연구는 끝났다.", "연구가 끝났다.") == pytest.approx(0.8)


def test_the_common_subsequence_keeps_the_order():
    assert longest_common("abcd", "badc") == 2


def test_repeated_runs_are_counted():
    assert repetition("a b c a b c") == 0.25
    assert repetition("") == 0.0


def test_an_original_is_right_about_its_summary():
    judged = judge(ROW, ROW["original"])
    assert judged["unsupported"] == 0 and judged["supported"] == 1
    assert judged["rouge_l"] == judged["length_ratio"] == judged["coverage"] == 1


def test_an_invented_number_is_counted_by_kind():
    judged = judge(ROW, "표본은 31명이었다. 오차가 줄었다.")
    assert (judged["unsupported_number"], judged["unsupported_name"]) == (1, 0)


def test_what_could_not_be_read_counts_only_there():
    measured = table([judge(ROW, None), judge(ROW, ROW["original"])])
    assert (measured["parsed"]["share"], measured["parsed"]["n"]) == (0.5, 2)
    assert measured["coverage"]["n"] == 1
    assert set(measured) == {*abstract_metrics.SHARES, *abstract_metrics.MEANS}


def test_a_mean_has_its_interval():
    assert mean([1.0, 2.0, 3.0]) == {"mean": 2.0, "n": 3, "interval": (0.868, 3.132)}
    assert mean([None])["mean"] is None
