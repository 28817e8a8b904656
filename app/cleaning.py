"""Outside text as plain text: one spelling, nothing invisible that misleads."""

from __future__ import annotations

import re
import unicodedata

# Marks that turn the writing direction, and the byte order mark: a name with one
# of these can reverse the sentence around it on a projector.
_HIDDEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
# A cell that begins like this is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Letters that show nothing: fillers of Hangul, the empty pattern of Braille.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_INVISIBLE = ("Cf", "Cn", "Co", "Mn", "Me", "Zs", "Zl", "Zp", "Cc")
_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029\v\f]")


def clean_text(text: str) -> str:
    """`text` in NFC without control, surrogate and direction characters.

    Line breaks stay; blanks at the ends of lines and of the text go. A text in which
    nothing can be seen is empty.
    """
    text = _HIDDEN.sub("", _BREAKS.sub("\n", text).replace("\t", " "))
    kept = (c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))
    text = unicodedata.normalize("NFC", "".join(kept))
    text = "\n".join(line.strip() for line in text.split("\n")).strip()
    return text if any(map(_is_visible, text)) else ""


def _is_visible(char: str) -> bool:
    return char not in _BLANK and unicodedata.category(char) not in _INVISIBLE


def clean_line(text: str) -> str:
    """`clean_text` on one line: every run of white space is one blank."""
    return " ".join(clean_text(text).split())


def folded(text: str) -> str:
    """`text` without case, spaces and punctuation, to tell whether two say the same.

    Example: "고양이!" and "고 양이" are both "고양이". What is nothing but signs, such
    as an emoji, stays as it is.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in plain if c.isalnum()) or "".join(plain.split())


def whole_sentences(text: str, limit: int) -> str:
    """At most `limit` characters of `text`, ending where a sentence ends.

    Only for text that nobody can be asked to shorten, such as a sheet's cell.
    """
    if len(text) <= limit:
        return text
    head = text[:limit]
    ends = [match.end() for match in re.finditer(r"[.!?。！？\n]", head)]
    return head[: ends[-1]].rstrip() if ends else head


def harmless_cell(cell: str | int) -> str | int:
    """A text that no spreadsheet takes for a formula; numbers stay numbers."""
    risky = isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA)
    return f"'{cell}" if risky else cell
