"""Somebody who does not know the person answers the quiz.

The base model, without an adapter, sees the quiz question and the four options, not
what the participant wrote. It takes the option that it finds likeliest after

    Question: {question}        질문: {question}
    Answer: {option}            답: {option}

in two ways: by `likelihood`, the mean log-probability of the option's tokens, and by
`pmi`, how much the question raises the option's whole log-probability over the one it
has after "Answer:" alone, so that common phrases are not preferred (Holtzman et al.,
2021, "Surface Form Competition"). Chance finds 25 % of the keys, which is ideal: more
means that the options give the key away. So does much less: where what a person said
is odder than the wrong options, a guesser does well who takes the option that the
model finds least likely. That is reported as `by_rarity`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
from tqdm import tqdm

from worker.quality.metrics import chance_of_key
from worker.quality.text import break_control_tokens, squeeze

_WORDING = Path(__file__).parent / "wording" / "outsider.json"
_HANGUL = re.compile("[가-힣]")

Score = Callable[[Sequence[tuple[list[int], list[int]]]], list[np.ndarray]]
Solved = dict[str, float]


class Outsider:
    """Scores options by what the base model finds likely.

    Attributes:
        tokenizer: text to token ids, with `start_token_id`.
        score: as `Likelihood.score`.
    """

    def __init__(self, tokenizer, score: Score) -> None:
        self.tokenizer = tokenizer
        self.score = score

    @classmethod
    def load(cls, preset: str, data_dir: Path) -> Outsider:
        """The outsider of a preset, its weights read.

        Raises:
            PresetError: with what to do.
        """
        from worker.likelihood import Likelihood
        from worker.presets import locate
        from worker.presets.backbone import load_tokenizer
        from worker.weights import read_preset

        folder = locate(preset, data_dir)
        likelihood = Likelihood(*read_preset(folder, data_dir / "weights"))

        def score(pairs):
            different = {(tuple(prompt), tuple(said)) for prompt, said in pairs}
            with tqdm(total=len(different), unit="option", file=sys.stderr) as bar:
                return likelihood.score(pairs, bar.update)

        return cls(load_tokenizer(folder), score)

    def solve(self, quizzes: Sequence[Mapping[str, Any] | None]) -> list[Solved]:
        """How surely the outsider finds each key: 1.0, 0.0, or between for a tie.

        Returns:
            For each quiz `outsider_likelihood`, `outsider_pmi` and `by_rarity`;
            nothing for a quiz that is None or has an empty option.
        """
        fit = [i for i, quiz in enumerate(quizzes) if quiz and _complete(quiz)]
        pairs = [pair for i in fit for pair in self._pairs(quizzes[i])]
        scores = iter(self.score(pairs))
        solved: list[Solved] = [{} for _ in quizzes]
        for i in fit:
            options = len(quizzes[i]["options"])
            asked, unasked = zip(
                *((next(scores), next(scores)) for _ in range(options)), strict=True
            )
            solved[i] = _solved(asked, unasked, quizzes[i]["answer"])
        return solved

    def _pairs(self, quiz: Mapping[str, Any]) -> list[tuple[list[int], list[int]]]:
        """Of each option: after the question, then after the bare word "Answer"."""
        asked, unasked = map(self._encode, prompts(quiz["question"]))
        pairs = []
        for option in quiz["options"]:
            said = self._tokens(" " + break_control_tokens(squeeze(option)))
            pairs += [(asked, said), (unasked, said)]
        return pairs

    def _encode(self, text: str) -> list[int]:
        return [self.tokenizer.start_token_id, *self._tokens(text)]

    def _tokens(self, text: str) -> list[int]:
        return [int(token) for token in self.tokenizer(text)]


def prompts(question: str) -> tuple[str, str]:
    """What stands before an option, with the question and without it.

    Example: "Hero?" -> ("Question: Hero?\\nAnswer:", "Answer:").
    """
    language = "ko" if _HANGUL.search(question) else "en"
    wording = json.loads(_WORDING.read_text(encoding="utf-8"))[language]
    harmless = break_control_tokens(squeeze(question))
    return Template(wording["asked"]).substitute(question=harmless), wording["unasked"]


def _complete(quiz: Mapping[str, Any]) -> bool:
    return all(option.strip() for option in quiz["options"])


def _solved(
    asked: Sequence[np.ndarray], unasked: Sequence[np.ndarray], answer: int
) -> Solved:
    """From the log-probabilities of each option's tokens, three ways to choose.

    Example: asked [[-1, -1], [-3]], unasked [[-2, -1], [-9]], answer 2 -> likelihood
    0.0 (-1 beats -3), pmi 1.0 (6 beats 1), rarity 1.0.
    """
    likelihood = [float(np.mean(one)) for one in asked]
    pmi = [
        float(np.sum(one) - np.sum(alone))
        for one, alone in zip(asked, unasked, strict=True)
    ]
    return {
        "outsider_likelihood": chance_of_key(likelihood, answer),
        "outsider_pmi": chance_of_key(pmi, answer),
        "by_rarity": chance_of_key([-one for one in likelihood], answer),
    }
