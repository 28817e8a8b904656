"""Claims of direction in Korean text, by the morphemes of each clause.

Whether a word states a finding is told by the ending after it: "늘었다", "늘었으나"
and "는 것으로 나타났다" do, "늘리고자", "늘릴 수" and "느는지" do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from worker.quality.direction_words import (
    AMOUNT,
    EXISTENCE,
    VALENCE,
    Direction,
    existing_nouns,
    lexicon,
    signed,
)
from worker.quality.sentences import spans
from worker.quality.words import korean_tokens

_CLAUSE_ENDS = ("고", "으며", "며", "으나", "나", "지만")
_NOTES = ("음", "ᆷ")  # "성공률이 높음."
_QUESTIONS = re.compile(r"(?:는가|은가|ㄹ까|을까|ᆯ까)")
_BOUND = ("수", "ᆯ", "을", "어야", "도록", "기")  # of what may, must or shall be
_SEEN = ("나타나", "측정", "유지", "관찰", "조사", "확인", "추정", "평가", "나오", "되")
_ABOUT_TAGS = ("NNG", "NNP", "SL", "SN", "XR", "NR")
# Roots that stand in the lexicon with "하", and what every abstract speaks of.
_ROOTS = ("유의", "유의미", "동일", "유사", "무관", "비슷", "결과")
_RELATIONS = frozenset(("상관", "상관관계", "관계", "관련", "영향", "효과", "방향"))
_COUNTED = ("경우", "일", "편", "사람", "사례", "예")

_REPORTED = re.compile(
    r"\s*(?:것|점)\S*\s+\S{0,8}\s?(?:나타|확인|밝혀|드러|추정|조사|관찰|보고|분석|판단"
    r"|측정|알려|보였|보인)"
    r"|\s*(?:결과|모습|경향|양상|추세|수준|값)\S{0,2}\s+\S{0,8}\s?(?:보였|보인|나타|확인"
    r"|얻|관찰|머물|그쳤|유지|기록)"
    r"|\s*(?:것이다|것이었다|편이었다|편이다|것으로|반면|데 비해|데 반해)"
)
_STATED = re.compile(
    r"\s?(?:[.;]|$)|\s?[가를을이은는도]?\s?(?:뚜렷|크게|두드러지게|유의하게|함께)?\s?"
    r"(?:나타났|나타나|보였|보이|확인|관찰|측정|없었|있었|유지되|발견)"
)
_HANGUL_RUN = re.compile("[가-힣]*")


@dataclass(frozen=True)
class Clause:
    """Kiwi's tokens of one clause; `offset` is where their sentence begins."""

    text: str
    offset: int
    tokens: list

    def forms(self, first: int, last: int) -> list[str]:
        return [token.form for token in self.tokens[max(0, first) : last]]

    def begin(self, place: int) -> int:
        return self.offset + self.tokens[place].start

    def end(self, place: int) -> int:
        return self.begin(place) + self.tokens[place].len


def read(text: str) -> list[Direction]:
    """The words of direction in `text`, in their order."""
    return [claim for clause in clauses(text) for claim in _claims(clause)]


def clauses(text: str) -> Iterator[Clause]:
    """The clauses of each sentence of `text`: they end at and, but, while."""
    for first, last in spans(text):
        part: list = []
        for token in korean_tokens(text[first:last]):
            part.append(token)
            if token.tag == "EC" and token.form in _CLAUSE_ENDS:
                yield Clause(text, first, part)
                part = []
        yield Clause(text, first, part)


def _claims(clause: Clause) -> Iterator[Direction]:
    about = frozenset(
        token.form
        for token in clause.tokens
        if token.tag in _ABOUT_TAGS and token.form not in {*lexicon("ko"), *_ROOTS}
    )
    for place in range(len(clause.tokens)):
        known = lexicon("ko").get(_lemma(clause, place))
        if not known or not _is_claim_word(clause, place, known[0]):
            continue
        sign, denied = signed(*known, _negated(clause, place))
        end = _HANGUL_RUN.match(clause.text, clause.end(place)).end()
        yield Direction(
            axis=known[0],
            sign=sign,
            denied=denied,
            finding=known[0] == VALENCE or _is_finding(clause, place),
            vague=known[0] == AMOUNT and _is_vague(clause, place),
            about=about,
            text=clause.text[clause.begin(place) : end],
            start=clause.begin(place),
            end=end,
        )


