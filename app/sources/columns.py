"""What each column of a form's answers is: name, consent, a question, or neither.

Time stamps, addresses, phone numbers and scores are recognised so that they are
never stored. The first row holds the headers; all cells are text.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from app.cleaning import clean_line, whole_sentences
from protocol import MAX_QUESTION

STAMPS = {
    *("타임스탬프", "응답 시간", "응답 일시", "응답일시", "제출 시간", "제출일시"),
    *("시작 시간", "완료 시간", "timestamp", "submitted at", "submission time"),
    *("start time", "completion time", "last modified time", "horodateur"),
}
PRIVATE = {
    *("이메일", "이메일 주소", "메일 주소", "전자 메일", "전자메일", "사용자 이름"),
    *("email", "e-mail", "email address", "e-mail address", "username"),
    *("전화번호", "휴대폰 번호", "핸드폰 번호", "휴대전화", "연락처", "주소"),
    *("phone", "phone number", "mobile", "address", "주민등록번호", "생년월일"),
    *("점수", "총점", "총 점수", "score", "total score", "total points", "id"),
    *("quiz feedback", "grade posted time", "응답자 id", "번호"),
}
FEEDBACK = re.compile(r"\[(점수|피드백|의견|score|feedback)\]$", re.I)
# Beside "이름", a column "별명" asks an easy question; alone it is the name.
NAMES = {
    *("이름", "성함", "성명", "참가자 이름", "참여자 이름", "작성자", "응답자"),
    *("name", "full name", "your name", "first name", "display name"),
}
NICKNAMES = {"닉네임", "별명", "별칭", "nickname", "your nickname", "nick name"}
NAME_ASKED = (
    re.compile(
        r"(당신의|본인의?|본인|귀하의|여러분의)? ?(이름|성함|성명|닉네임)"
        r"( ?(\(|/|또는|이나|혹은) ?(이름|성함|닉네임|별명)\)?)?"
        r"(은|는|이|가|을|를)?( ?(뭐|무엇|어떻게|적어|써|입력|알려|작성).*)?"
    ),
    re.compile(
        r"(what('?s| is) |please enter |enter )?(your |the )?"
        r"(full |first |real |display |nick ?)?name( ?(or|/) ?nick ?name)?"
    ),
)
CONSENT = re.compile(r"동의|공개.*(괜찮|가능)|consent|\bagree\b|permission", re.I)
REFUSED = re.compile(
    r"아니|안 ?(함|해|돼|됨|합니다)|(하지|지) ?않|싫|미동의|비동의|거부|불가"
    r"|\bno\b|\bnot\b|n't\b|\bdisagree\b|\bdecline\b",
    re.I,
)
ANONYMOUS = re.compile(r"익명|anonym|without (my )?name", re.I)
AGREED = re.compile(
    r"^(네|예|응|동의|찬성|좋|가능|괜찮|yes\b|y$|i agree|agree|ok)", re.I
)
DATE_TIME = re.compile(
    r"(\d{4}[./-] ?\d{1,2}[./-] ?\d{1,2}\.?|\d{1,2}[./]\d{1,2}[./]\d{4}),?"
    r"[ T]+((오전|오후|AM|PM|上午|下午) ?)?\d{1,2}:\d{2}.*"
)
# A cell of a megabyte is no title, and the patterns here would take minutes for it.
LOOKED_AT = 400
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Positions of the columns; None or empty where there is no such column."""

    stamp: int | None = None
    name: int | None = None
    consent: int | None = None
    questions: dict[int, str] = field(default_factory=dict)


def recognise(header: list[str], rows: list[list[str]], language: str) -> Columns:
    """What each column is, by its header and, where that is not enough, its cells.

    `rows` are as wide as `header`.
    """
    titles = [clean_line(cell) for cell in header]
    cells = [[row[n][:LOOKED_AT] for row in rows if row[n]] for n in range(len(titles))]
    plain = [_plain(title[:LOOKED_AT]) for title in titles]
    stamps = [n for n, t in enumerate(plain) if t in STAMPS or _stamp(n, cells[n])]
    private = {n for n, title in enumerate(plain) if _private(title, cells[n])}
    left = [n for n in range(len(titles)) if n not in {*stamps, *private}]
    name = _name(plain, left)
    consent = next(
        (n for n in left if n != name and _consent(plain[n], cells[n])), None
    )
    asked = [
        n
        for n in left
        if n not in (name, consent) and (titles[n] or cells[n])  # not a blank column
    ]
    return Columns(
        stamp=stamps[0] if stamps else None,
        name=name,
        consent=consent,
        questions=_distinct(titles, asked, language),
    )


def consent_of(cell: str) -> str:
    """What a cell of the consent column allows; an empty one allows all."""
    if REFUSED.search(cell):
        return "none"
    return "anonymous" if ANONYMOUS.search(cell) else "named"


def _plain(title: str) -> str:
    """A header without the marks that forms and their authors put around it."""
    title = re.sub(
        r"[(\[（].{0,20}(필수|선택|required|optional).{0,20}[)\]）]", "", title
    )
    return title.strip(" *?:.!？：").casefold()


def _stamp(position: int, cells: list[str]) -> bool:
    """Forms write the time first, under a title in the author's language."""
    return bool(cells) and position == 0 and all(map(DATE_TIME.fullmatch, cells))


def _private(title: str, cells: list[str]) -> bool:
    addresses = bool(cells) and all(map(EMAIL.fullmatch, cells))
    return title in PRIVATE or addresses or bool(FEEDBACK.search(title))


def _name(plain: list[str], left: list[int]) -> int | None:
    """The column of names: by an exact title, a nickname, or a question for it."""
    for titles in (NAMES, NICKNAMES):
        for n in left:
            if plain[n] in titles:
                return n
    for n in left:
        if any(pattern.fullmatch(plain[n]) for pattern in NAME_ASKED):
            return n
    return None


def _consent(title: str, cells: list[str]) -> bool:
    """Only if every cell is a short yes, no or "anonymous" to a matching title."""
    return bool(CONSENT.search(title)) and all(
        len(cell) <= 60
        and (AGREED.search(cell) or REFUSED.search(cell) or ANONYMOUS.search(cell))
        for cell in cells
    )


def _distinct(titles: list[str], asked: list[int], language: str) -> dict[int, str]:
    """A different question for each column: duplicates are numbered, blanks named."""
    blank = "{n}번째 질문" if language == "ko" else "Question {n}"
    seen: Counter[str] = Counter()
    questions = {}
    for n in asked:
        title = titles[n] or blank.format(n=n + 1)
        title = whole_sentences(title, MAX_QUESTION - 5)
        seen[title] += 1
        questions[n] = title if seen[title] == 1 else f"{title} ({seen[title]})"
    return questions
