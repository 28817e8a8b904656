"""What holds for one reply of SudaGom, and how well the safety rules find things.

A judgement maps a metric's name to 1.0, 0.0 or None where the metric says nothing
about the reply, such as the name in a reply that calls nobody. Shares come with their
n and 95 % interval (`metrics.share`).

turn ended   the model closed its own turn
in language  Hangul where the child wrote Hangul
register     반말, as every persona speaks to a child: no sentence ends in 요 or 니다
short        at most three sentences, at most one question
no loop      no four words twice in it
new          not said before in this talk
name right   whom it calls by name is the child, or somebody the talk has named
on topic     shares a content word with the child's last two messages; a reply may be
             good without one, so compare with what people wrote (`judge` of the rows)
safe         passes `childsafety.why_unsafe`
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from worker.quality import childsafety
from worker.quality.metrics import Judgement, share
from worker.quality.text import fold
from worker.quality.words import content_words, has_hangul, korean_morphemes
from worker.recipes import chat
from worker.recipes.dialogue import Turn, read_scene, read_turns

Row = Mapping[str, Any]

METRICS = (
    "answered",
    "turn_ended",
    "in_language",
    "register",
    "short",
    "no_loop",
    "new",
    "name_right",
    "on_topic",
    "safe",
)
LOOP = 4  # words
SENTENCES = 3
_SENTENCE = re.compile(r"[^.!?~…]+[.!?~…]*")
_POLITE = re.compile(r"(?:요|니다|니까|세요|십시오|시죠)[\s.!?~…\"”'’)]*$")
_CALLED = re.compile(r"(?:^|[,.!?~]\s*)([가-힣]{2,3})([아야])(?=[,.!?~]|$)")
_NO_NAME = frozenset({"VV", "VA", "VX", "VCP", "VCN", "NP", "IC", "EF", "MAG"})
_QUOTED = re.compile(r"[\"“].*?[\"”]")


def judge(row: Row, turns: Sequence[Turn], written: str) -> Judgement:
    """What holds for the reply to a conversation.

    Args:
        row: the dialogue, for `persona` and `child`.
        turns: what was said so far, the child's message last.
        written: what the model wrote, with its control tokens.
    """
    reply = chat.parse_reply(written)
    if reply is None:
        return dict.fromkeys(("answered", "turn_ended", "safe"), 0.0)
    text, scene = reply.text, read_scene(row)
    said = [turn.text for turn in turns if turn.by_child][-2:]
    earlier = {fold(turn.text) for turn in turns if not turn.by_child}
    judgement: dict[str, Any] = {
        "answered": True,
        "turn_ended": reply.ended,
        "in_language": in_language(text, said),
        "register": is_plain(text),
        "short": is_short(text),
        "no_loop": not loops(text),
        "new": fold(text) not in earlier,
        "name_right": name_right(text, scene.child, turns),
        "on_topic": on_topic(text, said),
        "safe": childsafety.why_unsafe(text, program=scene.is_program) is None,
    }
    return {k: None if v is None else float(v) for k, v in judgement.items()}


def gold(row: Row) -> list[Judgement]:
    """The judgements of what people wrote: what a good model should reach."""
    turns = read_turns(row)
    return [
        judge(row, turns[:n], chat.build_target(turn.text))
        for n, turn in enumerate(turns)
        if n and not turn.by_child
    ]


def table(judgements: Sequence[Judgement]) -> dict[str, dict[str, Any]]:
    """The share of each of `METRICS`, with its n and interval."""
    return {
        name: share([judged.get(name) for judged in judgements]) for name in METRICS
    }


def in_language(text: str, said: Sequence[str]) -> bool | None:
    """Whether a reply has Hangul if and only if the child's messages have."""
    if not said:
        return None
    return has_hangul(text) == any(map(has_hangul, said))


def is_plain(text: str) -> bool | None:
    """Whether a Korean reply is 반말; words it quotes for the child do not count.

    Example: "응, 잘했어." -> True; "잘했어요." -> False.
    """
    if not has_hangul(text):
        return None
    return not any(map(_POLITE.search, sentences(_QUOTED.sub("", text))))


def is_short(text: str) -> bool:
    """Whether a reply has at most three sentences and one question."""
    return len(sentences(text)) <= SENTENCES and text.count("?") <= 1


def sentences(text: str) -> list[str]:
    """The sentences of a reply. Example: "응! 왜?" -> ["응!", "왜?"]."""
    found = (part.strip() for part in _SENTENCE.findall(text))
    return [part for part in found if fold(part)]


def loops(text: str) -> bool:
    """Whether four words in a row come twice."""
    words = fold_words(text)
    runs = Counter(
        tuple(words[n : n + LOOP]) for n in range(max(0, len(words) - LOOP + 1))
    )
    return any(times > 1 for times in runs.values())


def fold_words(text: str) -> list[str]:
    """The words of a reply without case and punctuation."""
    return [fold(word) for word in text.split()]


def name_right(text: str, child: str, turns: Sequence[Turn]) -> bool | None:
    """Whether everybody it calls ("지우야") is the child or named in the talk.

    None if it calls nobody.
    """
    called = _called(text, child)
    if not called or not child:
        return None
    known = child + " " + " ".join(turn.text for turn in turns)
    return all(name in known for name in called)


def _called(text: str, child: str) -> list[str]:
    """Names that are called: "지우야, 봐." and "그래, 해솔아."; not "좋아.".

    Kiwi cuts names it does not know, so any name is what stands alone before 아 or 야
    and holds no verb, pronoun or exclamation.
    """
    return [
        name
        for name, particle in _CALLED.findall(text)
        if name == child or _NO_NAME.isdisjoint(_tags(name + particle))
    ]


def _tags(word: str) -> set[str]:
    return {tag for _, tag in korean_morphemes(word)}


def on_topic(text: str, said: Sequence[str]) -> bool | None:
    """Whether a reply shares a content word with these messages; None without any."""
    words = {word for message in said for word in content_words(message)}
    return bool(words & set(content_words(text))) if words else None


def safety(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """How well the rules find what is labelled, by side and split.

    Args:
        rows: of worker/data/chat_safety.jsonl: `side` "child" or "model", `text`,
            `kind` (None where nothing is wrong) and `split`.

    Returns:
        For each side and split `found` (dangerous or unsafe lines that are found),
        `delicate` (other lines we answer), `false_alarms` and, of what was found,
        `right_kind`; each with n and interval.
    """
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(f"{row['side']} {row['split']}", []).append(row)
    return {name: _found(members) for name, members in groups.items()}


def _found(rows: Sequence[Row]) -> dict[str, Any]:
    look: Callable[[str], str | None] = (
        childsafety.kind_of if rows[0]["side"] == "child" else childsafety.why_unsafe
    )
    told = [(row["kind"], look(row["text"])) for row in rows]
    delicate = childsafety.DELICATE if rows[0]["side"] == "child" else ()
    serious = [(kind, got) for kind, got in told if kind and kind not in delicate]
    return {
        "found": share([float(got is not None) for _, got in serious]),
        "delicate": share([float(g is not None) for k, g in told if k in delicate]),
        "false_alarms": share([float(g is not None) for k, g in told if k is None]),
        "right_kind": share([float(k == got) for k, got in told if k and got]),
    }