def _lemma(clause: Clause, place: int) -> str:
    """The word at `place` as the lexicon spells it: "강" + "하" is "강하"."""
    token = clause.tokens[place]
    following = clause.tokens[place + 1] if place + 1 < len(clause.tokens) else None
    suffixed = following and following.tag in ("XSA", "XSV", "XSN", "JKG")
    if suffixed and f"{token.form}{following.form}" in lexicon("ko"):
        return f"{token.form}{following.form}"
    if token.form.endswith(("아지", "어지")) and token.form[:-2] in lexicon("ko"):
        return token.form[:-2]  # "높아지" is "높"
    return token.form


def _is_claim_word(clause: Clause, place: int, axis: str) -> bool:
    tag = clause.tokens[place].tag.split("-")[0]
    if axis == EXISTENCE:
        named = existing_nouns() & set(clause.forms(place - 4, place))
        return tag in ("VA", "VV", "VX") and bool(named)
    if axis == VALENCE:
        return _names_a_valence(clause, place)
    return tag in ("VV", "VA", "NNG", "XR", "MAG")


def _names_a_valence(clause: Clause, place: int) -> bool:
    """ "양의 상관", "긍정 정서", "부정적인 영향"; not "부정하다" or "정적 속에서"."""
    form, after = clause.tokens[place].form, clause.tokens[place + 1 : place + 5]
    if form in ("긍정", "부정"):
        return bool(after) and (after[0].form == "적" or after[0].tag == "NNG")
    return "비례" in form or bool(_RELATIONS & {token.form for token in after})


def _is_vague(clause: Clause, place: int) -> bool:
    before = clause.forms(place - 2, place)
    counts = clause.tokens[place].form in ("많", "적", "드물", "잦")
    return counts and any(form in _COUNTED for form in before)


def _negated(clause: Clause, place: int) -> bool:
    """ "줄지 않았다", "안 줄었다", "증가하지 못했다", "증가는 없었다"."""
    for token in clause.tokens[place + 1 : place + 6]:
        if token.form in ("않", "못하", "없", "아니"):
            return True
        if token.tag in ("SP", "ETM"):
            break
    return clause.forms(place - 1, place) in (["안"], ["못"])


def _is_finding(clause: Clause, place: int) -> bool:
    token, tail = clause.tokens[place], clause.tokens[place + 1 : place + 7]
    background = _is_vague(clause, place) and "었" not in clause.forms(place, place + 3)
    if token.tag == "MAG" or background:
        return False  # "자주", "그런 일이 많다"
    if token.tag in ("NNG", "XR") and not (tail and tail[0].tag in ("XSV", "XSA")):
        return bool(_STATED.match(clause.text, clause.end(place)))
    for at, one in enumerate(tail, start=place + 1):
        if one.tag in ("ETM", "ETN", "EC", "EF", "SF", "SP"):
            return _ends_a_finding(clause, at)
    return True  # a note: "성공률 높음"


def _ends_a_finding(clause: Clause, place: int) -> bool:
    """Whether the ending at `place` lets its verb state something."""
    token = clause.tokens[place]
    if token.tag == "EC":
        goes_on = token.form in ("지", "어", "아", "게")
        return token.form in _CLAUSE_ENDS or (goes_on and _goes_on(clause, place + 1))
    if token.tag == "ETM":
        only = token.form in ("ᆯ", "을") and clause.forms(place + 1, place + 2) == ["뿐"]
        reported = _REPORTED.match(clause.text, clause.end(place))
        return only or (token.form in ("은", "ᆫ", "던", "는") and bool(reported))
    if token.tag == "ETN":
        following = clause.tokens[place + 1 : place + 2]
        return token.form in _NOTES and all(one.tag == "SF" for one in following)
    return token.tag == "SF" or (token.tag == "EF" and not _QUESTIONS.match(token.form))


def _goes_on(clause: Clause, place: int) -> bool:
    """After "-지", "-게", "-어": does the clause end in a finding?"""
    rest = clause.tokens[place:]
    compared = {"더", "덜", "가장"} & set(clause.forms(place - 3, place - 2))
    adverb = clause.tokens[place - 1].form == "게" and not compared
    if rest and (rest[0].form == "보이" or (adverb and rest[0].form not in _SEEN)):
        return False  # "비슷해 보이지만", "다르게 느껴진다", "크게 늘었다"
    for at, one in enumerate(rest[:8], start=place):
        ends = one.tag in ("EF", "SF") or (one.tag == "ETN" and one.form in _NOTES)
        if ends or (one.tag == "EC" and one.form in _CLAUSE_ENDS):
            return not set(_BOUND) & set(clause.forms(place, at))
        if one.tag == "ETM":
            return bool(_REPORTED.match(clause.text, clause.end(at)))
    return not rest
