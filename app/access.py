"""Who may see what: host token, participant token, join code.

A stranger, a wrong token and a meeting that never was all get the same 404.
"""

from __future__ import annotations

from typing import Any

from flask import request, session

from app.errors import NotFound
from app.meetings import Meeting, store

# A browser refuses cookies above 4 KB; twenty of each stay far below.
REMEMBERED = 20


def host_meeting_or_404(meeting_id: str) -> Meeting:
    """The meeting, for its host: by Bearer token or by the signed cookie.

    Raises: NotFound for everybody else.
    """
    token = bearer_token() or session.get("hosts", {}).get(meeting_id, "")
    if not store().is_host(meeting_id, token):
        raise NotFound
    meeting = store().get(meeting_id)
    if meeting is None:
        raise NotFound
    return meeting


def open_meeting_or_404(join_code: str) -> Meeting:
    """The meeting with this join code, for everybody who knows the code.

    Raises: NotFound.
    """
    meeting = store().by_join_code(join_code)
    if meeting is None:
        raise NotFound
    return meeting


def bearer_token() -> str:
    """The token of the Authorization header, or an empty string."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else ""


def remember_host(meeting_id: str, host_token: str) -> None:
    """Make this browser the host's. The caller has checked the token."""
    _remember("hosts", meeting_id, host_token)


def forget_host(meeting_id: str) -> None:
    _forget("hosts", meeting_id)


def participant_token(meeting_id: str) -> str | None:
    """The token with which this browser answered before."""
    return session.get("people", {}).get(meeting_id)


def remember_participant(meeting_id: str, token: str) -> None:
    """Let this browser change its answers later."""
    _remember("people", meeting_id, token)


def forget_participant(meeting_id: str) -> None:
    _forget("people", meeting_id)


def keep_receipt(receipt: dict[str, Any]) -> None:
    """Let this browser show once more what was deleted; the server keeps nothing."""
    session["receipt"] = receipt


def receipt_or_404(meeting_id: str) -> dict[str, Any]:
    """What this browser's deletion of the meeting removed, and when.

    Raises: NotFound.
    """
    receipt = session.get("receipt", {})
    if receipt.get("meeting") != meeting_id:
        raise NotFound
    return receipt


def _remember(group: str, meeting_id: str, token: str) -> None:
    known = {k: v for k, v in session.get(group, {}).items() if k != meeting_id}
    known[meeting_id] = token  # the newest last
    session[group] = dict(list(known.items())[-REMEMBERED:])
    session.permanent = True


def _forget(group: str, meeting_id: str) -> None:
    known = dict(session.get(group, {}))
    if known.pop(meeting_id, None):
        session[group] = known
