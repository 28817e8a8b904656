"""Two judgements of the same rows, pair by pair."""

from __future__ import annotations

import numpy as np

from worker.quality import comparing
from worker.quality.comparing import paired, sign_test

ROWS = [{"lang": "ko", "kind": "plain"}] * 3 + [{"lang": "en", "kind": "number"}]
EXAMPLE = [(1.0, 0.0), (0.0, 1.0), (0.0, 1.0), (1.0, 1.0)]


def judged(values, name: str = "right_key", **more) -> list[dict]:
    return [{"right_key": 1.0, name: value} | more for value in values]


def compare(pairs=EXAMPLE, name: str = "right_key"):
    first, second = zip(*pairs, strict=True)
    return comparing.compare(ROWS, judged(first, name), judged(second, name))


def printed(pairs) -> str:
    return comparing.as_text(compare(pairs), ("Alice", "Bob"))


def test_docstring_example_of_pairs():
    found = paired(EXAMPLE)
    wanted = {
        "first": 0.5,
        "second": 0.75,
        "difference": 0.25,
        "first_higher": 1,
        "second_higher": 2,
        "p": 1.0,
    }
    assert wanted.items() <= found.items()


def test_docstring_examples_of_the_sign_test():
    assert (sign_test(0, 5), sign_test(3, 3)) == (0.0625, 1.0)


def test_no_pair_that_differs_is_no_evidence():
    assert sign_test(0, 0) == 1.0


def test_the_sign_test_is_mcnemars_exact_one():
    """b = 9 and c = 2; the binomial tail is (1 + 11 + 55) / 2048, twice."""
    assert sign_test(9, 2) == 2 * 67 / 2048


def test_the_interval_of_a_constant_difference_is_that_difference():
    assert comparing.bootstrap(np.full(20, 0.5)) == (0.5, 0.5)


def test_the_interval_is_about_two_standard_errors_wide():
    """Half of 400 differences are 1: the standard error is 0.025."""
    low, high = comparing.bootstrap(np.repeat([0.0, 1.0], 200))
    assert abs(low - 0.45) < 0.005 and abs(high - 0.55) < 0.005


def test_the_interval_is_the_same_every_time():
    differences = np.repeat([-1.0, 0.0, 1.0], [3, 20, 9])
    assert comparing.bootstrap(differences) == comparing.bootstrap(differences)


def test_the_right_key_is_compared_in_each_group():
    found = compare()["right_key"]
    assert (found["ko"]["n"], found["number"]["difference"]) == (3, 0.0)


def test_rows_that_only_one_gets_right_are_named():
    found = compare()
    assert found["only_first_right"] == [0]
    assert found["only_second_right"] == [1, 2]


def test_a_metric_that_one_side_does_not_know_is_left_out():
    assert "leak" not in compare([(1.0, None)] * 4, "leak")["metrics"]


def test_pairs_with_an_unknown_value_are_left_out():
    pairs = [(1.0, None), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
    assert compare(pairs, "leak")["metrics"]["leak"]["n"] == 3


def test_a_difference_that_can_be_chance_is_called_that():
    assert "can well be chance" in printed(EXAMPLE)


def test_a_clear_difference_names_the_better_side():
    rows = [{"lang": "ko"}] * 12
    compared = comparing.compare(rows, judged([0.0] * 12), judged([1.0] * 12))
    assert "2nd is better" in comparing.as_text(compared, ("Alice", "Bob"))


def test_both_sides_are_named_above_the_table():
    assert printed(EXAMPLE).split("\n")[:2] == ["1st: Alice", "2nd: Bob"]


def test_a_difference_is_printed_with_its_sign_and_interval():
    assert "+25.0 (-50.0 to +100.0)" in printed(EXAMPLE)


def test_a_tiny_p_is_not_printed_as_zero():
    rows = [{"lang": "ko"}] * 12
    compared = comparing.compare(rows, judged([0.0] * 12), judged([1.0] * 12))
    assert "p <0.001" in comparing.as_text(compared, ("Alice", "Bob"))
