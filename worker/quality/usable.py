"""Whether an answer holds anything to ask about."""

from __future__ import annotations

import re

from protocol import Reason
from worker.quality.orders import without_orders
from worker.quality.text import fold, squeeze
from worker.quality.words import content_words, word_list

# An answer made of these and of the question's own words says nothing:
# "별명 없어요", "I don't collect any".
_NOTHING = word_list("nothing")
_FILLER = re.compile(
    "[ㅋㅎㅠㅜㄷㅡ]+|(?<![a-z])(?:lol|haha+|tbh|rn|sorry|lmao|pls|man)(?![a-z])"
)
_REFUSED = re.compile(
    "(?:노코멘트|비밀로|안알랴)(?:할|하|해|둘|줄|줌|요|임|입니다|$).*"
    "|.{0,40}비밀로(?:할|하겠|둘)[가-힣]{0,5}"
    "|(?:저는)?(?:넘어가|넘어갈|건너뛸|건너뛰|패스할)(?!는)[가-힣]{0,6}"
    "|(?:좀|너무)?귀찮아?[가-힣]{0,4}(?:패스|요)?|비공개(?:요|입니다|임)?"
    "|(?:주말|위|앞|[0-9]번)?(?:과|와)?(?:이하)?동문(?:입니다|이요)?"
    "|다들비슷하지않.{0,3}|(?:안녕(?:하세요)?|감사합니다|고맙습니다|수고하세요|수고하셨습니다|화이팅)+"
    "|아무(?:데나|거나|때나|나)(?:요|용)?|(?:전|저는)?상관(?:없|무)[가-힣]{0,3}"
    "|노잼이라없[가-힣]{1,3}|[읎없엄](?:다|슴|슴다|음|당|어요|써요|는데요|네요)"
    "|skipthis.*|testing.*|itsasecret.*|thatsprivate.*|loremipsum.*"
    "|(?:no|none)?(?:thankyou|thanks|thx)|.{0,40}nothanks"
    "|noneofyourbusiness|(?:blah)+|hello|hi|hithere|hey|whydoyouask|leaveblank"
    "|(?:pretty|very|too)?hardto(?:say|choose|pick|decide)|cantdecide"
    "|(?:imnot|notgoingto|iwont)answer.{0,12}|(?:ilike|ilove)(?:all|any)ofthem"
    "|(?:youd|youwould|youll)haveto.{0,20}|.{3,30}(?:so|therefore)no[a-z]{3,10}"
)
_WHOLE = re.compile(
    "글쎄[요용]*|음+|흠+|어+|네+|넵|넹|예|응|아무거나요?|몰라요?|x+|yep|yeah|yup|sure"
)
_AGREED = re.compile(
    "네+|넵|넹|예|응|어|ㅇㅇ|그럼요?|당연하죠|물론이죠|yes|yeah|yep|yup|sure|ofcourse"
)
# "민트초코 좋아하세요?", "Do you drive?" can be answered by yes.
_OPEN_KO = re.compile("뭐|뭘|무엇|무슨|어디|어떤|어느|어떻|언제|누구|왜|몇|얼마|있")
_CLOSED_KO = re.compile(r"(?:나요|가요|까요?|세요|아요|어요|해요|니|냐)\s*\?")
_CLOSED_EN = re.compile("(?:do|does|did|are|is|can|could|have|has|will|would)(?= )")
_OPEN_EN = re.compile(r"\b(?:any|or|what|which|who|where|how)\b")
_ABOUT_WORDS = re.compile(
    "자주 쓰는 말|싫어하는 말|입버릇|가훈|좌우명|favou?rite word|motto"
)
_ABOUT_EMOJI = re.compile("이모티콘|이모지|emoji", re.IGNORECASE)
_ABOUT_NUMBERS = re.compile("숫자|번호|몇|number|how many|code|pin", re.IGNORECASE)
_ASIDE = re.compile(r"\(([^()]{2,60})\)|['\"‘“]([^'\"’”]{1,30})['\"’”]이")
_EMOJI = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")
_JAMO_ONLY = re.compile("[ㄱ-ㅎㅏ-ㅣ\\W\\d_]+")
_JAMO = re.compile("[ㄱ-ㅎㅏ-ㅣ]")
_LETTER = re.compile(r"[^\W_]")
_REPEATED = re.compile(r"(.{1,3}?)\1{2,}")
_TWICE = re.compile(r"(.{2,5}?)\1+")
_ROWS = ("asdfghjkl", "qwertyuiop", "zxcvbnm", "1234567890", "abcdefghijklmnop")
_KEYBOARD = (
    "가나다라마바사아자차카타파하",
    "asdfasdfasdf",
    *_ROWS,
    *(row[::-1] for row in _ROWS),
)
_CONSONANTS = re.compile("[^aeiouy]{4}")
_VOWELS = frozenset("aeiouy")
_CHOICE = re.compile(r"\b(?:or|vs)\b|아니면|중에|[가-힣]\?.*\?|[나와과랑요] ")
COPIED = 0.7  # share of the question that an answer repeats, adding nothing


