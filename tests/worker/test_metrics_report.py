"""Judgements as one table."""

from __future__ import annotations

import pytest

from worker.quality import report

ROWS = [
    {"lang": "ko", "kind": "buried"},
    {"lang": "en", "kind": "plain"},
    {"lang": "ko"},
]
JUDGED = [
    {"right_key": 1.0, "key_at_1": 1.0, "leak": 0.0},
    {"right_key": 0.0, "key_at_1": 0.0, "leak": 0.0},
    {"right_key": 0.0},
]
COUNTS = {"all": 3, "en": 1, "ko": 2, "buried": 1, "plain": 2}


def printed(judged=JUDGED, *, baseline: bool = False) -> str:
    measured = report.table(ROWS, judged)
    return report.as_text(measured, COUNTS, baseline=baseline)


def with_outsiders(likelihood: float, pmi: float) -> list[dict]:
    found = {"outsider_likelihood": likelihood, "outsider_pmi": pmi}
    return [one | found for one in JUDGED]


def test_groups_are_all_rows_then_languages_then_kinds():
    assert report.groups(ROWS) == {
        "all": [0, 1, 2],
        "en": [1],
        "ko": [0, 2],
        "buried": [0],
        "plain": [1, 2],
    }


def test_each_group_has_its_own_share():
    assert report.table(ROWS, JUDGED)["ko"]["right_key"]["share"] == 0.5


def test_a_quiz_that_was_not_made_is_left_out_of_its_metrics():
    assert report.table(ROWS, JUDGED)["all"]["key_at_1"]["n"] == 2


@pytest.mark.parametrize(
    ("likelihood", "pmi", "harder"),
    [(1.0, 0.5, "outsider_likelihood"), (0.25, 0.5, "outsider_pmi")],
)
def test_the_outsider_of_the_table_is_the_harder_one(likelihood, pmi, harder):
    measured = report.table(ROWS, with_outsiders(likelihood, pmi))
    assert measured["all"]["outsider"] == measured["all"][harder]


def test_every_group_uses_the_same_outsider():
    judged = with_outsiders(1.0, 0.0)
    judged[0] |= {"outsider_likelihood": 0.0, "outsider_pmi": 1.0}
    assert report.table(ROWS, judged)["buried"]["outsider"]["share"] == 0.0


def test_without_an_outsider_there_is_none():
    assert "outsider" not in report.table(ROWS, JUDGED)["all"]


def test_the_table_has_a_line_for_each_group():
    lines = printed().split("\n")
    assert [line.split("  ")[0] for line in lines[1:]] == list(COUNTS)


def test_a_cell_has_share_and_interval():
    assert "33.3 (6-79)" in printed().split("\n")[1]


def test_a_cell_of_fewer_rows_names_its_n():
    assert "50.0 (10-90) n=2" in printed().split("\n")[1]


def test_what_was_not_measured_is_a_dash():
    assert report.cell(None, 3) == "-"


def test_docstring_examples_of_a_cell():
    eight = {"share": 0.8, "n": 10, "interval": (0.49, 0.943)}
    assert report.cell(eight, 10) == "80.0 (49-94)"
    assert report.cell(eight, 12) == "80.0 (49-94) n=10"


def test_lines_of_the_table_are_equally_long():
    assert len({len(line) for line in printed().split("\n")}) == 1


def test_simple_strategies_are_shown_only_if_asked_for():
    assert ("by echo" in printed(baseline=True), "by echo" in printed()) == (
        True,
        False,
    )


def test_both_outsiders_stand_below_the_table():
    last = printed(with_outsiders(1.0, 0.0)).split("\n")[-1]
    assert "by likelihood 100.0 (44-100), by PMI 0.0 (0-56)" in last


def test_a_rule_that_is_not_always_kept_is_named_below_the_table():
    judged = [{"right_key": 1.0, "keeps_lengths_balanced": n} for n in (1.0, 0.0, 1.0)]
    wanted = "rules not always kept: lengths_balanced 66.7 (21-94)"
    assert printed(judged).split("\n")[-1] == wanted


def test_a_rule_that_is_always_kept_is_not_mentioned():
    judged = [{"right_key": 1.0, "keeps_lengths_balanced": 1.0}] * 3
    assert "lengths_balanced" not in printed(judged)
