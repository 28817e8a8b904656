"""Figures for the operator; see app/metrics.py."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, current_app

from app import limiter
from app.access import bearer_token
from app.errors import NotFound
from app.meetings import store

blueprint = Blueprint("metrics", __name__)
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


@blueprint.get("/metrics")
def show() -> Response:
    """All figures, in the Prometheus text format.

    Raises: NotFound without METRICS_TOKEN, or, where there is none, elsewhere than on
        this machine.
    """
    token = current_app.config["WEB"].metrics_token
    allowed = (
        hmac.compare_digest(bearer_token().encode(), token.encode())
        if token
        else limiter.is_local()
    )
    if not allowed:
        raise NotFound
    from app.metrics import exposition  # most processes are never asked

    return Response(exposition(store()), content_type=TEXT_FORMAT)
