"""Who may see what: host token, participant token, join code.

A stranger, a wrong token and a meeting that never was all get the same 404.
"""

from __future__ import annotations

import base64
import hmac

from flask import current_app, request, session

from app.errors import NotFound, UserError
from app.meetings import Meeting, store

# A browser refuses cookies above 4 KB; twenty of each stay far below.
REMEMBERED = 20
# An Idempotency-Key stands for a person, so it must not be guessed: a UUID has 36.
SHORTEST_KEY, LONGEST_KEY = 16, 200


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


def token_for_key(meeting_id: str) -> str | None:
    """The token that belongs to this request's Idempotency-Key, if it has one.

    A client that heard no reply sends the same key again and is the same person.
    Raises: UserError for a key that others could guess.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return None
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise UserError("key_wrong", shortest=SHORTEST_KEY, longest=LONGEST_KEY)
    secret = current_app.config["SECRET_KEY"].encode()
    digest = hmac.digest(secret, f"{meeting_id}:{key}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


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


def _remember(group: str, meeting_id: str, token: str) -> None:
    known = {k: v for k, v in session.get(group, {}).items() if k != meeting_id}
    known[meeting_id] = token  # the newest last
    session[group] = dict(list(known.items())[-REMEMBERED:])
    session.permanent = True


def _forget(group: str, meeting_id: str) -> None:
    known = dict(session.get(group, {}))
    if known.pop(meeting_id, None):
        session[group] = known
