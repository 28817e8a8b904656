"""Where hosts log in, on servers that ask for a password."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.errors import AppError, UserError

blueprint = Blueprint("login", __name__)


@blueprint.get("/login")
def page() -> str | Response:
    """The form; who need not log in is sent on."""
    if access.may_create():
        return redirect(url_for("pages.home"))
    return _page()


@blueprint.post("/login")
def enter() -> Response | tuple[str, int]:
    """Trade the server's password for a cookie.

    Raises: TooOften after many wrong ones.
    """
    if access.log_in(request.form.get("password", "")):
        return redirect(url_for("pages.home"), 303)
    error = UserError("password_wrong")
    return _page(error), error.status


@blueprint.post("/logout")
def leave() -> Response:
    """Forget the login; meetings of this browser stay its own."""
    access.log_out()
    return redirect(url_for("pages.home"), 303)


def _page(error: AppError | None = None) -> str:
    return render_template("login.html", error=error)
