"""The addresses a meeting is reached by, as people get to see them."""

from __future__ import annotations

from flask import current_app, request


def base_url() -> str:
    """`PUBLIC_URL` if set, else what the browser used for this request."""
    public = current_app.config["WEB"].public_url
    return public or request.url_root.rstrip("/")


def host_url(meeting_id: str, host_token: str) -> str:
    """The host's page. The token is a fragment, so that no server ever logs it."""
    return f"{base_url()}/host/{meeting_id}#{host_token}"


def survey_url(join_code: str) -> str:
    return f"{base_url()}/s/{join_code}"


def summary_url(join_code: str) -> str:
    return f"{base_url()}/s/{join_code}/summary"


def play_url(join_code: str) -> str:
    return f"{base_url()}/play/{join_code}"


def talk_url(meeting_id: str, item_id: str, token: str) -> str:
    """The child's page of a conversation; the token is a fragment here, too."""
    return f"{base_url()}/talk/{meeting_id}/{item_id}#{token}"


def reviewer_url(meeting_id: str, token: str) -> str:
    """The second reviewer's page; the token is a fragment here, too."""
    return f"{base_url()}/rows/{meeting_id}#{token}"


def code_url() -> str:
    """Where the join code is typed: short, because it is typed, too."""
    return f"{base_url()}/j"
