"""Who may see what: tokens of hosts, participants, children and reviewers, join codes.

A stranger, a wrong token and a meeting that never was all get the same 404. Who may
do what on which route stands in docs/access.md.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import Any

from flask import current_app, request, session

from app import limiter
from app.errors import PROGRAMS, NotFound, UserError
from app.meetings import Meeting, store
from app.studio.items import Talk

# A browser refuses cookies above 4 KB; twenty of each stay far below.
REMEMBERED = 20
TALKS_REMEMBERED = 5
REVIEWS_REMEMBERED = 5
# An Idempotency-Key stands for a person, so it must not be guessed: a UUID has 36.
SHORTEST_KEY, LONGEST_KEY = 16, 200


def host_meeting_or_404(meeting_id: str) -> Meeting:
    """The meeting, for its host: by the signed cookie, or by Bearer token in the API.

    The API takes no cookie: its requests carry no proof that a page of ours sent them.
    Raises: NotFound for everybody else.
    """
    token = bearer_token()
    if not token and not request.path.startswith(PROGRAMS):
        token = session.get("hosts", {}).get(meeting_id, "")
    if not store().is_host(meeting_id, token):
        raise NotFound
    meeting = store().get(meeting_id)
    if meeting is None:
        raise NotFound
    return meeting


def open_meeting_or_404(join_code: str) -> Meeting:
    """The meeting with this join code, for everybody who knows the code.

    Raises: NotFound; TooOften where many codes were tried, also for right ones, or the
        answer would tell them apart. Who is in the meeting already is let in.
    """
    meeting = store().by_join_code(join_code)
    if meeting and _is_in(meeting.id):
        return meeting
    limiter.limiter().check(limiter.MISSED_CODE, limiter.address())
    if meeting is None:
        limiter.limiter().spend(limiter.MISSED_CODE, limiter.address())
        raise NotFound
    return meeting


def _is_in(meeting_id: str) -> bool:
    known = session.get("people", {}) | session.get("hosts", {})
    return meeting_id in known


def talk_token(meeting_id: str, item_id: str) -> str:
    """The token in the link of a conversation's child.

    It is made anew whenever the guardian's page shows the link, and kept as a hash.
    """
    return _keyed("talk", f"{meeting_id}:{item_id}")


def talk_or_404(meeting_id: str, item_id: str) -> tuple[Meeting, Talk]:
    """The conversation of this browser's child, and its meeting.

    Raises: NotFound for everybody else, also for the host.
    """
    token = session.get("talks", {}).get(item_id, "")
    talk = store().studio.talk_of(meeting_id, item_id, token)
    meeting = store().get(meeting_id)
    if meeting is None:
        raise NotFound
    return meeting, talk


def remember_talk(item_id: str, token: str) -> None:
    """Make this browser the child's. The caller has checked the token."""
    _remember("talks", item_id, token, TALKS_REMEMBERED)


def reviewer_token(meeting_id: str, number: int) -> str:
    """The token in the second reviewer's link, which is renewed by its number.

    It is made anew whenever the host's page shows the link, and kept nowhere.
    """
    return _keyed("reviewer", f"{meeting_id}:{number}")


def reviewers_meeting_or_404(meeting_id: str, token: str) -> Meeting:
    """The meeting, for the second reviewer with this token.

    Raises: NotFound for everybody else, also for the host and for an older link.
    """
    number = store().rows.link(meeting_id)
    known = reviewer_token(meeting_id, number)
    if not number or not hmac.compare_digest(known.encode(), token.encode()):
        raise NotFound
    meeting = store().get(meeting_id)
    if meeting is None:
        raise NotFound
    return meeting


def reviewers_token(meeting_id: str) -> str:
    """The token with which this browser reviews, or an empty string."""
    return session.get("reviewers", {}).get(meeting_id, "")


def remember_reviewer(meeting_id: str, token: str) -> None:
    """Make this browser the second reviewer's. The caller has checked the token."""
    _remember("reviewers", meeting_id, token, REVIEWS_REMEMBERED)


def is_open() -> bool:
    """Whether everybody who reaches this server may create meetings."""
    return current_app.config["WEB"].host_password is None


def may_create() -> bool:
    """Whether this browser may create meetings: it has logged in, or nobody need."""
    return is_open() or hmac.compare_digest(session.get("login", ""), _login_mark())


def log_in(password: str) -> bool:
    """Remember this browser if the password is the server's.

    Raises: TooOften after many wrong ones from this address.
    """
    if is_open() or not is_host_password(password):
        return False
    session["login"] = _login_mark()
    session.permanent = True
    return True


def log_out() -> None:
    session.pop("login", None)


def is_host_password(password: str) -> bool:
    """Whether this is the server's password, compared in constant time.

    Raises: TooOften after many wrong ones from this address.
    """
    limiter.limiter().check(limiter.WRONG_PASSWORD, limiter.address())
    known = current_app.config["WEB"].host_password
    if hmac.compare_digest(password.encode(), known.encode()):
        return True
    limiter.limiter().spend(limiter.WRONG_PASSWORD, limiter.address())
    return False


def _login_mark() -> str:
    """What the cookie of a login holds; a new password makes it worthless."""
    return _keyed("login", current_app.config["WEB"].host_password)


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
    return _keyed(meeting_id, key)


def _keyed(purpose: str, text: str) -> str:
    """256 bits that only this server can make of the text."""
    secret = current_app.config["SECRET_KEY"].encode()
    digest = hmac.digest(secret, f"{purpose}:{text}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def remember_host(meeting_id: str, host_token: str) -> None:
    """Make this browser the host's. The caller has checked the token."""
    _remember("hosts", meeting_id, host_token)


def forget_host(meeting_id: str) -> None:
    _forget("hosts", meeting_id)


def participant_token(meeting_id: str) -> str | None:
    """The token with which this browser answers."""
    return session.get("people", {}).get(meeting_id)


def expect_participant(meeting_id: str) -> None:
    """Give this browser a token before it answers: a form sent twice is one person."""
    if not participant_token(meeting_id):
        _remember("people", meeting_id, secrets.token_urlsafe(24))


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


def _remember(group: str, key: str, token: str, limit: int = REMEMBERED) -> None:
    known = {k: v for k, v in session.get(group, {}).items() if k != key}
    known[key] = token  # the newest last
    session[group] = dict(list(known.items())[-limit:])
    session.permanent = True


def _forget(group: str, meeting_id: str) -> None:
    known = dict(session.get(group, {}))
    if known.pop(meeting_id, None):
        session[group] = known
