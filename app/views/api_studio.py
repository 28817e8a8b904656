"""API v1, the studio: words, conversations and abstracts, for programs of the host."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask import Blueprint, Response, jsonify, request

from app import access, limiter, links
from app.access import host_meeting_or_404
from app.errors import UserError
from app.meetings import Meeting, store
from app.studio.items import Item, Paper, Talk, Word
from app.views.api import body_of, text_of
from app.views.studio import SHELVES, order_of, place
from protocol import Recipe

blueprint = Blueprint(
    "api_studio", __name__, url_prefix="/api/v1/meetings/<meeting_id>/studio"
)
# The fields of each order; `age` is a number.
FIELDS = {
    Recipe.SLANG: ("context", "condition"),
    Recipe.CHAT: ("child", "gender", "persona"),
    Recipe.ABSTRACT: ("summary",),
}


@blueprint.get("")
def everything(meeting_id: str) -> Response:
    """All that is in the studio, the newest first."""
    meeting = host_meeting_or_404(meeting_id)
    items = store().studio.items(meeting.id)
    return _with_etag({"items": [shown_item(meeting, one) for one in items]})


@blueprint.post("")
def order(meeting_id: str) -> tuple[Response, int]:
    """Have a word, an abstract or a conversation made."""
    meeting = host_meeting_or_404(meeting_id)
    limiter.count_making(meeting.id)
    body = body_of()
    kind = _recipe(body)
    fields: dict[str, Any] = {name: text_of(body, name, "") for name in FIELDS[kind]}
    if kind is Recipe.CHAT:
        fields["age"] = _age(body)
    language = text_of(body, "language", meeting.language)
    item_id = place(meeting, order_of(kind, fields, language))
    return jsonify(shown_item(meeting, store().studio.item(meeting.id, item_id))), 201


@blueprint.get("/<item_id>")
def one(meeting_id: str, item_id: str) -> Response:
    """One of them as it is now."""
    meeting = host_meeting_or_404(meeting_id)
    item = store().studio.item(meeting.id, item_id)
    return _with_etag(shown_item(meeting, item))


@blueprint.delete("/<item_id>")
def delete(meeting_id: str, item_id: str) -> Response:
    """Remove it with its jobs."""
    meeting = host_meeting_or_404(meeting_id)
    jobs = store().studio.delete(meeting.id, item_id)
    return jsonify(deleted={"id": item_id, "jobs": jobs})


@blueprint.post("/<item_id>/messages")
def say(meeting_id: str, item_id: str) -> tuple[Response, int]:
    """Say something for the child; the reply comes later, see the conversation."""
    meeting = host_meeting_or_404(meeting_id)
    limiter.count_message(meeting.id, item_id)
    text = text_of(body_of(), "text")
    sent = access.token_for_key(meeting.id) or ""
    store().studio.say(meeting.id, item_id, text, sent)
    return jsonify(shown_item(meeting, store().studio.item(meeting.id, item_id))), 202


def shown_item(meeting: Meeting, item: Item) -> dict[str, Any]:
    """An item as the API shows it."""
    shown = {
        "id": item.id,
        "recipe": item.recipe,
        "status": item.status,
        "reason": item.reason,
        "revision": item.revision,
        "made_at": item.made_at.isoformat(timespec="seconds"),
    }
    match item:
        case Word():
            return shown | _word(item)
        case Talk():
            return shown | _talk(meeting, item)
        case Paper():
            return shown | _paper(item)
    raise TypeError(f"An item must be a word, a talk or a paper. Received: {item!r}.")


def _word(word: Word) -> dict[str, Any]:
    return {
        "context": word.context,
        "condition": word.condition,
        "language": word.language,
        "proposals": [
            {
                "place": one.place,
                "slang": one.slang,
                "description": one.description,
                "example": one.example,
                "checks": one.checks,
            }
            for one in word.proposals
        ],
        "kept": word.kept.place if word.kept else None,
    }


def _talk(meeting: Meeting, talk: Talk) -> dict[str, Any]:
    token = access.talk_token(meeting.id, talk.id)
    return {
        "persona": "sudagom" if talk.is_program else "mother",
        "child": talk.child,
        "age": talk.age,
        "gender": talk.gender,
        "child_url": links.talk_url(meeting.id, talk.id, token),
        "stopped": talk.stopped,
        "turns": [
            {"by": one.by, "text": one.text, "at": one.at.isoformat()}
            for one in talk.turns
        ],
        "alerts": [
            {"turn": one.turn, "kind": one.kind, "said": one.said, "seen": one.seen}
            for one in talk.alerts
        ],
    }


def _paper(paper: Paper) -> dict[str, Any]:
    return {
        "summary": paper.summary,
        "text": paper.text,
        "unsupported": [
            {"start": one.start, "end": one.end, "text": one.text, "kind": one.kind}
            for one in paper.claims
        ],
        "dropped": paper.dropped,
        "missing": [one.text for one in paper.missing],
    }


def _recipe(body: dict[str, Any]) -> Recipe:
    name = text_of(body, "recipe")
    if name not in SHELVES:
        raise UserError(
            "field_wrong", field="recipe", expected="'slang', 'chat' or 'abstract'"
        )
    return Recipe(name)


def _age(body: dict[str, Any]) -> str:
    """The age as a form would send it.

    Raises: UserError if it is no whole number.
    """
    age = body.get("age")
    if not isinstance(age, int) or isinstance(age, bool):
        raise UserError("field_wrong", field="age", expected="a whole number")
    return str(age)


def _with_etag(shown: dict[str, Any]) -> Response:
    response = jsonify(shown)
    text = json.dumps(shown, sort_keys=True)
    response.set_etag(hashlib.sha256(text.encode()).hexdigest()[:32])
    return response.make_conditional(request)
