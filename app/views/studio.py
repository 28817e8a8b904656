"""The studio of a meeting: its shelves, and what is ordered on three of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access, limiter, wording
from app.errors import NotFound, UserError
from app.meetings import Meeting, store
from app.studio.orders import AGES, Fields, paper_order, talk_order, word_order
from app.studio.scenes import suggestions
from app.studio.store import new_id
from app.views.host import speaking_meeting
from app.views.panel import unchanged_or
from app.views.workshop import workshop
from protocol import MAX_CONDITION, MAX_CONTEXT, MAX_NAME, MAX_SUMMARY, Recipe

blueprint = Blueprint("studio", __name__)
SHELVES = (Recipe.SLANG, Recipe.CHAT, Recipe.ABSTRACT)
LIMITS = {
    "context": MAX_CONTEXT,
    "condition": MAX_CONDITION,
    "name": MAX_NAME,
    "summary": MAX_SUMMARY,
    "youngest": AGES[0],
    "oldest": AGES[1],
}


@blueprint.post("/studio")
def open_studio() -> Response | tuple[str, int]:
    """An empty meeting for people who want the studio only."""
    if not access.may_create():
        return render_template("login.html", error=None), 401
    limiter.count_creation()
    language = wording.current_language()
    title = wording.text("studio.own", language)
    created = store().create(title, language, [], source="file")
    access.remember_host(created.meeting.id, created.host_token)
    return redirect(url_for("studio.index", meeting_id=created.meeting.id), 303)


@blueprint.get("/host/<meeting_id>/studio")
def index(meeting_id: str) -> str:
    """The shelves, and what needs a look."""
    meeting = speaking_meeting(meeting_id)
    return render_template("studio/index.html", **_overview(meeting))


@blueprint.get("/host/<meeting_id>/studio/live")
def index_live(meeting_id: str) -> Response:
    """The part of that page that changes."""
    meeting = speaking_meeting(meeting_id)
    return unchanged_or(render_template("studio/index_live.html", **_overview(meeting)))


@blueprint.get("/host/<meeting_id>/studio/<recipe>")
def shelf(meeting_id: str, recipe: str) -> str:
    """One shelf: the order form and all that was made."""
    return render_shelf(speaking_meeting(meeting_id), shelf_of(recipe))


@blueprint.get("/host/<meeting_id>/studio/<recipe>/live")
def shelf_live(meeting_id: str, recipe: str) -> Response:
    """The part of that page that changes."""
    meeting, kind = speaking_meeting(meeting_id), shelf_of(recipe)
    page = render_template(f"studio/{kind}_live.html", **_shelf(meeting, kind))
    return unchanged_or(page)


@blueprint.post("/host/<meeting_id>/studio/<recipe>")
def order(meeting_id: str, recipe: str) -> Response | tuple[str, int]:
    """Have something made, or show the form again with what is wrong."""
    meeting, kind = speaking_meeting(meeting_id), shelf_of(recipe)
    limiter.count_making(meeting.id)
    try:
        fields = order_of(kind, request.form, meeting.language)
        item_id = place(meeting, fields)
    except NotFound:
        raise
    except UserError as error:
        return render_shelf(meeting, kind, error), error.status
    return redirect(item_page(meeting, kind, item_id), 303)


def shelf_of(name: str) -> Recipe:
    """The recipe of this shelf.

    Raises: NotFound for any other name.
    """
    if name not in SHELVES:
        raise NotFound
    return Recipe(name)


def order_of(kind: Recipe, form: Mapping[str, Any], language: str) -> Fields:
    """What the form, or a program, asks for.

    Raises: UserError.
    """

    def field(name: str) -> str:
        return form.get(name) or ""

    match kind:
        case Recipe.SLANG:
            return word_order(field("context"), field("condition"), language)
        case Recipe.CHAT:
            age = str(form.get("age") or "").strip()
            return talk_order(
                field("child"),
                int(age) if age.isdecimal() and len(age) < 4 else None,
                field("gender"),
                field("persona") or "sudagom",
            )
    return paper_order(field("summary"))


def place(meeting: Meeting, fields: Fields) -> str:
    """Put an order on its shelf; a conversation gets the token of the child's link."""
    item_id = new_id()
    token = access.talk_token(meeting.id, item_id)
    return store().studio.add(meeting.id, fields, item_id, token)


def item_page(meeting: Meeting, kind: Recipe, item_id: str) -> str:
    """Where one item is seen: words among the others, the rest on a page of its own."""
    where = {"meeting_id": meeting.id, "recipe": kind}
    if kind is Recipe.SLANG:
        return url_for("studio.shelf", **where, _anchor=f"item-{item_id}")
    return url_for("making.page", **where, item_id=item_id)


def render_shelf(meeting: Meeting, kind: Recipe, error: UserError | None = None) -> str:
    return render_template(
        f"studio/{kind}.html",
        error=error,
        form=request.form,
        limits=LIMITS,
        scenes=_scenes(meeting) if kind is Recipe.SLANG else [],
        **_shelf(meeting, kind),
    )


def _shelf(meeting: Meeting, kind: Recipe) -> dict[str, object]:
    return {
        "meeting": meeting,
        "recipe": kind,
        "items": store().studio.items(meeting.id, kind),
        "workshop": workshop(kind),
    }


def _overview(meeting: Meeting) -> dict[str, object]:
    items = store().studio.items(meeting.id)
    return {
        "meeting": meeting,
        "shelves": {k: [one for one in items if one.recipe is k] for k in SHELVES},
        "rows": store().rows.count(meeting.id),
        "alarmed": store().studio.alarmed(meeting.id),
    }


def _scenes(meeting: Meeting) -> list[str]:
    snapshot = store().snapshot(meeting.id)
    return suggestions(snapshot) if snapshot else []
