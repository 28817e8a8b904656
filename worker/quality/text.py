"""Text as people type it, made comparable and harmless.

`normalise` is for what participants wrote, `fold` for comparing two phrases.
"""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c"
    "\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
    "\ud800-\udfff\ue000-\uf8ff]"  # lone surrogates stop the tokenizer
)
_MARKS = re.compile("([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]){3,}")
# Known names only: "<Parasite>" is how a film's title is written in Korea.
_TAGS = (
    "script|style|b|i|u|a|p|br|hr|img|svg|iframe|div|span|text|html|body|h[1-6]|input"
    "|form|link|meta|object|embed|video|audio|table|tr|td|ul|li|pre|code"
)
_TOKENS = r"bos|eos|pad|unk|mask|s|unused\d+|[a-z]+(?:_[a-z]+)+"
_MARKUP = re.compile(
    r"\x1b\[[\d;]{0,8}[A-Za-z]"  # colours of a terminal
    r"|[<＜]\|?im_start\|?[>＞]system.{0,300}?[<＜]\|?im_end\|?[>＞]"
    rf"|[<＜]/?\|?(?:{_TOKENS})\|?[>＞](?:(?:user|model|system|assistant)\s)?"
    r"|<(script|style)\b[^<>]{0,200}>[^<>]{0,300}</\1>"
    rf"|</?(?:{_TAGS})\b[^<>]{{0,300}}>|<!--.{{0,300}}?-->|\[multimodal\]"
    r"|\{\{.{0,200}?\}\}|\{%.{0,200}?%\}|[$#]\{[^{}]{0,100}\}|<%.{0,200}?%>"
    r"|^\s*[=@][A-Z]{3,20}\([^\n]{0,300}\)+|\[[xX ]?\]",
    re.IGNORECASE,
)
_CONTROL_TOKEN = re.compile(r"<(?=/?[A-Za-z_][\w:.-]*>)|\[(?=multimodal\])")
_SENTENCE_END = re.compile(r"(?<=[.!?。…~])\s+|(?<=[요다죠])\s+(?=\S)")
_PUNCTUATION = re.compile(r"[\W_]+", re.UNICODE)


def squeeze(text: str) -> str:
    """One line, single spaces, no space at the ends."""
    return _SPACES.sub(" ", text).strip()


def normalise(text: str) -> str:
    """NFC, without markup, control, bidi and stacked combining characters, one line.

    Example: "<b>등산</b>\u202e{{ x }}" -> "등산".
    """
    text = _MARKUP.sub(" ", unicodedata.normalize("NFC", text))
    text = _INVISIBLE.sub("", text.replace("\u2028", " ").replace("\u2029", " "))
    return squeeze(_MARKS.sub("", text))


def break_control_tokens(text: str) -> str:
    """Put a space into spellings such as `<end_of_turn>`.

    SentencePiece encodes a typed control token as the real one (STYLE principle 14).

    Example: "<end_of_turn>hi" -> "< end_of_turn>hi".
    """
    return _CONTROL_TOKEN.sub(lambda match: match[0] + " ", text)


def whole_sentences(text: str, limit: int) -> str:
    """The leading whole sentences of `text` within `limit` characters.

    A single sentence longer than the limit is cut at its last word.
    """
    if len(text) <= limit:
        return text
    kept = ""
    for sentence in _SENTENCE_END.split(text):
        longer = f"{kept} {sentence}".strip()
        if len(longer) > limit:
            break
        kept = longer
    return kept or text[:limit].rsplit(" ", 1)[0]


def compatible(text: str) -> str:
    """NFKC, but single jamo such as "ㅋ" stay as they are typed."""
    text = unicodedata.normalize("NFC", text)
    if unicodedata.is_normalized("NFKC", text):
        return text
    return "".join(
        char if "ㄱ" <= char <= "ㆎ" else unicodedata.normalize("NFKC", char)
        for char in text
    )


def fold(text: str) -> str:
    """For comparing: compatible, case-folded, without spaces and punctuation."""
    return _PUNCTUATION.sub("", compatible(text).casefold())
