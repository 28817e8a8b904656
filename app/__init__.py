"""The web process: pages, API, sources. `create_app` is where the parts meet."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from importlib import import_module

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from werkzeug.middleware.proxy_fix import ProxyFix

from app import errors, health, limiter, tracing, wording
from app.config import WebConfig
from app.errors import ConfigError
from app.meetings import Meetings

VIEWS = (
    *("pages", "login", "host", "review", "export", "present", "game"),
    *("studio", "making", "talk", "rows", "reviewer"),
    *("survey", "mine", "play", "summary", "metrics"),
    *("api", "api_review", "api_studio"),
)
MEGABYTE = 2**20
# Nothing comes from another host, and nothing runs that is not a file of ours.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def create_app(config: WebConfig, redis: Redis | None = None) -> Flask:
    """The web application. `redis` is for tests; else `config.redis_url` is used."""
    app = Flask(__name__, template_folder="../templates", static_folder="../static")
    app.config.update(
        WEB=config,
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME="icebreaker",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(days=config.retention_days),
        # A poll that is answered late must not bring back an older cookie: it would
        # forget the meeting that another tab has created in between.
        SESSION_REFRESH_EACH_REQUEST=False,
        # The largest upload; a survey of 12 long answers in Hangul is about 1 MB.
        MAX_CONTENT_LENGTH=6 * MEGABYTE,
        MAX_FORM_MEMORY_SIZE=2 * MEGABYTE,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: hosts leave pages open
    )
    app.json.ensure_ascii = False
    app.json.sort_keys = False
    app.session_interface = Sessions()
    redis = redis or connect(config.redis_url)
    app.extensions["meetings"] = Meetings(redis, retention_days=config.retention_days)
    tracing.init_app(app)
    limiter.init_app(app, redis)
    errors.register(app)
    wording.init_app(app)
    csrf = CSRFProtect(app)
    for name in VIEWS:
        app.register_blueprint(import_module(f"app.views.{name}").blueprint)
    app.register_blueprint(health.blueprint)
    for name in ("api", "api_review", "api_studio"):
        csrf.exempt(app.blueprints[name])
    app.after_request(_protect)
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
    return app


class Sessions(SecureCookieSessionInterface):
    """Cookies that came by HTTPS go back by HTTPS only, whatever the settings say."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure or super().get_cookie_secure(app)


def create_app_from_env() -> Flask:
    """The application of this environment; a wrong setting ends the process."""
    try:
        config = WebConfig.from_env(os.environ)
    except ConfigError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    tracing.begin_log(config.log_format)
    return create_app(config)


def connect(url: str) -> Redis:
    """A client that gives up soon, so that a page can say the store is away."""
    return Redis.from_url(
        url,
        socket_connect_timeout=2,
        socket_timeout=5,
        health_check_interval=30,
        retry=Retry(ConstantBackoff(0.1), retries=1),  # the default takes 3 seconds
    )


def _protect(response: Response) -> Response:
    """Headers that keep other sites, frames, scripts and caches out."""
    headers = response.headers
    headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "private, no-cache")
    return response
