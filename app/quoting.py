"""A person's own words for the screen: short enough to read, evidence in sight."""

from __future__ import annotations

AROUND = 150  # characters kept on each side of the evidence on the big screen


def marked(text: str, evidence: str) -> list[tuple[str, bool]]:
    """`text` in parts; the part that the quiz rests on carries True."""
    start = text.find(evidence) if evidence else -1
    if start < 0:
        return [(text, False)]
    end = start + len(evidence)
    parts = [(text[:start], False), (text[start:end], True), (text[end:], False)]
    return [part for part in parts if part[0]]


def key(text: str, right: str, evidence: str) -> str:
    """The words to mark: the right option where the person wrote it like that, else
    what the quiz rests on. Nothing is marked where that is all they wrote."""
    if right in text:
        return right
    return "" if evidence.strip() == text.strip() else evidence


def excerpt(text: str, evidence: str, around: int = AROUND) -> list[tuple[str, bool]]:
    """`marked`, cut at word ends with an ellipsis where it is longer.

    Example, with around=4: "나는 아주 맛있는 갱시기를 먹어요" and evidence "갱시기"
    becomes "…맛있는 " + "갱시기" (marked) + "를 …".
    """
    parts = marked(text, evidence)
    if len(parts) == 1 and not parts[0][1]:
        return [(_head(text, 2 * around), False)]
    cut = []
    for part, is_evidence in parts:
        if is_evidence:
            cut.append((_head(part, 2 * around), True))
        else:
            cut.append((_tail(part, around) if not cut else _head(part, around), False))
    return cut


def _head(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    kept = text[:limit]
    return f"{kept.rsplit(maxsplit=1)[0] if ' ' in kept.strip() else kept} …"


def _tail(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    kept = text[-limit:]
    words = kept.split(" ", 1)
    return f"… {words[1] if len(words) == 2 and words[1].strip() else kept}"
