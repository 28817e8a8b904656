"""Personal data that must never reach a question, an option or a screen.

The worker cleans what the model reads, the web process what its pages quote.
"""

from __future__ import annotations

import re

_EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_RESIDENT_NUMBER = (
    r"(?<!\d)\d{6}\s?-\s?[0-8][\d*]{6}(?!\d)"
    r"|(?<!\d)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[0-8]\d{6}(?!\d)"
)
_CARD = r"(?<!\d)(?:\d{4}[ -]?){3}\d{4}(?!\d)"
_PHONE = (
    r"(?<![\d.])(?:\+\d{1,3}[ .-]?)?\(?0?1[016789]\)?[ .-]?\d{3,4}[ .-]?\d{4}(?!\d)"
    r"|(?<![\d.])0\d{1,2}[ .)-]{1,2}\d{3,4}[ .-]\d{4}(?!\d)"
    r"|(?<!\d)\+\d{1,3}(?:[ .-]?\d{2,4}){2,4}(?!\d)"
    r"|(?<!\d)\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?!\d)"
)
_ACCOUNT = (
    r"(?<!\d)(?!\d\d-\d\d-(?:19|20)\d\d(?!\d))"  # a date is none
    r"\d{2,6}-\d{2,6}-\d{4,8}(?:-\d{1,3})?(?!\d)"
)
_STREET_KO = (
    r"(?:[가-힣]{1,5}(?:특별시|광역시|도|시)\s+)?(?:[가-힣]{1,6}[시군구]\s+){0,2}"
    r"[가-힣\d]{1,12}(?:대로|로|길)\s?\d{1,4}(?:-\d{1,4})?(?![\d.,:]*\d)"
    # "자전거로 20분" is no street: most words behind a number are its unit.
    r"(?!\s?(?:분|시|년|번(?!지|길)|개|명|살|원|만|천|백|초|등|점|코스|호선|km|킬로))"
    r"(?:번지|번길\s?\d{1,4}|호|동|(?=길|층|에|이|예|입|인|의|을|를|은|는|요)|(?![가-힣A-Za-z%]))"
    r"(?:[ ,]+\d{1,4}동)?(?:[ ,]+\d{1,4}호)?"
    r"|[가-힣]{1,7}[동리읍면]\s?\d{1,4}(?:-\d{1,4})?번지"
)
_STREET_EN = (
    r"\d{1,5}\s+(?:[A-Z][a-z]+\s){1,3}"
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd)\b\.?"
)
_PRIVATE = re.compile(
    "|".join(
        (_EMAIL, _RESIDENT_NUMBER, _CARD, _PHONE, _ACCOUNT, _STREET_KO, _STREET_EN)
    )
)


def redact(text: str) -> str:
    """`text` without e-mail addresses, phone, resident, card and account numbers and
    street addresses; unchanged if there is none.

    Example: "전화는 010-1234-5678이요" -> "전화는 이요".
    """
    if not holds_private_data(text):
        return text
    return re.sub("[ \t]+", " ", _PRIVATE.sub(" ", text)).strip()


def holds_private_data(text: str) -> bool:
    """Whether `redact` would take something out."""
    return _PRIVATE.search(text) is not None