def why_unusable(question: str, answer: str) -> Reason | None:
    """The reason no quiz can be made of `answer`, or None if one can.

    Both texts must be normalised (`worker.quality.text.normalise`).

    Example: "없음 ㅋㅋ" to "취미는?" -> Reason.MEANINGLESS; "등산" -> None.
    """
    if not answer:
        return Reason.EMPTY
    if not without_orders(answer):
        return Reason.MEANINGLESS
    if _fits_the_question(question, answer):
        return None
    said = fold(_FILLER.sub(" ", answer.casefold()))
    if not _LETTER.search(said) or (_JAMO_ONLY.fullmatch(said) and not said.isdigit()):
        return Reason.MEANINGLESS
    words = set(answer.casefold().split())
    if len(words) == 1 and len(answer.split()) > 1:  # "등산 등산 등산"
        return why_unusable(question, words.pop())
    if _is_mash(said, answer, question) or _says_nothing(question, answer):
        return Reason.MEANINGLESS
    return None


def _fits_the_question(question: str, answer: str) -> bool:
    """What says nothing elsewhere, but is what this question asks for.

    Example: "네" to "운전하세요?", "🦦" to "What is your go-to emoji?".
    """
    said = fold(answer)
    if _ABOUT_EMOJI.search(question) and _EMOJI.search(answer):
        return "🤷" not in answer
    if _AGREED.fullmatch(said):
        return _asks_yes_or_no(question)
    if _ABOUT_WORDS.search(question.casefold()) and len(said) >= 2:
        words = set(content_words(answer))
        return not _asks_to_skip(said) and len(words) <= 2 and said != "없음"
    return any(
        set(content_words(found[1] or found[2])) - _NOTHING or found[2]
        for found in _ASIDE.finditer(answer)
    )


def _asks_to_skip(said: str) -> bool:
    return said in {
        "패스",
        "스킵",
        "비밀",
        "노코멘트",
        "pass",
        "skip",
        "none",
        "na",
    } or (said.startswith(("없", "idk", "dunno", "비밀이에", "비밀입")))


def _asks_yes_or_no(question: str) -> bool:
    asked = question.casefold()
    if re.search("[가-힣]", asked):
        return bool(_CLOSED_KO.search(asked)) and not _OPEN_KO.search(asked)
    return bool(_CLOSED_EN.match(asked)) and not _OPEN_EN.search(asked)


def _says_nothing(question: str, answer: str) -> bool:
    """Only words of the question, and at least one that says "nothing"."""
    said, asked = fold(answer), fold(question)
    if said == asked or (said in asked and len(said) >= COPIED * len(asked)):
        return True
    for spelled in (said, fold(_FILLER.sub(" ", answer.casefold()))):
        if _WHOLE.fullmatch(spelled) or _refuses(spelled):
            return True
    words = set(content_words(_FILLER.sub(" ", answer.casefold())))
    if not any(char.isdigit() for char in answer):
        words.discard("1")  # "I don't have one"
    if said in asked and len(said) >= 4 and not _CHOICE.search(question):
        return True
    return (
        bool(words & _NOTHING) and not words - set(content_words(question)) - _NOTHING
    )


def _refuses(said: str) -> bool:
    return len(said) <= 60 and _REFUSED.fullmatch(said) is not None


def _is_mash(said: str, answer: str, question: str) -> bool:
    """Keys hit at random: one syllable over and over, a keyboard row, no vowels."""
    if said.isdigit():
        counted = len(said) >= 4 and said in "12345678901234567890"
        return counted and not _ABOUT_NUMBERS.search(question)
    if _REPEATED.fullmatch(said) or len(_JAMO.findall(said)) > max(2, len(said) / 4):
        return True
    twice = _TWICE.fullmatch(said)
    unit = twice[1] if twice and len(twice[1]) >= 3 else said
    if any(len(unit) >= (3 if twice else 4) and unit in row for row in _KEYBOARD):
        return True
    word = squeeze(answer).casefold()
    if not (word.isascii() and word.isalpha() and len(word) >= 5):
        return False
    home_row = set(word) <= set(_ROWS[0]) and _CONSONANTS.search(word)
    return not _VOWELS & set(word) or bool(home_row)
