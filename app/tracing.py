"""Each request gets an id, which its log lines and its answer carry."""

from __future__ import annotations

import logging
import time
import uuid

from flask import Flask, Response, g, has_request_context, request

import logs

log = logging.getLogger("app.requests")
QUIET = ("static", "health.alive", "health.ready", "metrics.show")


def begin_log(form: str) -> None:
    """Log as "text" or "json"; a line for every request is for machines only."""
    level = logging.INFO if form == "json" else logging.WARNING
    logs.begin(form, context, level)
    server = logging.getLogger("gunicorn.error")
    server.handlers.clear()
    server.propagate = True
    server.addFilter(_without_address)


def _without_address(record: logging.LogRecord) -> bool:
    """gunicorn names the address of a request that it could not handle."""
    if str(record.msg).startswith("Error handling request"):
        record.msg, record.args = "Error handling request", ()
    return True


def init_app(app: Flask) -> None:
    """Begin and end every request with its id."""
    app.before_request(_begin)
    app.after_request(_end)


def context() -> dict[str, str]:
    """The id of the request that is handled now, for its log lines."""
    known = has_request_context() and g.get("request_id")
    return {"request": known} if known else {}


def _begin() -> None:
    g.request_id = uuid.uuid4().hex[:16]
    g.began = time.monotonic()


def _end(response: Response) -> Response:
    """Name the view, never the address: it holds join codes and meeting ids."""
    if "request_id" not in g:
        return response
    response.headers["X-Request-Id"] = g.request_id
    if request.endpoint not in QUIET:
        spent = round(1000 * (time.monotonic() - g.began), 1)
        bad = response.status_code >= 500
        log.log(
            logging.WARNING if bad else logging.INFO,
            request.method,
            extra={
                "endpoint": request.endpoint or "-",
                "status": response.status_code,
                "milliseconds": spent,
            },
        )
    return response
