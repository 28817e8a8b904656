"""The rows of slang and abstract: frozen, kept apart, small, and in order."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

import pytest

from tests.worker.rows import DATA, rows
from worker.quality.text import fold
from worker.quality.words import content_words
from worker.recipes import abstract, slang

SLANG, SLANG_TEST = rows("slang_train.jsonl"), rows("slang_test.jsonl")
PAPERS, PAPERS_TEST = rows("abstract_train.jsonl"), rows("abstract_test.jsonl")
CONTEXTS = rows("slang_contexts.jsonl")  # 100, for telling how distinct words are
ALIKE = 0.6  # of all content words of two texts


def digest(texts: list[str]) -> str:
    return hashlib.sha256(json.dumps(texts, ensure_ascii=False).encode()).hexdigest()


def alike(tests: list[str], learned: list[str]) -> list[tuple[str, str]]:
    """Pairs of a test text and a learned one that share most of their words."""
    known = [(text, set(content_words(text))) for text in learned]
    return [
        (text, other)
        for text in tests
        for words in [set(content_words(text))]
        for other, others in known
        if len(words & others) >= ALIKE * len(words | others)
    ]


def test_the_test_contexts_are_frozen():
    assert digest([row["context"] for row in SLANG_TEST]) == (
        "8962090e6a553ad2533ac01eaea287fc864c3ccd1a8bd4131fe09bbbbea95a91"
    )


def test_the_test_summaries_are_frozen():
    assert digest([row["summary"] for row in PAPERS_TEST]) == (
        "9e3a96edba5b5239fdc4c25104f9ee461055084bcec4d65f87082ed72b676a92"
    )


def test_no_test_context_is_like_a_learned_one():
    learned = [row["context"] for row in SLANG]
    assert alike([row["context"] for row in CONTEXTS], learned) == []


def test_the_hundred_contexts_begin_with_the_test_ones_and_differ():
    contexts = [row["context"] for row in CONTEXTS]
    assert contexts[:40] == [row["context"] for row in SLANG_TEST]
    assert len(set(map(fold, contexts))) == 100


def test_no_word_is_coined_twice():
    coined = Counter(fold(row["slang"]) for row in [*SLANG, *SLANG_TEST])
    assert [word for word, count in coined.items() if count > 1] == []


def test_no_test_summary_or_abstract_is_like_a_learned_one():
    for field in ("summary", "original"):
        learned = [row[field] for row in PAPERS]
        assert alike([row[field] for row in PAPERS_TEST], learned) == []


def test_languages_and_kinds_of_the_slang_rows():
    def count(some: list[dict]) -> dict:
        return dict(Counter((row["lang"], row["kind"]) for row in some))

    assert count(SLANG_TEST) == {("ko", "coined"): 28, ("en", "coined"): 12}
    assert count(SLANG) == {
        ("en", "coined"): 227,
        ("ko", "coined"): 182,
        ("en", "known"): 67,
        ("ko", "known"): 23,
    }


def test_every_field_of_study_is_tested_alike():
    assert set(Counter(row["category"] for row in PAPERS_TEST).values()) == {5}


@pytest.mark.parametrize(
    ("recipe", "count"), [(slang, 499), (abstract, 240)], ids=["slang", "abstract"]
)
def test_the_recipes_read_their_rows(recipe, count):
    read = [row for file in recipe.TRAIN_FILES for row in recipe.read_rows(file)]
    pairs = [pair for row in read for pair in recipe.training_pairs(row)]
    assert len(read) == count
    assert len(recipe.read_rows(recipe.TEST_FILE)) == 40
    assert all(recipe.parse_reply(target) for _, target in pairs)


def test_the_files_are_small():
    files = [*DATA.glob("slang_*.jsonl"), *DATA.glob("abstract_*.jsonl")]
    assert sum(file.stat().st_size for file in files) < 1_500_000
