"""One item of a studio: its page, what the host does to it, what can be taken along."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access, limiter, links
from app.errors import NotFound, UserError
from app.meetings import Meeting, store
from app.studio.helplines import helplines
from app.studio.items import CLAIMS, Item, Paper, Talk
from app.views.host import qr_code, speaking_meeting
from app.views.panel import unchanged_or
from app.views.studio import item_page, render_shelf, shelf_of
from app.views.workshop import workshop
from protocol import Recipe

blueprint = Blueprint(
    "making", __name__, url_prefix="/host/<meeting_id>/studio/<recipe>/<item_id>"
)
Answer = str | Response | tuple[str, int]


@blueprint.get("")
def page(meeting_id: str, recipe: str, item_id: str) -> Answer:
    """The item on a page of its own; a word is seen among the others."""
    meeting, item = _item(meeting_id, recipe, item_id)
    if item.recipe is Recipe.SLANG:
        return redirect(item_page(meeting, item.recipe, item.id))
    return _page(meeting, item)


@blueprint.get("/live")
def live(meeting_id: str, recipe: str, item_id: str) -> Response:
    """The part of the page that changes; 304 while it does not."""
    meeting, item = _item(meeting_id, recipe, item_id)
    if item.recipe is Recipe.SLANG:
        raise NotFound
    name = f"studio/{item.recipe}_item_live.html"
    return unchanged_or(render_template(name, **_live(meeting, item)))


@blueprint.get("/abstract.txt")
def download(meeting_id: str, recipe: str, item_id: str) -> Response:
    """The abstract as a text file.

    Raises: NotFound while there is none.
    """
    _, item = _item(meeting_id, recipe, item_id)
    if not isinstance(item, Paper) or not item.text:
        raise NotFound
    response = make_response(item.text + "\n")
    response.mimetype = "text/plain"
    response.headers["Content-Disposition"] = "attachment; filename=abstract.txt"
    return response


@blueprint.post("/<action>")
def act(meeting_id: str, recipe: str, item_id: str, action: str) -> Answer:
    """Again, earlier, keep, unkeep, report, stop, seen, delete."""
    meeting, item = _item(meeting_id, recipe, item_id)
    if action not in ACTIONS:
        raise NotFound
    if action == "again":
        limiter.count_making(meeting.id)
    try:
        ACTIONS[action](meeting.id, item.id)
    except NotFound:
        raise
    except UserError as error:
        return _refused(meeting, item, error), error.status
    if action == "delete":
        shelf = {"meeting_id": meeting.id, "recipe": item.recipe}
        return redirect(url_for("studio.shelf", **shelf), 303)
    return redirect(item_page(meeting, item.recipe, item.id), 303)


def _place() -> int:
    """The place of a proposal or of a turn.

    Raises: NotFound if the form names none.
    """
    place = request.form.get("place", type=int)
    if place is None:
        raise NotFound
    return place


def _revision() -> int | None:
    return request.form.get("revision", type=int)


# What can be done to an item, with what the form says besides.
ACTIONS: dict[str, Callable[[str, str], object]] = {
    "again": lambda *item: store().studio.again(*item, _revision()),
    "earlier": lambda *item: store().studio.keep_earlier(*item, _revision()),
    "keep": lambda *item: store().studio.keep(*item, _place(), _revision()),
    "unkeep": lambda *item: store().studio.unkeep(*item, _revision()),
    "report": lambda *item: store().studio.report(*item, _place(), _revision()),
    "stop": lambda *item: store().studio.stop(*item),
    "seen": lambda *item: store().studio.see(*item, _place()),
    "delete": lambda *item: store().studio.delete(*item),
}


def _item(meeting_id: str, recipe: str, item_id: str) -> tuple[Meeting, Item]:
    meeting, kind = speaking_meeting(meeting_id), shelf_of(recipe)
    item = store().studio.item(meeting.id, item_id)
    if item.recipe is not kind:
        raise NotFound
    return meeting, item


def _refused(meeting: Meeting, item: Item, error: UserError) -> str:
    if item.recipe is Recipe.SLANG:
        return render_shelf(meeting, item.recipe, error)
    return _page(meeting, item, error)


def _page(meeting: Meeting, item: Item, error: UserError | None = None) -> str:
    more = _invitation(meeting, item) if isinstance(item, Talk) else {}
    name = f"studio/{item.recipe}_item.html"
    return render_template(name, error=error, **_live(meeting, item), **more)


def _live(meeting: Meeting, item: Item) -> dict[str, object]:
    return {
        "meeting": meeting,
        "recipe": item.recipe,
        "item": item,
        "claims": CLAIMS,
        "helplines": helplines,
        "workshop": workshop(item.recipe),
    }


def _invitation(meeting: Meeting, talk: Talk) -> dict[str, object]:
    token = access.talk_token(meeting.id, talk.id)
    url = links.talk_url(meeting.id, talk.id, token)
    return {"talk_url": url, "qr": qr_code(url)}
