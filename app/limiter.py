"""How often one address, or everybody in one meeting, may do something.

A classroom of 150 phones behind one address stays far below every limit. The counts
are in Redis, so all web processes share them. Without Redis nothing is let through:
the answer is 503 then, as for everything else.

An address is counted under a keyed fingerprint that expires within the window; it is
not stored. Behind a reverse proxy it is the right one only with TRUSTED_PROXIES.
"""

from __future__ import annotations

import hmac
import math
import time

from flask import Flask, current_app, request
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter
from redis import Redis

from app.errors import TooOften

PREFIX = "icebreaker:limit"
# By address.
CREATE = RateLimitItemPerHour(60, namespace="create")
ANSWER = RateLimitItemPerMinute(900, namespace="answer")  # 150 phones: 6 times each
UPLOAD = RateLimitItemPerMinute(20, namespace="upload")
WRITE = RateLimitItemPerMinute(6000, namespace="write")  # 150 phones: 40 taps each
MISSED_CODE = RateLimitItemPerMinute(300, 10, namespace="code")
WRONG_PASSWORD = RateLimitItemPerMinute(20, 10, namespace="password")
# By meeting, from whatever addresses.
MEETING_ANSWER = RateLimitItemPerMinute(1500, namespace="meeting-answer")
MEETING_WRITE = RateLimitItemPerMinute(12_000, namespace="meeting-write")
MAKING = RateLimitItemPerMinute(60, namespace="making")  # words, abstracts, talks
# By conversation, from whatever addresses: a child types a message in seconds.
TALKING = RateLimitItemPerMinute(30, namespace="talking")

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Limiter:
    """Counts what happens, and refuses what is too much."""

    def __init__(self, redis: Redis, secret_key: str) -> None:
        storage = RedisStorage(
            "redis://", connection_pool=redis.connection_pool, key_prefix=PREFIX
        )
        self._windows = FixedWindowRateLimiter(storage)
        self._secret = secret_key.encode()

    def spend(self, limit: RateLimitItem, who: str) -> None:
        """Count one. Raises: TooOften above the limit."""
        if not self._windows.hit(limit, self._fingerprint(who)):
            raise self._refusal(limit, who)

    def check(self, limit: RateLimitItem, who: str) -> None:
        """Count nothing. Raises: TooOften at the limit."""
        if not self._windows.test(limit, self._fingerprint(who)):
            raise self._refusal(limit, who)

    def _refusal(self, limit: RateLimitItem, who: str) -> TooOften:
        stats = self._windows.get_window_stats(limit, self._fingerprint(who))
        return TooOften(max(1, math.ceil(stats.reset_time - time.time())))

    def _fingerprint(self, who: str) -> str:
        return hmac.digest(self._secret, who.encode(), "sha256").hex()[:32]


def init_app(app: Flask, redis: Redis) -> None:
    """Count everything that writes, also in routes that know nothing of limits."""
    app.extensions["limiter"] = Limiter(redis, app.config["SECRET_KEY"])
    app.before_request(_count_writes)


def limiter() -> Limiter:
    """The limiter of the current app."""
    return current_app.extensions["limiter"]


def address() -> str:
    """Where this request comes from."""
    return request.remote_addr or "unknown"


def is_local() -> bool:
    """Whether this request was made on this machine, and not passed on by a proxy."""
    passed_on = any(
        name in request.headers for name in ("X-Forwarded-For", "Forwarded", "Via")
    )
    return address() in ("127.0.0.1", "::1") and not passed_on


def count_creation() -> None:
    """One more meeting. Who sits at this machine may make any number of them."""
    if not is_local():
        limiter().spend(CREATE, address())


def count_answers(meeting_id: str) -> None:
    """One more submission to this meeting. Raises: TooOften."""
    limiter().spend(ANSWER, address())
    limiter().spend(MEETING_ANSWER, meeting_id)


def count_upload() -> None:
    """One more file, which takes seconds to read. Raises: TooOften."""
    limiter().spend(UPLOAD, address())


def count_making(meeting_id: str) -> None:
    """One more thing for the studio's model to write. Raises: TooOften."""
    limiter().spend(MAKING, meeting_id)


def count_message(meeting_id: str, item_id: str) -> None:
    """One more message of a child. Raises: TooOften."""
    limiter().spend(TALKING, f"{meeting_id}:{item_id}")


def _count_writes() -> None:
    if request.method in READING:
        return
    limiter().spend(WRITE, address())
    if meeting := next(iter((request.view_args or {}).values()), None):
        limiter().spend(MEETING_WRITE, str(meeting))
