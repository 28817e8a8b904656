"""Which coined words may be shown."""

from __future__ import annotations

import pytest

from tests.worker.rows import rows
from worker.quality.offensive import is_offensive
from worker.quality.slang_checks import (
    checks,
    choose,
    has_good_length,
    has_wished_size,
    in_language,
    is_new,
    is_pronounceable,
    is_used,
)
from worker.quality.slang_metrics import judge_all, table
from worker.recipes.slang import Proposal

SCENE = "회의가 끝났는데 아무도 일어나지 않아요."
GOOD = Proposal(
    slang="의자본드",
    description="회의가 끝나도 자리에서 일어나지 못하는 상태예요.",
    example="A: '안 가?' B: '의자본드 붙었어. 오 분만.'",
)


def like(**changes: str) -> Proposal:
    return Proposal(**{**vars(GOOD), **changes})


def test_a_good_word_keeps_every_rule():
    assert [rule for rule, kept in checks(GOOD, SCENE).items() if not kept] == []


def test_every_coined_row_of_the_data_keeps_the_rules_but_novelty():
    broken = [
        (row["slang"], rule)
        for file in ("slang_train.jsonl", "slang_test.jsonl")
        for row in rows(file)
        if row["kind"] == "coined"
        for rule, kept in checks(
            Proposal(**{name: row[name] for name in vars(GOOD)}), row["context"]
        ).items()
        if not kept and rule != "new"
    ]
    assert broken == []


def test_every_real_slang_of_the_data_is_known():
    known = [r["slang"] for r in rows("slang_train.jsonl") if r["kind"] == "known"]
    assert len(known) == 90 and not any(map(is_new, known))


@pytest.mark.parametrize(
    "term",
    ["갓생", "얼죽아", "Rizz", "main character energy", "no-cap", "cactus", "학교"],
)
def test_known_slang_and_ordinary_words_are_not_new(term):
    assert not is_new(term)


def test_a_learned_word_is_not_new():
    assert not is_new(rows("slang_train.jsonl")[0]["slang"])


@pytest.mark.parametrize("term", ["의자본드", "snoozeparade", "quiet confetti"])
def test_a_coined_word_is_new(term):
    assert is_new(term)


@pytest.mark.parametrize(
    "term", ["의자본드", "팀플GPT", "snoozeparade", "surprisn't", "SOOP"]
)
def test_what_can_be_said_is_pronounceable(term):
    assert is_pronounceable(term)


@pytest.mark.parametrize(
    "term", ["ㅋㅋㅋ", "똻뷁", "word2vec", "bcdfgh", "xrtl", "aaargh", "의자!본드", ""]
)
def test_what_cannot_be_said_is_not(term):
    assert not is_pronounceable(term)


@pytest.mark.parametrize(
    "term", ["꿀", "가나다라마바사아자", "ab", "one two three four five"]
)
def test_a_word_is_neither_too_short_nor_too_long(term):
    assert not has_good_length(term)


@pytest.mark.parametrize(
    ("term", "wish", "kept"),
    [
        ("막메일", "세 글자로 만들어 주세요.", True),
        ("택멍", "세 글자로 만들어 주세요.", False),
        ("crumb truce", "Two words, please.", True),
        ("sipkeeper", "two words", False),
        ("sipkeeper", "Make it funny.", True),
    ],
)
def test_a_wished_size_is_counted(term, wish, kept):
    assert has_wished_size(term, wish) is kept


def test_every_wished_size_in_the_data_is_kept():
    wished = [
        row
        for file in ("slang_train.jsonl", "slang_test.jsonl")
        for row in rows(file)
        if not has_wished_size(row["slang"], row.get("condition", ""))
    ]
    assert wished == []


@pytest.mark.parametrize(
    ("term", "example", "used"),
    [
        ("킹받다", "진짜 킹받네!", True),
        ("cart nap", "It's on a long Cartnap.", True),
        ("의자본드", "의자에 앉아 있어요.", False),
    ],
)
def test_the_example_has_to_say_the_word(term, example, used):
    assert is_used(term, example) is used


@pytest.mark.parametrize(
    ("text", "language", "fits"),
    [
        ("회의가 끝나도 앉아 있어요.", "ko", True),
        ("It is a chair.", "ko", False),
        ("It is a chair.", "en", True),
        ("It is a 의자.", "en", False),
        ("...", "en", False),
    ],
)
def test_a_story_is_told_in_the_scenes_language(text, language, fits):
    assert in_language(text, language) is fits


@pytest.mark.parametrize(
    "term",
    ["라떼충", "개새끼력", "ㅅㅂ모드", "병신력", "shitquake", "fucktastic", "맘충"],
)
def test_an_insult_inside_a_coined_word_is_found(term):
    assert is_offensive(term)


def test_an_insult_in_the_example_is_found():
    assert is_offensive("의자본드", "설명", "A: '이 개새끼야'")
    assert is_offensive("chairglue", "a state", "A: 'you dick'")


def test_proposals_are_told_apart_and_the_best_comes_first():
    unused = like(slang="책상풀", example="A: '안 가?' B: '응.'")
    same = like(slang="의자 본드들")
    rude = like(slang="의자충")
    chosen = choose([unused, rude, GOOD, same, None], SCENE)
    assert [one.slang for one, _ in chosen] == ["의자본드", "책상풀"]


def test_metrics_count_what_was_read():
    row = {"context": SCENE}
    measured = table(judge_all([row] * 3, [GOOD, GOOD, None]))
    assert (measured["parsed"]["share"], measured["parsed"]["n"]) == (0.6667, 3)
    assert (measured["distinct"]["share"], measured["distinct"]["n"]) == (0.5, 2)
    assert measured["offensive"]["share"] == 0.0
    assert measured["all_checks"]["share"] == 1.0
