"""What a page says: whether we may use it, its title and licence, its lines of text.

trafilatura finds the text among menus, banners and comments; lxml reads the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import lxml.html
import trafilatura
from lxml.etree import ParserError, _Element

from worker.dataset.robots import AGENT
from worker.quality.text import squeeze

# Not in an index, not for training; "none" means both noindex and nofollow.
_REFUSALS = frozenset(("noai", "noindex", "none"))
_LICENCES = ("license", "dc.rights", "dcterms.license", "dcterms.rights")
_OWN_NAME = re.compile(rf"{AGENT}\s*:", re.IGNORECASE)
_OTHER_NAME = re.compile(
    r"^\s*(?!unavailable_after|max-)[\w-]+\s*:"
)  # "googlebot: noindex"


_BLOCKS = frozenset(("body", "head", "p", "list", "item", "quote", "cell", "div"))
_QUESTION_ENDS = ("?", "？")
_SENTENCE_ENDS = (".", "!", ")")
# Control characters, also spelt as references: lxml makes no tree of them.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
    r"|&#(?:x0{0,6}1?[0-9a-f]|0{0,6}[12]?\d|0{0,6}3[01]);",
    re.IGNORECASE,
)
_LABEL = 6  # characters: "Q12." and "답변." are no sentence


class Mark(StrEnum):
    """How a line stands out on the page."""

    HEADING = "heading"
    BOLD = "bold"
    TERM = "term"  # of a definition list
    PLAIN = "plain"


@dataclass(frozen=True, kw_only=True)
class Line:
    text: str
    mark: Mark = Mark.PLAIN


class Page:
    """A parsed page; one that cannot be parsed has no lines."""

    def __init__(self, text: str, headers: Mapping[str, str], url: str) -> None:
        self._headers = headers
        self._url = url
        try:
            # As bytes: lxml refuses a text that declares its encoding.
            parser = lxml.html.HTMLParser(encoding="utf-8")
            clean = _CONTROL.sub(" ", text).encode(errors="replace")
            self._tree = lxml.html.document_fromstring(clean, parser=parser)
        except (ParserError, ValueError):
            self._tree = lxml.html.document_fromstring("<html></html>")

    @property
    def refuses(self) -> bool:
        """Whether the page asks machines to leave it alone."""
        said = self._metas("robots") + self._metas(AGENT.lower())
        header = self._headers.get("x-robots-tag", "")
        if _OWN_NAME.match(header) or not _OTHER_NAME.match(header):
            said.append(_OWN_NAME.sub("", header))
        rules = {rule.strip().lower() for text in said for rule in text.split(",")}
        reserved = self._metas("tdm-reservation")  # W3C's opt-out of text mining
        reserved.append(self._headers.get("tdm-reservation", ""))
        return bool(rules & _REFUSALS) or "1" in reserved

    @property
    def title(self) -> str:
        found = self._metas("og:title") or self._tree.xpath("//title/text()")
        return squeeze(found[0]) if found else ""

    @property
    def licence(self) -> str | None:
        """The address or name of the licence that the page states for itself."""
        links = self._tree.xpath("//*[@rel='license' or @rel='licence']/@href")
        stated = links + [text for name in _LICENCES for text in self._metas(name)]
        stated += [one["license"] for one in self.data() if _is_text(one, "license")]
        return next((squeeze(text) for text in stated if text.strip()), None)

    def data(self) -> Iterator[dict[str, Any]]:
        """The objects of the page's JSON-LD, whatever they are nested in."""
        for text in self._tree.xpath("//script[@type='application/ld+json']/text()"):
            try:
                yield from _objects(json.loads(text))
            except (ValueError, RecursionError):
                continue

    def lines(self) -> list[Line]:
        """The lines of the page's main text, in order."""
        try:
            document = trafilatura.bare_extraction(
                self._tree,
                url=self._url,
                include_comments=False,
                include_formatting=True,
                include_tables=False,
                favor_recall=True,
            )
        except Exception:  # what the library stumbles over costs this page only
            return []
        body = None if document is None else document.body
        return [] if body is None else list(_lines(body))

    def _metas(self, name: str) -> list[str]:
        return [
            meta.get("content", "")
            for meta in self._tree.xpath("//meta[@content]")
            if name in (meta.get("name", "").lower(), meta.get("property", "").lower())
        ]


def _is_text(one: Mapping[str, Any], name: str) -> bool:
    return isinstance(one.get(name), str)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value
    if isinstance(inner, str) or not hasattr(inner, "__iter__"):
        return
    for one in inner:
        yield from _objects(one)


def _lines(body: _Element) -> Iterator[Line]:
    """The lines of trafilatura's tree: its blocks, cut where a line breaks.

    What is bold at a line's start is a line of its own if it is a sentence.
    """
    texts: list[str] = [""]
    marks: list[Mark] = [Mark.PLAIN]
    for text, mark, begins in _runs(body, Mark.PLAIN):
        empty = not texts[-1].strip()
        if begins or _ends_bold(texts[-1], marks[-1], text, mark):
            texts.append(text)
            marks.append(mark)
        elif text.strip():
            texts[-1] += text
            marks[-1] = mark if empty or marks[-1] == mark else _weaker(marks[-1])
        else:
            texts[-1] += text
    for text, mark in zip(texts, marks, strict=True):
        if squeeze(text):
            yield Line(text=squeeze(text), mark=mark)


def _ends_bold(before: str, bold: Mark, text: str, mark: Mark) -> bool:
    if bold is not Mark.BOLD or mark is not Mark.PLAIN or not text.strip():
        return False
    begun = before.strip()
    sentence = len(begun) > _LABEL and begun.endswith(_SENTENCE_ENDS)
    return sentence or begun.endswith(_QUESTION_ENDS)


def _weaker(mark: Mark) -> Mark:
    """A line that is bold in parts is not bold; a heading stays one."""
    return Mark.PLAIN if mark is Mark.BOLD else mark


def _runs(element: _Element, around: Mark) -> Iterator[tuple[str, Mark, bool]]:
    """Runs of text of an element: the text, its mark, whether a line begins."""
    mark, block = _mark(element, around), element.tag in _BLOCKS
    yield element.text or "", mark, block
    for child in element:
        breaks = child.tag == "lb" or child.tag in _BLOCKS
        if child.tag != "lb":
            yield from _runs(child, mark)
        yield child.tail or "", mark, breaks


def _mark(element: _Element, around: Mark) -> Mark:
    rend = element.get("rend") or ""
    if element.tag == "head":
        return Mark.HEADING
    if element.tag == "item" and rend.startswith("dt"):
        return Mark.TERM
    bold = element.tag == "hi" and "#b" in rend and around is Mark.PLAIN
    return Mark.BOLD if bold else around
