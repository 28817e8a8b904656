"""The part of the API's contract that is about the studio."""

from __future__ import annotations

from app.access import LONGEST_KEY, SHORTEST_KEY
from app.openapi_parts import Schema, items, operation, record, ref, text
from app.studio.items import CLAIMS
from app.studio.orders import AGES, GENDERS, PERSONAS
from app.submissions import LANGUAGES
from protocol import (
    MAX_CONDITION,
    MAX_CONTEXT,
    MAX_MESSAGE,
    MAX_NAME,
    MAX_SUMMARY,
    Recipe,
    Status,
)

_HOST: list[Schema] = [{"host": []}]
_BASE = "/api/v1/meetings/{id}/studio"
_NUMBER: Schema = {"type": "integer"}
_SHELVES = [Recipe.SLANG, Recipe.CHAT, Recipe.ABSTRACT]


def paths() -> Schema:
    """Everything, one item, a new one, a message, an end."""
    return {
        _BASE: {"get": _everything(), "post": _order()},
        f"{_BASE}/{{item_id}}": {"get": _one(), "delete": _delete()},
        f"{_BASE}/{{item_id}}/messages": {"post": _say()},
    }


def _everything() -> Schema:
    return operation(
        "All that is in the studio, the newest first; honours If-None-Match",
        {
            "200": ("The studio now, with an ETag", "Studio"),
            "304": "Nothing has changed since that ETag",
        },
        errors=("404",),
        parameter="id",
        security=_HOST,
    )


def _order() -> Schema:
    return operation(
        "Have words proposed, an abstract written, or a conversation prepared",
        {"201": ("The new item; follow it until it is settled", "StudioItem")},
        errors=("400", "404", "409", "413", "415", "429"),
        body="StudioOrder",
        parameter="id",
        security=_HOST,
    )


def _one() -> Schema:
    return operation(
        "One item; honours If-None-Match",
        {
            "200": ("The item now, with an ETag", "StudioItem"),
            "304": "Nothing has changed since that ETag",
        },
        errors=("404",),
        parameter="id item_id",
        security=_HOST,
    )


def _delete() -> Schema:
    return operation(
        "Delete an item with its jobs",
        {"200": ("What was removed", "DeletedItem")},
        errors=("404", "429"),
        parameter="id item_id",
        security=_HOST,
    )


def _say() -> Schema:
    made = operation(
        "Say something for the child of a conversation",
        {"202": ("The conversation; the reply comes as a turn", "StudioItem")},
        errors=("400", "404", "409", "413", "415", "429"),
        body="NewMessage",
        parameter="id item_id",
        security=_HOST,
    )
    made["parameters"].append(
        {
            "name": "Idempotency-Key",
            "in": "header",
            "schema": text(LONGEST_KEY, minLength=SHORTEST_KEY),
            "description": "The same key again is the same message",
        }
    )
    return made


def schemas() -> Schema:
    """What these operations take and give."""
    return {
        "StudioOrder": _new_item(),
        "NewMessage": record("text", text=text(MAX_MESSAGE)),
        "Studio": record("items", items=items(ref("StudioItem"))),
        "StudioItem": _item(),
        "DeletedItem": record(
            "deleted", deleted=record("id jobs", id=text(), jobs=_NUMBER)
        ),
    }


def _new_item() -> Schema:
    return record(
        "recipe",
        recipe=text(enum=_SHELVES),
        context=text(MAX_CONTEXT, description="slang: the scene"),
        condition=text(MAX_CONDITION, description="slang: a wish"),
        language=text(enum=list(LANGUAGES), description="slang; the meeting's"),
        child=text(MAX_NAME, description="chat: name of the child"),
        age=_NUMBER | {"minimum": AGES[0], "maximum": AGES[1]},
        gender=text(enum=list(GENDERS)),
        persona=text(enum=list(PERSONAS), default="sudagom"),
        summary=text(MAX_SUMMARY, description="abstract: what may be said"),
    )


def _item() -> Schema:
    claim = record(
        "start end text kind",
        start=_NUMBER,
        end=_NUMBER,
        text=text(),
        kind=text(description=f"One of {', '.join(CLAIMS)}"),
    )
    return record(
        "id recipe status reason revision made_at",
        id=text(),
        recipe=text(enum=_SHELVES),
        status=text(enum=list(Status)),
        reason={"type": ["string", "null"]},
        revision=_NUMBER,
        made_at=text(format="date-time"),
        **_word_and_talk(),
        summary=text(),
        text=text(description="abstract: empty until it is ready"),
        unsupported=items(claim, description="Places of `text`"),
        dropped=items(text(), description="Sentences left out as unsupported"),
        missing=items(text(), description="Facts of the summary not told"),
    )


def _word_and_talk() -> Schema:
    proposal = record(
        "place slang description example checks",
        place=_NUMBER,
        slang=text(),
        description=text(),
        example=text(),
        checks={"type": "object"},
    )
    turn = record(
        "by text at",
        by=text(enum=["child", "model", "people"]),
        text=text(),
        at=text(format="date-time"),
    )
    alert = record(
        "turn kind said seen",
        turn=_NUMBER,
        kind=text(),
        said=text(description="What the child wrote"),
        seen={"type": "boolean"},
    )
    return {
        "context": text(),
        "condition": text(),
        "language": text(enum=list(LANGUAGES)),
        "proposals": items(proposal, description="slang: best first"),
        "kept": {"type": ["integer", "null"], "description": "In the summary"},
        "persona": text(enum=list(PERSONAS)),
        "child": text(),
        "age": {"type": ["integer", "null"]},
        "gender": text(enum=list(GENDERS)),
        "child_url": text(description="The child's page; holds its secret token"),
        "stopped": {"type": "boolean"},
        "turns": items(turn),
        "alerts": items(alert, description="What the guardian has to see"),
    }
