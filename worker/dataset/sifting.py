"""From the pairs of a page to candidates: cleaned, without what must not be kept.

The rules are those of a meeting: what is no answer, holds personal data, is hurtful,
sexual or about somebody's health does not become a quiz, so it is not collected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from privacy import holds_private_data, redact
from worker.dataset import rows
from worker.dataset.pairs import Pair
from worker.quality.orders import without_orders
from worker.quality.sensitive import why_sensitive
from worker.quality.sentences import sentences
from worker.quality.text import fold, normalise, whole_sentences
from worker.quality.usable import why_unusable

LONGEST_QUESTION = 120  # characters
LONGEST_ANSWER = 600  # the prompt must fit into the sequence of 512 tokens


class Sieve:
    """Sifts page after page; knows what it has seen and counts what it left out.

    `dropped` counts pairs by reason: private, sensitive, meaningless, other_language,
    long_question, duplicate. `shortened` counts answers cut to whole sentences,
    `redacted` those that lost a sentence with personal data.
    """

    def __init__(self, known: Iterable[dict[str, Any]] = ()) -> None:
        self.dropped: Counter[str] = Counter()
        self.shortened = self.redacted = 0
        self._seen = {_key(row["question"], row["answer"]) for row in known}

    def sift(
        self, pairs: Iterable[Pair], source: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """The candidates of a page, each with the note of its source."""
        found = []
        for pair in pairs:
            question, answer = normalise(pair.question), normalise(pair.answer)
            reason, answer = self._cleaned(question, answer)
            if reason:
                self.dropped[reason] += 1
                continue
            self._seen.add(_key(question, answer))
            found.append(
                {
                    "id": rows.identity(source["url"], question, answer),
                    "lang": rows.language_of(f"{question} {answer}"),
                    "question": question,
                    "answer": answer,
                    "source": source,
                }
            )
        return found

    def _cleaned(self, question: str, said: str) -> tuple[str, str]:
        """Why the pair is left out, or "", and the answer to keep."""
        answer = without_orders(without_private_sentences(said))
        kept = whole_sentences(answer, LONGEST_ANSWER)
        reason = self._reason(question, said, kept)
        if not reason:
            self.shortened += kept != answer
            self.redacted += answer != said
        return reason, kept

    def _reason(self, question: str, said: str, kept: str) -> str:
        if len(question) > LONGEST_QUESTION:
            return "long_question"
        if holds_private_data(question) or (said and not kept):
            return "private"
        if why_sensitive(question, said):
            return "sensitive"
        if why_unusable(question, kept):
            return "meaningless"
        if rows.language_of(f"{question} {kept}") is None:
            return "other_language"
        return "duplicate" if _key(question, kept) in self._seen else ""


def without_private_sentences(text: str) -> str:
    """`text` without the sentences that hold personal data; what is left is redacted.

    Example: "등산이요. 제 번호는 010-1234-5678이에요." -> "등산이요."
    """
    if not holds_private_data(text):
        return text
    kept = [one for one in sentences(text) if not holds_private_data(one)]
    return redact(" ".join(kept))


def _key(question: str, answer: str) -> str:
    return f"{fold(question)}\n{fold(answer)}"
